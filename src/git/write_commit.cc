#include <fmt/format.h>
#include <git2.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "git/check_out.h"
#include "git/lfs.h"
#include "git/submodules.h"
#include "git/tree_files.h"
#include "model/error.h"
#include "model/text.h"
#include "system/interrupt.h"
#include "system/sha256.h"

namespace cyclegate::git {
namespace {

// A tree of ten levels with ten equal entries each has ten thousand million files in a few hundred bytes.
constexpr std::uint64_t most_entries = 2'000'000;
constexpr std::uint64_t most_bytes = std::uint64_t{64} << 30;
constexpr std::size_t deepest_directory = 128;

[[noreturn]] void refuse_tree(std::string_view path, std::string_view why) {
  throw model::Error(model::ErrorKind::configuration,
                     fmt::format("the commit's tree cannot be checked out: {} {}; rewrite the commit without it",
                                 model::to_line(path, 500), why));
}

class CommitWriter {
 public:
  CommitWriter(git_repository* superproject, const std::filesystem::path& directory)
      : files_(TreeFiles::emptied(directory)), submodules_(superproject) {
    result_.directory = directory;
  }

  void write_tree(git_repository* repository, const git_oid& id, const std::string& prefix, std::size_t depth) {
    if (depth > deepest_directory)
      refuse_tree(prefix, fmt::format("lies more than {} directories deep", deepest_directory));
    git_tree* opened = nullptr;
    require(git_tree_lookup(&opened, repository, &id), fmt::format("cannot read the tree of '{}'", prefix),
            "check the repository with `git fsck`");
    const Handle<git_tree> tree(opened);
    for (std::size_t i = 0; i < git_tree_entrycount(opened); ++i)
      write_entry(repository, *git_tree_entry_byindex(opened, i), prefix, depth);
  }

  Checkout take() { return std::move(result_); }

 private:
  void write_entry(git_repository* repository, const git_tree_entry& entry, const std::string& prefix,
                   std::size_t depth) {
    system::throw_if_interrupted();
    const std::string_view name = git_tree_entry_name(&entry);
    const std::string path = prefix.empty() ? std::string(name) : prefix + "/" + std::string(name);
    if (!is_tree_name(name)) refuse_tree(path, "is not a name that a tree may have");
    if (++entries_ > most_entries) refuse_tree(path, fmt::format("is one of more than {} entries", most_entries));
    const git_oid& id = *git_tree_entry_id(&entry);
    if (git_tree_entry_filemode(&entry) == GIT_FILEMODE_COMMIT) return write_submodule(path, id, depth);
    if (files_.kind_of(path) != TreeFiles::Kind::nothing) refuse_tree(path, "is there twice");
    switch (git_tree_entry_filemode(&entry)) {
      case GIT_FILEMODE_TREE:
        files_.make_directory(path);
        return write_tree(repository, id, path, depth + 1);
      case GIT_FILEMODE_LINK:
        return write_link(repository, id, path);
      default:
        return write_blob(repository, id, path, git_tree_entry_filemode(&entry) == GIT_FILEMODE_BLOB_EXECUTABLE);
    }
  }

  Handle<git_blob> read(git_repository* repository, const git_oid& id, const std::string& path) {
    git_blob* blob = nullptr;
    require(git_blob_lookup(&blob, repository, &id), fmt::format("cannot read '{}'", path),
            "check the repository with `git fsck`");
    add_bytes(path, git_blob_rawsize(blob));
    ++result_.files;
    return Handle<git_blob>(blob);
  }

  void add_bytes(const std::string& path, std::uint64_t bytes) {
    bytes_ += bytes;
    if (bytes_ > most_bytes) refuse_tree(path, "makes it larger than 64 GiB");
  }

  static std::string_view bytes_of(const Handle<git_blob>& blob) {
    return {static_cast<const char*>(git_blob_rawcontent(blob.get())),
            static_cast<std::size_t>(git_blob_rawsize(blob.get()))};
  }

  void write_link(git_repository* repository, const git_oid& id, const std::string& path) {
    const Handle<git_blob> blob = read(repository, id, path);
    const std::string target(bytes_of(blob));
    if (target.empty() || target.size() > 4095 || target.find('\0') != std::string::npos)
      refuse_tree(path, "is a link to nowhere");
    files_.write_link(path, target);
  }

  void write_blob(git_repository* repository, const git_oid& id, const std::string& path, bool executable) {
    const Handle<git_blob> blob = read(repository, id, path);
    const std::string_view bytes = bytes_of(blob);
    if (const auto pointer = parse_lfs_pointer(bytes)) {
      const std::filesystem::path object = lfs_object_path(git_repository_commondir(repository), *pointer);
      // A damaged object is none: the pointer stays and is told.
      if (std::error_code error; std::filesystem::is_regular_file(object, error) &&
                                 std::filesystem::file_size(object, error) == pointer->bytes &&
                                 system::sha256_file(object) == pointer->sha256) {
        add_bytes(path, pointer->bytes);
        const TreeFiles store = TreeFiles::existing(object.parent_path());
        return files_.write_file(
            path, executable, [&](const TreeFiles::Sink& sink) { store.read_file(object.filename().string(), sink); });
      }
      result_.lfs_pointers.push_back(path);
    }
    files_.write_file(path, executable, [&](const TreeFiles::Sink& sink) { sink(bytes); });
  }

  void write_submodule(const std::string& path, const git_oid& id, std::size_t depth) {
    if (files_.kind_of(path) != TreeFiles::Kind::nothing) refuse_tree(path, "is there twice");
    const std::string commit_id = git_oid_tostr_s(&id);
    const Handle<git_repository> repository = submodules_.find(path, commit_id);
    if (!repository) refuse_missing_submodule(path, commit_id);
    git_commit* opened = nullptr;
    require(git_commit_lookup(&opened, repository.get(), &id), fmt::format("cannot read submodule '{}'", path),
            "run `git submodule update --init --recursive`");
    const Handle<git_commit> commit(opened);
    files_.make_directory(path);
    write_tree(repository.get(), *git_commit_tree_id(opened), path, depth + 1);
  }

  TreeFiles files_;
  Submodules submodules_;
  Checkout result_;
  std::uint64_t entries_ = 0;
  std::uint64_t bytes_ = 0;
};

}  // namespace

Checkout write_commit(git_repository* repository, const Commit& commit, const std::filesystem::path& directory) {
  git_oid tree;
  require(git_oid_fromstr(&tree, commit.tree.c_str()), fmt::format("'{}' is not a tree", commit.tree),
          "name a commit of this repository");
  CommitWriter writer(repository, directory);
  writer.write_tree(repository, tree, "", 0);
  Checkout result = writer.take();
  result.state = "tree:" + commit.tree;
  return result;
}

}  // namespace cyclegate::git
