#include "baseline/drift.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "example.h"
#include "model/nondeterministic_output.h"

using namespace cyclegate;
using baseline::Drift;
using baseline::DriftKind;
using Catch::Matchers::ContainsSubstring;

namespace {

const baseline::Baseline pinned = baseline::pin(test::example_set(), {}).baseline;

model::Policy with_budget(std::int64_t millionths) {
  model::Policy policy;
  policy.drift_budget = model::Millionths{millionths};
  return policy;
}

/// The row of alpha/large and a metric after `change` was made to its run.
template <typename Change>
Drift row_after(Change change, const std::string& metric, const model::Policy& policy = with_budget(30'000)) {
  model::RunSet set = test::example_set();
  change(set.runs[0]);
  for (const Drift& row : check(pinned, set, policy))
    if (row.cell == set.runs[0].cell && row.metric == metric) return row;
  return {};
}

Drift cost_after(std::uint64_t cost, const model::Policy& policy = with_budget(30'000)) {
  return row_after([&](model::CellRun& run) { run.exact["cost"] = {cost, cost}; }, "cost", policy);
}

}  // namespace

TEST_CASE("what did not change is unchanged in every metric of every cell, in order") {
  const std::vector<Drift> rows = check(pinned, test::example_set(), with_budget(0));
  REQUIRE(rows.size() == 8);
  for (const Drift& row : rows) CHECK(row.kind == DriftKind::unchanged);
  CHECK(rows[0].cell.guest == "alpha");
  CHECK(rows[0].metric == "cost");
  CHECK(rows[0].deciding);
  CHECK(rows[0].pinned == 9000);
  CHECK_FALSE(rows[1].deciding);
  CHECK_FALSE(baseline::summarise(rows).fails);
}

TEST_CASE("growth up to the budget is within it, one more is beyond") {
  CHECK(cost_after(8999).kind == DriftKind::better);
  CHECK(cost_after(9001).kind == DriftKind::within_budget);
  CHECK(cost_after(9270).kind == DriftKind::within_budget);
  CHECK(cost_after(9271).kind == DriftKind::beyond_budget);
  CHECK(cost_after(9271).now == 9271);
  CHECK(baseline::summarise({cost_after(9271)}).fails);
  CHECK(cost_after(90'000, {}).kind == DriftKind::within_budget);
}

TEST_CASE("growth from nothing is beyond any budget") {
  model::RunSet set = test::example_set();
  set.runs[2].exact["cost"] = {1, 1};
  const std::vector<Drift> rows = check(pinned, set, with_budget(1'000'000));
  CHECK(rows[4].cell == set.runs[2].cell);
  CHECK(rows[4].kind == DriftKind::beyond_budget);
}

TEST_CASE("a metric of which more is better drifts downwards") {
  model::RunSet set = test::example_set();
  set.runs.resize(1);
  set.runs[0].exact["throughput"] = {1000};
  const baseline::Baseline fast = baseline::pin(set, {}).baseline;
  const auto kind = [&](std::uint64_t value) {
    set.runs[0].exact["throughput"] = {value};
    const std::vector<Drift> rows = check(fast, set, with_budget(30'000));
    for (const Drift& row : rows)
      if (row.metric == "throughput") return row.kind;
    return DriftKind::gone;
  };
  CHECK(kind(1001) == DriftKind::better);
  CHECK(kind(970) == DriftKind::within_budget);
  CHECK(kind(969) == DriftKind::beyond_budget);
}

TEST_CASE("a metric that only informs does not exceed the budget") {
  const Drift row = row_after([](model::CellRun& run) { run.exact["steps"] = {9000, 9000}; }, "steps");
  CHECK(row.kind == DriftKind::beyond_budget);
  CHECK_FALSE(row.deciding);
  CHECK_FALSE(baseline::summarise({row}).fails);
  model::Policy policy = with_budget(30'000);
  policy.deciding["embedded"] = "steps";
  CHECK(row_after([](model::CellRun& run) { run.exact["steps"] = {9000, 9000}; }, "steps", policy).deciding);
}

TEST_CASE("a cell that cannot be compared names the field") {
  Drift row = row_after([](model::CellRun& run) { run.comparability.cost_model = "zisk-2"; }, "cost");
  CHECK(row.kind == DriftKind::incomparable);
  CHECK_THAT(row.why, ContainsSubstring("cost_model was 'zisk-1.4.0-alpha' and is 'zisk-2'"));
  CHECK_FALSE(baseline::summarise({row}).fails);
  row = row_after([](model::CellRun& run) { run.comparability.input_sha256 = std::string(64, 'd'); }, "cost");
  CHECK_THAT(row.why, ContainsSubstring("input_sha256"));
  row = row_after([](model::CellRun& run) { run.comparability.machine = "another"; }, "cost");
  CHECK(row.kind == DriftKind::unchanged);
  row = row_after([](model::CellRun& run) { run.exact.erase("cost"); }, "cost");
  CHECK(row.kind == DriftKind::incomparable);
  CHECK_THAT(row.why, ContainsSubstring("no longer measured"));
  row = row_after([](model::CellRun& run) { run.exact["gas"] = {1}; }, "gas");
  CHECK_THAT(row.why, ContainsSubstring("not pinned"));
}

TEST_CASE("an artefact by another compiler is incomparable with the pinned one, and names both") {
  model::RunSet set = test::example_set();
  for (model::CellRun& run : set.runs) run.comparability.toolchain = "rustc 1.96.0";
  const baseline::Baseline by_one = baseline::pin(set, {}).baseline;
  model::CellRun& run = set.runs[0];
  run.exact["cost"] = {90'000, 90'000};
  const auto first = [&] { return check(by_one, set, with_budget(30'000)).at(0); };
  run.comparability.toolchain = "rustc 1.97.0";
  run.artifact = std::string(64, 'f');
  CHECK(first().kind == DriftKind::incomparable);
  // No change of the guest, and so no doubt either.
  CHECK(baseline::summarise({first()}).other_toolchain == 1);
  CHECK(baseline::summarise({first()}).complete());
  CHECK_THAT(first().why, ContainsSubstring("toolchain was 'rustc 1.96.0' and is 'rustc 1.97.0'"));
  CHECK_FALSE(baseline::summarise({first()}).fails);
  run.comparability.toolchain = "rustc 1.96.0";  // the same compiler: the guest grew
  CHECK(first().kind == DriftKind::beyond_budget);
  run.comparability.toolchain.clear();  // nothing known: judged
  CHECK(first().kind == DriftKind::beyond_budget);
  run.comparability.toolchain = "rustc 1.97.0";  // what ran is the pinned program all the same
  run.artifact = std::string(64, 'a');
  CHECK(first().kind == DriftKind::beyond_budget);
}

TEST_CASE("another output, a failure and nondeterminism are told and exceed the budget") {
  Drift row = row_after([](model::CellRun& run) { run.output_sha256 = std::string(64, 'e'); }, "output");
  CHECK(row.kind == DriftKind::output_changed);
  CHECK(baseline::summarise({row}).fails);
  row = row_after(
      [](model::CellRun& run) {
        run.outcome = {.kind = model::OutcomeKind::trap, .code = {}, .pc = 16, .why = "ebreak"};
      },
      "cost");
  CHECK(row.kind == DriftKind::failed);
  CHECK_THAT(row.why, ContainsSubstring("ebreak"));
  CHECK(baseline::summarise({row}).fails);
  row = row_after([](model::CellRun& run) { run.exact["cost"] = {9000, 9001}; }, "cost");
  CHECK(row.kind == DriftKind::nondeterministic);
  CHECK_THAT(row.why, ContainsSubstring("9000, 9001"));
  CHECK(baseline::summarise({row}).fails);
  row = row_after(
      [](model::CellRun& run) {
        run.warnings = {{std::string(model::nondeterministic_output), "two runs gave different outputs"}};
      },
      "output");
  CHECK(row.kind == DriftKind::nondeterministic);
  CHECK(row.why == "two runs gave different outputs");
  CHECK(baseline::summarise({row}).fails);
}

TEST_CASE("a cell whose executor is not here is unmeasured, which exceeds no budget") {
  const auto missing = [](model::CellRun& run) {
    run.outcome = {.kind = model::OutcomeKind::crashed, .code = {}, .pc = {}, .why = "sp1-run is not on PATH"};
    run.exact.clear();
    run.output_sha256.clear();
    run.warnings = {{.code = "executor-unavailable", .message = run.outcome.why}};
  };
  const Drift row = row_after(missing, "cost");
  CHECK(row.kind == DriftKind::unmeasured);
  CHECK_THAT(row.why, ContainsSubstring("sp1-run is not on PATH"));
  CHECK_FALSE(baseline::summarise({row}).fails);
  CHECK(baseline::summarise({row, row}).unmeasured == 2);
  CHECK_FALSE(baseline::summarise({row, row}).complete());
  CHECK(baseline::to_string(row.kind) == "unmeasured");
}

TEST_CASE("new cells are not pinned, pinned ones that did not run are gone, other guests were not asked for") {
  model::RunSet set = test::example_set();
  set.guests.pop_back();
  set.runs = {test::run_of("alpha", "huge", 1, 1), test::run_of("alpha", "large", 9000, 900)};
  std::vector<Drift> rows = check(pinned, set, with_budget(0));
  REQUIRE(rows.size() == 4);
  CHECK(rows[0].kind == DriftKind::not_pinned);
  CHECK(rows[0].cell.input == "huge");
  CHECK(rows[3].kind == DriftKind::gone);
  CHECK(rows[3].cell.input == "small");
  CHECK_FALSE(baseline::summarise(rows).fails);
  CHECK(baseline::summarise(rows).compared == 1);
  CHECK(baseline::summarise(rows).not_compared == 1);
  CHECK_FALSE(baseline::summarise(rows).complete());
  // An executor that the guest does not declare was not asked for either, but is told.
  set.guests[0].executors = {"ziskemu"};
  set.runs = {test::run_of("alpha", "large", 9000, 900)};
  rows = check(pinned, set, with_budget(0));
  REQUIRE(rows.size() == 3);
  CHECK(rows[2].kind == DriftKind::not_asked);
  CHECK(baseline::to_string(rows[2].kind) == "not-asked");
  CHECK(baseline::summarise(rows).complete());
}

TEST_CASE("a check that compared nothing is not complete, and one cell that could not be compared is enough") {
  model::RunSet set = test::example_set();
  set.runs[0].comparability.executor_version = "0.2.0";
  auto summary = baseline::summarise(check(pinned, set, with_budget(0)));
  CHECK((summary.compared == 3 && summary.not_compared == 1 && !summary.fails && !summary.complete()));
  for (auto& run : set.runs) run.comparability.executor_version = "0.2.0";
  summary = baseline::summarise(check(pinned, set, with_budget(0)));
  CHECK((summary.compared == 0 && summary.not_compared == 4 && !summary.complete()));
  // Only what decides has to be there.
  set = test::example_set();
  set.runs[0].exact.erase("steps");
  summary = baseline::summarise(check(pinned, set, with_budget(0)));
  CHECK((summary.compared == 4 && summary.not_compared == 0 && summary.complete()));
  set.runs[0].exact.erase("cost");
  CHECK_FALSE(baseline::summarise(check(pinned, set, with_budget(0))).complete());
  // Nothing is pinned of what runs, or nothing of it runs.
  set = test::example_set();
  for (auto& run : set.runs) run.cell.executor = "ziskemu";
  for (auto& guest : set.guests) guest.executors = {"ziskemu"};
  summary = baseline::summarise(check(pinned, set, with_budget(0)));
  CHECK((summary.compared == 0 && summary.not_compared == 0 && !summary.complete()));
}
