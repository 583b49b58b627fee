#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "git/handles.h"

namespace cyclegate::git {

/// The repositories of submodules that are on this machine already. A commit is named by its content, so any of them
/// that has it is the right one, whatever .gitmodules calls it.
class Submodules {
 public:
  /// `superproject` must outlive this object.
  explicit Submodules(git_repository* superproject) : superproject_(superproject) {}

  /// A repository that has the commit; tried first is the one at `path` of the superproject's working tree. nullptr
  /// when it is not here.
  Handle<git_repository> find(std::string_view path, const std::string& commit_id);

 private:
  const std::vector<std::filesystem::path>& git_directories();

  git_repository* superproject_;
  std::optional<std::vector<std::filesystem::path>> git_directories_;
};

/// Throws model::Error{configuration} that names the submodule and `git submodule update --init --recursive`.
[[noreturn]] void refuse_missing_submodule(std::string_view path, std::string_view commit_id);

}  // namespace cyclegate::git
