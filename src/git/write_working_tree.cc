#include <fmt/format.h>
#include <git2.h>

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "git/check_out.h"
#include "git/lfs.h"
#include "git/submodules.h"
#include "git/tree_files.h"
#include "system/interrupt.h"
#include "system/sha256.h"

namespace cyclegate::git {
namespace {

/// The paths of a working tree that belong to its state, relative to the outermost one.
struct Listing {
  std::vector<std::string> paths;
  std::vector<std::string> left_out;
};

void list_working_tree(git_repository* repository, const std::string& prefix, Listing& listing);

void list_submodule(const std::filesystem::path& root, const std::string& entry, const std::string& path,
                    const git_oid& id, Listing& listing) {
  git_repository* opened = nullptr;
  if (git_repository_open_ext(&opened, (root / entry).c_str(), GIT_REPOSITORY_OPEN_NO_SEARCH, nullptr) != 0)
    refuse_missing_submodule(path, git_oid_tostr_s(&id));
  const Handle<git_repository> submodule(opened);
  list_working_tree(opened, path + "/", listing);
}

void list_tracked(git_repository* repository, const std::string& prefix, Listing& listing) {
  git_index* opened = nullptr;
  require(git_repository_index(&opened, repository), "cannot read the index", "check the repository with `git status`");
  const Handle<git_index> index(opened);
  for (std::size_t i = 0; i < git_index_entrycount(opened); ++i) {
    const git_index_entry& entry = *git_index_get_byindex(opened, i);
    const std::string path = prefix + entry.path;
    if (entry.mode == GIT_FILEMODE_COMMIT) {
      list_submodule(git_repository_workdir(repository), entry.path, path, entry.id, listing);
    } else if (listing.paths.empty() || listing.paths.back() != path) {
      // A path in conflict has up to three entries in a row.
      listing.paths.push_back(path);
    }
  }
}

void list_untracked(git_repository* repository, const std::string& prefix, Listing& listing) {
  git_status_options options;
  git_status_options_init(&options, GIT_STATUS_OPTIONS_VERSION);
  options.show = GIT_STATUS_SHOW_WORKDIR_ONLY;
  options.flags =
      GIT_STATUS_OPT_INCLUDE_UNTRACKED | GIT_STATUS_OPT_RECURSE_UNTRACKED_DIRS | GIT_STATUS_OPT_EXCLUDE_SUBMODULES;
  git_status_list* opened = nullptr;
  require(git_status_list_new(&opened, repository, &options), "cannot compare the working tree with the index",
          "check the repository with `git status`");
  const Handle<git_status_list> status(opened);
  for (std::size_t i = 0; i < git_status_list_entrycount(opened); ++i) {
    const git_status_entry& entry = *git_status_byindex(opened, i);
    if ((static_cast<unsigned>(entry.status) & GIT_STATUS_WT_NEW) == 0 || entry.index_to_workdir == nullptr) continue;
    const std::string path = prefix + entry.index_to_workdir->new_file.path;
    (path.ends_with('/') ? listing.left_out : listing.paths).push_back(path);
  }
}

void list_working_tree(git_repository* repository, const std::string& prefix, Listing& listing) {
  system::throw_if_interrupted();
  list_tracked(repository, prefix, listing);
  list_untracked(repository, prefix, listing);
}

/// Copies one file and returns the sha256 of its bytes; tells a pointer.
std::string copy_file(const TreeFiles& from, const TreeFiles& to, const std::string& path, bool executable,
                      Checkout& result) {
  system::Sha256 digest;
  std::string beginning;
  to.write_file(path, executable, [&](const TreeFiles::Sink& sink) {
    from.read_file(path, [&](std::string_view piece) {
      if (beginning.size() < 1024) beginning += piece.substr(0, 1024 - beginning.size());
      digest.update(piece);
      sink(piece);
    });
  });
  if (parse_lfs_pointer(beginning)) result.lfs_pointers.push_back(path);
  return digest.finish_hex();
}

}  // namespace

Checkout write_working_tree(git_repository* repository, const std::filesystem::path& directory) {
  Listing listing;
  list_working_tree(repository, "", listing);
  const TreeFiles from = TreeFiles::existing(git_repository_workdir(repository));
  const TreeFiles to = TreeFiles::emptied(directory);
  Checkout result;
  result.directory = directory;
  result.left_out = listing.left_out;
  // Sorted and without doubles, so that the same files give the same identity.
  std::map<std::string, std::string> identities;
  for (const std::string& path : listing.paths) {
    system::throw_if_interrupted();
    const TreeFiles::Kind kind = from.kind_of(path);
    const bool file = kind == TreeFiles::Kind::file || kind == TreeFiles::Kind::executable;
    // Deleted, or another kind of thing in a tracked file's place.
    if ((!file && kind != TreeFiles::Kind::link) || identities.contains(path)) continue;
    if (file) {
      const bool executable = kind == TreeFiles::Kind::executable;
      identities[path] = (executable ? "x" : "f") + copy_file(from, to, path, executable, result);
    } else {
      const std::string target = from.read_link(path);
      to.write_link(path, target);
      identities[path] = "l" + target;
    }
    ++result.files;
  }
  system::Sha256 state;
  for (const auto& [path, identity] : identities) state.field(path).field(identity);
  result.state = "files:" + state.finish_hex();
  return result;
}

}  // namespace cyclegate::git
