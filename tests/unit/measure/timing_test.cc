#include "measure/timing.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <set>

#include "fixture.h"
#include "measure/block_order.h"
#include "model/error.h"
#include "model/stopping_rule.h"
#include "system/interrupt.h"

using namespace cyclegate;
using test::Bench;

namespace {

/// The timed calls, warm-ups included.
std::vector<test::ScriptedCall> timed_calls(const Bench& bench) {
  std::vector<test::ScriptedCall> calls;
  std::ranges::copy_if(bench.world.calls, std::back_inserter(calls), &test::ScriptedCall::timed);
  return calls;
}

/// Says yes after a number of blocks and remembers what it was shown.
class StopAfter final : public model::StoppingRule {
 public:
  explicit StopAfter(std::uint32_t blocks) : blocks_(blocks) {}
  bool enough(const model::RunSet& base, const model::RunSet& head, std::uint32_t blocks) override {
    asked.push_back(blocks);
    for (const model::RunSet* set : {&base, &head}) {
      for (const model::CellRun& run : set->runs)
        complete &= run.sampled.at("wall_time").size() == std::size_t{2} * blocks;
    }
    return blocks >= blocks_;
  }
  std::vector<std::uint32_t> asked;
  bool complete = true;

 private:
  std::uint32_t blocks_;
};

/// Input `a` has enough after three blocks, all have after five.
class StopsOneEarly final : public model::StoppingRule {
 public:
  bool enough(const model::RunSet& /*base*/, const model::RunSet& /*head*/, std::uint32_t blocks) override {
    blocks_ = blocks;
    return blocks >= 5;
  }
  bool enough_of(const model::CellId& cell) override { return cell.input == "a" && blocks_ >= 3; }

 private:
  std::uint32_t blocks_ = 0;
};

}  // namespace

TEST_CASE("timing warms up, then goes round the inputs in blocks of two runs a side, as the seed says") {
  Bench bench;
  bench.plan.settings.seed = 7;
  bench.add_changed_cell("hash", "a", 100, 90);
  bench.add_changed_cell("hash", "b", 200, 190);
  const auto measured = bench.measure();
  CHECK(measured.base.schedule.seed == 7);
  CHECK(measured.base.schedule.blocks == 5);

  const auto calls = timed_calls(bench);
  REQUIRE(calls.size() == 52);
  std::size_t at = 0;
  for (std::uint32_t block = 0; block < 5; ++block) {
    for (std::uint32_t cell = 0; cell < 2; ++cell) {
      const std::string input = cell == 0 ? "a" : "b";
      if (block == 0) {
        for (int run = 0; run < 6; ++run, ++at) {
          CHECK(calls[at].input == input);
          CHECK(calls[at].artifact == (run % 2 == 0 ? "hash-base" : "hash-head"));
        }
      }
      for (const model::Side side : measure::block_order(7, cell, block)) {
        CHECK(calls[at].input == input);
        CHECK(calls[at].artifact == (side == model::Side::base ? "hash-base" : "hash-head"));
        ++at;
      }
    }
  }
}

TEST_CASE("every sample names its block and its place in the session, and no place is taken twice") {
  Bench bench;
  bench.add_changed_cell("hash", "a", 100, 90);
  bench.add_changed_cell("json", "b", 200, 190);
  const auto measured = bench.measure();
  std::set<std::uint32_t> places;
  for (const model::RunSet* set : {&measured.base, &measured.head}) {
    for (const model::CellRun& run : set->runs) {
      const auto& samples = run.sampled.at("wall_time");
      REQUIRE(samples.size() == 10);
      CHECK(run.sampled.at("peak_memory").size() == 10);
      for (std::size_t index = 0; index < samples.size(); ++index) {
        CHECK(samples[index].block == index / 2);
        CHECK(places.insert(samples[index].order).second);
        CHECK(samples[index].value == static_cast<std::int64_t>(run.exact.at("steps")[0]) * 1000);
      }
    }
  }
  CHECK(places.size() == 40);
  CHECK(*places.rbegin() == 2 * 6 + 40 - 1);
}

TEST_CASE("without a seed one is derived from the plan and the session, and logged") {
  const auto seed = [](const char* session) {
    Bench bench;
    bench.plan.head.session.id = session;
    bench.add_changed_cell("hash", "a", 100, 90);
    return bench.measure().head.schedule.seed;
  };
  CHECK(seed("one") == seed("one"));
  CHECK(seed("one") != seed("two"));
  CHECK(seed("one") < std::uint64_t{1} << 52U);
}

