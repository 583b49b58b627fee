#include "git/repository.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <git2.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <ctime>
#include <system_error>
#include <utility>

#include "git/check_out.h"
#include "git/handles.h"
#include "model/error.h"
#include "model/text.h"
#include "system/sha256.h"

namespace cyclegate::git {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view check_remedy = "check the repository with `git fsck`";
constexpr std::string_view shallow_remedy =
    "run `git fetch --unshallow` (in GitHub Actions: `fetch-depth: 0` for actions/checkout)";

[[noreturn]] void refuse_plainly(const std::string& message) {
  throw model::Error(model::ErrorKind::configuration, message);
}

git_oid parse_id(const std::string& id) {
  git_oid oid;
  require(git_oid_fromstr(&oid, id.c_str()), fmt::format("'{}' is not a commit", model::to_line(id, 100)),
          check_remedy);
  return oid;
}

std::string date_of(git_time_t seconds) {
  const auto time = static_cast<std::time_t>(seconds);
  std::tm parts{};
  if (gmtime_r(&time, &parts) == nullptr) return {};
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", parts);
}

Commit describe(git_commit* commit) {
  const char* const summary = git_commit_summary(commit);
  return {.id = git_oid_tostr_s(git_commit_id(commit)),
          .tree = git_oid_tostr_s(git_commit_tree_id(commit)),
          .subject = model::to_line(summary == nullptr ? "" : summary, 200),
          .date = date_of(git_commit_time(commit))};
}

/// `path` lies in `directory` or is it; both absolute with links resolved as far as they exist.
bool lies_within(const fs::path& path, const fs::path& directory) {
  const auto [mismatch, rest] = std::ranges::mismatch(directory, path);
  return mismatch == directory.end() || (mismatch->empty() && std::next(mismatch) == directory.end());
}

}  // namespace

struct Repository::Impl {
  Handle<git_repository> handle;

  git_repository* get() const { return handle.get(); }

  Handle<git_commit> commit(const git_oid& id) const {
    git_commit* opened = nullptr;
    require(git_commit_lookup(&opened, get(), &id), fmt::format("cannot read commit {}", git_oid_tostr_s(&id)),
            check_remedy);
    return Handle<git_commit>(opened);
  }

  Handle<git_commit> commit(const std::string& id) const { return commit(parse_id(id)); }

  Handle<git_tree> tree_of(const Commit& commit) const {
    const git_oid id = parse_id(commit.tree);
    git_tree* opened = nullptr;
    require(git_tree_lookup(&opened, get(), &id), fmt::format("cannot read the tree of commit {}", commit.id),
            check_remedy);
    return Handle<git_tree>(opened);
  }

  /// The commit that a full reference name leads to; nullptr when there is none.
  Handle<git_commit> reference(const std::string& name) const {
    git_reference* opened = nullptr;
    if (git_reference_lookup(&opened, get(), name.c_str()) != 0) return nullptr;
    const Handle<git_reference> owned(opened);
    git_object* peeled = nullptr;
    if (git_reference_peel(&peeled, opened, GIT_OBJECT_COMMIT) != 0) return nullptr;
    const Handle<git_object> object(peeled);
    return commit(*git_object_id(peeled));
  }

  void refuse_shallow(std::string_view why) const {
    if (git_repository_is_shallow(get()) != 1) return;
    refuse_plainly(fmt::format("this clone is shallow: {}; {}", why, shallow_remedy));
  }

  void refuse_overlap(const fs::path& directory) const {
    const fs::path target = fs::weakly_canonical(directory);
    std::vector<fs::path> ours{fs::canonical(git_repository_commondir(get()))};
    if (git_repository_workdir(get()) != nullptr) ours.push_back(fs::canonical(git_repository_workdir(get())));
    for (const fs::path& own : ours)
      if (lies_within(target, own) || lies_within(own, target))
        refuse_plainly(
            fmt::format("the checkout directory {} and the repository {} overlap; set XDG_CACHE_HOME to a "
                        "directory outside the repository",
                        target.string(), own.string()));
  }
};

model::Commit to_model(const Commit& commit, bool dirty) {
  return {.id = commit.id, .subject = commit.subject, .date = commit.date, .dirty = dirty};
}

