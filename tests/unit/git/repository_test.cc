#include "git/repository.h"

#include <unistd.h>

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <functional>
#include <string>
#include <vector>

#include "model/error.h"
#include "support/complaint.h"
#include "support/scratch_repository.h"

using namespace cyclegate;
using Catch::Matchers::ContainsSubstring;
using git::Repository;
using test::complaint;
using test::ScratchRepository;

namespace {

std::vector<std::string> lines(const std::string& text) {
  std::vector<std::string> found;
  for (std::size_t from = 0; from < text.size();) {
    const std::size_t end = std::min(text.find('\n', from), text.size());
    found.push_back(text.substr(from, end - from));
    from = end + 1;
  }
  return found;
}

}  // namespace

TEST_CASE("a commit is found by branch, tag, short id and relative name, from any directory below the root") {
  ScratchRepository scratch;
  scratch.write("sub/a", "1");
  const std::string first = scratch.commit("the first");
  scratch.git("tag -a -m t v1");
  const std::string second = scratch.commit("the second");
  const Repository repository = Repository::open(scratch.path() / "sub");
  CHECK(std::filesystem::equivalent(repository.root(), scratch.path()));
  CHECK(repository.resolve("HEAD").id == second);
  CHECK(repository.resolve("main").id == second);
  CHECK(repository.resolve("v1").id == first);
  CHECK(repository.resolve("HEAD~1").id == first);
  CHECK(repository.resolve(first.substr(0, 10)).id == first);
  const git::Commit commit = repository.resolve(first);
  CHECK(commit.subject == "the first");
  CHECK(commit.date == "2023-11-14T22:14:20Z");
  CHECK(commit.tree == scratch.git("rev-parse v1^{tree}"));
  CHECK(git::to_model(commit, true) ==
        model::Commit{.id = first, .subject = "the first", .date = "2023-11-14T22:14:20Z", .dirty = true});
}

TEST_CASE("a repository without a commit is told so") {
  const ScratchRepository scratch;
  const Repository repository = Repository::open(scratch.path());
  CHECK_THAT(complaint([&] { repository.resolve("HEAD"); }), ContainsSubstring("has no commit yet"));
}

TEST_CASE("an unknown revision is named, with the remedy") {
  ScratchRepository scratch;
  scratch.commit("one");
  scratch.write("a", "b");
  const Repository repository = Repository::open(scratch.path());
  CHECK_THAT(complaint([&] { repository.resolve("no-such"); }),
             ContainsSubstring("unknown revision 'no-such'") && ContainsSubstring("run `git fetch origin no-such`"));
  CHECK_THAT(complaint([&] { repository.resolve(""); }), ContainsSubstring("unknown revision ''"));
  CHECK_THAT(complaint([&] { repository.resolve("a\x1b[31m"); }), ContainsSubstring("unknown revision 'a [31m'"));
  CHECK_THAT(complaint([&] { repository.resolve("HEAD^{tree}"); }), ContainsSubstring("is a tree, not a commit"));
}

TEST_CASE("a branch that only the remote has is found") {
  ScratchRepository scratch;
  const std::string id = scratch.commit("one");
  scratch.git("update-ref refs/remotes/origin/feature/x HEAD");
  CHECK(Repository::open(scratch.path()).resolve("feature/x").id == id);
}

TEST_CASE("a directory outside any repository is refused") {
  const test::TemporaryDirectory directory;
  CHECK_THAT(complaint([&] { Repository::open(directory.path()); }), ContainsSubstring("is not in a git repository"));
  CHECK_THAT(complaint([&] { Repository::open(directory / "missing"); }),
             ContainsSubstring("is not in a git repository"));
}

TEST_CASE("a repository of another user is refused with the remedy") {
  if (::geteuid() != 0) SKIP("only root can give a directory away");
  ScratchRepository scratch;
  scratch.commit("one");
  if (::lchown(scratch.path().c_str(), 12345, 12345) != 0) SKIP("there is nobody else in this user namespace");
  for (const auto& entry : std::filesystem::recursive_directory_iterator(scratch.path()))
    REQUIRE(::lchown(entry.path().c_str(), 12345, 12345) == 0);
  CHECK_THAT(complaint([&] { Repository::open(scratch.path()); }),
             ContainsSubstring("belongs to another user") &&
                 ContainsSubstring("git config --global --add safe.directory " + scratch.path().string()));
}

