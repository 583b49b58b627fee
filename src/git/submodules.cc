#include "git/submodules.h"

#include <fmt/format.h>
#include <git2.h>

#include <algorithm>
#include <cstddef>
#include <system_error>

#include "model/error.h"
#include "model/text.h"

namespace cyclegate::git {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t most_repositories = 1000;
constexpr int deepest_submodule = 16;

/// The bare repositories below a `modules` directory; they nest as submodules do.
void collect(const fs::path& directory, int depth, std::vector<fs::path>& found) {
  if (depth > deepest_submodule) return;
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(directory, error)) {
    if (found.size() >= most_repositories || !entry.is_directory(error) || entry.is_symlink(error)) continue;
    if (fs::exists(entry.path() / "HEAD", error) && fs::is_directory(entry.path() / "objects", error)) {
      found.push_back(entry.path());
      collect(entry.path() / "modules", depth + 1, found);
    } else {
      collect(entry.path(), depth + 1, found);
    }
  }
}

/// `flags` as git_repository_open_ext takes them.
Handle<git_repository> open_with_commit(const fs::path& path, unsigned flags, const std::string& commit_id) {
  git_repository* opened = nullptr;
  if (git_repository_open_ext(&opened, path.c_str(), flags, nullptr) != 0) return nullptr;
  Handle<git_repository> repository(opened);
  git_oid id;
  git_commit* commit = nullptr;
  if (git_oid_fromstr(&id, commit_id.c_str()) != 0 || git_commit_lookup(&commit, opened, &id) != 0) return nullptr;
  const Handle<git_commit> owned(commit);
  return repository;
}

}  // namespace

const std::vector<fs::path>& Submodules::git_directories() {
  if (!git_directories_) {
    git_directories_.emplace();
    collect(fs::path(git_repository_commondir(superproject_)) / "modules", 0, *git_directories_);
    // A linked worktree has its submodules' repositories to itself.
    collect(fs::path(git_repository_path(superproject_)) / "modules", 0, *git_directories_);
    std::ranges::sort(*git_directories_);
  }
  return *git_directories_;
}

Handle<git_repository> Submodules::find(std::string_view path, const std::string& commit_id) {
  if (const char* const root = git_repository_workdir(superproject_); root != nullptr)
    if (auto found = open_with_commit(fs::path(root) / path, GIT_REPOSITORY_OPEN_NO_SEARCH, commit_id)) return found;
  // Opened as bare, since the working tree that its configuration names may be gone.
  for (const fs::path& directory : git_directories())
    if (auto found = open_with_commit(directory, GIT_REPOSITORY_OPEN_BARE, commit_id)) return found;
  return nullptr;
}

void refuse_missing_submodule(std::string_view path, std::string_view commit_id) {
  throw model::Error(model::ErrorKind::configuration,
                     fmt::format("submodule {} is needed at commit {}, which is not here; run `git submodule update "
                                 "--init --recursive` (in GitHub Actions: `submodules: recursive` and `fetch-depth: 0` "
                                 "for actions/checkout)",
                                 model::to_line(path, 200), commit_id));
}

}  // namespace cyclegate::git