TEST_CASE("the stopping rule is asked after each round from the least number of runs on and sees whole blocks") {
  Bench bench;
  bench.add_changed_cell("hash", "a", 100, 90);
  bench.add_changed_cell("hash", "b", 100, 90);
  StopAfter rule(8);
  bench.rule = &rule;
  SECTION("it stops the timing") {
    CHECK(bench.measure().head.schedule.blocks == 8);
    CHECK(rule.asked == std::vector<std::uint32_t>{5, 6, 7, 8});
    CHECK(rule.complete);
  }
  SECTION("the most runs stop it otherwise") {
    bench.plan.settings.max_runs = 12;
    CHECK(bench.measure().head.schedule.blocks == 6);
    CHECK(rule.asked == std::vector<std::uint32_t>{5, 6});
  }
}

TEST_CASE("a cell that needs no more blocks stops while the others go on, and a finished session says the same again") {
  Bench bench;
  bench.plan.settings.min_runs = 4;
  bench.plan.base.schedule.looks = bench.plan.head.schedule.looks = {3, 5};
  bench.add_changed_cell("hash", "a", 100, 90);
  bench.add_changed_cell("hash", "b", 200, 190);
  StopsOneEarly rule;
  bench.rule = &rule;
  const auto measured = bench.measure();
  for (const model::RunSet* set : {&measured.base, &measured.head}) {
    CHECK(set->runs[0].sampled.at("wall_time").size() == 6);
    CHECK(set->runs[1].sampled.at("wall_time").size() == 10);
    CHECK(set->schedule.blocks == 5);
    CHECK(set->schedule.looks == std::vector<std::uint32_t>{3, 5});
  }
  StopsOneEarly again;
  bench.rule = &again;
  const auto resumed = bench.measure(true);
  CHECK(timed_calls(bench).empty());
  CHECK(test::bytes(resumed) == test::bytes(measured));
}

TEST_CASE("only cells whose artefacts differ are timed, and none when timing is off") {
  Bench bench;
  bench.add_cell("same", "a", "same", "same");
  bench.add_changed_cell("hash", "a", 100, 90);
  SECTION("on") {
    const auto measured = bench.measure();
    CHECK(find_run(measured.base, {"same", "a", test::scripted})->sampled.empty());
    CHECK(timed_calls(bench).size() == 26);
  }
  SECTION("off") {
    bench.plan.settings.timed = false;
    bench.measure();
    CHECK(timed_calls(bench).empty());
  }
  SECTION("no sampled metrics") {
    bench.world.description.metrics.resize(2);
    bench.measure();
    CHECK(timed_calls(bench).empty());
  }
}

TEST_CASE("the budget ends timing, keeps whole rounds only, and says so") {
  Bench bench;
  bench.add_changed_cell("hash", "a", 100, 90);
  bench.add_changed_cell("hash", "b", 100, 90);
  bench.world.on_call = [&](const test::ScriptedCall& call) {
    if (call.timed) bench.clock.advance(std::chrono::seconds(1));
  };
  SECTION("in the middle of the third round") {
    // Round 1 takes 20 s, round 2 takes 8 s, the first cell of round 3 is cut off after 3 s.
    bench.plan.settings.budget = std::chrono::seconds(31);
    const auto measured = bench.measure();
    CHECK(timed_calls(bench).size() == 31);
    CHECK(measured.head.schedule.blocks == 2);
    for (const model::CellRun& run : measured.head.runs) CHECK(run.sampled.at("wall_time").size() == 4);
    REQUIRE(measured.head.warnings.size() == 1);
    CHECK(measured.head.warnings[0].code == "budget");
    CHECK(measured.head.warnings[0].message ==
          "the time budget of 31 s ended timing after 4 runs a side; asked for were 10 to 40: raise measure.budget");
    // What the budget cut off is not made up for by a resume.
    const std::string before = test::bytes(measured);
    const auto again = bench.measure(true);
    CHECK(again.executed == 0);
    CHECK(test::bytes(again) == before);
  }
  SECTION("before the first round is over") {
    bench.plan.settings.budget = std::chrono::seconds(5);
    const auto measured = bench.measure();
    CHECK(measured.head.schedule.blocks == 0);
    REQUIRE(measured.head.warnings.size() == 1);
    CHECK(measured.head.warnings[0].message.contains(
        "after 0 runs a side (the first round over all cells was not over, and half a round counts for none); asked"));
    for (const model::CellRun& run : measured.head.runs) {
      CHECK(run.sampled.empty());
      CHECK(run.exact.at("steps").size() == 2);
    }
  }
  SECTION("shared with provers") {
    test::ScriptedWorld prover;
    prover.description = bench.world.description;
    prover.description.name = "prover";
    prover.description.takes_all_cores = true;
    prover.scripts = bench.world.scripts;
    prover.on_call = [&](const test::ScriptedCall& call) {
      if (call.timed) bench.clock.advance(std::chrono::minutes(10));
    };
    bench.others = {&prover};
    bench.plan.cells.push_back(bench.plan.cells[0]);
    bench.plan.cells.back().cell.executor = "prover";
    bench.plan.settings.core = 3;
    bench.plan.settings.budget = std::chrono::minutes(1);
    const auto measured = bench.measure();
    // The one run that passes the budget is the last.
    CHECK(std::ranges::count_if(prover.calls, [](const test::ScriptedCall& call) { return call.timed; }) == 1);
    CHECK(measured.head.schedule.core == 3U);
    REQUIRE(measured.head.warnings.size() == 1);
    CHECK(measured.head.warnings[0].message.contains("give the provers"));
  }
  SECTION("no budget") {
    bench.plan.settings.budget = std::chrono::seconds(0);
    CHECK(bench.measure().head.schedule.blocks == 5);
  }
}

