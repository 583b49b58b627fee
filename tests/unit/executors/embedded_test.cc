#include "executors/embedded.h"

#include <algorithm>
#include <atomic>
#include <catch2/catch_test_macros.hpp>
#include <thread>

#include "executors/exact_metrics.h"
#include "executors/timed_answer.h"
#include "model/error.h"
#include "support/fake_process_runner.h"
#include "support/temporary_directory.h"
#include "system/interrupt.h"

using namespace cyclegate;
using executors::ArtifactFile;
using executors::EmbeddedExecutor;
using executors::InputFile;
using executors::Limits;
using model::Detail;
using model::OutcomeKind;

namespace {

// ELFs and inputs with what ziskemu 1.4.0-alpha printed for them (tests/fixtures/ziskemu/README.md).
const std::filesystem::path ziskemu_fixtures = std::filesystem::path(CYCLEGATE_SOURCE_DIR) / "tests/fixtures/ziskemu";

ArtifactFile guest(const std::string& name) {
  return {.path = ziskemu_fixtures / "elf" / (name + ".elf"), .identity = ""};
}

InputFile input(const std::string& name) {
  return {.path = ziskemu_fixtures / "inputs" / name};
}

}  // namespace

TEST_CASE("a guest's exact metrics are those of ziskemu's report") {
  EmbeddedExecutor embedded({}, nullptr);
  const model::Execution fib = embedded.execute(guest("fib"), input("in_k4.bin"), {}, Detail::functions);
  REQUIRE(fib.outcome.ok());
  CHECK(executors::exact_values(fib) == std::map<std::string, std::uint64_t>{{"cost", 4'161'225},
                                                                             {"cost_main", 2'785'102},
                                                                             {"cost_memory", 319'031},
                                                                             {"cost_opcodes", 1'057'092},
                                                                             {"cost_precompiles", 0},
                                                                             {"cost_total", 289'373'897},
                                                                             {"frops", 447'206},
                                                                             {"misaligned_accesses", 0},
                                                                             {"steps", 44'921}});
  CHECK_FALSE(fib.functions.empty());
  const model::Execution sha = embedded.execute(guest("sha_pc"), input("in_200.bin"), {}, Detail::cost);
  CHECK(executors::exact_values(sha).at("cost") == 465'075);
  CHECK(executors::exact_values(sha).at("cost_precompiles") == 35'136);
}

TEST_CASE("steps, output and outcome do not depend on what is observed") {
  EmbeddedExecutor embedded({}, nullptr);
  const auto totals = embedded.execute(guest("keccak_pc"), input("in_200.bin"), {}, Detail::totals);
  const auto cost = embedded.execute(guest("keccak_pc"), input("in_200.bin"), {}, Detail::cost);
  const auto functions = embedded.execute(guest("keccak_pc"), input("in_200.bin"), {}, Detail::functions);
  CHECK_FALSE(totals.cost);
  CHECK(executors::exact_values(totals).at("steps") == cost.steps);
  CHECK_FALSE(executors::exact_values(totals).contains("cost"));
  CHECK(cost.cost == functions.cost);
  CHECK(totals.output == cost.output);
  CHECK(totals.output == functions.output);
  const std::string expected = test::read_file(ziskemu_fixtures / "keccak_pc@200.output.bin");
  CHECK(std::string(totals.output.begin(), totals.output.end()) == expected);
}

TEST_CASE("failures are classified as values") {
  EmbeddedExecutor embedded({}, nullptr);
  const auto outcome = [&](const std::string& elf, const Limits& limits = {}) {
    return embedded.execute(guest(elf), {}, limits, Detail::cost).outcome;
  };
  CHECK(outcome("exit3").kind == OutcomeKind::exit);
  CHECK(outcome("exit3").code == 3);
  CHECK(outcome("trap").kind == OutcomeKind::trap);
  CHECK(outcome("nullw").kind == OutcomeKind::trap);
  CHECK(outcome("forever", {.max_steps = 1'000'000}).kind == OutcomeKind::limit);
  for (const char* elf : {"err_rwx", "err_old", "err_oldsha"}) {
    CHECK(outcome(elf).kind == OutcomeKind::rejected);
    CHECK_FALSE(outcome(elf).why.empty());
  }
}

TEST_CASE("a file that is no ELF is rejected by name, and a missing one is an error") {
  const test::TemporaryDirectory directory;
  EmbeddedExecutor embedded({}, nullptr);
  const auto text = directory.write("guest.elf", "int main() {}");
  const auto outcome = embedded.execute({.path = text, .identity = ""}, {}, {}, Detail::totals).outcome;
  CHECK(outcome.kind == OutcomeKind::rejected);
  CHECK(outcome.why.starts_with("guest.elf: "));
  CHECK_THROWS_AS(embedded.execute({.path = directory / "none", .identity = ""}, {}, {}, Detail::totals), model::Error);
  CHECK_THROWS_AS(embedded.execute(guest("fib"), {.path = directory / "none"}, {}, Detail::totals), model::Error);
}

TEST_CASE("an interrupt ends a guest that would run on") {
  EmbeddedExecutor embedded({}, nullptr);
  system::request_interrupt();
  try {
    embedded.execute(guest("forever"), {}, {.max_steps = 20'000'000'000}, Detail::totals);
    FAIL("not interrupted");
  } catch (const model::Error& error) {
    CHECK(error.kind() == model::ErrorKind::interrupted);
  }
  system::clear_interrupt();
}

TEST_CASE("a guest is decoded once for many inputs and threads") {
  executors::ProgramCache cache(cyclegate::vm::cost_model("zisk-1.4.0-alpha"), 2);
  ArtifactFile fib = guest("fib");
  fib.identity = "identity of fib";
  std::atomic<int> got = 0;
  {
    std::vector<std::jthread> threads;
    threads.reserve(4);
    for (int thread = 0; thread < 4; ++thread) {
      threads.emplace_back([&] { got += cache.get(fib).has_value() ? 1 : 0; });
    }
  }
  CHECK(got == 4);
  CHECK(cache.loads() == 1);
  // Without an identity the file's bytes are the key.
  REQUIRE(cache.get(guest("fib")));
  REQUIRE(cache.get(guest("fib")));
  CHECK(cache.loads() == 2);
  // The least recently used one goes.
  REQUIRE(cache.get(fib));
  REQUIRE(cache.get(guest("nop")));
  REQUIRE(cache.get(fib));
  CHECK(cache.loads() == 3);
  REQUIRE(cache.get(guest("fib")));
  CHECK(cache.loads() == 4);
}

TEST_CASE("the executor describes itself, with sampled metrics only where it can start processes") {
  test::FakeProcessRunner runner([](const auto&) { return test::exited(0); });
  const auto with = EmbeddedExecutor("/usr/bin/cyclegate", &runner).describe();
  const auto without = EmbeddedExecutor({}, nullptr).describe();
  for (const model::Metric& metric : with.metrics) {
    INFO(metric.name);
    const model::Metric* const known = model::find_metric(model::built_in_metrics(), metric.name);
    CHECK((known != nullptr && *known == metric));
  }
  CHECK(with.name == "embedded");
  CHECK(with.cost_model == "zisk-1.4.0-alpha");
  CHECK(with.unavailable.empty());
  REQUIRE(find_metric(with.metrics, "wall_time") != nullptr);
  CHECK(find_metric(with.metrics, "wall_time")->kind == model::MetricKind::sampled);
  CHECK(find_metric(without.metrics, "wall_time") == nullptr);
  // Every exact metric that is promised is given.
  const auto values =
      executors::exact_values(EmbeddedExecutor({}, nullptr).execute(guest("nop"), {}, {}, Detail::cost));
  CHECK(values.size() == without.metrics.size());
  for (const model::Metric& metric : without.metrics) CHECK(values.contains(metric.name));
}

TEST_CASE("a cost model that is given prices the run and is known by its name and prices") {
  constexpr auto mine = "cyclegate-cost-model\t1\nfrom\tzisk-1.4.0-alpha\nname\tmine\n";
  const auto of = [&](std::string_view more) {
    return cyclegate::vm::parse_cost_model(std::string(mine) + std::string(more), "mine.tsv");
  };
  const auto identity = [&](std::string_view more) { return executors::identity(of(more)); };
  CHECK(executors::identity(cyclegate::vm::cost_model("zisk-1.4.0-alpha")) == "zisk-1.4.0-alpha");
  CHECK(identity("main\t63\n").starts_with("mine sha256:"));
  CHECK(identity("main\t63\n").size() == std::string_view("mine sha256:").size() + 32);
  CHECK(identity("main\t63\n") == identity("# a comment is no price\nmain\t0x3f\n"));
  CHECK(identity("main\t63\n") != identity("main\t64\n"));
  CHECK(identity("") != identity("main\t63\n"));
  // Who gives a list of his own the name of a built-in one does not pass for it.
  constexpr auto forged = "cyclegate-cost-model\t1\nfrom\tzisk-1.4.0-alpha\nname\tzisk-1.4.0-alpha\nmain\t1\n";
  CHECK(executors::identity(cyclegate::vm::parse_cost_model(forged, "x")).starts_with("zisk-1.4.0-alpha sha256:"));

  EmbeddedExecutor plain({}, nullptr);
  EmbeddedExecutor priced({}, nullptr, of("main\t63\n"));
  CHECK(priced.describe().cost_model == identity("main\t63\n"));
  const auto before = plain.execute(guest("nop"), {}, {}, Detail::cost);
  const auto after = priced.execute(guest("nop"), {}, {}, Detail::cost);
  CHECK(after.steps == before.steps);
  CHECK(after.output == before.output);
  CHECK(after.cost->variable() == before.cost->variable() + before.steps);
}

TEST_CASE("a timed run is this program started afresh, observed from outside") {
  const std::string answer =
      executors::timed_answer_to_json({.outcome = {}, .steps = 44'921, .output_sha256 = std::string(64, 'a')});
  test::FakeProcessRunner runner([&](const auto&) {
    system::ProcessResult result = test::exited(0, answer);
    result.wall = std::chrono::milliseconds(5);
    result.user = std::chrono::milliseconds(3);
    result.system = std::chrono::milliseconds(1);
    result.max_rss_bytes = 4096;
    return result;
  });
  EmbeddedExecutor embedded("/usr/bin/cyclegate", &runner);
  const Limits limits{.max_steps = 10, .max_memory_bytes = 20, .max_time = std::chrono::seconds(2)};
  const auto timed = embedded.execute_timed({.path = "/a b.elf", .identity = "i"}, {.path = "/in"}, limits,
                                            {.core = 1, .slow_down = {30'000}});
  CHECK(timed.outcome.ok());
  CHECK(timed.steps == 44'921);
  CHECK(timed.samples == std::map<std::string, std::int64_t>{
                             {"peak_memory", 4096}, {"user_sys_time", 4'000'000}, {"wall_time", 5'000'000}});
  REQUIRE(runner.requests.size() == 1);
  CHECK(runner.requests[0].arguments == std::vector<std::string>{"/usr/bin/cyclegate", "execute", "--timed",
                                                                 "--executor", "embedded", "--elf", "/a b.elf",
                                                                 "--input", "/in", "--max-steps", "10", "--max-memory",
                                                                 "20", "--max-time", "2000000000"});
  CHECK(runner.requests[0].time_limit > limits.max_time);
  CHECK(runner.requests[0].pin_to_core == 1);
  CHECK(runner.requests[0].slow_down.value == 30'000);
  embedded.execute_timed({.path = "/a.elf", .identity = "i"}, {}, limits, {});
  CHECK_FALSE(runner.requests[1].pin_to_core);
  CHECK(std::ranges::find(runner.requests[1].arguments, "--input") == runner.requests[1].arguments.end());
}

TEST_CASE("a timed run of a real process has its time and its memory") {
  const test::TemporaryDirectory directory;
  const std::string answer =
      executors::timed_answer_to_json({.outcome = {}, .steps = 7, .output_sha256 = std::string(64, 'b')});
  const auto program = directory.write("program", "#!/bin/sh\nprintf '%s' '" + answer + "'\n");
  std::filesystem::permissions(program, std::filesystem::perms::owner_all);
  system::SystemProcessRunner runner;
  const auto timed = EmbeddedExecutor(program, &runner).execute_timed(guest("fib"), input("in_k4.bin"), {}, {});
  CHECK(timed.outcome == model::Outcome{});
  CHECK(timed.steps == 7);
  CHECK(timed.samples.at("wall_time") > 0);
  CHECK(timed.samples.at("user_sys_time") > 0);
  CHECK(timed.samples.at("peak_memory") > 100'000);
  const auto missing = EmbeddedExecutor(directory / "none", &runner).execute_timed(guest("fib"), {}, {}, {});
  CHECK(missing.outcome.kind == OutcomeKind::crashed);
}

TEST_CASE("a peak memory that is only that of the forked copy of this program is not believed") {
  std::uint64_t own = 0;
  test::FakeProcessRunner runner([&](const auto&) {
    system::ProcessResult result = test::exited(
        0, executors::timed_answer_to_json(
               {.outcome = {}, .steps = 1, .output_sha256 = std::string(64, 'a'), .peak_memory_bytes = own}));
    result.max_rss_bytes = 100U << 20U;
    result.max_rss_floor_bytes = 100U << 20U;
    return result;
  });
  EmbeddedExecutor embedded("/usr/bin/cyclegate", &runner);
  const auto run = [&] { return embedded.execute_timed({.path = "/a.elf", .identity = "i"}, {}, {}, {}); };
  SECTION("the child knows its own") {
    own = 7U << 20U;
    CHECK(run().samples.at("peak_memory") == 7 << 20);
    CHECK(run().warnings.empty());
  }
  SECTION("nobody knows") {
    CHECK(run().samples.at("peak_memory") == 100 << 20);
    REQUIRE(run().warnings.size() == 1);
    CHECK(run().warnings[0].code == "memory-floor");
  }
}

TEST_CASE("a timed child that fails is an outcome") {
  system::ProcessResult result;
  test::FakeProcessRunner runner([&](const auto&) { return result; });
  EmbeddedExecutor embedded("/usr/bin/cyclegate", &runner);
  const auto run = [&] { return embedded.execute_timed({.path = "/a.elf", .identity = ""}, {}, {}, {}); };
  SECTION("the guest failed") {
    result = test::exited(
        0,
        executors::timed_answer_to_json(
            {.outcome = {.kind = OutcomeKind::exit, .code = 3, .pc = {}, .why = ""}, .steps = 1, .output_sha256 = ""}));
    CHECK(run().outcome.kind == OutcomeKind::exit);
    CHECK(run().samples.empty());
  }
  SECTION("it was killed") {
    result.end = system::ProcessEnd::signalled;
    result.signal = 9;
    result.why = "ended by SIGKILL";
    CHECK(run().outcome.kind == OutcomeKind::crashed);
    CHECK(run().outcome.code == 9);
    CHECK(run().outcome.why == "the process of the timed run did not answer: ended by SIGKILL");
  }
  SECTION("it took too long") {
    result.end = system::ProcessEnd::timed_out;
    CHECK(run().outcome.kind == OutcomeKind::limit);
    CHECK(run().outcome.why == "the timed run took longer than 3600 s");
  }
  SECTION("it said something else") {
    result = test::exited(0, "Usage: cyclegate");
    CHECK(run().outcome.kind == OutcomeKind::crashed);
    CHECK(run().outcome.why == "the process of the timed run gave no usable answer: the answer is not a JSON object");
  }
}
