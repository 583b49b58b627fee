#include "system/lock.h"

#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "model/error.h"
#include "support/fake_clock.h"
#include "support/temporary_directory.h"
#include "system/clock.h"
#include "system/work_directory.h"

using namespace std::chrono_literals;
namespace fs = std::filesystem;
namespace sys = cyclegate::system;
using cyclegate::test::FakeClock;
using cyclegate::test::TemporaryDirectory;

namespace {

/// A process that runs `work`, which must report by writing a byte to the given descriptor, and then sleeps until it is
/// killed.
template <typename Work>
pid_t holder(const Work& work) {
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  const pid_t process = fork();
  REQUIRE(process >= 0);
  if (process == 0) {
    work([&] { [[maybe_unused]] const ssize_t written = write(ends[1], "x", 1); });
    _exit(0);
  }
  close(ends[1]);
  char byte = 0;
  REQUIRE(read(ends[0], &byte, 1) == 1);
  close(ends[0]);
  return process;
}

void kill_and_wait(pid_t process) {
  kill(process, SIGKILL);
  waitpid(process, nullptr, 0);
}

}  // namespace

TEST_CASE("a lock that another process holds is waited for, and the wait says who holds it") {
  const TemporaryDirectory directory;
  const fs::path path = directory / "locks/machine.lock";
  const pid_t other = holder([&](const auto& ready) {
    FakeClock clock;
    const sys::FileLock lock(path, "gate in \x1b[31m/home/me", clock, nullptr);
    ready();
    pause();
  });
  std::vector<std::string> said;
  std::optional<std::thread> killer;
  sys::SystemClock clock;
  const sys::FileLock lock(path, "second", clock, [&](const std::string& line) {
    said.push_back(line);
    killer.emplace([&] {
      std::this_thread::sleep_for(150ms);
      kill_and_wait(other);
    });
  });
  killer->join();
  CHECK(said ==
        std::vector<std::string>{"waiting for process " + std::to_string(other) +
                                 " (gate in ?[31m/home/me since 2026-01-02T03:04:05Z), which holds " + path.string()});
  CHECK(cyclegate::test::read_file(path).starts_with("process " + std::to_string(getpid()) + " (second since "));
}

TEST_CASE("patience ends with the holder's name") {
  const TemporaryDirectory directory;
  FakeClock clock;
  const sys::FileLock first(directory / "lock", "first", clock, nullptr);
  try {
    const sys::FileLock second(directory / "lock", "second", clock, nullptr, 5s);
    FAIL("locked twice");
  } catch (const cyclegate::model::Error& error) {
    CHECK(std::string(error.what()).find("(first since 2026-01-02T03:04:05Z)") != std::string::npos);
  }
  CHECK(clock.monotonic() >= 5s);
  CHECK(clock.monotonic() < 6s);
}

TEST_CASE("a released lock is free and a moved one is released once") {
  const TemporaryDirectory directory;
  FakeClock clock;
  {
    sys::FileLock lock(directory / "lock", "first", clock, nullptr);
    const sys::FileLock moved(std::move(lock));
    CHECK_THROWS_AS(sys::FileLock(directory / "lock", "x", clock, nullptr, 0s), cyclegate::model::Error);
  }
  CHECK_NOTHROW(sys::FileLock(directory / "lock", "second", clock, nullptr, 0s));
}

TEST_CASE("a link or directory in the place of a lock is refused") {
  const TemporaryDirectory directory;
  FakeClock clock;
  directory.write("victim", "precious");
  fs::create_symlink(directory / "victim", directory / "lock");
  CHECK_THROWS_AS(sys::FileLock(directory / "lock", "x", clock, nullptr), cyclegate::model::Error);
  CHECK(cyclegate::test::read_file(directory / "victim") == "precious");
  CHECK_THROWS_AS(sys::FileLock(directory.path(), "x", clock, nullptr), cyclegate::model::Error);
}

TEST_CASE("a work directory goes with its owner") {
  const TemporaryDirectory cache;
  FakeClock clock;
  fs::path kept;
  {
    const sys::WorkDirectory first(cache.path(), "gate", clock);
    const sys::WorkDirectory second(cache.path(), "gate", clock);
    CHECK(first.path() != second.path());
    CHECK(fs::is_directory(first.path()));
    cache.write(fs::relative(first.path() / "a/b", cache.path()).string(), "x");
    CHECK(sys::remove_stale_work(cache.path()) == 0);
    CHECK(fs::exists(first.path() / "a/b"));
  }
  CHECK(fs::is_empty(cache / "work"));
}

TEST_CASE("the work directory of a killed process is removed at the next start and a live one's is not") {
  const TemporaryDirectory cache;
  const auto work = [&](const auto& ready) {
    FakeClock clock;
    const sys::WorkDirectory directory(cache.path(), "gate", clock);
    fs::create_directories(directory.path() / "inner");
    ready();
    pause();
  };
  const pid_t dead = holder(work);
  const pid_t alive = holder(work);
  kill_and_wait(dead);
  fs::create_directories(cache / "work/older-version");
  CHECK(sys::remove_stale_work(cache.path()) == 2);
  std::size_t left = 0;
  for (const auto& entry : fs::directory_iterator(cache / "work")) {
    CHECK(entry.path().filename().string().starts_with("gate-" + std::to_string(alive) + "-"));
    ++left;
  }
  CHECK(left == 2);
  kill_and_wait(alive);
  CHECK(sys::remove_stale_work(cache.path()) == 1);
  CHECK(fs::is_empty(cache / "work"));
  CHECK(sys::remove_stale_work(cache / "none") == 0);
}

TEST_CASE("a named work directory lies at the same place each time, is empty and has one owner") {
  const TemporaryDirectory cache;
  FakeClock clock;
  fs::create_directories(cache / "work/tree/left/over");
  {
    const sys::WorkDirectory tree(cache.path(), "tree", clock, nullptr);
    CHECK(tree.path() == cache / "work/tree");
    CHECK(fs::is_empty(tree.path()));
    std::string said;
    CHECK_THROWS_AS(sys::WorkDirectory(cache.path(), "tree", clock, [&](const std::string& line) { said = line; }),
                    cyclegate::model::Error);
    CHECK(said.find("(tree since ") != std::string::npos);
  }
  CHECK(fs::is_empty(cache / "work"));
  CHECK_THROWS_AS(sys::WorkDirectory(cache.path(), "../x", clock), cyclegate::model::Error);
}

TEST_CASE("the cache lies where XDG says") {
  using Variables = std::map<std::string, std::string>;
  CHECK(sys::default_cache_root(Variables{{"XDG_CACHE_HOME", "/c"}, {"HOME", "/h"}}) == "/c/cyclegate");
  CHECK(sys::default_cache_root(Variables{{"XDG_CACHE_HOME", "c"}, {"HOME", "/h"}}) == "/h/.cache/cyclegate");
  CHECK_THROWS_AS(sys::default_cache_root(Variables{{"XDG_CACHE_HOME", "c"}}), cyclegate::model::Error);
}

TEST_CASE("the machine's lock is one file for all users, or the one that is named") {
  CHECK(sys::machine_lock_path({}) == "/tmp/cyclegate.lock");
  CHECK(sys::machine_lock_path({{"CYCLEGATE_LOCK", "/shared/c.lock"}}) == "/shared/c.lock");
  CHECK_THROWS_AS(sys::machine_lock_path({{"CYCLEGATE_LOCK", "c.lock"}}), cyclegate::model::Error);
}
