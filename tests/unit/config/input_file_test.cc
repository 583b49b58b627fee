#include "config/input_file.h"

#include <catch2/catch_test_macros.hpp>
#include <string>

using namespace cyclegate::config;

namespace {
const std::string right(64, 'a');
const std::string other(64, 'b');
// From git-lfs, docs/spec.md.
const std::string pointer =
    "version https://git-lfs.github.com/spec/v1\n"
    "oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\n"
    "size 12345\n";
}  // namespace

TEST_CASE("pinned bytes pass, whatever they are") {
  CHECK_FALSE(check_input("g", {.name = "i", .path = "in/i.bin", .sha256 = right}, pointer, right));
}

TEST_CASE("other bytes are refused with place, both digests and the remedy") {
  CHECK(check_input("g", {.name = "i", .path = "in/i.bin", .sha256 = right}, "abc", other) ==
        "input i of guest g: in/i.bin (3 bytes) has sha256 " + other + ", but " + right +
            " is pinned; restore the file, or write the new sha256 into cyclegate.yaml if the new bytes are meant");
  CHECK(check_input("g", {.name = "i", .url = "https://h/x", .sha256 = right}, "abc", other)
            ->contains("the server sends other bytes"));
  CHECK(check_input("g", {.name = "i", .generate = Generator{"mk", 7}, .sha256 = right}, "abc", other)
            ->contains("output of `mk 7` (3 bytes)"));
}

TEST_CASE("a Git LFS pointer in place of an input is recognised") {
  const auto told = check_input("g", {.name = "i", .path = "in/i.bin", .sha256 = right}, pointer, other);
  REQUIRE(told);
  CHECK(told->contains("in/i.bin is a Git LFS pointer"));
  CHECK(told->contains("git lfs pull"));
}
