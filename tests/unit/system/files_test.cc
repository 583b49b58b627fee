#include "system/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>

#include "model/error.h"
#include "support/temporary_directory.h"

namespace fs = std::filesystem;
namespace sys = cyclegate::system;
using cyclegate::model::Error;
using cyclegate::model::ErrorKind;
using cyclegate::test::TemporaryDirectory;

namespace {

template <typename Function>
std::string refusal(const Function& function, ErrorKind kind) {
  try {
    function();
  } catch (const Error& error) {
    CHECK(error.kind() == kind);
    return error.what();
  }
  FAIL_CHECK("nothing was refused");
  return {};
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a file is read whole up to its limit and not beyond") {
  const TemporaryDirectory directory;
  const fs::path file = directory.write("ten", "0123456789");
  CHECK(sys::read_text(file, 10) == "0123456789");
  CHECK(sys::read_bytes(file, 100).size() == 10);
  CHECK(sys::read_text(directory.write("empty", ""), 0).empty());
  CHECK(contains(refusal([&] { sys::read_text(file, 9); }, ErrorKind::configuration), "longer than 9 bytes"));
}

TEST_CASE("a file of /proc is read although it says that it is empty") {
  CHECK(contains(sys::read_text("/proc/self/status", 1 << 20), "Pid:"));
  CHECK_THROWS_AS(sys::read_text("/proc/self/status", 10), Error);
}

TEST_CASE("a missing file, a directory, a pipe and an endless device are refused by name") {
  const TemporaryDirectory directory;
  CHECK(contains(refusal([&] { sys::read_text(directory / "none", 10); }, ErrorKind::configuration), "none"));
  CHECK(
      contains(refusal([&] { sys::read_text(directory.path(), 10); }, ErrorKind::configuration), "not a regular file"));
  REQUIRE(mkfifo((directory / "pipe").c_str(), 0600) == 0);
  CHECK(contains(refusal([&] { sys::read_text(directory / "pipe", 10); }, ErrorKind::configuration), "pipe"));
  CHECK_THROWS_AS(sys::read_text("/dev/zero", 10), Error);
}

TEST_CASE("an atomic write replaces the file, makes parents and leaves nothing beside it") {
  const TemporaryDirectory directory;
  const fs::path file = directory / "a/b/file.json";
  sys::write_atomically(file, "old");
  sys::write_atomically(file, "new", fs::perms(0444));
  CHECK(sys::read_text(file, 10) == "new");
  CHECK(fs::status(file).permissions() == fs::perms(0444));
  CHECK(std::distance(fs::directory_iterator(file.parent_path()), fs::directory_iterator()) == 1);
}

TEST_CASE("a failed atomic write keeps the old file and removes its temporary one") {
  const TemporaryDirectory directory;
  fs::create_directories(directory / "target/inner");
  const std::string why = refusal([&] { sys::write_atomically(directory / "target", "x"); }, ErrorKind::measurement);
  CHECK(contains(why, "target"));
  CHECK(fs::is_directory(directory / "target/inner"));
  CHECK(std::distance(fs::directory_iterator(directory.path()), fs::directory_iterator()) == 1);
}

TEST_CASE("a path stays below its root") {
  const TemporaryDirectory directory;
  const fs::path root = directory / "root";
  directory.write("root/in/file", "x");
  directory.write("outside", "secret");
  fs::create_symlink("in", root / "inner");
  fs::create_symlink("../outside", root / "leak");
  fs::create_symlink("..", root / "up");
  fs::create_symlink("../not-there", root / "dangling");
  fs::create_directories(directory / "root-beside");
  fs::create_symlink("../root-beside", root / "beside");
  const fs::path real = fs::canonical(root);

  CHECK(sys::contained_path(root, "in/file") == real / "in/file");
  CHECK(sys::contained_path(root, "inner/file") == real / "in/file");
  CHECK(sys::contained_path(root, "in/new/file") == real / "in/new/file");
  for (const char* path : {"", "/etc/passwd", "../outside", "in/../../outside", "in/..", "leak", "up/outside", "up",
                           "dangling", "beside", "beside/new"}) {
    INFO(path);
    const std::string why = refusal([&] { sys::contained_path(root, path); }, ErrorKind::configuration);
    CHECK(contains(why, std::string("`") + path + "`"));
  }
  CHECK_THROWS_AS(sys::contained_path(root, std::string("in\0x", 4)), Error);
  CHECK_THROWS_AS(sys::contained_path(directory / "none", "x"), Error);
}

TEST_CASE("a removed tree takes no file with it that a link points to") {
  const TemporaryDirectory directory;
  directory.write("kept/file", "x");
  directory.write("tree/a/b", "x");
  fs::create_directory_symlink(directory / "kept", directory / "tree/link");
  fs::create_symlink(directory / "kept/file", directory / "tree/a/link");
  fs::permissions(directory / "tree/a", fs::perms(0555));
  fs::create_directories(directory / "tree/closed");
  fs::permissions(directory / "tree/closed", fs::perms(0));
  sys::remove_tree(directory / "tree");
  CHECK_FALSE(fs::exists(fs::symlink_status(directory / "tree")));
  CHECK(sys::read_text(directory / "kept/file", 10) == "x");
}

TEST_CASE("removing a link removes the link and removing nothing is fine") {
  const TemporaryDirectory directory;
  directory.write("kept/file", "x");
  fs::create_directory_symlink(directory / "kept", directory / "link");
  sys::remove_tree(directory / "link");
  sys::remove_tree(directory / "none");
  sys::remove_tree(directory / "no/such/parent");
  sys::remove_tree((directory / "kept").string() + "/");
  CHECK(std::distance(fs::directory_iterator(directory.path()), fs::directory_iterator()) == 0);
}

TEST_CASE("a tree deeper than a path can be is removed") {
  const TemporaryDirectory directory;
  const fs::path former = fs::current_path();
  fs::create_directories(directory / "deep");
  fs::current_path(directory / "deep");
  const std::string name(100, 'd');
  for (int level = 0; level < 450; ++level) {
    REQUIRE(mkdir(name.c_str(), 0755) == 0);
    REQUIRE(chdir(name.c_str()) == 0);
    if (level % 190 == 0) std::ofstream("file") << level;
  }
  fs::current_path(former);
  sys::remove_tree(directory / "deep");
  CHECK_FALSE(fs::exists(directory / "deep"));
}

TEST_CASE("the size of a directory is what it takes on disk and links count nothing of their target") {
  const TemporaryDirectory directory;
  fs::create_directories(directory / "tree/a");
  const std::uint64_t empty = sys::directory_size(directory / "tree");
  // Random, as some file systems compress; and on disk now, as some take no room for what they still hold back.
  const auto write = [&](const std::string& name, std::size_t size) {
    std::mt19937 random(1);
    std::string bytes(size, '\0');
    std::ranges::generate(bytes, [&] { return static_cast<char>(random()); });
    const int file = open(directory.write(name, bytes).c_str(), O_WRONLY | O_CLOEXEC);
    REQUIRE(file >= 0);
    REQUIRE(fsync(file) == 0);
    close(file);
  };
  write("big", 4 << 20);
  fs::create_symlink(directory / "big", directory / "tree/link");
  write("tree/a/file", 1 << 20);
  const std::uint64_t size = sys::directory_size(directory / "tree") - empty;
  CHECK(size >= (1 << 20));
  CHECK(size < (2 << 20));
  CHECK(sys::directory_size(directory / "none") == 0);
}
