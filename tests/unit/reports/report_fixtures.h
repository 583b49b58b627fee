#pragma once

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace cyclegate::test {

/// The captures of real ziskemu runs, of every version.
inline std::vector<std::filesystem::path> ziskemu_captures(const std::string& ending) {
  std::vector<std::filesystem::path> found;
  for (const char* folder : {"ziskemu", "ziskemu-1.1.0-alpha"}) {
    const std::filesystem::path root = std::filesystem::path(CYCLEGATE_SOURCE_DIR) / "tests/fixtures" / folder;
    for (const auto& entry : std::filesystem::directory_iterator(root)) {
      if (entry.path().filename().string().ends_with(ending)) found.push_back(entry.path());
    }
  }
  std::sort(found.begin(), found.end());
  return found;
}

inline std::string content_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// A file of tests/fixtures.
inline std::string capture(const std::string& name) {
  return content_of(std::filesystem::path(CYCLEGATE_SOURCE_DIR) / "tests/fixtures" / name);
}

/// The text with its first `old`, which it must have, made `by`.
inline std::string replaced(std::string text, const std::string& old, const std::string& by) {
  const std::size_t at = text.find(old);
  REQUIRE(at != std::string::npos);
  return text.replace(at, old.size(), by);
}

}  // namespace cyclegate::test
