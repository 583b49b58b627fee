#include "executors/native.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <cstdlib>
#include <cstring>

#include "executors/contained.h"
#include "support/fake_clock.h"
#include "support/temporary_directory.h"
#include "system/files.h"
#include "system/process.h"
#include "system/sha256.h"

namespace {

using namespace cyclegate;
using Catch::Matchers::ContainsSubstring;
using executors::NativeExecutor;
namespace fs = std::filesystem;

class NativeScene {
 public:
  explicit NativeScene(const std::string& script) {
    system::write_atomically(guest(), "#!/bin/sh\n" + script, fs::perms::owner_all);
    system::write_atomically(directory_.path() / "in.bin", "abc");
  }
  fs::path guest() const { return directory_.path() / "guest"; }
  NativeExecutor executor(const std::string& path = "/usr/bin:/bin") {
    return NativeExecutor({.processes = &processes,
                           .clock = &clock,
                           .variables = {{"PATH", path}},
                           .cache = directory_.path() / "cache"});
  }
  executors::ArtifactFile artifact() const { return {.path = guest(), .identity = ""}; }
  executors::InputFile input() const { return {.path = directory_.path() / "in.bin"}; }
  fs::path path() const { return directory_.path(); }

  test::FakeClock clock;
  system::SystemProcessRunner processes;

 private:
  test::TemporaryDirectory directory_;
};

}  // namespace

TEST_CASE("the total of a callgrind file is its summary") {
  CHECK(executors::callgrind_total("# callgrind\nevents: Ir\nsummary: 704909\n\n") == 704909);
  CHECK(executors::callgrind_total("events: Ir\ntotals: 5\n") == 5);
  CHECK(!executors::callgrind_total("events: Ir\nsummary: 70"));
  CHECK(!executors::callgrind_total(""));
}

TEST_CASE("a native guest reads its input from standard input and gives its output on standard output") {
  NativeScene scene("cat; echo said >&2\n");
  NativeExecutor executor = scene.executor("/nowhere");
  const executors::Description description = executor.describe();
  CHECK(description.unavailable.empty());
  CHECK_THAT(description.limited, ContainsSubstring("apt-get install valgrind"));
  CHECK(model::find_metric(description.metrics, "instructions") == nullptr);
  for (const model::Metric& metric : description.metrics) {
    const model::Metric* const known = model::find_metric(model::built_in_metrics(), metric.name);
    CHECK((known != nullptr && *known == metric));
  }
  const model::Execution execution = executor.execute(scene.artifact(), scene.input(), {}, model::Detail::functions);
  REQUIRE(execution.outcome.ok());
  CHECK(std::string(execution.output.begin(), execution.output.end()) == "abc");
  CHECK_THAT(execution.console, ContainsSubstring("said"));
  const executors::TimedExecution timed = executor.execute_timed(scene.artifact(), scene.input(), {}, {});
  REQUIRE(timed.outcome.ok());
  CHECK(timed.samples.at("wall_time") > 0);
  CHECK(timed.output_sha256 == system::sha256_hex(std::string_view("abc")));
}

TEST_CASE("how a native guest failed is told apart") {
  NativeScene exits("exit 7\n");
  NativeExecutor executor = exits.executor("/nowhere");
  const model::Execution seven = executor.execute(exits.artifact(), exits.input(), {}, model::Detail::totals);
  CHECK(seven.outcome.kind == model::OutcomeKind::exit);
  CHECK(seven.outcome.code == 7);
  NativeScene faults("kill -SEGV $$\n");
  NativeExecutor second = faults.executor("/nowhere");
  const model::Execution fault = second.execute(faults.artifact(), faults.input(), {}, model::Detail::totals);
  CHECK(fault.outcome.kind == model::OutcomeKind::trap);
  CHECK_THAT(fault.outcome.why, ContainsSubstring("SIGSEGV"));
  NativeScene slow("sleep 30\n");
  NativeExecutor third = slow.executor("/nowhere");
  const model::Execution late =
      third.execute(slow.artifact(), slow.input(), {.max_time = std::chrono::milliseconds(200)}, model::Detail::totals);
  CHECK(late.outcome.kind == model::OutcomeKind::limit);
}

