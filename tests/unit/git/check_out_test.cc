#include <sys/stat.h>

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "git/repository.h"
#include "model/error.h"
#include "support/complaint.h"
#include "support/scratch_repository.h"
#include "system/sha256.h"

using namespace cyclegate;
namespace fs = std::filesystem;
using Catch::Matchers::ContainsSubstring;
using git::Checkout;
using git::Repository;
using test::complaint;
using test::ScratchRepository;

namespace {

/// One string per file, so that a failure shows them.
using Files = std::vector<std::string>;

/// Every file and link below a directory: kind, mode and content.
Files snapshot(const fs::path& directory) {
  Files found;
  for (const auto& entry : fs::recursive_directory_iterator(directory)) {
    const std::string path = entry.path().lexically_relative(directory).string();
    if (entry.is_symlink()) {
      found.push_back(path + ": link " + fs::read_symlink(entry.path()).string());
    } else if (entry.is_regular_file()) {
      struct stat status{};
      REQUIRE(::stat(entry.path().c_str(), &status) == 0);
      found.push_back(path + ((status.st_mode & 0777U) == 0755U ? ": 755 " : ": 644 ") + test::read_file(entry.path()));
    }
  }
  std::ranges::sort(found);
  return found;
}

}  // namespace

TEST_CASE("a checkout has the commit's files, modes and links and nothing else, and leaves the repository as it was") {
  ScratchRepository scratch;
  scratch.write("a.txt", "one\r\n");
  scratch.write("dir/deep/run.sh", "#!/bin/sh\n");
  fs::permissions(scratch.path() / "dir/deep/run.sh", fs::perms(0755));
  fs::create_symlink("../../../etc/passwd", scratch.path() / "dir/outside");
  scratch.write("cr.txt", "x\n");
  scratch.write(".gitattributes", "cr.txt text eol=crlf\n");
  scratch.commit("one");
  scratch.write("a.txt", "changed, not committed");
  scratch.write("untracked", "x");
  // Inode, size and times of everything in .git: nothing may be rewritten.
  const std::string before = scratch.git("--no-optional-locks status --short") +
                             scratch.git("-c alias.l='!find .git -printf \"%p %i %s %T@\\n\" | sort' l");
  const Repository repository = Repository::open(scratch.path());
  const fs::path target = scratch.beside("out/checkout");
  fs::create_directories(target / "left/over");
  const git::Commit commit = repository.resolve("HEAD");
  const Checkout checkout = repository.check_out(commit, target);
  CHECK(snapshot(target) == Files{".gitattributes: 644 cr.txt text eol=crlf\n", "a.txt: 644 one\r\n", "cr.txt: 644 x\n",
                                  "dir/deep/run.sh: 755 #!/bin/sh\n", "dir/outside: link ../../../etc/passwd"});
  CHECK_FALSE(fs::exists(target / "left"));
  CHECK(checkout.files == 5);
  CHECK(checkout.state == "tree:" + commit.tree);
  CHECK(checkout.lfs_pointers.empty());
  CHECK(repository.is_dirty());
  repository.copy_working_tree(scratch.beside("out/copy"));
  const std::string after = scratch.git("--no-optional-locks status --short") +
                            scratch.git("-c alias.l='!find .git -printf \"%p %i %s %T@\\n\" | sort' l");
  CHECK(before == after);
}

TEST_CASE("a checkout may not overlap the repository") {
  ScratchRepository scratch;
  scratch.write("a", "1");
  scratch.commit("one");
  const Repository repository = Repository::open(scratch.path());
  const git::Commit commit = repository.resolve("HEAD");
  fs::create_directory_symlink(scratch.path(), scratch.beside("alias"));
  for (const fs::path& target : {scratch.path(), scratch.path() / "sub", scratch.path() / ".git/x",
                                 scratch.path() / "..", scratch.beside("alias") / "sub"}) {
    INFO(target);
    CHECK_THAT(complaint([&] { repository.check_out(commit, target); }), ContainsSubstring("overlap"));
    CHECK_THAT(complaint([&] { repository.copy_working_tree(target); }), ContainsSubstring("overlap"));
  }
  CHECK(fs::exists(scratch.path() / "a"));
}

