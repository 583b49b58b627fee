#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

// Of elfutils' libelf and libdw.
struct Elf;
struct Dwarf;

namespace cyclegate::elf {

/// The debug information of an ELF file, opened by libdw for as long as this object lives.
class DwarfFile {
 public:
  /// Of a whole file's bytes, which are copied. No debug information, more than max_debug_file_bytes or not an ELF
  /// file: the object is empty.
  explicit DwarfFile(std::span<const std::uint8_t> file_bytes);

  /// nullptr where there is none.
  Dwarf* get() const { return dwarf_.get(); }

 private:
  struct EndElf {
    void operator()(Elf* elf) const;
  };
  struct EndDwarf {
    void operator()(Dwarf* dwarf) const;
  };

  std::vector<char> copy_;  // libelf wants memory that it may write to
  std::unique_ptr<Elf, EndElf> elf_;
  std::unique_ptr<Dwarf, EndDwarf> dwarf_;
};

}  // namespace cyclegate::elf
