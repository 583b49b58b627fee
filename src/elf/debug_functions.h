#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <vector>

namespace cyclegate::elf {

/// A function as debug information describes it.
struct DebugFunction {
  std::string name;        ///< demangled; never empty
  std::string file;        ///< as the compiler wrote it, joined with its directory; empty where unknown
  std::uint32_t line = 0;  ///< where it is declared; 0 where unknown

  auto operator<=>(const DebugFunction&) const = default;
};

/// One place where a function was inlined.
struct InlinedCall {
  static constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();

  std::uint32_t outer = kNone;  ///< the inlined call it lies in, a smaller index; kNone: directly in its function
  std::uint32_t function = 0;   ///< index into DebugFunctions::functions
};

/// Code of an inlined call, callees included.
struct InlinedRange {
  std::uint64_t low = 0;
  std::uint64_t high = 0;  ///< the first address behind it
  std::uint32_t call = 0;
};

/// The functions of an ELF file and what was inlined where, by its DWARF information.
struct DebugFunctions {
  struct Entry {
    std::uint64_t address = 0;
    std::uint32_t function = 0;
  };
  std::vector<DebugFunction> functions;  ///< each once
  std::vector<Entry> entries;            ///< functions that have code of their own, by their first address, sorted
  std::vector<InlinedCall> calls;
  std::vector<InlinedRange> ranges;  ///< those of a call stand before those of the calls in it
};

/// Most nested scopes, DIEs and code ranges that debug_functions looks at.
inline constexpr std::size_t max_debug_depth = 256;
inline constexpr std::size_t max_debug_entries = std::size_t{100} << 20;
inline constexpr std::size_t max_inlined_ranges = std::size_t{16} << 20;

/// Reads DWARF 2 to 5 (DW_TAG_subprogram, DW_TAG_inlined_subroutine). A file without debug information, or with a
/// damaged one, gives what can be read of it: it only tells how code is called, never what it costs.
DebugFunctions debug_functions(std::span<const std::uint8_t> file_bytes);

}  // namespace cyclegate::elf
