#include "support/golden.h"

#include <catch2/catch_test_macros.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "support/temporary_directory.h"

namespace cyclegate::test {
namespace {

std::string first_difference(std::string_view expected, std::string_view actual) {
  std::istringstream left{std::string(expected)};
  std::istringstream right{std::string(actual)};
  std::string left_line;
  std::string right_line;
  for (int line = 1;; ++line) {
    const bool has_left = static_cast<bool>(std::getline(left, left_line));
    const bool has_right = static_cast<bool>(std::getline(right, right_line));
    if (!has_left && !has_right) return "the files differ in their final newline only";
    if (!has_left) left_line = "<end of file>";
    if (!has_right) right_line = "<end of file>";
    if (left_line != right_line) {
      return "line " + std::to_string(line) + "\n  golden: " + left_line + "\n  actual: " + right_line;
    }
  }
}

void write(const std::filesystem::path& path, std::string_view content) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream stream(path, std::ios::binary);
  stream << content;
}

}  // namespace

void check_golden(std::string_view name, std::string_view actual) {
  const std::filesystem::path golden = std::filesystem::path(CYCLEGATE_GOLDEN_DIR) / name;
  const char* bless = std::getenv("CYCLEGATE_BLESS");
  if (bless != nullptr && std::string_view(bless) == "1") {
    write(golden, actual);
    SUCCEED("blessed " << golden.string());
    return;
  }
  const std::string expected = std::filesystem::exists(golden) ? read_file(golden) : std::string();
  if (expected == actual) {
    SUCCEED(golden.string());
    return;
  }
  const std::filesystem::path kept = golden.string() + ".actual";
  write(kept, actual);
  FAIL_CHECK("differs from " << golden.string() << ": " << first_difference(expected, actual) << "\nkept: "
                             << kept.string() << "\nre-bless with CYCLEGATE_BLESS=1 if the change is meant");
}

}  // namespace cyclegate::test
