#include "elf/dwarf_file.h"

#include <elfutils/libdw.h>
#include <libelf.h>

#include "elf/source_lines.h"

namespace cyclegate::elf {

void DwarfFile::EndElf::operator()(Elf* elf) const {
  elf_end(elf);
}

void DwarfFile::EndDwarf::operator()(Dwarf* dwarf) const {
  dwarf_end(dwarf);
}

DwarfFile::DwarfFile(std::span<const std::uint8_t> file_bytes) {
  if (file_bytes.size() > max_debug_file_bytes || elf_version(EV_CURRENT) == EV_NONE) return;
  copy_.assign(file_bytes.begin(), file_bytes.end());
  elf_.reset(elf_memory(copy_.data(), copy_.size()));
  if (elf_) dwarf_.reset(dwarf_begin_elf(elf_.get(), DWARF_C_READ, nullptr));
}

}  // namespace cyclegate::elf
