#include "executors/native_program.h"

#include <fmt/format.h>
#include <link.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <string_view>
#include <system_error>

namespace cyclegate::executors {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t elf_header_bytes = 64;  // of ELFCLASS64 (System V gABI)

/// Up to `size` bytes of a file.
std::string bytes_of(const fs::path& path, std::uint64_t offset, std::size_t size) {
  std::string bytes(size, '\0');
  std::ifstream file(path, std::ios::binary);
  file.seekg(static_cast<std::streamoff>(offset));
  file.read(bytes.data(), static_cast<std::streamsize>(size));
  bytes.resize(static_cast<std::size_t>(std::max(file.gcount(), std::streamsize{0})));
  return bytes;
}

/// The file's first bytes, which tell a program from a script and for which machine it is.
std::string start_of(const fs::path& path) {
  constexpr std::size_t longest_first_line = 256;  // of a script, as Linux reads it (BINPRM_BUF_SIZE)
  return bytes_of(path, 0, longest_first_line);
}

bool is_elf(std::string_view start) {
  return start.size() >= elf_header_bytes && start.starts_with(
                                                 "\x7f"
                                                 "ELF");
}

/// The interpreter that a script names, as Linux finds its end: at a blank or the line's. Empty for what is no script.
std::string_view interpreter_of(std::string_view start) {
  if (!start.starts_with("#!")) return {};
  std::string_view line = start.substr(2, start.find('\n') - 2);
  line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
  return line.substr(0, line.find_first_of(" \t"));
}

/// Whether the file ends before the segments that are loaded from it. The kernel maps it all the same, and the program
/// ends by SIGBUS where it comes to what is not there.
bool is_cut_off(const fs::path& program, const std::string& start) {
  std::error_code error;
  const std::uint64_t size = fs::file_size(program, error);
  if (error) return false;
  ElfW(Ehdr) header;  // of our own class and byte order
  std::memcpy(&header, start.data(), sizeof(header));
  if (header.e_phentsize != sizeof(ElfW(Phdr))) return false;  // the kernel refuses it
  const std::size_t table = std::size_t{header.e_phnum} * sizeof(ElfW(Phdr));
  if (header.e_phoff > size || table > size - header.e_phoff) return true;
  const std::string segments = bytes_of(program, header.e_phoff, table);
  for (std::size_t at = 0; at + sizeof(ElfW(Phdr)) <= segments.size(); at += sizeof(ElfW(Phdr))) {
    ElfW(Phdr) segment;
    std::memcpy(&segment, segments.data() + at, sizeof(segment));
    if (segment.p_type != PT_LOAD || segment.p_filesz == 0) continue;
    if (segment.p_offset > size || segment.p_filesz > size - segment.p_offset) return true;
  }
  return false;
}

}  // namespace

std::string unfit_program(const fs::path& program) {
  std::error_code error;
  if (!fs::is_regular_file(program, error)) return "the program is no file";
  if (access(program.c_str(), X_OK) != 0) return "the program is not executable; let its build say chmod +x";
  const std::string theirs = start_of(program);
  if (const std::string_view interpreter = interpreter_of(theirs); !interpreter.empty()) {
    // The kernel takes the carriage return for a part of the name; valgrind does not.
    if (!interpreter.ends_with('\r')) return {};
    return "the program is a script whose lines end in CR LF, with which Linux does not find its interpreter; let them "
           "end in LF";
  }
  if (!is_elf(theirs)) return "the program is neither an ELF file nor a script that names its interpreter (#!)";
  const std::string ours = start_of("/proc/self/exe");
  constexpr std::size_t form = 4;  // class and byte order (System V gABI, e_ident)
  constexpr std::size_t machine = 18;
  if (!is_elf(ours)) return {};
  if (theirs.substr(form, 2) == ours.substr(form, 2) && theirs.substr(machine, 2) == ours.substr(machine, 2)) {
    if (is_cut_off(program, theirs))
      return "the program is an ELF file that ends before its segments do; build it again";
    return {};
  }
  const auto number = [](const std::string& start) {
    return static_cast<unsigned>(static_cast<unsigned char>(start[machine])) |
           static_cast<unsigned>(static_cast<unsigned char>(start[machine + 1])) << 8U;
  };
  return fmt::format(
      "the program is an ELF file for machine {}{}, this machine runs {}; build the guest as a host program",
      number(theirs), number(theirs) == 243 ? " (RISC-V)" : "", number(ours));
}

}  // namespace cyclegate::executors
