#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "support/temporary_directory.h"

namespace cyclegate::test {

/// A real repository in a temporary directory, driven by the git program with nothing of the user's configuration, and
/// with a clock of its own: each commit is one minute later than the one before.
class ScratchRepository {
 public:
  /// `git init` on branch main.
  ScratchRepository();

  const std::filesystem::path& path() const { return path_; }
  /// A path beside the repository, in the same temporary directory.
  std::filesystem::path beside(std::string_view name) const { return directory_ / name; }
  /// Runs `git ARGUMENTS` (shell words) in the repository, or in `where`; its output without the last newline. Throws
  /// std::runtime_error when it fails.
  std::string git(const std::string& arguments, const std::filesystem::path& where = {});
  void write(std::string_view name, std::string_view content) const;
  /// Adds everything, commits and returns the id.
  std::string commit(std::string_view subject);

 private:
  TemporaryDirectory directory_;
  std::filesystem::path path_;
  int minutes_ = 0;
};

}  // namespace cyclegate::test
