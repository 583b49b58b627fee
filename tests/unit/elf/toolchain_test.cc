#include "elf/toolchain.h"

#include <catch2/catch_test_macros.hpp>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

using namespace cyclegate;  // NOLINT(google-build-using-namespace): a test

namespace {

using Bytes = std::vector<std::uint8_t>;

void put_number(Bytes& bytes, std::size_t at, std::uint64_t value, std::size_t width) {
  for (std::size_t i = 0; i < width; ++i) bytes.at(at + i) = static_cast<std::uint8_t>(value >> (8 * i));
}

/// A file of headers, the two sections .comment and .shstrtab and their table, laid out by the ELF gABI's figures 4-3
/// and 4-8 for the class.
Bytes file_with(std::string_view comment, bool wide = true, std::string_view name = ".comment") {
  const std::size_t header = wide ? 64 : 52;
  const std::size_t entry = wide ? 64 : 40;
  const std::size_t width = wide ? 8 : 4;
  std::string names = std::string(1, '\0') + ".text" + std::string(name) + '\0' + ".shstrtab" + '\0';
  const std::size_t table = header + comment.size() + names.size();
  Bytes bytes(table + 3 * entry);
  const Bytes ident = {0x7f, 'E', 'L', 'F', static_cast<std::uint8_t>(wide ? 2 : 1), 1, 1};
  std::copy(ident.begin(), ident.end(), bytes.begin());
  put_number(bytes, wide ? 40 : 32, table, width);
  put_number(bytes, wide ? 58 : 46, entry, 2);
  put_number(bytes, wide ? 60 : 48, 3, 2);
  put_number(bytes, wide ? 62 : 50, 2, 2);
  std::copy(comment.begin(), comment.end(), bytes.begin() + static_cast<std::ptrdiff_t>(header));
  std::copy(names.begin(), names.end(), bytes.begin() + static_cast<std::ptrdiff_t>(header + comment.size()));
  const auto section = [&](std::size_t index, std::size_t at_name, std::size_t offset, std::size_t size) {
    const std::size_t at = table + index * entry;
    put_number(bytes, at, at_name, 4);
    put_number(bytes, at + (wide ? 24 : 16), offset, width);
    put_number(bytes, at + (wide ? 32 : 20), size, width);
  };
  section(1, 6, header, comment.size());
  section(2, 7 + name.size(), header + comment.size(), names.size());
  return bytes;
}

constexpr std::string_view two_compilers{"rustc version 1.96.0\0GCC: (GNU) 12.2.0\0rustc version 1.96.0\0", 61};

}  // namespace

TEST_CASE("an ELF file names its compilers, sorted and each once") {
  CHECK(elf::toolchain(file_with(two_compilers)) == "GCC: (GNU) 12.2.0; rustc version 1.96.0");
  CHECK(elf::toolchain(file_with(two_compilers, false)) == "GCC: (GNU) 12.2.0; rustc version 1.96.0");
  CHECK(elf::toolchain(file_with("one without an end")) == "one without an end");
}

TEST_CASE("a file that names no compiler has none") {
  CHECK(elf::toolchain({}).empty());
  CHECK(elf::toolchain(file_with("")).empty());
  CHECK(elf::toolchain(file_with(two_compilers, true, ".commented")).empty());
  Bytes big_endian = file_with(two_compilers);
  big_endian[5] = 2;
  CHECK(elf::toolchain(big_endian).empty());
}

TEST_CASE("what a hostile file says of its compilers is printable and short") {
  CHECK(elf::toolchain(file_with("a\nb\x1b[31m\xc3\xa4")) == "a?b?[31m??");
  CHECK(elf::toolchain(file_with(std::string(100'000, 'x'))) == std::string(elf::max_toolchain_bytes, 'x'));
}

TEST_CASE("every cut and every changed byte of a file is survived") {
  for (const bool wide : {true, false}) {
    const Bytes whole = file_with(two_compilers, wide);
    for (std::size_t size = 0; size < whole.size(); ++size)
      elf::toolchain(std::vector(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)));
    for (std::size_t at = 0; at < whole.size(); ++at) {
      for (const unsigned value : {0U, 1U, 0x7fU, 0xffU}) {
        Bytes changed = whole;
        changed[at] = static_cast<std::uint8_t>(value);
        CHECK(elf::toolchain(changed).size() <= elf::max_toolchain_bytes);
      }
    }
  }
}