TEST_CASE("the merge-base is the one that git names") {
  ScratchRepository scratch;
  scratch.commit("root");
  const std::string fork = scratch.commit("fork");
  scratch.git("checkout -q -b feature");
  scratch.write("f", "1");
  const std::string feature = scratch.commit("feature");
  scratch.git("checkout -q main");
  scratch.write("m", "1");
  const std::string main = scratch.commit("main goes on");
  const Repository repository = Repository::open(scratch.path());
  CHECK(repository.merge_base(repository.resolve("feature"), repository.resolve("main")).id == fork);
  CHECK(repository.merge_base(repository.resolve("main"), repository.resolve("main")).id == main);
  CHECK(repository.merge_base(repository.resolve(fork), repository.resolve("feature")).id == fork);
  CHECK(feature != main);
}

TEST_CASE("of the merge-bases of a criss-cross the newest is taken, from either side") {
  ScratchRepository scratch;
  scratch.commit("root");
  scratch.git("checkout -q -b left");
  scratch.write("l", "1");
  const std::string left = scratch.commit("left");
  scratch.git("checkout -q -b right main");
  scratch.write("r", "1");
  const std::string right = scratch.commit("right");
  scratch.git("merge -q -m cross left");
  scratch.git("checkout -q left");
  scratch.git("merge -q -m criss " + right);
  const std::vector<std::string> all = lines(scratch.git("merge-base --all left right"));
  REQUIRE(all.size() == 2);
  const Repository repository = Repository::open(scratch.path());
  CHECK(repository.merge_base(repository.resolve("left"), repository.resolve("right")).id == right);
  CHECK(repository.merge_base(repository.resolve("right"), repository.resolve("left")).id == right);
  CHECK(std::ranges::find(all, right) != all.end());
  CHECK(std::ranges::find(all, left) != all.end());
}

TEST_CASE("unrelated histories have no merge-base, and both commits are named") {
  ScratchRepository scratch;
  const std::string first = scratch.commit("one history");
  scratch.git("checkout -q --orphan other");
  const std::string second = scratch.commit("another history");
  const Repository repository = Repository::open(scratch.path());
  CHECK_THAT(complaint([&] { repository.merge_base(repository.resolve(first), repository.resolve(second)); }),
             ContainsSubstring(first.substr(0, 12) + " (one history)") &&
                 ContainsSubstring(second.substr(0, 12) + " (another history)") &&
                 ContainsSubstring("no common ancestor"));
}

TEST_CASE("a shallow clone is refused with the remedy") {
  ScratchRepository scratch;
  scratch.commit("one");
  scratch.commit("two");
  scratch.git("clone -q --depth 1 'file://" + scratch.path().string() + "' ../shallow");
  const Repository repository = Repository::open(scratch.beside("shallow"));
  CHECK(repository.is_shallow());
  CHECK_FALSE(Repository::open(scratch.path()).is_shallow());
  const git::Commit head = repository.resolve("HEAD");
  CHECK_THAT(complaint([&] { repository.default_base(head, false); }), ContainsSubstring("this clone is shallow") &&
                                                                           ContainsSubstring("git fetch --unshallow") &&
                                                                           ContainsSubstring("fetch-depth: 0"));
  CHECK_THAT(complaint([&] { repository.merge_base(head, head); }), ContainsSubstring("git fetch --unshallow"));
  CHECK_THAT(complaint([&] { repository.resolve("HEAD~1"); }), ContainsSubstring("git fetch --unshallow"));
}

TEST_CASE("the default base is where the branch left the default branch") {
  ScratchRepository scratch;
  const std::string root = scratch.commit("root");
  const std::string fork = scratch.commit("fork");
  scratch.git("checkout -q -b feature");
  const std::string feature = scratch.commit("feature");
  const Repository repository = Repository::open(scratch.path());
  const git::Commit head = repository.resolve("HEAD");
  CHECK(head.id == feature);
  const git::Base local = repository.default_base(head, false);
  CHECK(local.commit.id == fork);
  CHECK(local.why == "merge-base with main");
  // The remote's idea goes first, and among its branches the one that it calls its HEAD.
  scratch.git("update-ref refs/remotes/origin/main " + root);
  CHECK(repository.default_base(head, false).commit.id == root);
  CHECK(repository.default_base(head, false).why == "merge-base with origin/main");
  scratch.git("update-ref refs/remotes/origin/trunk " + fork);
  scratch.git("symbolic-ref refs/remotes/origin/HEAD refs/remotes/origin/trunk");
  CHECK(repository.default_base(head, true).commit.id == fork);
  CHECK(repository.default_base(head, true).why == "merge-base with origin/HEAD");
}