Repository::Repository(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Repository::~Repository() = default;
Repository::Repository(Repository&&) noexcept = default;
Repository& Repository::operator=(Repository&&) noexcept = default;

Repository Repository::open(const fs::path& directory) {
  start_library();
  std::error_code error;
  const fs::path absolute = fs::absolute(directory, error);
  git_repository* opened = nullptr;
  const int result = git_repository_open_ext(&opened, absolute.c_str(), 0, nullptr);
  if (result == GIT_ENOTFOUND)
    refuse_plainly(fmt::format("{} is not in a git repository; run cyclegate inside one, or make one with `git init`",
                               absolute.string()));
  if (result == GIT_EOWNER)
    refuse(fmt::format("the repository of {} belongs to another user", absolute.string()),
           fmt::format("if you trust it, run `git config --global --add safe.directory {}`", absolute.string()));
  require(result, fmt::format("cannot open the repository of {}", absolute.string()), "check it with `git status`");
  return Repository(std::make_unique<Impl>(Impl{Handle<git_repository>(opened)}));
}

fs::path Repository::root() const {
  const char* const root = git_repository_workdir(impl_->get());
  if (root == nullptr)
    refuse_plainly(fmt::format("{} is a bare repository; run cyclegate in a clone with a working tree",
                               git_repository_path(impl_->get())));
  fs::path path(root);
  return path.has_filename() ? path : path.parent_path();
}

std::string Repository::scratch_name() const {
  const fs::path path = root();
  std::string name;
  for (const char c : path.filename().string()) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
    if (name.size() < 32) name += plain ? c : '_';
  }
  return fmt::format("{}-{}", name, system::sha256_hex(path.string()).substr(0, 16));
}

bool Repository::is_shallow() const {
  return git_repository_is_shallow(impl_->get()) == 1;
}

bool Repository::is_dirty() const {
  git_status_options options;
  git_status_options_init(&options, GIT_STATUS_OPTIONS_VERSION);
  options.show = GIT_STATUS_SHOW_INDEX_AND_WORKDIR;
  options.flags = GIT_STATUS_OPT_INCLUDE_UNTRACKED;
  git_status_list* opened = nullptr;
  require(git_status_list_new(&opened, impl_->get(), &options), "cannot compare the working tree with HEAD",
          "check the repository with `git status`");
  const Handle<git_status_list> status(opened);
  return git_status_list_entrycount(opened) > 0;
}

Commit Repository::resolve(std::string_view revision) const {
  const std::string asked(revision);
  const std::string shown = model::to_line(asked, 200);
  git_object* found = nullptr;
  int result = git_revparse_single(&found, impl_->get(), asked.c_str());
  // CI checks out one branch only; the others are known as the remote's.
  if (result == GIT_ENOTFOUND && !asked.empty())
    result = git_revparse_single(&found, impl_->get(), ("refs/remotes/origin/" + asked).c_str());
  if (result == GIT_EAMBIGUOUS)
    refuse_plainly(fmt::format("revision '{}' is ambiguous; write more of its digits", shown));
  if (result != 0 && git_repository_head_unborn(impl_->get()) == 1)
    refuse_plainly(fmt::format("{} has no commit yet; commit something first", git_repository_path(impl_->get())));
  if (result != 0) {
    const std::string remedy =
        is_shallow() ? std::string(shallow_remedy) : fmt::format("run `git fetch origin {}`, or check its name", shown);
    refuse_plainly(fmt::format("unknown revision '{}' in {}; {}", shown, git_repository_path(impl_->get()), remedy));
  }
  const Handle<git_object> object(found);
  git_object* peeled = nullptr;
  if (git_object_peel(&peeled, found, GIT_OBJECT_COMMIT) != 0)
    refuse_plainly(fmt::format("revision '{}' is a {}, not a commit; name a branch, a tag or a commit", shown,
                               git_object_type2string(git_object_type(found))));
  const Handle<git_object> commit(peeled);
  return describe(impl_->commit(*git_object_id(peeled)).get());
}

Commit Repository::merge_base(const Commit& first, const Commit& second) const {
  impl_->refuse_shallow("the common ancestor of two commits cannot be known");
  const git_oid a = parse_id(first.id);
  const git_oid b = parse_id(second.id);
  git_oidarray found{};
  const int result = git_merge_bases(&found, impl_->get(), &a, &b);
  if (result == GIT_ENOTFOUND)
    refuse_plainly(fmt::format("commits {} ({}) and {} ({}) have no common ancestor; name the base with --base",
                               first.id.substr(0, 12), first.subject, second.id.substr(0, 12), second.subject));
  require(result, "cannot look for the common ancestor", check_remedy);
  std::vector<git_oid> ids(found.ids, found.ids + found.count);
  git_oidarray_dispose(&found);
  std::vector<Commit> commits;
  commits.reserve(ids.size());
  for (const git_oid& id : ids) commits.push_back(describe(impl_->commit(id).get()));
  return *std::ranges::min_element(
      commits, [](const Commit& x, const Commit& y) { return x.date != y.date ? x.date > y.date : x.id < y.id; });
}

