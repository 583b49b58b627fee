#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "elf/demangle.h"
#include "elf/identity.h"
#include "elf/image.h"
#include "support/temporary_directory.h"

using namespace cyclegate;  // NOLINT(google-build-using-namespace): a test

namespace {

using Bytes = std::vector<std::uint8_t>;

Bytes fib() {
  const auto text = test::read_file(std::string(CYCLEGATE_SOURCE_DIR) + "/tests/fixtures/ziskemu/elf/fib.elf");
  return {text.begin(), text.end()};
}

void put(Bytes& bytes, std::size_t at, std::uint64_t value, std::size_t width) {
  for (std::size_t i = 0; i < width; ++i) bytes.at(at + i) = static_cast<std::uint8_t>(value >> (8 * i));
}

std::uint64_t get(const Bytes& bytes, std::size_t at, std::size_t width) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < width; ++i) value |= std::uint64_t{bytes.at(at + i)} << (8 * i);
  return value;
}

/// Offset of program header number `n`.
std::size_t header(const Bytes& bytes, std::size_t n) {
  return get(bytes, 32, 8) + 56 * n;
}

/// The message for fib.elf after a change.
template <typename Change>
std::string refusal(Change change) {
  Bytes bytes = fib();
  change(bytes);
  const auto image = elf::parse(bytes);
  if (image) return "accepted";
  return image.error().message;
}

}  // namespace

TEST_CASE("a guest's entry, segments and functions are read") {
  const auto image = elf::parse(fib());
  REQUIRE(image);
  CHECK(image->entry == 0x90000000);
  REQUIRE(image->segments.size() == 3);
  CHECK(image->segments[0].address == 0x90000000);
  CHECK(image->segments[0].executable);
  CHECK_FALSE(image->segments[0].readable);
  CHECK_FALSE(image->segments[1].writable);
  CHECK(image->segments[2].writable);
  CHECK(image->segments[2].memory_size > image->segments[2].bytes.size());
  // riscv64-unknown-elf-nm: 00000000900000c4 T fib
  const auto found = std::ranges::find(image->functions, "fib", &elf::Symbol::name);
  REQUIRE(found != image->functions.end());
  CHECK(found->address == 0x900000c4);
  CHECK(std::ranges::is_sorted(image->functions, {}, &elf::Symbol::address));
}

TEST_CASE("a 32-bit guest's entry, segments and functions are read") {
  const auto text = test::read_file(std::string(CYCLEGATE_SOURCE_DIR) + "/tests/fixtures/risc0/elf/fib.elf");
  const Bytes bytes(text.begin(), text.end());
  const auto image = elf::parse(bytes);
  REQUIRE(image);
  // riscv64-unknown-elf-readelf -hl and -nm of this file.
  CHECK(image->bits == 32);
  CHECK(image->entry == 0x00200800);
  REQUIRE(image->segments.size() == 3);
  CHECK(image->segments[0].address == 0x00200800);
  CHECK(image->segments[0].memory_size == 0x858);
  CHECK(image->segments[0].executable);
  CHECK_FALSE(image->segments[1].writable);
  CHECK(image->segments[2].writable);
  const auto found = std::ranges::find(image->functions, "fib", &elf::Symbol::name);
  REQUIRE(found != image->functions.end());
  CHECK(found->address == 0x002008fc);
  CHECK(found->size == 0xa0);
  // The same bytes for registers of another width are another program.
  elf::Image wide = *image;
  wide.bits = 64;
  CHECK(elf::identity_bytes(wide) != elf::identity_bytes(*image));
}

TEST_CASE("a 32-bit file that is cut off anywhere is refused or keeps its segments") {
  const auto text = test::read_file(std::string(CYCLEGATE_SOURCE_DIR) + "/tests/fixtures/risc0/elf/nop.elf");
  const Bytes bytes(text.begin(), text.end());
  const auto whole = elf::parse(bytes);
  REQUIRE(whole);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const auto image = elf::parse(std::span(bytes).first(size));
    if (image) CHECK(image->segments == whole->segments);
  }
}

