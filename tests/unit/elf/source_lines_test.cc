#include "elf/source_lines.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <fstream>
#include <set>
#include <string>
#include <tuple>

#include "support/temporary_directory.h"

using namespace cyclegate;

namespace {

const std::string fixtures = std::string(CYCLEGATE_SOURCE_DIR) + "/tests/fixtures/dwarf/";

bool every_line(const std::string& /*file*/, std::uint32_t /*line*/) {
  return true;
}
std::string as_it_is(std::string_view name) {
  return std::string(name);
}

std::vector<elf::SourceLine> lines_of(const std::string& bytes) {
  return elf::source_lines({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()}, as_it_is, every_line);
}

}  // namespace

TEST_CASE("the lines of a function are those that addr2line knows, through inlining too") {
  // Of every address: the address, then function and FILE:LINE, the innermost first; only that one is in the table.
  std::set<std::pair<std::string, std::string>> told;
  std::ifstream recorded(fixtures + "absolute.lines");
  std::vector<std::string> block;
  const auto take = [&] {
    if (block.size() >= 2) told.emplace(block[block.size() - 2], block[1].substr(0, block[1].find(' ')));
    block.clear();
  };
  for (std::string line; std::getline(recorded, line);) {
    if (line.starts_with("0x")) {
      take();
    } else {
      block.push_back(line);
    }
  }
  take();
  REQUIRE(told.size() >= 10);
  std::set<std::pair<std::string, std::string>> found;
  for (const auto& [function, file, line] : lines_of(test::read_file(fixtures + "absolute.elf")))
    found.emplace(function, file + ":" + std::to_string(line));
  for (const auto& place : told) {
    CAPTURE(place.first, place.second);
    CHECK(found.contains(place));
  }
  CHECK(found.contains({"work", "/build/tree/lib/square.h:2"}));
}

TEST_CASE("names that the compiler was told to shorten stay relative, in old and new tables") {
  for (const std::string name : {"mapped.elf", "dwarf4.elf"}) {
    CAPTURE(name);
    std::set<std::string> files;
    for (const auto& line : lines_of(test::read_file(fixtures + name))) files.insert(line.file);
    for (const std::string& file : files) CHECK((file.ends_with("main.c") || file.ends_with("lib/square.h")));
    CHECK(files.size() == 2);
    CHECK_FALSE(files.begin()->starts_with("/"));
  }
}

TEST_CASE("only wanted files and lines come back") {
  const std::string bytes = test::read_file(fixtures + "absolute.elf");
  const auto lines = elf::source_lines(
      {reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()},
      [](std::string_view name) { return name.ends_with("main.c") ? std::string("main.c") : std::string(); },
      [](const std::string& /*file*/, std::uint32_t line) { return line == 12; });
  CHECK(lines == std::vector<elf::SourceLine>{{"idle", "main.c", 12}});
}

TEST_CASE("a file without debug information has no source lines") {
  CHECK(lines_of(test::read_file(fixtures + "../ziskemu/elf/fib.elf")).empty());
  CHECK(lines_of("").empty());
  CHECK(lines_of("\x7f"
                 "ELF")
            .empty());
}

TEST_CASE("debug information that is cut or damaged gives less, and nothing worse") {
  const std::string good = test::read_file(fixtures + "mapped.elf");
  for (std::size_t length = 0; length < good.size(); length += 97) CHECK(lines_of(good.substr(0, length)).size() < 100);
  for (std::size_t at = 64; at < good.size(); at += 7) {
    std::string changed = good;
    changed[at] = static_cast<char>(changed[at] ^ 0xFF);
    CHECK(lines_of(changed).size() < 1'000);
  }
}
