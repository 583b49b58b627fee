#include "model/text.h"

#include <catch2/catch_test_macros.hpp>
#include <string>

using namespace cyclegate::model;

TEST_CASE("only well-formed UTF-8 has a length") {
  CHECK(utf8_length("a") == 1);
  CHECK(utf8_length("\xC3\xA4") == 2);
  CHECK(utf8_length("\xE2\x82\xAC") == 3);
  CHECK(utf8_length("\xF0\x9F\x98\x80") == 4);
  for (const char* const wrong :
       {"", "\x80", "\xC0\x80", "\xC3",
        "\xC3"
        "a",
        "\xE0\x80\x80", "\xED\xA0\x80", "\xF0\x80\x80\x80", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF"}) {
    INFO(wrong);
    CHECK(utf8_length(wrong) == 0);
  }
}

TEST_CASE("a line has no control characters, no broken characters and no more bytes than asked for") {
  CHECK(to_line("a\x1b[31mb\nc", 100) == "a [31mb c");
  CHECK(to_line("a\xFF\xC3\xA4", 100) == "a?\xC3\xA4");
  CHECK(to_line("\xC3\xA4\xC3\xA4", 3) == "\xC3\xA4");
  CHECK(to_line("abc", 0).empty());
}

TEST_CASE("a Git LFS pointer is recognised by its first line and its size") {
  // From git-lfs, docs/spec.md.
  const std::string pointer =
      "version https://git-lfs.github.com/spec/v1\n"
      "oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\n"
      "size 12345\n";
  CHECK(is_lfs_pointer(pointer));
  CHECK_FALSE(is_lfs_pointer(pointer.substr(1)));
  CHECK_FALSE(is_lfs_pointer(pointer + std::string(1024, ' ')));
}

TEST_CASE("a name is safe as a file's name, and a digest has 64 lower-case digits") {
  for (const char* const right : {"a", "7", "block-hash", "19000000.bin", "A_b"}) CHECK(is_name(right));
  for (const char* const wrong : {"", ".", "..", ".a", "-a", "_a", "a/b", "a b", "a\n", "\xC3\xA4"})
    CHECK_FALSE(is_name(wrong));
  CHECK(is_name(std::string(64, 'a')));
  CHECK_FALSE(is_name(std::string(65, 'a')));
  CHECK(is_sha256(std::string(64, 'a')));
  CHECK_FALSE(is_sha256(std::string(63, 'a')));
  CHECK_FALSE(is_sha256(std::string(64, 'A')));
  CHECK_FALSE(is_sha256(std::string(64, 'g')));
}
