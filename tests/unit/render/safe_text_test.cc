#include "render/safe_text.h"

#include <catch2/catch_test_macros.hpp>
#include <random>

#include "render/comparisons.h"
#include "render/markup_check.h"

using namespace cyclegate::render;

TEST_CASE("control and bidirectional characters do not survive, and what replaces them is seen") {
  CHECK(clean("a\x1b[31mb") == "a\uFFFD[31mb");
  CHECK(clean("abc\u202Egnp.exe") == "abc\uFFFDgnp.exe");
  CHECK(clean("a\u200Bb") == "a\uFFFDb");
  CHECK(clean("a\u2066b\u2069") == "a\uFFFDb\uFFFD");
  CHECK(clean("one\ntwo\tthree\r") == "one two three ");
  CHECK(clean(std::string_view("nul\0byte", 8)) == "nul\uFFFDbyte");
  CHECK(clean("\uFEFFx\uFFFE") == "\uFFFDx\uFFFD");
}

TEST_CASE("invalid UTF-8 is replaced byte by byte and valid text is kept") {
  CHECK(clean("\xff\xfe") == "\uFFFD\uFFFD");
  CHECK(clean("\xc0\xaf") == "\uFFFD\uFFFD");            // overlong
  CHECK(clean("\xed\xa0\x80") == "\uFFFD\uFFFD\uFFFD");  // a surrogate
  CHECK(clean("\xf4\x90\x80\x80") == "\uFFFD\uFFFD\uFFFD\uFFFD");
  CHECK(clean("cut \xe2\x82") == "cut \uFFFD\uFFFD");
  CHECK(clean("\u6F22\u5B57 \u00E9 \U0001F600") == "\u6F22\u5B57 \u00E9 \U0001F600");
}

TEST_CASE("long text is cut to its number of characters, the last one an ellipsis") {
  CHECK(clean("abcdef", 6) == "abcdef");
  CHECK(clean("abcdefg", 6) == "abcde\u2026");
  CHECK(clean(std::string(1'000'000, 'x')).size() < 1'000);
}

TEST_CASE("of a log the last lines are kept") {
  CHECK(clean_lines("a\nb\nc\n", 2, 10) == "\u2026\nb\nc");
  CHECK(clean_lines("a\nb\n", 2, 10) == "a\nb");
  CHECK(clean_lines("a\r\n\x1b[0mb", 5, 10) == "a\n\uFFFD[0mb");
  CHECK(clean_lines("", 5, 10).empty());
}

TEST_CASE("HTML is escaped for text and for attributes") {
  CHECK(escape_html("<a href=\"x\" b='y'>&</a>\n") == "&lt;a href=&quot;x&quot; b=&#39;y&#39;&gt;&amp;&lt;/a&gt;&#10;");
}

TEST_CASE("nothing in a comment keeps its meaning in Markdown or on GitHub") {
  CHECK(escape_comment("a|b") == "a&#124;b");
  CHECK(escape_comment("@octocat") == "@&#8203;octocat");
  CHECK(escape_comment("fixes #1") == "fixes #&#8203;1");
  CHECK(escape_comment("https://x.example") == "https:&#8203;//x.example");
  CHECK(escape_comment("GH-3") == "GH-&#8203;3");
  CHECK(escape_comment(":tada:") == ":&#8203;tada:");
  CHECK(escape_comment("www.x") == "www.&#8203;x");
}

TEST_CASE("names as compilers make them stay readable in a comment") {
  CHECK(escape_comment("block_hash::finish") == "block_hash::finish");
  CHECK(escape_comment("2026-03-14T09:26:53Z") == "2026-03-14T09:26:53Z");
  CHECK(escape_comment("_start") == "&#95;start");
}

TEST_CASE("a comment text is cut between characters to its bytes") {
  CHECK(escape_comment_within("abcdef", 6) == "abcdef");
  CHECK(escape_comment_within("abcdefg", 6) == "abc\u2026");
  std::mt19937_64 random(3);
  for (const std::string& text : cyclegate::render::test::hostile_texts()) {
    for (int i = 0; i < 20; ++i) {
      const std::size_t limit = 3 + random() % 300;
      const std::string escaped = escape_comment_within(clean(text), limit);
      CHECK(escaped.size() <= limit);
      CHECK(clean(escaped, 100'000) == escaped);                          // still valid UTF-8
      CHECK(cyclegate::render::test::markup_error(escaped, {}).empty());  // no entity is cut
    }
  }
}

TEST_CASE("display width counts columns, not bytes") {
  CHECK(display_width("abc") == 3);
  CHECK(display_width("\u6F22\u5B57") == 4);
  CHECK(display_width("e\u0301") == 1);
  CHECK(display_width("\u2192") == 1);
  CHECK(shorten_end("abcdef", 4) == "abc\u2026");
  CHECK(shorten_end("\u6F22\u5B57\u6F22", 4) == "\u6F22\u2026");
  CHECK(shorten_middle("abcdefghij", 7) == "abc\u2026hij");
  CHECK(shorten_middle("short", 7) == "short");
}

TEST_CASE("different texts get different file names without any special character") {
  CHECK(slug("merkle-root") == "merkle-root");
  CHECK(slug("../../etc/passwd") != slug("../../etc-passwd"));
  CHECK(slug("Merkle") != slug("merkle"));
  CHECK_FALSE(slug("").empty());
  for (const std::string& text : cyclegate::render::test::hostile_texts()) {
    const std::string name = slug(text);
    CHECK(name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_-") == std::string::npos);
    CHECK(name.size() <= 60);
  }
}

TEST_CASE("only plain addresses become links") {
  CHECK(safe_url("https://github.com/o/r/blob/abc/x.svg?raw=true") == "https://github.com/o/r/blob/abc/x.svg?raw=true");
  CHECK(safe_url("pictures/a.svg") == "pictures/a.svg");
  CHECK_FALSE(safe_url("javascript:alert(1)"));
  CHECK_FALSE(safe_url("data:image/svg+xml,x"));
  CHECK_FALSE(safe_url("https://x/\"onload=y"));
  CHECK_FALSE(safe_url("https://x/<"));
  CHECK_FALSE(safe_url("//x.example/y"));
  CHECK_FALSE(safe_url(""));
}

TEST_CASE("printed lines are no workflow commands") {
  CHECK(without_workflow_commands("::error::x\n  ::set-output name=a::b\na::b ::c\r::d") ==
        "\u2236:error::x\n  \u2236:set-output name=a::b\na::b ::c\r\u2236:d");
  CHECK(without_workflow_commands("x ##[error]y ###[z #[ ##x") == "x ##(error]y ###(z #[ ##x");
  CHECK(without_workflow_commands(":::x") == "\u2236::x");
  CHECK(without_workflow_commands("") == "");
}
