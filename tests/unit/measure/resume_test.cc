#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <chrono>
#include <csignal>
#include <random>
#include <thread>

#include "fixture.h"
#include "measure/run_set_store.h"
#include "model/error.h"

using namespace cyclegate;
using test::Bench;

namespace {

void fill(Bench& bench) {
  bench.plan.settings.min_runs = 4;
  bench.add_changed_cell("hash", "a", 100, 90);
  bench.add_changed_cell("hash", "b", 200, 190);
  bench.add_changed_cell("json", "a", 300, 310);
  bench.add_cell("same", "a", "same", "same");
  model::Execution trap;
  trap.outcome = {.kind = model::OutcomeKind::trap, .code = {}, .pc = 0x90000000, .why = "ebreak"};
  bench.world.scripts[{"json-head", "a"}].answers = {trap};
}

/// Where the journal may end: after each line, one byte before and after each, and every 41 bytes.
std::vector<std::size_t> cuts(const std::string& journal) {
  std::vector<std::size_t> cuts{0};
  for (std::size_t at = 0; at < journal.size(); ++at) {
    if (journal[at] == '\n') cuts.insert(cuts.end(), {at, at + 1, std::min(at + 2, journal.size())});
    if (at % 41 == 0) cuts.push_back(at);
  }
  return cuts;
}

}  // namespace

TEST_CASE("a session cut off at any byte of its journal and resumed gives the bytes of the whole one") {
  Bench bench;
  fill(bench);
  const std::string expected = test::bytes(bench.measure());
  const auto all_calls = bench.world.calls.size();
  const auto journal = measure::journal_path(bench.directory / "out");
  const std::string text = test::read_file(journal);
  REQUIRE(text.size() > 5000);
  std::size_t resumed_something = 0;
  for (const std::size_t length : cuts(text)) {
    bench.directory.write("out/runs.journal", text.substr(0, length));
    // A resumed session is another process with another clock and another session of its own.
    bench.plan.head.session = {.id = "session-2", .started = "2027-01-01T00:00:00Z", .machine = "machine-1"};
    bench.plan.base.session = bench.plan.head.session;
    const bool has_header = text.substr(0, length).find('\n') != std::string::npos;
    const auto measured = bench.measure(true);
    if (!has_header) continue;
    REQUIRE(test::bytes(measured) == expected);
    // Nothing exact is run twice; timing is made whole or not at all.
    const auto timed_calls =
        static_cast<std::size_t>(std::ranges::count(bench.world.calls, true, &test::ScriptedCall::timed));
    CHECK((timed_calls == 0 || timed_calls == 2 * (6 + 8)));
    CHECK(measured.resumed + measured.executed <= all_calls + 16);
    if (measured.resumed > 0) ++resumed_something;
    CHECK(test::read_file(measure::run_set_path(bench.directory / "out", model::Side::base)) +
              test::read_file(measure::run_set_path(bench.directory / "out", model::Side::head)) ==
          expected);
  }
  CHECK(resumed_something > 100);
}

TEST_CASE("a finished session that is resumed runs nothing") {
  Bench bench;
  fill(bench);
  const std::string expected = test::bytes(bench.measure());
  const auto again = bench.measure(true);
  CHECK(again.executed == 0);
  CHECK(bench.world.calls.empty());
  CHECK(test::bytes(again) == expected);
}

TEST_CASE("without resume a session starts again") {
  Bench bench;
  fill(bench);
  const auto first = bench.measure();
  const auto second = bench.measure();
  CHECK(second.executed == first.executed);
  CHECK(second.resumed == 0);
}