TEST_CASE("what is no ELF for a zkVM is refused with what is wrong and where") {
  CHECK(refusal([](Bytes& b) { b = {'h', 'e', 'l', 'l', 'o'}; }) ==
        "not an ELF file: it does not start with 7f 45 4c 46 (file offset 0x0)");
  CHECK(refusal([](Bytes& b) { b.clear(); }).starts_with("not an ELF file"));
  CHECK(refusal([](Bytes& b) { b.resize(63); }) ==
        "truncated: the 64-byte ELF header is not complete (file offset 0x3f)");
  CHECK(refusal([](Bytes& b) { b[4] = 3; }) ==
        "unknown ELF class 3; 1 (32 bits) or 2 (64 bits) is needed (file offset 0x4)");
  CHECK(refusal([](Bytes& b) { b[4] = 0; }).starts_with("unknown ELF class 0"));
  CHECK(refusal([](Bytes& b) { b[5] = 2; }) == "a big-endian ELF; a little-endian one is needed (file offset 0x5)");
  CHECK(refusal([](Bytes& b) { b[6] = 0; }).starts_with("unknown ELF version"));
  CHECK(refusal([](Bytes& b) { put(b, 18, 62, 2); }) ==
        "made for machine 62; RISC-V (243) is needed (file offset 0x12)");
  CHECK(refusal([](Bytes& b) {
          put(b, 16, 3, 2);
        }).starts_with("ELF type 3; a static executable (ET_EXEC, 2) is needed"));
}

TEST_CASE("a damaged table of segments is refused with its offset") {
  CHECK(refusal([](Bytes& b) { put(b, 56, 0, 2); }).starts_with("no program headers"));
  CHECK(refusal([](Bytes& b) { put(b, 56, 2000, 2); }) ==
        "2000 program headers; at most 1024 are read (file offset 0x38)");
  CHECK(refusal([](Bytes& b) { put(b, 54, 32, 2); }).starts_with("program headers of 32 bytes; 56 are needed"));
  CHECK(
      refusal([](Bytes& b) { put(b, 32, b.size() - 100, 8); }).starts_with("truncated: the program header table at "));
  CHECK(refusal([](Bytes& b) { put(b, 32, ~std::uint64_t{0}, 8); }).starts_with("truncated: the program header table"));
}

TEST_CASE("impossible segments are refused") {
  CHECK(refusal([](Bytes& b) {
          put(b, header(b, 0) + 4, 7, 4);
        }).starts_with("segment at 0x90000000 is both writable and executable"));
  CHECK(refusal([](Bytes& b) {
          put(b, header(b, 0) + 8, b.size(), 8);
        }).starts_with("segment at 0x90000000 lies beyond the file"));
  CHECK(refusal([](Bytes& b) { put(b, header(b, 0) + 8, ~std::uint64_t{0}, 8); }).contains("lies beyond the file"));
  CHECK(refusal([](Bytes& b) {
          put(b, header(b, 0) + 32, get(b, header(b, 0) + 40, 8) + 1, 8);
        }).contains("has more bytes in the file"));
  CHECK(refusal([](Bytes& b) { put(b, header(b, 2) + 16, ~std::uint64_t{0} - 8, 8); }).contains("wraps around"));
  CHECK(
      refusal([](Bytes& b) { put(b, header(b, 2) + 40, std::uint64_t{2} << 30, 8); }).contains("is larger than 1 GiB"));
  CHECK(refusal([](Bytes& b) {
          put(b, header(b, 1) + 40, std::uint64_t{700} << 20, 8);
          put(b, header(b, 2) + 40, std::uint64_t{700} << 20, 8);
        }).starts_with("the segments together are larger than 1 GiB"));
  CHECK(refusal([](Bytes& b) {
          put(b, header(b, 1) + 16, 0x90000010, 8);
        }).starts_with("segments at 0x90000000 and 0x90000010 overlap"));
  CHECK(refusal([](Bytes& b) {
          for (std::size_t n = 0; n < get(b, 56, 2); ++n) put(b, header(b, n), 4, 4);
        }).starts_with("no loadable segment"));
}

TEST_CASE("a damaged symbol table is refused and a missing one is not") {
  CHECK(refusal([](Bytes& b) { put(b, 58, 40, 2); }).starts_with("section headers of 40 bytes; 64 are needed"));
  CHECK(refusal([](Bytes& b) { put(b, 40, b.size() - 10, 8); }).starts_with("truncated: the section header table"));
  const auto symbols_at = [](const Bytes& b) {
    for (std::size_t at = get(b, 40, 8);; at += 64) {
      if (get(b, at + 4, 4) == 2) return at;
    }
  };
  CHECK(refusal([&](Bytes& b) {
          put(b, symbols_at(b) + 32, ~std::uint64_t{0}, 8);
        }).starts_with("truncated: the symbol table"));
  CHECK(
      refusal([&](Bytes& b) { put(b, symbols_at(b) + 40, 60000, 4); }).starts_with("the symbol table names a section"));
  CHECK(refusal([&](Bytes& b) {
          put(b, get(b, 40, 8) + 64 * get(b, symbols_at(b) + 40, 4) + 32, ~std::uint64_t{0}, 8);
        }).starts_with("truncated: the symbols' names"));
  CHECK(refusal([&](Bytes& b) {
          const auto table = get(b, symbols_at(b) + 24, 8);
          for (std::size_t at = table; at < table + get(b, symbols_at(b) + 32, 8); at += 24) put(b, at, 0xffffff, 4);
        }).starts_with("a symbol's name lies beyond the table of names"));
  Bytes stripped = fib();
  put(stripped, 40, 0, 8);
  put(stripped, 60, 0, 2);
  const auto image = elf::parse(stripped);
  REQUIRE(image);
  CHECK(image->functions.empty());
}