TEST_CASE("a working tree is copied as it is: changed, untracked, deleted and staged, without what is ignored") {
  ScratchRepository scratch;
  scratch.write("kept", "1");
  scratch.write("changed", "1");
  scratch.write("deleted", "1");
  scratch.write("folder/file", "1");
  scratch.write(".gitignore", "ignored\nbuild/\n");
  scratch.commit("one");
  scratch.write("changed", "2");
  scratch.write("untracked/deep/x", "3");
  scratch.write("staged", "4");
  scratch.git("add staged");
  scratch.write("ignored", "5");
  scratch.write("build/y", "6");
  fs::remove(scratch.path() / "deleted");
  // A tracked directory gave way to a link that leads outside: what git calls folder/file is gone.
  fs::remove_all(scratch.path() / "folder");
  fs::create_directories(scratch.beside("elsewhere"));
  std::ofstream(scratch.beside("elsewhere") / "file") << "secret";
  fs::create_directory_symlink(scratch.beside("elsewhere"), scratch.path() / "folder");
  const Repository repository = Repository::open(scratch.path());
  const fs::path target = scratch.beside("copy");
  const Checkout copy = repository.copy_working_tree(target);
  CHECK(snapshot(target) == Files{".gitignore: 644 ignored\nbuild/\n", "changed: 644 2",
                                  "folder: link " + scratch.beside("elsewhere").string(), "kept: 644 1",
                                  "staged: 644 4", "untracked/deep/x: 644 3"});
  CHECK(copy.files == 6);
  CHECK(copy.state.starts_with("files:"));
  // The identity follows content, mode and name, and nothing else.
  CHECK(repository.copy_working_tree(scratch.beside("again")).state == copy.state);
  scratch.write("ignored", "7");
  CHECK(repository.copy_working_tree(target).state == copy.state);
  fs::permissions(scratch.path() / "kept", fs::perms(0755));
  const std::string with_mode = repository.copy_working_tree(target).state;
  CHECK(with_mode != copy.state);
  scratch.write("untracked/deep/x", "8");
  CHECK(repository.copy_working_tree(target).state != with_mode);
}

TEST_CASE("submodules are written at the commit that the tree names, also nested ones") {
  ScratchRepository inner;
  inner.write("i", "inner");
  inner.commit("inner");
  ScratchRepository middle;
  middle.write("m", "old");
  middle.git("-c protocol.file.allow=always submodule --quiet add '" + inner.path().string() + "' deps/inner");
  middle.commit("old");
  ScratchRepository outer;
  outer.write("o", "outer");
  outer.git("-c protocol.file.allow=always submodule --quiet add '" + middle.path().string() + "' deps/middle");
  outer.git("-c protocol.file.allow=always submodule --quiet update --init --recursive");
  const std::string old = outer.commit("old middle");
  middle.write("m", "new");
  middle.commit("new");
  outer.git("-c protocol.file.allow=always pull -q origin main", outer.path() / "deps/middle");
  outer.commit("new middle");
  const Repository repository = Repository::open(outer.path());
  const auto content = [&](const std::string& revision) {
    repository.check_out(repository.resolve(revision), outer.beside("out"));
    return test::read_file(outer.beside("out") / "deps/middle/m") + " " +
           test::read_file(outer.beside("out") / "deps/middle/deps/inner/i");
  };
  CHECK(content("HEAD") == "new inner");
  CHECK(content(old) == "old inner");
  CHECK_FALSE(repository.is_dirty());

  SECTION("a changed submodule makes the tree dirty and is copied as it is") {
    std::ofstream(outer.path() / "deps/middle/m") << "dirty";
    CHECK(repository.is_dirty());
    repository.copy_working_tree(outer.beside("copy"));
    CHECK(test::read_file(outer.beside("copy") / "deps/middle/m") == "dirty");
    CHECK(test::read_file(outer.beside("copy") / "deps/middle/deps/inner/i") == "inner");
    CHECK_FALSE(fs::exists(outer.beside("copy") / "deps/middle/.git"));
  }
  SECTION("a submodule without its working tree comes from .git/modules") {
    outer.git("submodule --quiet deinit -f --all");
    CHECK(content("HEAD") == "new inner");
    CHECK_THAT(
        complaint([&] { repository.copy_working_tree(outer.beside("copy")); }),
        ContainsSubstring("submodule deps/middle") && ContainsSubstring("git submodule update --init --recursive"));
  }
  SECTION("a submodule that is not here is named with the remedy") {
    outer.git("clone -q . ../clone");
    const Repository clone = Repository::open(outer.beside("clone"));
    CHECK_THAT(complaint([&] { clone.check_out(clone.resolve("HEAD"), outer.beside("out")); }),
               ContainsSubstring("submodule deps/middle is needed at commit") &&
                   ContainsSubstring("git submodule update --init --recursive"));
  }
}