TEST_CASE("exact runs of the journal are kept; timing that was under way starts again and mixes nothing") {
  Bench bench;
  bench.plan.settings.seed = 1;
  bench.plan.settings.min_runs = 4;
  bench.add_changed_cell("hash", "a", 100, 90);
  bench.measure();
  const std::string text = test::read_file(measure::journal_path(bench.directory / "out"));
  // Header, 4 exact runs, the start of timing, block 0, and two runs of block 1.
  std::size_t end = 0;
  for (int line = 0; line < 1 + 4 + 1 + 4 + 2; ++line) end = text.find('\n', end) + 1;
  bench.directory.write("out/runs.journal", text.substr(0, end));
  // After the interruption everything takes longer.
  bench.script("hash-base", "a", 100).times[0].samples["wall_time"] = 7;
  bench.script("hash-head", "a", 90).times[0].samples["wall_time"] = 7;
  const auto measured = bench.measure(true);
  for (const model::RunSet* set : {&measured.base, &measured.head}) {
    const auto& samples = set->runs[0].sampled.at("wall_time");
    REQUIRE(samples.size() == 4);
    CHECK(std::ranges::all_of(samples, [](const model::Sample& sample) { return sample.value == 7; }));
  }
  // Warm-ups and both blocks.
  CHECK(bench.world.calls.size() == 6 + 8);
  CHECK(std::ranges::all_of(bench.world.calls, &test::ScriptedCall::timed));
  // What the first start had is still on disk, and the finished session stays what it is.
  CHECK(test::read_file(measure::journal_path(bench.directory / "out")).starts_with(text.substr(0, end)));
  const std::string expected = test::bytes(measured);
  CHECK(test::bytes(bench.measure(true)) == expected);
  CHECK(bench.world.calls.empty());
}