TEST_CASE("a program for another machine is rejected before it is started") {
  NativeScene scene("");
  std::string elf = system::read_text("/proc/self/exe", std::uint64_t{1} << 30U);
  elf[18] = static_cast<char>(243);
  elf[19] = 0;
  system::write_atomically(scene.guest(), elf, fs::perms::owner_all);
  NativeExecutor executor = scene.executor("/nowhere");
  const model::Execution execution = executor.execute(scene.artifact(), scene.input(), {}, model::Detail::totals);
  CHECK(execution.outcome.kind == model::OutcomeKind::rejected);
  CHECK_THAT(execution.outcome.why, ContainsSubstring("243 (RISC-V)") && ContainsSubstring("host program"));
  CHECK(executor.execute_timed(scene.artifact(), scene.input(), {}, {}).outcome == execution.outcome);
}

TEST_CASE("a file that is no program of this machine is rejected, and is not a shell's") {
  const std::string elf = system::read_text("/bin/true", std::uint64_t{1} << 30U);
  const auto outcome_of = [](const std::string& bytes, fs::perms perms) {
    NativeScene scene("");
    system::write_atomically(scene.guest(), bytes, perms);
    NativeExecutor executor = scene.executor();
    const model::Execution execution = executor.execute(scene.artifact(), scene.input(), {}, model::Detail::totals);
    CHECK(executor.execute_timed(scene.artifact(), scene.input(), {}, {}).outcome.kind == execution.outcome.kind);
    if (!execution.outcome.ok()) CHECK(execution.metrics.empty());
    return execution.outcome;
  };
  const std::string no_program = "the program is neither an ELF file nor a script that names its interpreter (#!)";
  for (const std::string& bytes : {std::string(), std::string("exit 0\n"), elf.substr(0, 10), elf.substr(0, 63),
                                   std::string("#!"), std::string("#! \t\nexit 0\n")}) {
    CAPTURE(bytes);
    const model::Outcome outcome = outcome_of(bytes, fs::perms::owner_all);
    CHECK(outcome.kind == model::OutcomeKind::rejected);
    CHECK(outcome.why == no_program);
  }
  // What only who starts it can tell.
  CHECK(outcome_of("#!/no/such/interpreter\n", fs::perms::owner_all).kind == model::OutcomeKind::rejected);
  for (const std::string& bytes : {std::string("#!/bin/sh\r\nexit 0\r\n"), std::string("#! \t/bin/sh\r")}) {
    CAPTURE(bytes);
    const model::Outcome outcome = outcome_of(bytes, fs::perms::owner_all);
    CHECK(outcome.kind == model::OutcomeKind::rejected);
    CHECK_THAT(outcome.why, ContainsSubstring("lines end in CR LF"));
  }
  CHECK(outcome_of("#!/bin/sh -e\nexit 0\n", fs::perms::owner_all).kind == model::OutcomeKind::ok);
  const model::Outcome closed = outcome_of(elf, fs::perms::owner_read | fs::perms::owner_write);
  CHECK(closed.kind == model::OutcomeKind::rejected);
  CHECK_THAT(closed.why, ContainsSubstring("not executable"));
  CHECK(outcome_of(elf, fs::perms::owner_all).kind == model::OutcomeKind::ok);
}

TEST_CASE("an ELF file that is cut off within what is loaded is rejected, and not one that lacks its sections alone") {
  const std::string elf = system::read_text("/bin/true", std::uint64_t{1} << 30U);
  const auto outcome_of = [](const std::string& bytes) {
    NativeScene scene("");
    system::write_atomically(scene.guest(), bytes, fs::perms::owner_all);
    NativeExecutor executor = scene.executor("/nowhere");
    return executor.execute(scene.artifact(), scene.input(), {}, model::Detail::totals).outcome;
  };
  // `readelf -lW` tells both: the program headers begin behind the header, the section headers are the file's last
  // part.
  std::uint64_t sections = 0;
  std::memcpy(&sections, elf.data() + 40, sizeof(sections));  // e_shoff
  REQUIRE(sections < elf.size());
  CHECK(outcome_of(elf.substr(0, sections)).ok());
  for (const std::size_t size :
       {std::size_t{64}, std::size_t{100}, std::size_t{700}, std::size_t{4096}, elf.size() / 2}) {
    CAPTURE(size);
    const model::Outcome outcome = outcome_of(elf.substr(0, size));
    CHECK(outcome.kind == model::OutcomeKind::rejected);
    CHECK_THAT(outcome.why, ContainsSubstring("ends before its segments do"));
  }
  std::string overflowing = elf;
  std::memset(overflowing.data() + 64 + 8, 0xff, 8);  // p_offset of the first program header, which is no PT_LOAD
  CHECK(outcome_of(overflowing).why.find("ends before") == std::string::npos);
  std::memset(overflowing.data() + 32, 0xff, 8);  // e_phoff
  CHECK_THAT(outcome_of(overflowing).why, ContainsSubstring("ends before its segments do"));
}