TEST_CASE("a small file cannot make its names large") {
  // A table of 5,000 function symbols that all have the same name of 60,000 bytes: 300 MB from a file of 200 kB.
  constexpr std::size_t symbols = 5000;
  constexpr std::size_t name_length = 60'000;
  Bytes bytes = fib();
  const std::size_t sections = bytes.size();
  const std::size_t table = sections + 3 * 64;
  const std::size_t names = table + symbols * 24;
  bytes.resize(names + 1 + name_length + 1);
  std::fill_n(bytes.begin() + static_cast<std::ptrdiff_t>(names) + 1, name_length, std::uint8_t{'a'});
  put(bytes, 40, sections, 8);
  put(bytes, 60, 3, 2);
  const auto section = [&](std::size_t index, std::uint32_t type, std::size_t offset, std::size_t size,
                           std::uint32_t link, std::size_t entry) {
    const std::size_t at = sections + index * 64;
    put(bytes, at + 4, type, 4);
    put(bytes, at + 24, offset, 8);
    put(bytes, at + 32, size, 8);
    put(bytes, at + 40, link, 4);
    put(bytes, at + 56, entry, 8);
  };
  section(1, 2, table, symbols * 24, 2, 24);
  section(2, 3, names, name_length + 2, 0, 0);
  for (std::size_t symbol = 0; symbol < symbols; ++symbol) {
    put(bytes, table + symbol * 24, 1, 4);
    put(bytes, table + symbol * 24 + 4, 2, 1);
    put(bytes, table + symbol * 24 + 6, 1, 2);
  }
  const auto image = elf::parse(bytes);
  REQUIRE_FALSE(image);
  CHECK(image.error().message.starts_with("the names of the functions together are larger than 256 MiB"));
}

TEST_CASE("no prefix of a guest's file is read beyond its end") {
  const Bytes whole = fib();
  for (std::size_t size = 0; size < whole.size(); size += 7) {
    // A copy of its own, so that a sanitizer sees every byte too many.
    const Bytes part(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    CHECK_FALSE(elf::parse(part));
  }
}

TEST_CASE("identity depends on what is loaded and not on symbols") {
  const auto image = elf::parse(fib());
  REQUIRE(image);
  const auto identity = elf::identity_bytes(*image);
  auto other = *image;
  other.functions.clear();
  CHECK(elf::identity_bytes(other) == identity);
  other.segments[2].bytes.resize(other.segments[2].memory_size);  // .bss written out
  CHECK(elf::identity_bytes(other) == identity);
  const auto differs = [&](auto change) {
    auto changed = *image;
    change(changed);
    return elf::identity_bytes(changed) != identity;
  };
  CHECK(differs([](elf::Image& i) { i.entry += 4; }));
  CHECK(differs([](elf::Image& i) { i.segments[0].bytes[5] ^= 1; }));
  CHECK(differs([](elf::Image& i) { i.segments[0].readable = true; }));
  CHECK(differs([](elf::Image& i) { i.segments[2].memory_size += 8; }));
  CHECK(differs([](elf::Image& i) { i.segments.pop_back(); }));
}

TEST_CASE("names are shown as their language writes them") {
  CHECK(elf::demangle("main") == "main");
  CHECK(elf::demangle("_ZN4core3fmt9Formatter3pad17h0123456789abcdefE") == "core::fmt::Formatter::pad");
  CHECK(elf::demangle("_RNvC7mycrate3foo") == "mycrate::foo");
  CHECK(elf::demangle("_ZN3fooC1Ei") == "foo::foo(int)");
  CHECK(elf::demangle("_Z" + std::string(5000, '1')) == "_Z" + std::string(5000, '1'));
}