Base Repository::default_base(const Commit& head, bool dirty) const {
  impl_->refuse_shallow("the commit to compare with cannot be known");
  static constexpr std::array branches{"refs/remotes/origin/HEAD", "refs/remotes/origin/main",
                                       "refs/remotes/origin/master", "refs/heads/main", "refs/heads/master"};
  std::string where = "there is no default branch";
  for (const std::string name : branches) {
    const Handle<git_commit> tip = impl_->reference(name);
    if (!tip) continue;
    const std::string shown = name.substr(name.find('/', 5) + 1);
    Commit base = merge_base(head, describe(tip.get()));
    if (base.id != head.id) return {std::move(base), "merge-base with " + shown};
    where = "it lies on " + shown;
    break;
  }
  if (dirty) return {head, "the commit below the changed working tree, since " + where};
  const Handle<git_commit> commit = impl_->commit(head.id);
  if (git_commit_parentcount(commit.get()) == 0)
    refuse_plainly(
        fmt::format("commit {} ({}) is the first one, so that there is nothing to compare it with; name the "
                    "base with --base",
                    head.id.substr(0, 12), head.subject));
  return {describe(impl_->commit(*git_commit_parent_id(commit.get(), 0)).get()),
          "first parent of head, since " + where};
}

ChangedLines Repository::changed_lines(const Commit& base, const Commit& head) const {
  return changed_lines_of_trees(impl_->get(), base.tree, head.tree);
}

std::optional<std::string> Repository::read_blob(const Commit& commit, std::string_view path,
                                                 std::uint64_t limit_bytes) const {
  const std::string shown = fmt::format("{}:{}", commit.id.substr(0, 12), model::to_line(path, 300));
  const Handle<git_tree> tree = impl_->tree_of(commit);
  git_tree_entry* opened = nullptr;
  const int found = git_tree_entry_bypath(&opened, tree.get(), std::string(path).c_str());
  if (found == GIT_ENOTFOUND) return std::nullopt;
  require(found, "cannot read " + shown, check_remedy);
  const std::unique_ptr<git_tree_entry, decltype(&git_tree_entry_free)> entry(opened, git_tree_entry_free);
  if (git_tree_entry_filemode(opened) != GIT_FILEMODE_BLOB &&
      git_tree_entry_filemode(opened) != GIT_FILEMODE_BLOB_EXECUTABLE)
    refuse_plainly(fmt::format("{} is not a regular file; commit one in its place", shown));
  git_blob* read = nullptr;
  require(git_blob_lookup(&read, impl_->get(), git_tree_entry_id(opened)), "cannot read " + shown, check_remedy);
  const Handle<git_blob> blob(read);
  const auto size = static_cast<std::uint64_t>(git_blob_rawsize(read));
  if (size > limit_bytes)
    refuse_plainly(fmt::format("{} has {} bytes, more than {}; commit a smaller one", shown, size, limit_bytes));
  std::string bytes(static_cast<const char*>(git_blob_rawcontent(read)), static_cast<std::size_t>(size));
  if (model::is_lfs_pointer(bytes))
    refuse_plainly(fmt::format("{} is a Git LFS pointer; keep this file out of Git LFS", shown));
  return bytes;
}

std::vector<std::string> Repository::list_files(const Commit& commit, std::string_view directory) const {
  const Handle<git_tree> tree = impl_->tree_of(commit);
  git_tree_entry* opened = nullptr;
  if (git_tree_entry_bypath(&opened, tree.get(), std::string(directory).c_str()) != 0) return {};
  const std::unique_ptr<git_tree_entry, decltype(&git_tree_entry_free)> entry(opened, git_tree_entry_free);
  if (git_tree_entry_filemode(opened) != GIT_FILEMODE_TREE) return {};
  git_tree* listed = nullptr;
  require(git_tree_lookup(&listed, impl_->get(), git_tree_entry_id(opened)),
          fmt::format("cannot read {} of commit {}", directory, commit.id), check_remedy);
  const Handle<git_tree> below(listed);
  std::vector<std::string> names;
  for (std::size_t i = 0; i < git_tree_entrycount(listed); ++i) {
    const git_tree_entry* const child = git_tree_entry_byindex(listed, i);
    const git_filemode_t mode = git_tree_entry_filemode(child);
    if (mode == GIT_FILEMODE_BLOB || mode == GIT_FILEMODE_BLOB_EXECUTABLE)
      names.emplace_back(git_tree_entry_name(child));
  }
  std::ranges::sort(names);
  return names;
}

Checkout Repository::check_out(const Commit& commit, const fs::path& directory) const {
  impl_->refuse_overlap(directory);
  return write_commit(impl_->get(), commit, directory);
}

Checkout Repository::copy_working_tree(const fs::path& directory) const {
  root();  // refuses a bare repository
  impl_->refuse_overlap(directory);
  return write_working_tree(impl_->get(), directory);
}

}  // namespace cyclegate::git
