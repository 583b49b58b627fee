#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace cyclegate::git {

/// What a Git LFS pointer points to.
struct LfsPointer {
  std::string sha256;
  std::uint64_t bytes = 0;

  bool operator==(const LfsPointer&) const = default;
};

/// Reads a pointer file (https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md); nullopt for any other text.
std::optional<LfsPointer> parse_lfs_pointer(std::string_view text);

/// Where `git lfs pull` puts that object below a repository's common directory.
std::filesystem::path lfs_object_path(const std::filesystem::path& git_directory, const LfsPointer& pointer);

}  // namespace cyclegate::git
