#include "git/lfs.h"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <system_error>

#include "model/text.h"

namespace cyclegate::git {

std::optional<LfsPointer> parse_lfs_pointer(std::string_view text) {
  if (!model::is_lfs_pointer(text)) return std::nullopt;
  LfsPointer pointer;
  bool sized = false;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (constexpr std::string_view key = "oid sha256:"; line.starts_with(key)) pointer.sha256 = line.substr(key.size());
    if (constexpr std::string_view key = "size "; line.starts_with(key)) {
      const char* const last = line.data() + line.size();
      const auto [stop, error] = std::from_chars(line.data() + key.size(), last, pointer.bytes);
      sized = error == std::errc() && stop == last;
    }
  }
  return model::is_sha256(pointer.sha256) && sized ? std::optional(pointer) : std::nullopt;
}

std::filesystem::path lfs_object_path(const std::filesystem::path& git_directory, const LfsPointer& pointer) {
  return git_directory / "lfs" / "objects" / pointer.sha256.substr(0, 2) / pointer.sha256.substr(2, 2) / pointer.sha256;
}

}  // namespace cyclegate::git