TEST_CASE("the cooldown is waited for when the guest changes") {
  Bench bench;
  bench.plan.settings.cooldown = std::chrono::seconds(60);
  bench.plan.settings.budget = std::chrono::seconds(0);
  bench.add_changed_cell("hash", "a", 100, 90);
  bench.add_changed_cell("hash", "b", 100, 90);
  SECTION("one guest") {
    bench.measure();
    CHECK(bench.clock.monotonic() == std::chrono::seconds(0));
  }
  SECTION("two guests") {
    bench.add_changed_cell("json", "a", 100, 90);
    bench.measure();
    CHECK(bench.clock.monotonic() == 9 * std::chrono::seconds(60));
  }
  SECTION("it is no part of the budget") {
    bench.add_changed_cell("json", "a", 100, 90);
    bench.plan.settings.budget = std::chrono::seconds(30);
    const auto measured = bench.measure();
    CHECK(measured.head.schedule.blocks == 5);
    CHECK(measured.head.schedule.timing_ns == 0);
  }
}

TEST_CASE("a timed run that fails or does something else fails its cell and leaves the others alone") {
  Bench bench;
  bench.add_changed_cell("hash", "a", 100, 90);
  bench.add_changed_cell("hash", "b", 100, 90);
  auto& times = bench.world.scripts[{"hash-head", "a"}].times;
  times.assign(8, times[0]);
  std::string why;
  model::OutcomeKind kind = model::OutcomeKind::crashed;
  SECTION("it crashed") {
    times.back().outcome = {.kind = kind, .code = 9, .pc = {}, .why = "killed by SIGKILL"};
    why = "killed by SIGKILL";
  }
  SECTION("another output") {
    times.back().output_sha256 = std::string(64, '0');
    why =
        "the timed run's output has sha256 " + std::string(64, '0') + ", the exact run's " + system::sha256_hex("out");
  }
  SECTION("other steps") {
    times.back().steps = 91;
    why = "the timed run took 91 steps, the exact run 90";
  }
  const auto measured = bench.measure();
  const model::CellRun& failed = measured.head.runs.at(0);
  CHECK(failed.outcome.kind == kind);
  CHECK(failed.outcome.why == why);
  CHECK(failed.sampled.empty());
  CHECK(measured.base.runs[0].sampled.empty());
  CHECK(measured.base.runs[0].outcome.ok());
  CHECK(measured.head.runs[1].sampled.at("wall_time").size() == 10);
  CHECK(std::ranges::count_if(timed_calls(bench),
                              [](const auto& call) { return call.artifact == "hash-head" && call.input == "a"; }) == 8);
  // And a resume of the finished session finds the same.
  CHECK(test::bytes(bench.measure(true)) == test::bytes(measured));
  CHECK(bench.world.calls.empty());
}