TEST_CASE("a Git LFS pointer becomes its object where `git lfs pull` brought it, and is told where not") {
  ScratchRepository scratch;
  const std::string content = "the real bytes";
  const std::string digest = system::sha256_hex(content);
  const std::string pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:" + digest + "\nsize 14\n";
  scratch.write("in/big.bin", pointer);
  scratch.commit("one");
  const Repository repository = Repository::open(scratch.path());
  const fs::path target = scratch.beside("out");
  Checkout checkout = repository.check_out(repository.resolve("HEAD"), target);
  CHECK(checkout.lfs_pointers == std::vector<std::string>{"in/big.bin"});
  CHECK(test::read_file(target / "in/big.bin") == pointer);
  CHECK(repository.copy_working_tree(target).lfs_pointers == std::vector<std::string>{"in/big.bin"});

  const fs::path object = scratch.path() / ".git/lfs/objects" / digest.substr(0, 2) / digest.substr(2, 2) / digest;
  fs::create_directories(object.parent_path());
  std::ofstream(object) << content;
  checkout = repository.check_out(repository.resolve("HEAD"), target);
  CHECK(checkout.lfs_pointers.empty());
  CHECK(test::read_file(target / "in/big.bin") == content);

  std::ofstream(object) << "the fake bytes";
  CHECK(repository.check_out(repository.resolve("HEAD"), target).lfs_pointers.size() == 1);
}

TEST_CASE("hostile trees do not get out of the checkout") {
  ScratchRepository scratch;
  scratch.write("a", "1");
  scratch.commit("one");
  const std::string blob = scratch.git("rev-parse HEAD:a");
  scratch.write("target", "../escaped");
  const std::string link = scratch.git("hash-object -w target");
  // `git mktree` would refuse these, so the raw tree objects are written.
  const auto raw_tree = [&](const std::string& entries) {
    std::ofstream(scratch.path() / "raw", std::ios::binary) << entries;
    return scratch.git("hash-object -t tree --literally -w raw");
  };
  const auto raw_id = [](const std::string& hex) {
    std::string bytes;
    for (std::size_t i = 0; i < hex.size(); i += 2)
      bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
    return bytes;
  };
  const auto entry = [&](const std::string& mode, const std::string& name, const std::string& id) {
    return mode + " " + name + std::string(1, '\0') + raw_id(id);
  };
  const std::string inner = raw_tree(entry("100644", "x", blob));
  const std::map<std::string, std::string> hostile{
      {"..", raw_tree(entry("40000", "..", inner))},
      {".git", raw_tree(entry("40000", ".GIT", inner))},
      {"a slash", raw_tree(entry("100644", "../x", blob))},
      {"a link and a directory of one name", raw_tree(entry("120000", "d", link) + entry("40000", "d", inner))},
  };
  fs::create_directories(scratch.beside("out"));
  fs::create_directories(scratch.beside("escaped"));
  const Repository repository = Repository::open(scratch.path());
  for (const auto& [name, tree] : hostile) {
    INFO(name);
    git::Commit commit = repository.resolve("HEAD");
    commit.tree = tree;
    const std::string told = complaint([&] { repository.check_out(commit, scratch.beside("out/checkout")); });
    CHECK_FALSE(told.empty());
    CHECK_FALSE(fs::exists(scratch.beside("x")));
    CHECK_FALSE(fs::exists(scratch.beside("out/x")));
    CHECK(fs::is_empty(scratch.beside("escaped")));
  }
}

TEST_CASE("a tree of endless depth is refused") {
  ScratchRepository scratch;
  scratch.write("a", "");
  scratch.commit("one");
  std::string tree = scratch.git("rev-parse HEAD^{tree}");
  for (int level = 0; level < 140; ++level) {
    std::ofstream(scratch.beside("entries")) << "040000 tree " << tree << "\td\n";
    tree = scratch.git("mktree < ../entries");
  }
  const Repository repository = Repository::open(scratch.path());
  git::Commit commit = repository.resolve("HEAD");
  commit.tree = tree;
  CHECK_THAT(complaint([&] { repository.check_out(commit, scratch.beside("out")); }),
             ContainsSubstring("more than 128 directories deep"));
}
