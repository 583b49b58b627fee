#include "system/excerpt.h"

#include <catch2/catch_test_macros.hpp>
#include <string>

using cyclegate::system::last_lines;

TEST_CASE("the last lines are kept and empty ones at the end are not") {
  CHECK(last_lines("one\ntwo\nthree\n\n\n", 2) == "two\nthree");
  CHECK(last_lines("one\n\nthree", 5) == "one\n\nthree");
  CHECK(last_lines("").empty());
  CHECK(last_lines("\n\n").empty());
}

TEST_CASE("an excerpt is never longer than asked and says where it was cut") {
  CHECK(last_lines("short\n" + std::string(100, 'x') + "end", 20, 20) == "..." + std::string(13, 'x') + "end");
  for (std::size_t limit = 0; limit < 60; ++limit) {
    CHECK(last_lines("gr\u00fc\u00dfe \u20ac \U0001F600 aus dem Protokoll\nzwei\n", 20, limit).size() <= limit);
  }
}

TEST_CASE("colours, cursor movements, titles and control characters are taken out") {
  CHECK(last_lines("\x1b[1;31merror\x1b[0m: \x1b]0;title\x07no\tgood\x01\x7f\n") == "error: no  good");
  CHECK(last_lines("\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\ \x1b") == "link");
  CHECK(last_lines("\x1b[12") == "");
}

TEST_CASE("of a redrawn progress line only the last state is kept") {
  CHECK(last_lines("10%\r20%\r100%\r\ndone\r\n") == "100%\ndone");
}

TEST_CASE("what is not UTF-8 becomes question marks and what is stays") {
  CHECK(last_lines("gr\u00fc\u00dfe \u20ac \U0001F600") == "gr\u00fc\u00dfe \u20ac \U0001F600");
  // Overlong, surrogate, beyond U+10FFFF, cut short (RFC 3629).
  CHECK(last_lines("\xc0\xaf|\xed\xa0\x80|\xf4\x90\x80\x80|\xe2\x82") == "??|???|????|??");
}
