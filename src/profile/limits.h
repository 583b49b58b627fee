#pragma once

#include <cstddef>
#include <cstdint>

// What a profile file may hold at most. Real profiles stay far below; hostile ones are refused before they fill memory.
namespace cyclegate::profile {

inline constexpr std::size_t kMaxDepth = 65'535;           ///< frames in one stack
inline constexpr std::size_t kMaxNodes = 1u << 25;         ///< places in the call tree
inline constexpr std::size_t kMaxFrames = 1u << 22;        ///< different functions
inline constexpr std::size_t kMaxNameBytes = 1u << 16;     ///< of one name
inline constexpr std::size_t kMaxColumns = 4'096;          ///< kinds of weights
inline constexpr std::size_t kMaxCells = 1u << 27;         ///< nodes x columns
inline constexpr std::size_t kMaxLineBytes = 1u << 26;     ///< of one line of a text format
inline constexpr std::size_t kMaxMessageBytes = 1u << 30;  ///< of one pprof file, unpacked

}  // namespace cyclegate::profile
