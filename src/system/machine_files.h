#pragma once

#include <charconv>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cyclegate::system {

// How the kernel's text files below /proc and /sys are read. What is not there or not as expected is empty.

/// The text without surrounding blanks and newlines.
std::string_view trim(std::string_view text);
/// The first line, trimmed, at most 256 bytes.
std::string first_line(const std::filesystem::path& path);
/// Calls `use(key, value)` for each `key<separator>value` line, both trimmed.
void for_each_pair(const std::filesystem::path& path, char separator,
                   const std::function<void(std::string_view, std::string_view)>& use);
/// A value of /proc/meminfo below `root` in bytes; 0 when it is not there.
std::uint64_t memory_value(const std::filesystem::path& root, std::string_view wanted);
/// Directories in `parent` whose names are `prefix` and a number, in order of their names.
std::vector<std::filesystem::path> numbered(const std::filesystem::path& parent, std::string_view prefix);

/// The number with which the text begins.
template <typename Number>
std::optional<Number> to_number(std::string_view text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end == text.data()) return std::nullopt;
  return number;
}

}  // namespace cyclegate::system