TEST_CASE("a cell that failed while it was timed stays failed when the others start again") {
  Bench bench;
  bench.add_changed_cell("hash", "a", 100, 90);
  bench.add_changed_cell("hash", "b", 100, 90);
  auto& times = bench.world.scripts[{"hash-head", "a"}].times;
  times.back().outcome = {.kind = model::OutcomeKind::crashed, .code = 9, .pc = {}, .why = "killed by SIGKILL"};
  const std::string expected = test::bytes(bench.measure());
  const std::string text = test::read_file(measure::journal_path(bench.directory / "out"));
  // Without the end of timing and the last run before it.
  std::size_t end = text.size() - 1;
  for (int line = 0; line < 2; ++line) end = text.rfind('\n', end - 1);
  bench.directory.write("out/runs.journal", text.substr(0, end + 1));
  times.back() = test::timed(test::execution(90), 90'000);
  CHECK(test::bytes(bench.measure(true)) == expected);
  CHECK(std::ranges::none_of(bench.world.calls, [](const auto& call) { return call.input == "a"; }));
}

TEST_CASE("what the machine lacked is tried again by a resume, in exact and in timed runs") {
  const auto lacking = [](auto& run) {
    run.outcome = {.kind = model::OutcomeKind::crashed, .code = {}, .pc = {}, .why = "memory: 3 GiB"};
    run.warnings = {{"executor-unavailable", "memory: 3 GiB"}};
  };
  Bench whole;
  whole.plan.settings.seed = 1;
  whole.add_changed_cell("hash", "a", 100, 90);
  whole.add_changed_cell("hash", "b", 100, 90);
  const std::string expected = test::bytes(whole.measure());

  Bench bench;
  bench.plan.settings.seed = 1;
  bench.add_changed_cell("hash", "a", 100, 90);
  bench.add_changed_cell("hash", "b", 100, 90);
  auto& script = bench.world.scripts[{"hash-head", "a"}];
  const test::Script good = script;
  const auto journal = measure::journal_path(bench.directory / "out");
  const auto cut_off_at = [&](std::string_view last_line) {
    const std::string text = test::read_file(journal);
    REQUIRE(text.find(last_line) != std::string::npos);
    bench.directory.write("out/runs.journal", text.substr(0, text.find('\n', text.find(last_line)) + 1));
  };
  SECTION("its second exact run") {
    script.answers.push_back(script.answers[0]);
    lacking(script.answers[1]);
    CHECK(find_run(bench.measure().head, {"hash", "a", test::scripted})->exact.at("steps").size() == 1);
    cut_off_at("timing_start");
  }
  SECTION("a timed run") {
    script.times.assign(8, script.times[0]);
    lacking(script.times.back());
    bench.measure();
    cut_off_at("3 GiB");
  }
  script = good;
  const auto measured = bench.measure(true);
  CHECK(measured.resumed > 0);
  CHECK(test::bytes(measured) == expected);
  // The record of what was lacking is still there.
  CHECK(test::read_file(journal).contains("memory: 3 GiB"));
  CHECK(test::bytes(bench.measure(true)) == expected);
  CHECK(bench.world.calls.empty());
}

TEST_CASE("a journal of another plan is refused") {
  Bench bench;
  fill(bench);
  bench.measure();
  SECTION("another artefact") {
    bench.plan.cells[0].head = bench.artifact("hash-head-2");
  }
  SECTION("another input") {
    bench.plan.cells[0].input_sha256 = std::string(64, '0');
  }
  SECTION("another commit") {
    bench.plan.head.commit.id = std::string(40, 'c');
  }
  SECTION("other settings") {
    bench.plan.settings.exact_repetitions = 3;
  }
  SECTION("other limits") {
    bench.plan.limits.max_steps = 10;
  }
  SECTION("another machine") {
    bench.plan.head.session.machine = "machine-2";
  }
  SECTION("another executor version") {
    bench.world.description.version = "2";
  }
  SECTION("fewer cells") {
    bench.plan.cells.pop_back();
  }
  const std::string before = test::read_file(measure::journal_path(bench.directory / "out"));
  try {
    bench.measure(true);
    FAIL("not refused");
  } catch (const model::Error& error) {
    CHECK(error.kind() == model::ErrorKind::configuration);
    CHECK(std::string(error.what()).find("start again without --resume") != std::string::npos);
  }
  CHECK(test::read_file(measure::journal_path(bench.directory / "out")) == before);
}

TEST_CASE("jobs, paths and session may change between an interruption and its resume") {
  Bench bench;
  fill(bench);
  const std::string expected = test::bytes(bench.measure());
  bench.plan.settings.jobs = 4;
  bench.plan.head.session.id = "session-2";
  bench.plan.head.environment.cpu = "as seen later";
  CHECK(test::bytes(bench.measure(true)) == expected);
}

TEST_CASE("a session killed by SIGKILL at 50 moments, resumed each time, gives the bytes of the whole one") {
  Bench whole;
  fill(whole);
  const std::string expected = test::bytes(whole.measure());

  std::mt19937 random(20261121);
  int kills = 0;
  for (int session = 0; kills < 50; ++session) {
    REQUIRE(session < 1000);  // in how many a start is killed is up to the machine
    Bench bench;
    fill(bench);
    bench.world.on_call = [](const test::ScriptedCall&) {
      std::this_thread::sleep_for(std::chrono::microseconds(300));
    };
    bool finished = false;
    for (int start = 0; start < 40 && !finished; ++start) {
      const pid_t child = ::fork();
      REQUIRE(child >= 0);
      if (child == 0) {
        int status = 1;
        try {
          bench.measure(true);
          status = 0;
        } catch (...) {
          status = 2;
        }
        ::_exit(status);
      }
      std::this_thread::sleep_for(std::chrono::microseconds(std::uniform_int_distribution<int>(0, 12'000)(random)));
      ::kill(child, SIGKILL);
      int status = 0;
      REQUIRE(::waitpid(child, &status, 0) == child);
      if (WIFSIGNALED(status)) {
        ++kills;
      } else {
        REQUIRE(WEXITSTATUS(status) == 0);
        finished = true;
      }
    }
    bench.world.on_call = {};
    REQUIRE(test::bytes(bench.measure(true)) == expected);
  }
}
