#include "differential/program.h"

#include <elf.h>

#include <cstring>

namespace cyclegate::differential {
namespace {

constexpr std::uint64_t kPage = 0x1000;

Elf64_Phdr segment(std::uint32_t flags, std::uint64_t offset, std::uint64_t address, std::uint64_t size) {
  Elf64_Phdr header{};
  header.p_type = PT_LOAD;
  header.p_flags = flags;
  header.p_offset = offset;
  header.p_vaddr = address;
  header.p_paddr = address;
  header.p_filesz = size;
  header.p_memsz = size;
  header.p_align = kPage;
  return header;
}

}  // namespace

std::string write_elf(const Program& program) {
  const std::uint64_t text_size = program.text.size() * sizeof(std::uint32_t);
  // File offset and address have to be equal modulo the page size.
  const std::uint64_t data_offset = kPage + (text_size + kPage - 1) / kPage * kPage + kDataAddress % kPage;

  Elf64_Ehdr header{};
  std::memcpy(header.e_ident, ELFMAG, SELFMAG);
  header.e_ident[EI_CLASS] = ELFCLASS64;
  header.e_ident[EI_DATA] = ELFDATA2LSB;
  header.e_ident[EI_VERSION] = EV_CURRENT;
  header.e_type = ET_EXEC;
  header.e_machine = EM_RISCV;
  header.e_version = EV_CURRENT;
  header.e_entry = kTextAddress;
  header.e_phoff = sizeof(Elf64_Ehdr);
  header.e_ehsize = sizeof(Elf64_Ehdr);
  header.e_phentsize = sizeof(Elf64_Phdr);
  header.e_phnum = 2;
  const Elf64_Phdr segments[] = {segment(PF_X, kPage, kTextAddress, text_size),
                                 segment(PF_R | PF_W, data_offset, kDataAddress, program.data.size())};

  std::string bytes(data_offset + program.data.size(), '\0');
  std::memcpy(bytes.data(), &header, sizeof(header));
  std::memcpy(bytes.data() + sizeof(header), segments, sizeof(segments));
  std::memcpy(bytes.data() + kPage, program.text.data(), text_size);
  std::memcpy(bytes.data() + data_offset, program.data.data(), program.data.size());
  return bytes;
}

}  // namespace cyclegate::differential
