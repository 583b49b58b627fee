#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "git/changed_lines.h"
#include "model/run_set.h"

namespace cyclegate::git {

/// A commit by what later stages need of it.
struct Commit {
  std::string id;       ///< 40 hex digits
  std::string tree;     ///< id of its tree, 40 hex digits: equal trees have equal files
  std::string subject;  ///< first line of the message, at most 200 bytes, valid UTF-8 without control characters
  std::string date;     ///< the committer's, ISO 8601 UTC

  bool operator==(const Commit&) const = default;
};

/// As RunSets carry it.
model::Commit to_model(const Commit& commit, bool dirty);

/// A commit to compare with, and why this one.
struct Base {
  Commit commit;
  std::string why;  ///< e.g. `merge-base with origin/main`

  bool operator==(const Base&) const = default;
};

/// What was written into a checkout directory.
struct Checkout {
  std::filesystem::path directory;
  std::string state;                      ///< identity of the files: `tree:ID`, or `files:SHA256` for a working tree
  std::uint64_t files = 0;                ///< files and links written
  std::vector<std::string> lfs_pointers;  ///< paths that hold a Git LFS pointer, since the object is not here
  std::vector<std::string> left_out;      ///< untracked repositories inside the working tree, which git leaves out too

  bool operator==(const Checkout&) const = default;
};

/// A git repository that is only read: no index refresh, no worktree entry, no ref, no hook, no filter program. Every
/// function throws model::Error{configuration} with the remedy when the repository is not as it must be, and
/// model::Error{measurement} when the file system refuses.
class Repository {
 public:
  /// The repository that `directory` lies in. Refuses a directory outside any repository, and a repository of another
  /// owner as git does (remedy: safe.directory).
  static Repository open(const std::filesystem::path& directory);
  ~Repository();
  Repository(Repository&&) noexcept;
  Repository& operator=(Repository&&) noexcept;

  /// The working tree's root, absolute; refuses a bare repository.
  std::filesystem::path root() const;
  /// A name for this repository's directories below a cache, the same in every run: `NAME-16HEX`.
  std::string scratch_name() const;
  bool is_shallow() const;
  /// Files added, changed, deleted or untracked and not ignored, also within submodules.
  bool is_dirty() const;

  /// What gitrevisions(7) names; a branch that only a remote has is found as origin/NAME.
  Commit resolve(std::string_view revision) const;
  /// The newest common ancestor that is not an ancestor of another common one (of several: the latest date, then the
  /// smallest id). Refuses unrelated histories and shallow clones.
  Commit merge_base(const Commit& first, const Commit& second) const;
  /// What `head` is compared with unless the user names something: its merge-base with the default branch (origin/HEAD,
  /// origin/main, origin/master, main, master); when head lies on that branch, or there is none, head itself if the
  /// working tree is `dirty` and measured, else head's first parent.
  Base default_base(const Commit& head, bool dirty) const;

  /// The bytes of a file in a commit; nullopt when there is none. Refuses directories, links, more than `limit_bytes`
  /// and Git LFS pointers.
  std::optional<std::string> read_blob(const Commit& commit, std::string_view path, std::uint64_t limit_bytes) const;
  /// Names of the regular files directly in a directory of a commit, sorted; empty when there is no such directory.
  std::vector<std::string> list_files(const Commit& commit, std::string_view directory) const;

  /// What lies between two commits, by the lines of head.
  ChangedLines changed_lines(const Commit& base, const Commit& head) const;

  /// Writes the commit's files, with submodules, into `directory`, which is emptied first and must lie outside the
  /// repository. A pure function of the tree: bytes as committed (no line-ending conversion, no filters), modes 0644
  /// and 0755, links as they are. Git LFS pointers become the object's bytes when `git lfs pull` brought it here. Names
  /// that would leave the directory are refused. Submodules come from what is here already (remedy otherwise:
  /// `git submodule update --init --recursive`).
  Checkout check_out(const Commit& commit, const std::filesystem::path& directory) const;
  /// The same with the working tree as it is: tracked files and untracked ones that are not ignored.
  Checkout copy_working_tree(const std::filesystem::path& directory) const;

 private:
  struct Impl;
  explicit Repository(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace cyclegate::git
