#include "system/machine_files.h"

#include <algorithm>
#include <fstream>
#include <system_error>

namespace cyclegate::system {

namespace fs = std::filesystem;

std::string_view trim(std::string_view text) {
  constexpr std::string_view space = " \t\r\n";
  const std::size_t first = text.find_first_not_of(space);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(space) - first + 1);
}

std::string first_line(const fs::path& path) {
  std::ifstream stream(path);
  std::string line;
  std::getline(stream, line);
  return std::string(trim(line).substr(0, 256));
}

void for_each_pair(const fs::path& path, char separator,
                   const std::function<void(std::string_view, std::string_view)>& use) {
  std::ifstream stream(path);
  for (std::string line; std::getline(stream, line);) {
    const std::size_t at = line.find(separator);
    if (at == std::string::npos) continue;
    use(trim(std::string_view(line).substr(0, at)), trim(std::string_view(line).substr(at + 1)));
  }
}

std::uint64_t memory_value(const fs::path& root, std::string_view wanted) {
  std::uint64_t bytes = 0;
  for_each_pair(root / "proc/meminfo", ':', [&](std::string_view key, std::string_view value) {
    if (key == wanted) bytes = to_number<std::uint64_t>(value).value_or(0) * 1024;
  });
  return bytes;
}

std::vector<fs::path> numbered(const fs::path& parent, std::string_view prefix) {
  std::vector<fs::path> found;
  std::error_code error;
  for (fs::directory_iterator entry(parent, error), end; !error && entry != end; entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    if (name.starts_with(prefix) && name.size() > prefix.size() && name[prefix.size()] >= '0' &&
        name[prefix.size()] <= '9') {
      found.push_back(entry->path());
    }
  }
  std::ranges::sort(found);
  return found;
}

}  // namespace cyclegate::system
