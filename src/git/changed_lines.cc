#include "git/changed_lines.h"

#include <git2.h>

#include <algorithm>
#include <exception>
#include <memory>

#include "git/handles.h"
#include "model/text.h"

namespace cyclegate::git {
namespace {

constexpr std::string_view remedy = "check the repository with `git fsck`";
/// Larger files are not source code; libgit2 takes them for binary.
constexpr git_off_t largest_file = git_off_t{4} << 20;

struct FreeDiff {
  void operator()(git_diff* diff) const { git_diff_free(diff); }
};

/// What the callbacks fill. No exception may pass through libgit2.
struct Collected {
  ChangedLines lines;
  std::size_t ranges = 0;
  std::exception_ptr error;
};

constexpr int go_on = 0;
constexpr int stop = 1;

int take_file(const git_diff_delta*, float, void*) {
  return go_on;
}

int take_hunk(const git_diff_delta* delta, const git_diff_hunk* hunk, void* payload) {
  auto& collected = *static_cast<Collected*>(payload);
  if (delta->new_file.path == nullptr || delta->status == GIT_DELTA_DELETED) return go_on;
  if (++collected.ranges > max_changed_ranges) return stop;
  try {
    const auto start = static_cast<std::uint32_t>(std::max(hunk->new_start, 1));
    const auto count = static_cast<std::uint32_t>(std::max(hunk->new_lines, 1));
    collected.lines[delta->new_file.path].push_back({start, start + count - 1});
  } catch (...) {
    collected.error = std::current_exception();
    return stop;
  }
  return go_on;
}

Handle<git_tree> tree(git_repository* repository, const std::string& id) {
  git_oid oid;
  require(git_oid_fromstr(&oid, id.c_str()), "'" + model::to_line(id, 100) + "' is not a tree", remedy);
  git_tree* opened = nullptr;
  require(git_tree_lookup(&opened, repository, &oid), "cannot read tree " + id, remedy);
  return Handle<git_tree>(opened);
}

}  // namespace

bool contains(const std::vector<LineRange>& ranges, std::uint32_t line) {
  const auto after = std::ranges::upper_bound(ranges, line, {}, &LineRange::first);
  return after != ranges.begin() && line <= std::prev(after)->last;
}

ChangedLines changed_lines_of_trees(git_repository* repository, const std::string& base_tree,
                                    const std::string& head_tree) {
  const Handle<git_tree> base = tree(repository, base_tree);
  const Handle<git_tree> head = tree(repository, head_tree);
  git_diff_options options;
  require(git_diff_options_init(&options, GIT_DIFF_OPTIONS_VERSION), "cannot compare two trees", remedy);
  options.context_lines = 0;
  options.interhunk_lines = 0;
  options.max_size = largest_file;
  options.flags |= GIT_DIFF_IGNORE_SUBMODULES | GIT_DIFF_SKIP_BINARY_CHECK;
  git_diff* opened = nullptr;
  require(git_diff_tree_to_tree(&opened, repository, base.get(), head.get(), &options), "cannot compare two trees",
          remedy);
  const std::unique_ptr<git_diff, FreeDiff> diff(opened);
  if (git_diff_num_deltas(opened) > max_changed_files) return {};
  Collected collected;
  const int result = git_diff_foreach(opened, take_file, nullptr, take_hunk, nullptr, &collected);
  if (collected.error) std::rethrow_exception(collected.error);
  if (collected.ranges > max_changed_ranges) return {};
  require(result, "cannot compare two trees", remedy);
  return std::move(collected.lines);
}

}  // namespace cyclegate::git
