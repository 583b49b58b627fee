#pragma once

#include <cstddef>
#include <cstdint>

// What a profile file may hold at most. Real profiles stay far below; hostile ones are refused before they fill memory.
namespace cyclegate::profile {

inline constexpr std::size_t kMaxDepth = 65'535;                     ///< frames in one stack
inline constexpr std::size_t kMaxNodes = 1u << 25;                   ///< places in the call tree
inline constexpr std::size_t kMaxFrames = 1u << 22;                  ///< different functions
inline constexpr std::size_t kMaxNameBytes = 1u << 16;               ///< of one name
inline constexpr std::size_t kMaxColumns = 4'096;                    ///< kinds of weights
inline constexpr std::size_t kMaxCells = 1u << 27;                   ///< nodes x columns
inline constexpr std::size_t kMaxLineBytes = 1u << 26;               ///< of one line of a text format
inline constexpr std::size_t kMaxMessageBytes = 1u << 30;            ///< of one pprof file, unpacked
inline constexpr std::size_t kMaxUnpackedBytes = 1u << 30;           ///< of a gzipped file
inline constexpr std::size_t kMaxAllNameBytes = 1u << 30;            ///< of the names of all functions together
inline constexpr std::size_t kMaxStrings = 1u << 24;                 ///< of a pprof file
inline constexpr std::size_t kMaxLocations = 1u << 23;               ///< of a pprof file
inline constexpr std::size_t kMaxLocationLines = 1u << 25;           ///< functions of all locations of a pprof file
inline constexpr std::size_t kMaxMappings = 1u << 20;                ///< of a pprof file
inline constexpr std::size_t kMaxTableBytes = std::size_t{1} << 31;  ///< memory for the tables of a JSON file
inline constexpr std::size_t kMaxNesting = 512;                      ///< arrays and objects in each other in JSON
inline constexpr std::size_t kMaxTokenBytes = 1u << 26;              ///< of JSON without a new value: one string

}  // namespace cyclegate::profile