TEST_CASE("on the default branch itself the base is the parent, or the commit below a changed working tree") {
  ScratchRepository scratch;
  const std::string root = scratch.commit("root");
  const std::string tip = scratch.commit("tip");
  const Repository repository = Repository::open(scratch.path());
  CHECK(repository.default_base(repository.resolve("HEAD"), false).commit.id == root);
  CHECK(repository.default_base(repository.resolve("HEAD"), false).why ==
        "first parent of head, since it lies on main");
  CHECK(repository.default_base(repository.resolve("HEAD"), true).commit.id == tip);
  CHECK_THAT(complaint([&] { repository.default_base(repository.resolve(root), false); }),
             ContainsSubstring("is the first one") && ContainsSubstring("--base"));
}

TEST_CASE("without a default branch the first parent is the base") {
  ScratchRepository scratch;
  const std::string root = scratch.commit("root");
  scratch.commit("tip");
  scratch.git("branch -m main trunk");
  const Repository repository = Repository::open(scratch.path());
  CHECK(repository.default_base(repository.resolve("HEAD"), false).commit.id == root);
  CHECK_THAT(repository.default_base(repository.resolve("HEAD"), false).why, ContainsSubstring("no default branch"));
}

TEST_CASE("a file of a commit is read as it was committed, and absence is not an error") {
  ScratchRepository scratch;
  scratch.write("cyclegate.yaml", "old\r\n");
  scratch.write("dir/x.json", "{}");
  scratch.write("dir/deeper/y", "");
  std::filesystem::create_symlink("cyclegate.yaml", scratch.path() / "dir/link");
  scratch.write("big.bin", "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n");
  scratch.commit("one");
  scratch.write("cyclegate.yaml", "new");
  const Repository repository = Repository::open(scratch.path());
  const git::Commit commit = repository.resolve("HEAD");
  CHECK(repository.read_blob(commit, "cyclegate.yaml", 100) == "old\r\n");
  CHECK(repository.read_blob(commit, "dir/deeper/y", 100) == "");
  CHECK(repository.read_blob(commit, "none", 100) == std::nullopt);
  CHECK(repository.read_blob(commit, "dir/none", 100) == std::nullopt);
  CHECK_THAT(complaint([&] { repository.read_blob(commit, "cyclegate.yaml", 4); }),
             ContainsSubstring("has 5 bytes, more than 4"));
  CHECK_THAT(complaint([&] { repository.read_blob(commit, "dir", 4); }), ContainsSubstring("is not a regular file"));
  CHECK_THAT(complaint([&] { repository.read_blob(commit, "dir/link", 40); }),
             ContainsSubstring("is not a regular file"));
  CHECK_THAT(complaint([&] { repository.read_blob(commit, "big.bin", 400); }),
             ContainsSubstring("is a Git LFS pointer"));
  CHECK(repository.list_files(commit, "dir") == std::vector<std::string>{"x.json"});
  CHECK(repository.list_files(commit, "none").empty());
  CHECK(repository.list_files(commit, "big.bin").empty());
}

TEST_CASE("each kind of change makes a working tree dirty, ignored files do not") {
  ScratchRepository scratch;
  scratch.write("a", "1");
  scratch.write(".gitignore", "ignored\n");
  scratch.commit("one");
  const Repository repository = Repository::open(scratch.path());
  CHECK_FALSE(repository.is_dirty());
  scratch.write("ignored", "x");
  CHECK_FALSE(repository.is_dirty());
  SECTION("changed") {
    scratch.write("a", "2");
  }
  SECTION("untracked") {
    scratch.write("new/b", "2");
  }
  SECTION("deleted") {
    std::filesystem::remove(scratch.path() / "a");
  }
  SECTION("mode") {
    std::filesystem::permissions(scratch.path() / "a", std::filesystem::perms(0755));
  }
  SECTION("staged") {
    scratch.write("a", "2");
    scratch.git("add a");
  }
  CHECK(repository.is_dirty());
}

TEST_CASE("a scratch name is stable, plain and different for another repository") {
  ScratchRepository one;
  const ScratchRepository two;
  const std::string name = Repository::open(one.path()).scratch_name();
  CHECK(name == Repository::open(one.path()).scratch_name());
  CHECK(name != Repository::open(two.path()).scratch_name());
  CHECK(name.starts_with("repo-"));
  CHECK(name.size() == 5 + 16);
}