TEST_CASE("a guest's own exit status 126 is its own") {
  NativeScene scene("exit 126\n");
  NativeExecutor executor = scene.executor();
  const model::Execution execution = executor.execute(scene.artifact(), scene.input(), {}, model::Detail::totals);
  CHECK(execution.outcome.kind == model::OutcomeKind::exit);
  CHECK(execution.outcome.code == 126);
}

TEST_CASE("a native guest has no more memory than its limit") {
  NativeScene scene("ulimit -v\n");
  NativeExecutor executor = scene.executor("/nowhere");
  const executors::Limits limits{.max_memory_bytes = std::uint64_t{300} << 20U};
  const model::Execution execution = executor.execute(scene.artifact(), scene.input(), limits, model::Detail::totals);
  REQUIRE(execution.outcome.ok());
  CHECK(std::string(execution.output.begin(), execution.output.end()) == "307200\n");
}

TEST_CASE("a native run for which there is no place is a crash of that run") {
  NativeScene scene("cat\n");
  system::write_atomically(scene.path() / "cache", "a file where the folder should be");
  const auto executor = executors::contained(std::make_unique<NativeExecutor>(executors::NativePlace{
      .processes = &scene.processes, .clock = &scene.clock, .variables = {}, .cache = scene.path() / "cache"}));
  const model::Execution execution = executor->execute(scene.artifact(), scene.input(), {}, model::Detail::totals);
  CHECK(execution.outcome.kind == model::OutcomeKind::crashed);
  CHECK_THAT(execution.outcome.why, ContainsSubstring("cache"));
}

TEST_CASE("a guest whose work is done by a process of its own has no count of instructions") {
  if (!system::find_program("valgrind", "/usr/bin:/bin")) SKIP("valgrind is not here; apt-get install valgrind");
  for (const char* script : {"(exit 0); exit 0\n", "/bin/true; exit 0\n"}) {
    INFO(script);
    NativeScene scene(script);
    NativeExecutor executor = scene.executor();
    const model::Execution execution = executor.execute(scene.artifact(), scene.input(), {}, model::Detail::totals);
    CHECK(execution.outcome.kind == model::OutcomeKind::crashed);
    CHECK(execution.metrics.empty());
  }
  NativeScene single("exit 0\n");
  NativeExecutor executor = single.executor();
  CHECK(
      executor.execute(single.artifact(), single.input(), {}, model::Detail::totals).metrics.contains("instructions"));
}

TEST_CASE("instructions under callgrind are equal in every run, wherever it is started from") {
  if (!system::find_program("valgrind", "/usr/bin:/bin")) SKIP("valgrind is not here; apt-get install valgrind");
  NativeScene scene("");
  fs::remove(scene.guest());
  fs::copy_file("/bin/true", scene.guest());
  NativeExecutor executor = scene.executor();
  const auto once = [&] { return executor.execute(scene.artifact(), scene.input(), {}, model::Detail::functions); };
  const model::Execution first = once();
  INFO(first.outcome.why);
  REQUIRE(first.outcome.ok());
  CHECK(first.metrics.at("instructions") > 10'000);
  CHECK(once().metrics == first.metrics);
  ::setenv("CYCLEGATE_TEST_LONG_VARIABLE", std::string(5000, 'x').c_str(), 1);
  CHECK(once().metrics == first.metrics);
  ::unsetenv("CYCLEGATE_TEST_LONG_VARIABLE");
  // Another place with a longer name.
  NativeScene elsewhere("");
  fs::create_directories(elsewhere.path() / "a-rather-long-name-of-a-directory");
  const fs::path copy = elsewhere.path() / "a-rather-long-name-of-a-directory" / "program";
  fs::copy_file("/bin/true", copy);
  CHECK(executor.execute({.path = copy, .identity = ""}, elsewhere.input(), {}, model::Detail::functions).metrics ==
        first.metrics);
}
