#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cyclegate::elf {

/// A line of source that a function's code was made from, also through inlining.
struct SourceLine {
  std::string function;  ///< demangled, as the vm names it
  std::string file;      ///< what `file_of` made of the name in the line table
  std::uint32_t line = 0;

  auto operator<=>(const SourceLine&) const = default;
};

/// Most bytes of an ELF file, rows of its line tables and answers that source_lines looks at or gives.
inline constexpr std::size_t max_debug_file_bytes = std::size_t{512} << 20;
inline constexpr std::size_t max_line_rows = std::size_t{50} << 20;
inline constexpr std::size_t max_source_lines = 100'000;

/// The source lines of an ELF file's functions by its DWARF line tables (versions 2 to 5), sorted, each once. `file_of`
/// is asked once for each file name as the compiler wrote it, joined with its directory; an empty answer leaves that
/// file out. `wanted` chooses lines of a file that was kept. A file without debug information, or with a damaged one,
/// gives what can be read of it: source lines only tell where to look, never whether something is wrong.
std::vector<SourceLine> source_lines(std::span<const std::uint8_t> file_bytes,
                                     const std::function<std::string(std::string_view name)>& file_of,
                                     const std::function<bool(const std::string& file, std::uint32_t line)>& wanted);

}  // namespace cyclegate::elf
