#include "git/changed_lines.h"

#include <catch2/catch_test_macros.hpp>
#include <string>

#include "git/repository.h"
#include "support/scratch_repository.h"

using namespace cyclegate;

namespace {

std::string numbered(int first, int last) {
  std::string text;
  for (int line = first; line <= last; ++line) text += "line " + std::to_string(line) + "\n";
  return text;
}

}  // namespace

TEST_CASE("changed, added and removed lines are told by where they are in head") {
  test::ScratchRepository scratch;
  scratch.write("src/a.c", numbered(1, 40));
  scratch.write("gone.c", numbered(1, 3));
  scratch.write("same.c", numbered(1, 3));
  const std::string base = scratch.commit("base");
  std::string changed = numbered(1, 9) + "other 10\nother 11\n" + numbered(12, 20) + numbered(23, 40) + "more\n";
  scratch.write("src/a.c", changed);
  scratch.write("new.c", numbered(1, 5));
  scratch.write("binary", std::string("\0\1\2\0", 4));
  std::filesystem::remove(scratch.path() / "gone.c");
  const std::string head = scratch.commit("head");
  const auto repository = git::Repository::open(scratch.path());
  const auto lines = repository.changed_lines(repository.resolve(base), repository.resolve(head));
  CHECK(lines == git::ChangedLines{{"new.c", {{1, 5}}}, {"src/a.c", {{10, 11}, {20, 20}, {39, 39}}}});
}

TEST_CASE("a commit against itself has no changed lines") {
  test::ScratchRepository scratch;
  scratch.write("a", "x\n");
  scratch.commit("one");
  const auto repository = git::Repository::open(scratch.path());
  CHECK(repository.changed_lines(repository.resolve("HEAD"), repository.resolve("HEAD")).empty());
}

TEST_CASE("lines are found in ascending ranges") {
  const std::vector<git::LineRange> ranges = {{3, 5}, {9, 9}};
  for (const std::uint32_t line : {3U, 4U, 5U, 9U}) CHECK(git::contains(ranges, line));
  for (const std::uint32_t line : {0U, 1U, 2U, 6U, 8U, 10U}) CHECK_FALSE(git::contains(ranges, line));
  CHECK_FALSE(git::contains({}, 1));
}
