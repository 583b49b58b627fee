#include "system/process.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <string>
#include <thread>

#include "model/error.h"
#include "support/temporary_directory.h"
#include "system/clock.h"
#include "system/interrupt.h"
#include "system/preflight.h"

using namespace std::chrono_literals;
namespace fs = std::filesystem;
namespace sys = cyclegate::system;
using cyclegate::test::read_file;
using cyclegate::test::TemporaryDirectory;
using sys::ProcessEnd;
using sys::ProcessRequest;
using sys::ProcessResult;

namespace {

ProcessRequest shell(const std::string& script) {
  ProcessRequest request;
  request.arguments = {"sh", "-c", script};
  request.environment = {{"PATH", "/usr/bin:/bin"}};
  request.time_limit = 60s;
  return request;
}

ProcessResult run(const ProcessRequest& request) {
  return sys::SystemProcessRunner(200ms).run(request);
}

/// Whether the process of that number still does something (a zombie does not).
bool runs(const std::string& number) {
  std::error_code error;
  if (!fs::exists("/proc/" + number + "/stat", error)) return false;
  try {
    return read_file("/proc/" + number + "/stat").find(") Z") == std::string::npos;
  } catch (const std::exception&) {
    return false;
  }
}

/// Waits, at most two minutes, for a condition that another process makes true.
template <typename Condition>
bool eventually(const Condition& condition) {
  for (int attempt = 0; attempt < 12'000; ++attempt) {
    if (condition()) return true;
    std::this_thread::sleep_for(10ms);
  }
  return false;
}

std::string line_of(const fs::path& path) {
  if (!fs::exists(path)) return {};
  const std::string text = read_file(path);
  return text.ends_with('\n') ? text.substr(0, text.size() - 1) : std::string();
}

/// The result of the first of several attempts, with more and more time each, in which the program came as far as
/// `ready` says before its time limit: a machine may be slow or busy.
template <typename Ready>
ProcessResult run_until_ready(ProcessRequest request, std::chrono::milliseconds grace, const Ready& ready) {
  ProcessResult result;
  for (const auto limit : {500ms, 5000ms, 50'000ms}) {
    request.time_limit = limit;
    result = sys::SystemProcessRunner(grace).run(request);
    CHECK(result.end == ProcessEnd::timed_out);
    CHECK(result.why == (limit < 1s ? "killed after 500 ms, its time limit"
                                    : "killed after " + std::to_string(limit / 1s) + " s, its time limit"));
    CHECK(result.wall >= limit);
    CHECK(result.wall < limit + 100s);
    if (ready(result)) break;
  }
  return result;
}

}  // namespace

TEST_CASE("a program's status, outputs and times are what it did") {
  const ProcessResult result = run(shell("echo out; echo err >&2; exit 3"));
  CHECK(result.end == ProcessEnd::exited);
  CHECK(result.exit_status == 3);
  CHECK(result.why == "exit status 3");
  CHECK(result.standard_output == "out\n");
  CHECK(result.standard_error == "err\n");
  CHECK(result.output_tail.size() == 8);
  CHECK(result.wall > 0ns);
  CHECK(result.wall < 60s);
  CHECK(result.max_rss_bytes > 0);
  CHECK_FALSE(result.ok());
}

TEST_CASE("times are split into wall, user and system time") {
  const ProcessResult busy = run(shell("i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done"));
  REQUIRE(busy.ok());
  CHECK(busy.user > 10ms);
  CHECK(busy.wall >= busy.user / 2);
  const ProcessResult idle = run(shell("sleep 1"));
  CHECK(idle.wall >= 1s);
  CHECK(idle.user + idle.system < 700ms);
}

TEST_CASE("the arguments reach the program as they are and no shell reads them") {
  ProcessRequest request;
  request.arguments = {"/usr/bin/printf", "%s|", "a b", "$HOME", "`id`", "", "*", "'"};
  CHECK(run(request).standard_output == "a b|$HOME|`id`||*|'|");
}

TEST_CASE("the program sees the given environment and nothing of ours") {
  REQUIRE(setenv("CYCLEGATE_TEST_TOKEN", "secret", 1) == 0);
  ProcessRequest request;
  request.arguments = {"env"};
  request.environment = {{"PATH", "/usr/bin:/bin"}, {"ONLY", "this one"}};
  CHECK(run(request).standard_output == "ONLY=this one\nPATH=/usr/bin:/bin\n");
  unsetenv("CYCLEGATE_TEST_TOKEN");
}

TEST_CASE("the program reads its input, also a large one that it does not read") {
  ProcessRequest request = shell("wc -c");
  request.standard_input = std::string(3'000'000, 'x');
  CHECK(std::stoi(run(request).standard_output) == 3'000'000);
  request.arguments = {"true"};
  CHECK(run(request).ok());
  request.arguments = {"cat"};
  request.standard_input.clear();
  CHECK(run(request).standard_output.empty());
}

TEST_CASE("the program starts in its directory and a relative program counts from there") {
  const TemporaryDirectory directory;
  fs::permissions(directory.write("tool", "#!/bin/sh\npwd\n"), fs::perms::owner_all);
  ProcessRequest request = shell("pwd");
  request.directory = directory.path();
  CHECK(run(request).standard_output == fs::canonical(directory.path()).string() + "\n");
  request.arguments = {"./tool"};
  CHECK(run(request).standard_output == fs::canonical(directory.path()).string() + "\n");
}

TEST_CASE("what cannot be started says why") {
  const TemporaryDirectory directory;
  ProcessRequest request = shell("true");
  request.directory = directory / "none";
  ProcessResult result = run(request);
  CHECK(result.end == ProcessEnd::not_started);
  CHECK(result.why == "cannot start sh: its working directory cannot be entered " + request.directory.string() +
                          ": No such file or directory");
  request = shell("true");
  request.arguments[0] = "no-such-program";
  CHECK(run(request).why == "cannot start no-such-program: no such program in PATH");
  request.arguments[0] = directory.write("not-a-program", "?").string();
  CHECK(run(request).why.find("Permission denied") != std::string::npos);
  request.arguments.clear();
  CHECK(run(request).end == ProcessEnd::not_started);
  request.arguments = {std::string("sh\0x", 4)};
  CHECK(run(request).end == ProcessEnd::not_started);
}

TEST_CASE("a program killed by a signal is told from one that exits") {
  const ProcessResult result = run(shell("kill -SEGV $$"));
  CHECK(result.end == ProcessEnd::signalled);
  CHECK(result.signal == SIGSEGV);
  CHECK(result.why == "killed by SIGSEGV");
  CHECK(sys::signal_name(SIGTERM) == "SIGTERM");
}

TEST_CASE("endless output is kept up to its limit, in memory and in the log") {
  const TemporaryDirectory directory;
  ProcessRequest request = shell("yes | head -c 5000000; yes n | head -c 3000000 >&2; echo end");
  request.output_limit_bytes = 1000;
  request.log = directory / "logs/log.txt";
  request.log_limit_bytes = 2000;
  const ProcessResult result = run(request);
  CHECK(result.ok());
  CHECK(result.standard_output.size() == 1000);
  CHECK(result.standard_error.size() == 1000);
  CHECK(result.output_truncated);
  CHECK(result.error_truncated);
  CHECK(result.log_truncated);
  CHECK(result.output_tail.size() == 16384);
  const std::string log = read_file(request.log);
  CHECK(log.size() < 2100);
  CHECK(log.find("[cyclegate: the log was cut here; there was more]") != std::string::npos);
}

TEST_CASE("the log has both outputs and output that fits is not marked as cut") {
  const TemporaryDirectory directory;
  ProcessRequest request = shell("echo one; sleep 0.1; echo two >&2; sleep 0.1; echo three");
  request.log = directory / "log.txt";
  request.output_limit_bytes = 10;
  const ProcessResult result = run(request);
  CHECK(read_file(request.log) == "one\ntwo\nthree\n");
  CHECK(result.standard_output == "one\nthree\n");
  CHECK_FALSE(result.output_truncated);
  CHECK_FALSE(result.log_truncated);
}

TEST_CASE("joined outputs keep their order exactly") {
  ProcessRequest request = shell("for i in 1 2 3 4 5 6 7 8 9; do echo o$i; echo e$i >&2; done");
  request.join_outputs = true;
  const ProcessResult result = run(request);
  CHECK(result.standard_output == "o1\ne1\no2\ne2\no3\ne3\no4\ne4\no5\ne5\no6\ne6\no7\ne7\no8\ne8\no9\ne9\n");
  CHECK(result.standard_error.empty());
  CHECK(result.output_tail == result.standard_output);
}

TEST_CASE("the tail has the end of a long output") {
  const ProcessResult result = run(shell("yes | head -c 5000000; echo end"));
  CHECK(result.output_tail.size() == 16384);
  CHECK(result.output_tail.ends_with("y\nend\n"));
}

TEST_CASE("at its time limit a program dies with its children and grandchildren, also those that hide") {
  const TemporaryDirectory directory;
  ProcessRequest request = shell(
      "trap '' TERM; (sleep 1000 & echo $! > group; wait) & setsid sh -c 'trap \"\" TERM; echo $$ > session; "
      "(setsid sleep 1000 & echo $! > orphan); while :; do sleep 1; done' & "
      "echo started; while :; do sleep 1; done");
  request.directory = directory.path();
  const ProcessResult result = run_until_ready(request, 200ms, [&](const ProcessResult& attempt) {
    return attempt.standard_output == "started\n" && !line_of(directory / "group").empty() &&
           !line_of(directory / "orphan").empty();
  });
  CHECK(result.standard_output == "started\n");
  for (const char* name : {"group", "session", "orphan"}) {
    INFO(name);
    const std::string number = line_of(directory / name);
    REQUIRE_FALSE(number.empty());
    CHECK_FALSE(runs(number));
  }
}

TEST_CASE("a program that tidies up at SIGTERM has the time to do so") {
  const TemporaryDirectory directory;
  const ProcessRequest request = shell("trap 'echo tidy; exit 0' TERM; echo ready; while :; do sleep 0.02; done");
  const ProcessResult result = run_until_ready(
      request, 60s, [](const ProcessResult& attempt) { return attempt.standard_output.starts_with("ready\n"); });
  CHECK(result.standard_output == "ready\ntidy\n");
}

TEST_CASE("what a program leaves behind is killed when it ends and does not hold up the result") {
  const TemporaryDirectory directory;
  ProcessRequest request = shell("sleep 1000 & echo $! > child; setsid sleep 1000 & echo $! > session; echo done");
  request.directory = directory.path();
  const auto start = std::chrono::steady_clock::now();
  const ProcessResult result = run(request);
  CHECK(std::chrono::steady_clock::now() - start < 100s);  // and not the 1000 s of what it left behind
  CHECK(result.ok());
  CHECK(result.standard_output == "done\n");
  CHECK_FALSE(runs(line_of(directory / "child")));
  CHECK_FALSE(runs(line_of(directory / "session")));
}

TEST_CASE("a watch can stop a program with a reason of its own") {
  ProcessRequest request = shell("sleep 1000");
  int looks = 0;
  request.watch_interval = 20ms;
  request.watch = [&]() -> std::optional<std::string> {
    if (++looks < 3) return std::nullopt;
    return "enough is enough";
  };
  const ProcessResult result = run(request);
  CHECK(result.end == ProcessEnd::stopped);
  CHECK(result.why == "enough is enough");
  CHECK(looks == 3);
}

TEST_CASE("a watch that throws leaves no process behind") {
  const TemporaryDirectory directory;
  ProcessRequest request = shell("echo $$ > number; exec sleep 1000");
  request.directory = directory.path();
  request.watch_interval = 10ms;
  request.watch = [&]() -> std::optional<std::string> {
    if (line_of(directory / "number").empty()) return std::nullopt;
    throw std::runtime_error("from the watch");
  };
  CHECK_THROWS_AS(run(request), std::runtime_error);
  CHECK_FALSE(runs(line_of(directory / "number")));
}

TEST_CASE("an interrupt kills the program and is thrown") {
  const TemporaryDirectory directory;
  ProcessRequest request = shell("echo $$ > number; exec sleep 1000");
  request.directory = directory.path();
  std::thread other([&] {
    eventually([&] { return !line_of(directory / "number").empty(); });
    sys::request_interrupt();
  });
  try {
    run(request);
    FAIL_CHECK("not interrupted");
  } catch (const cyclegate::model::Error& error) {
    CHECK(error.kind() == cyclegate::model::ErrorKind::interrupted);
  }
  other.join();
  CHECK_THROWS_AS(run(shell("true")), cyclegate::model::Error);
  sys::clear_interrupt();
  CHECK_FALSE(runs(line_of(directory / "number")));
}

TEST_CASE("after kill -9 of the caller nothing of what it started goes on") {
  const TemporaryDirectory directory;
  const pid_t caller = fork();
  REQUIRE(caller >= 0);
  if (caller == 0) {
    ProcessRequest request =
        shell("trap '' TERM; (setsid sleep 1000 & echo $! > orphan); echo $$ > program; while :; do sleep 1; done");
    request.directory = directory.path();
    run(request);
    _exit(0);
  }
  REQUIRE(eventually([&] { return !line_of(directory / "program").empty(); }));
  const std::string program = line_of(directory / "program");
  const std::string orphan = line_of(directory / "orphan");
  CHECK(runs(program));
  CHECK(runs(orphan));
  kill(caller, SIGKILL);
  waitpid(caller, nullptr, 0);
  CHECK(eventually([&] { return !runs(program) && !runs(orphan); }));
}

TEST_CASE("memory and file size have limits") {
  const TemporaryDirectory directory;
  ProcessRequest memory = shell("head -c 300000000 /dev/zero | tail");
  memory.arguments = {"sh", "-c", "x=$(head -c 300000000 /dev/zero | tr '\\0' x) && echo got it"};
  memory.memory_limit_bytes = 100U << 20U;
  const ProcessResult starved = run(memory);
  CHECK_FALSE(starved.ok());
  CHECK(starved.standard_output.empty());

  ProcessRequest file = shell("exec head -c 3000000 /dev/zero > file");
  file.directory = directory.path();
  file.file_size_limit_bytes = 1U << 20U;
  const ProcessResult full = run(file);
  CHECK(full.end == ProcessEnd::signalled);
  CHECK(full.signal == SIGXFSZ);
  CHECK(full.why == "killed by SIGXFSZ: it wrote a file beyond the limit");
  CHECK(fs::file_size(directory / "file") <= (1U << 20U));
}

TEST_CASE("a program can be pinned to a core") {
  const auto core = sys::timing_core();  // one that this process may use: core 0 need not be
  REQUIRE(core);
  ProcessRequest request = shell("grep Cpus_allowed_list /proc/self/status");
  request.pin_to_core = core;
  CHECK(run(request).standard_output == "Cpus_allowed_list:\t" + std::to_string(*core) + "\n");
  request.pin_to_core = 100'000;
  CHECK(run(request).why.find("pinned to its core") != std::string::npos);
}

TEST_CASE("no descriptor of ours reaches a program and none stays open here") {
  const auto open_here = [] {
    return std::distance(fs::directory_iterator("/proc/self/fd"), fs::directory_iterator());
  };
  run(shell("true"));
  const int inheritable = open("/dev/null", O_RDONLY);  // NOLINT(android-cloexec-open): that is the point
  REQUIRE(inheritable > 2);
  const auto before = open_here();
  ProcessRequest request;
  request.arguments = {"/bin/ls", "/proc/self/fd"};
  // The fourth is the directory that ls reads.
  CHECK(run(request).standard_output == "0\n1\n2\n3\n");
  CHECK(open_here() == before);
  close(inheritable);
}

TEST_CASE("programs run side by side from several threads") {
  std::vector<std::thread> threads;
  std::vector<std::string> outputs(8);
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    threads.emplace_back(
        [&outputs, i] { outputs[i] = run(shell("sleep 0.1; echo " + std::to_string(i))).standard_output; });
  }
  for (std::thread& thread : threads) thread.join();
  for (std::size_t i = 0; i < outputs.size(); ++i) CHECK(outputs[i] == std::to_string(i) + "\n");
}