TEST_CASE("an artefact that changes while it is timed fails its cell") {
  Bench bench;
  bench.add_changed_cell("hash", "a", 100, 90);
  int calls = 0;
  bench.world.on_call = [&](const test::ScriptedCall& call) {
    if (call.timed && ++calls == 10) bench.directory.write("artifacts/hash-base", "other bytes");
  };
  const auto measured = bench.measure();
  CHECK(measured.base.runs[0].outcome.kind == model::OutcomeKind::rejected);
  CHECK(measured.base.runs[0].sampled.empty());
  REQUIRE(measured.base.runs[0].warnings.size() == 1);
  CHECK(measured.base.runs[0].warnings[0].code == "changed-since-planned");
  CHECK(measured.base.runs[0].warnings[0].message.contains("has changed since it was built"));
}

TEST_CASE("a timed run of base that fails leaves what the exact runs gave, and says why there are no times") {
  Bench bench;
  bench.add_changed_cell("hash", "a", 100, 200);
  for (const char* artifact : {"hash-base", "hash-head"}) {
    bench.world.scripts[{artifact, "a"}].times.back().outcome = {
        .kind = model::OutcomeKind::limit, .code = {}, .pc = {}, .why = "60 s are over"};
  }
  const auto measured = bench.measure();
  for (const model::RunSet* set : {&measured.base, &measured.head}) {
    CHECK(set->runs[0].outcome.ok());
    CHECK(set->runs[0].sampled.empty());
    CHECK(set->runs[0].exact.at("steps").size() == 2);
  }
  REQUIRE(measured.base.runs[0].warnings.size() == 1);
  CHECK(measured.base.runs[0].warnings[0].code == "timing-failed");
  CHECK(measured.base.runs[0].warnings[0].message.contains("60 s are over"));
  CHECK(test::bytes(bench.measure(true)) == test::bytes(measured));
}

TEST_CASE("an interrupt stops before the next run, and the resumed session is the whole one") {
  Bench whole;
  whole.add_changed_cell("hash", "a", 100, 90);
  const std::string expected = test::bytes(whole.measure());

  for (const int stop_at : {1, 3, 5, 12, 20, 29}) {
    Bench bench;
    bench.add_changed_cell("hash", "a", 100, 90);
    int calls = 0;
    bench.world.on_call = [&](const test::ScriptedCall&) {
      if (++calls == stop_at) system::request_interrupt();
    };
    try {
      bench.measure();
      FAIL("not interrupted");
    } catch (const model::Error& error) {
      CHECK(error.kind() == model::ErrorKind::interrupted);
    }
    system::clear_interrupt();
    CHECK(calls == stop_at);
    bench.world.on_call = {};
    CHECK(test::bytes(bench.measure(true)) == expected);
  }
}

TEST_CASE("all timed runs are pinned to the same core, which is recorded, and no exact run is") {
  Bench bench;
  bench.plan.settings.core = 3;
  bench.add_changed_cell("hash", "a", 100, 90);
  const auto measured = bench.measure();
  for (const auto& call : bench.world.calls) {
    CHECK(call.settings.core == (call.timed ? std::optional<int>(3) : std::nullopt));
  }
  CHECK(measured.base.schedule.core == 3U);
  CHECK(measured.head.schedule.core == 3U);
}

TEST_CASE("an executor that takes all cores is pinned to none, and no core is claimed for its runs") {
  Bench bench;
  bench.plan.settings.core = 3;
  bench.world.description.takes_all_cores = true;
  bench.add_changed_cell("hash", "a", 100, 90);
  const auto measured = bench.measure();
  for (const auto& call : bench.world.calls) CHECK_FALSE(call.settings.core);
  CHECK_FALSE(measured.base.schedule.core);
  CHECK_FALSE(measured.head.schedule.core);
  CHECK(measured.head.runs[0].sampled.at("wall_time").size() == 10);
}

TEST_CASE("what the machine lacks while it times takes no exact number away, on either side") {
  for (const std::string side : {"base", "head"}) {
    Bench bench;
    bench.add_changed_cell("hash", "a", 100, 90);
    bench.add_changed_cell("hash", "b", 100, 90);
    auto& times = bench.world.scripts[{"hash-" + side, "a"}].times;
    times.assign(8, times[0]);
    times.back().outcome = {.kind = model::OutcomeKind::crashed, .code = {}, .pc = {}, .why = "memory: 3 GiB"};
    times.back().warnings = {{"executor-unavailable", "memory: 3 GiB"}};
    const auto measured = bench.measure();
    for (const model::RunSet* set : {&measured.base, &measured.head}) {
      const auto& run = set->runs.at(0);
      CHECK(run.outcome.ok());
      CHECK(run.exact.at("steps").size() == 2);
      CHECK(run.sampled.empty());
      CHECK(set->runs[1].sampled.at("wall_time").size() == 10);
    }
    const auto& run = (side == "base" ? measured.base : measured.head).runs.at(0);
    CHECK(run.warnings == std::vector<model::Warning>{{"timing-failed", "timing ended: crashed: memory: 3 GiB"}});
    CHECK(test::bytes(bench.measure(true)) == test::bytes(measured));
  }
}

