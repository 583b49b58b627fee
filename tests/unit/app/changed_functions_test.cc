#include "app/changed_functions.h"

#include <catch2/catch_test_macros.hpp>
#include <string>

#include "support/temporary_directory.h"

using namespace cyclegate;
using model::ChangedFunction;

namespace {

std::vector<ChangedFunction> of(const std::string& elf, const git::ChangedLines& changed) {
  const std::string bytes = test::read_file(std::string(CYCLEGATE_SOURCE_DIR) + "/tests/fixtures/dwarf/" + elf);
  return app::changed_functions({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()}, "/build/tree",
                                changed);
}

}  // namespace

TEST_CASE("a change is told of the functions whose code it touches, also where it was inlined") {
  CHECK(of("absolute.elf", {{"main.c", {{12, 12}}}, {"lib/square.h", {{1, 3}}}}) ==
        std::vector<ChangedFunction>{{"idle", "main.c", 12}, {"work", "lib/square.h", 2}});
}

TEST_CASE("of a function and file the first changed line is told") {
  CHECK(of("absolute.elf", {{"main.c", {{1, 100}}}}) ==
        std::vector<ChangedFunction>{{"_start", "main.c", 15}, {"idle", "main.c", 11}, {"work", "main.c", 5}});
}

TEST_CASE("a shortened name is the one changed file that ends with it") {
  for (const std::string elf : {"mapped.elf", "dwarf4.elf"}) {
    CAPTURE(elf);
    CHECK(of(elf, {{"guests/a/main.c", {{12, 12}}}, {"guests/a/xmain.c", {{12, 12}}}}) ==
          std::vector<ChangedFunction>{{"idle", "guests/a/main.c", 12}});
    CHECK(of(elf, {{"guests/a/main.c", {{12, 12}}}, {"guests/b/main.c", {{12, 12}}}}).empty());
    CHECK(of(elf, {{"main.c", {{12, 12}}}, {"guests/b/main.c", {{12, 12}}}}) ==
          std::vector<ChangedFunction>{{"idle", "main.c", 12}});
  }
}

TEST_CASE("a file outside the tree, or lines without code, touch nothing") {
  CHECK(of("absolute.elf", {{"build/tree/main.c", {{12, 12}}}}).empty());
  CHECK(of("absolute.elf", {{"main.c", {{1, 1}}}}).empty());
  CHECK(of("absolute.elf", {{"main.c", {{100, 200}}}}).empty());
  CHECK(of("absolute.elf", {}).empty());
}

TEST_CASE("a changed line without code of its own counts for the code beside it") {
  // Line 9 is a closing brace; work() has code up to it, idle() from line 11.
  CHECK(of("absolute.elf", {{"main.c", {{3, 3}}}}) == std::vector<ChangedFunction>{{"work", "main.c", 3}});
  CHECK(of("absolute.elf", {{"main.c", {{17, 17}}}}) == of("absolute.elf", {{"main.c", {{17, 17}, {40, 50}}}}));
}
