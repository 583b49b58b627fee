#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <span>
#include <string>
#include <vector>

namespace cyclegate::elf {

/// One PT_LOAD program header with its file bytes. Bytes from bytes.size() to memory_size are zero at start.
struct Segment {
  std::uint64_t address = 0;
  std::uint64_t memory_size = 0;  ///< >= bytes.size()
  bool readable = false;
  bool writable = false;
  bool executable = false;
  std::vector<std::uint8_t> bytes;

  std::uint64_t end() const { return address + memory_size; }
  bool operator==(const Segment&) const = default;
};

/// One function symbol (STT_FUNC) of .symtab.
struct Symbol {
  std::uint64_t address = 0;
  std::uint64_t size = 0;  ///< 0 when the assembler did not say
  std::string name;        ///< as stored, not demangled

  bool operator==(const Symbol&) const = default;
};

/// What a zkVM loads from an ELF file, and the names of its functions.
struct Image {
  unsigned bits = 64;  ///< 64 or 32: the ELF's class, and with it the width of the guest's registers
  std::uint64_t entry = 0;
  std::vector<Segment> segments;  ///< sorted by address, disjoint, none empty
  std::vector<Symbol> functions;  ///< sorted by address, then size, then name; empty in a stripped file

  bool operator==(const Image&) const = default;
};

/// Why a file is not an ELF a zkVM can load.
struct LoadError {
  std::uint64_t offset = 0;  ///< file offset of the field or table that is wrong
  std::string message;       ///< one sentence that names what is wrong, at which offset, and what would be right
};

/// Largest sum of memory sizes over all segments, and largest file, that parse accepts.
inline constexpr std::uint64_t max_image_bytes = std::uint64_t{1} << 30;
/// Most program headers that parse reads; real guests have fewer than ten.
inline constexpr std::size_t max_program_headers = 1024;
/// Most function symbols that parse keeps.
inline constexpr std::size_t max_functions = std::size_t{1} << 20;

/// Reads a static RISC-V executable, ELF64 or ELF32 (System V ABI, RISC-V ELF psABI) from its bytes, which may be
/// hostile: every offset is checked against the file, every count against a cap, and nothing outside `file_bytes` is
/// read. Refused are files that are not ELF, truncated, big endian, for another machine, not ET_EXEC, without loadable
/// segments, with segments that overlap, wrap around, lie beyond the file or are writable and executable at once. A
/// damaged symbol table is refused as well; a missing one is not an error.
std::expected<Image, LoadError> parse(std::span<const std::uint8_t> file_bytes);

}  // namespace cyclegate::elf