TEST_CASE("what the machine is like is asked when timing begins and rides beside the numbers") {
  Bench bench;
  bench.add_changed_cell("hash", "a", 100, 90);
  int asked = 0;
  std::size_t calls_before = 0;
  bench.preflight = [&] {
    ++asked;
    calls_before = bench.world.calls.size();
    return system::PreflightFacts{.preflight = {.taken = "t", .load_hundredths = 170},
                                  .warnings = {{"high-load", "load average 1.70"}}};
  };
  const auto measured = bench.measure();
  CHECK(asked == 1);
  CHECK(calls_before == 4);
  for (const model::RunSet* set : {&measured.base, &measured.head}) {
    REQUIRE(set->environment.preflight);
    CHECK(set->environment.preflight->load_hundredths == 170U);
  }
  CHECK(measured.head.warnings == std::vector<model::Warning>{{"high-load", "load average 1.70"}});
  // A finished session that is resumed was measured then, not now.
  bench.preflight = [] { return system::PreflightFacts{}; };
  CHECK(test::bytes(bench.measure(true)) == test::bytes(measured));
}

TEST_CASE("a declared amount of work gives a throughput, in integers") {
  Bench bench;
  bench.plan.settings.work_unit = "gas";
  bench.add_changed_cell("hash", "a", 300, 90);
  bench.plan.cells[0].work = 29'400'000;
  const auto measured = bench.measure();
  const auto* metric = find_metric(measured.head.metrics, "throughput");
  REQUIRE(metric != nullptr);
  CHECK(metric->unit == "gas/s");
  CHECK(metric->better == model::Better::higher);
  CHECK(metric->kind == model::MetricKind::sampled);
  REQUIRE(measured.base.runs[0].sampled.at("throughput").size() == 10);
  CHECK(measured.base.runs[0].sampled.at("throughput")[0].value == 98'000'000'000);   // in 300,000 ns
  CHECK(measured.head.runs[0].sampled.at("throughput")[0].value == 326'666'666'666);  // in 90,000 ns, rounded down
  CHECK(find_metric(Bench().plan.head.metrics, "throughput") == nullptr);
}

TEST_CASE("controls ride along in the same blocks: base against itself, and slowed down by 3 %") {
  Bench bench;
  bench.plan.settings.controls = true;
  bench.add_changed_cell("hash", "long", 100'000, 90'000);
  bench.add_changed_cell("hash", "short", 1'000, 900);
  const auto measured = bench.measure();
  for (const model::RunSet* set : {&measured.base, &measured.head}) {
    CHECK(set->runs.size() == 2);
    REQUIRE(set->controls.size() == 2);
    CHECK(set->controls[0].slow_down.value == 0);
    CHECK(set->controls[1].slow_down.value == 30'000);
    for (const model::Control& control : set->controls) {
      CHECK(control.run.cell.input == "short");
      CHECK(control.run.artifact == "hash-base");
      CHECK(control.run.exact.empty());
      CHECK(control.run.sampled.at("wall_time").size() == 10);
    }
  }
  CHECK(measured.base.controls[1].run.sampled.at("wall_time")[0].value == 1'000'000);
  CHECK(measured.head.controls[0].run.sampled.at("wall_time")[0].value == 1'000'000);
  CHECK(measured.head.controls[1].run.sampled.at("wall_time")[0].value == 1'030'000);
  CHECK(measured.head.runs[1].sampled.at("wall_time")[0].value == 900'000);
  CHECK(test::bytes(bench.measure(true)) == test::bytes(measured));
}

TEST_CASE("a cell whose head is base's twin under another name runs, and head's runs are slowed down") {
  Bench bench;
  bench.add_cell("hash", "a", "one", "one-twin");
  bench.script("one", "a", 100);
  bench.script("one-twin", "a", 100);
  bench.plan.cells[0].slow_down = {50'000};
  const auto measured = bench.measure();
  CHECK(measured.same == 0);
  CHECK(measured.base.runs[0].sampled.at("wall_time")[0].value == 100'000);
  CHECK(measured.head.runs[0].sampled.at("wall_time")[0].value == 105'000);
  CHECK(measured.head.runs[0].exact.at("steps").size() == 2);
}
