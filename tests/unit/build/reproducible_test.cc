#include "build/reproducible.h"

#include <catch2/catch_test_macros.hpp>
#include <cstdint>
#include <filesystem>
#include <vector>

#include "elf/image.h"
#include "elf/sections.h"
#include "support/temporary_directory.h"

using namespace cyclegate;
using build::first_difference;

namespace {

std::vector<std::uint8_t> guest(const std::string& name) {
  const auto text = test::read_file(std::filesystem::path(CYCLEGATE_SOURCE_DIR) / "tests/fixtures/ziskemu/elf" / name);
  return {text.begin(), text.end()};
}

/// The file offset of a loaded address, by the program headers.
std::size_t offset_of(const std::vector<std::uint8_t>& file, std::uint64_t address) {
  const auto read = [&](std::size_t at, std::size_t width) {
    std::uint64_t value = 0;
    for (std::size_t i = width; i-- > 0;) value = value << 8U | file.at(at + i);
    return value;
  };
  for (std::uint64_t i = 0; i < read(56, 2); ++i) {
    const std::size_t header = read(32, 8) + i * read(54, 2);
    const std::uint64_t start = read(header + 16, 8);
    if (read(header, 4) == 1 && address >= start && address - start < read(header + 32, 8)) {
      return read(header + 8, 8) + (address - start);
    }
  }
  FAIL("not loaded");
  return 0;
}

}  // namespace

TEST_CASE("files that load the same do not differ, whatever else is in them") {
  const auto file = guest("fib.elf");
  CHECK(first_difference(file, file).empty());
  auto longer = file;
  longer.push_back(0);
  CHECK(first_difference(file, longer).empty());
}

TEST_CASE("the first byte that differs is named by its function and section, with both values") {
  const auto file = guest("fib.elf");
  auto changed = file;
  // `work` is at 0x90000264 (the listing fib@k4.disasm.txt).
  const std::size_t at = offset_of(file, 0x9000'0264 + 8);
  changed[at] ^= 0xFF;
  changed[at + 40] ^= 0xFF;
  const std::string text = first_difference(file, changed);
  INFO(text);
  CHECK(text.starts_with("work+0x8 (.text) at 0x9000026c: "));
  CHECK(text.find(" against ") != std::string::npos);
}

TEST_CASE("a difference outside all functions is named by its section") {
  const auto file = guest("fib.elf");
  const auto image = elf::parse(file);
  REQUIRE(image);
  const auto& data = image->segments.at(1);
  auto changed = file;
  changed[offset_of(file, data.address)] ^= 0xFF;
  const std::string text = first_difference(file, changed);
  INFO(text);
  CHECK(text.starts_with(elf::section_at(file, data.address) + " at "));
  CHECK(text.starts_with("."));
}

TEST_CASE("another shape of the program is named, and what is no ELF differs by its bytes") {
  CHECK_FALSE(first_difference(guest("fib.elf"), guest("keccak_sw.elf")).empty());
  const std::vector<std::uint8_t> one{1, 2, 3};
  const std::vector<std::uint8_t> other{1, 2};
  CHECK(first_difference(one, other) == "file offset 0x2: 03 against nothing");
  CHECK(first_difference(one, one).empty());
  for (std::size_t cut = 0; cut < 200; cut += 7) {
    auto short_file = guest("fib.elf");
    short_file.resize(cut);
    CHECK(elf::section_at(short_file, 0x9000'0264).empty());
  }
}
