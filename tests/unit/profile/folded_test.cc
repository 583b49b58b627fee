#include "profile/folded.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_exception.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <map>

#include "model/error.h"
#include "profile/check.h"
#include "support.h"

namespace cyclegate::profile {
namespace {

using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::MessageMatches;

// An implementation without sharing or hashing: every line on its own.
std::map<std::string, std::uint64_t> sums_by_stack(const std::string& text) {
  std::map<std::string, std::uint64_t> sums;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) {
    const auto blank = line.rfind(' ');
    sums[line.substr(0, blank)] += std::stoull(line.substr(blank + 1));
  }
  return sums;
}

TEST_CASE("folded stacks become a tree whose callers stand before their callees") {
  const auto profile = folded("main;a;b 3\nmain;a 2\nmain;a;b 4\nother 1\n");
  check(profile);
  REQUIRE(profile.nodes.size() == 4);
  REQUIRE(profile.frames[0].name == "main");
  REQUIRE(profile.self == std::vector<std::uint64_t>{0, 2, 7, 1});
  REQUIRE(profile.columns == std::vector<model::ProfileColumn>{{"samples", "samples"}});
}

TEST_CASE("folded stacks keep every sum for any text, and writing reading writing is the identity") {
  REQUIRE(rc::check("folded -> profile -> folded", [] {
    const std::string text = *any_folded();
    const auto profile = folded(text);
    check(profile);
    const std::string written = write_folded(profile);
    RC_ASSERT(sums_by_stack(written) == sums_by_stack(text));
    RC_ASSERT(write_folded(folded(written)) == written);
  }));
}

TEST_CASE("folded stacks longer than a block are read as others are") {
  std::string text;
  for (int stack = 0; stack < 3; ++stack) {
    for (int frame = 0; frame < 30'000; ++frame) text += "function_" + std::to_string(frame % 977 + stack) + ';';
    text += "leaf 5\n";
  }
  const auto profile = folded(text);
  check(profile);
  REQUIRE(sums_by_stack(write_folded(profile)) == sums_by_stack(text));
}

TEST_CASE("folded stacks may have comments, blank lines, CRLF, tabs and counts with zeros behind the point") {
  REQUIRE(write_folded(folded("# comment\r\n\r\na;b 3.00\r\n  \na\t4\n")) == "a 4\na;b 3\n");
}

TEST_CASE("only lines that begin with a hash and a blank are comments, and none is written") {
  const std::string text = "#1;a 2\n#anonymous;b 3\nmain;# x 5\n";
  REQUIRE(write_folded(folded("# a comment 7\n#\n" + text)) == text);
  model::Profile profile = folded("x;a 2\ny 3\n");
  for (auto& frame : profile.frames) {
    if (frame.name == "x") frame.name = "# x";
    if (frame.name == "y") frame.name = "#";
  }
  const std::string written = write_folded(profile);
  REQUIRE(written == "#_ 3\n#_x;a 2\n");
  REQUIRE(write_folded(folded(written)) == written);
}

TEST_CASE("a name with digits at its end keeps them") {
  REQUIRE(write_folded(folded("operator 5 7\n")) == "operator 5 7\n");
}

TEST_CASE("a frame without a name is [unknown], and the profile says so") {
  const auto profile = folded("a;;b 3\n");
  REQUIRE(write_folded(profile) == "a;[unknown];b 3\n");
  REQUIRE(profile.warnings.size() == 1);
}

TEST_CASE("bytes that are not text become question marks in names") {
  const auto profile = folded("a\xff\x01;b 3\n");
  check(profile);
  REQUIRE(profile.frames[0].name == "a? ");
}

TEST_CASE("garbled folded stacks are refused with their line") {
  const auto refused = [](const std::string& text, const std::string& why) {
    REQUIRE_THROWS_MATCHES(folded(text), model::Error, MessageMatches(ContainsSubstring(why)));
  };
  refused("a 1\nb\n", "test.folded: line 2: must be `frame;frame;... COUNT`");
  refused("a 1\na;b 1x\n", "line 2: must be");
  refused("a 1.5\n", "line 1: the count 1.5 is not a whole number");
  refused("a -1\n", "line 1: must be");
  refused("a 1\n\nb 18446744073709551616\n", "line 3: the count does not fit 64 bits");
  refused("a 18446744073709551615\nb 1\n", "line 2: the sum of `samples` does not fit 64 bits");
  refused("", "test.folded: holds no stack");
  std::string deep;
  for (int frame = 0; frame < 70'000; ++frame) deep += "f;";
  refused("a 1\n" + deep + "f 1\n", "line 2: a stack of more than 65535 frames");
  refused(std::string(70'000, 'x') + " 1\n", "line 1: a name of 70000 bytes; 65536 is the most");
}

}  // namespace
}  // namespace cyclegate::profile