TEST_CASE("a known slow-down makes a run longer by that fraction, in wall and in processor time") {
  ProcessRequest request = shell("sleep 1");
  request.slow_down = {500'000};
  request.pin_to_core = sys::timing_core();
  const ProcessResult slowed = run(request);
  CHECK(slowed.ok());
  CHECK(slowed.wall >= 1500ms);
  CHECK(slowed.user >= slowed.wall / 3 - 1ms);  // busy for a third of the whole
  request.slow_down = {};
  CHECK(run(request).user < 450ms);
  // A program that is ended for its time is not made to wait for anything.
  request.slow_down = {1'000'000'000};
  request.time_limit = 50ms;
  CHECK(run(request).end == sys::ProcessEnd::timed_out);
}

TEST_CASE("the peak memory of a program is told from the copy of ours") {
  const std::vector<char> ballast(100U << 20U, 'x');
  const ProcessResult small = run(shell("true"));
  // Our copy counts; the floor says so.
  CHECK(small.max_rss_floor_bytes >= (100U << 20U));
  CHECK(small.max_rss_bytes >= small.max_rss_floor_bytes);
  CHECK(ballast.back() == 'x');
}

TEST_CASE("programs are found along PATH as execvp finds them") {
  const TemporaryDirectory directory;
  directory.write("one/tool", "not executable");
  fs::permissions(directory.write("two/tool", "#!/bin/sh\n"), fs::perms::owner_all);
  fs::create_directories(directory / "zero/tool");
  const std::string path =
      (directory / "zero").string() + ":" + (directory / "one").string() + "::relative:" + (directory / "two").string();
  CHECK(sys::find_program("tool", path) == directory / "two/tool");
  CHECK(sys::find_program("./tool", "") == fs::path("./tool"));
  CHECK_FALSE(sys::find_program("tool", ""));
}
