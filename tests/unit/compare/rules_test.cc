#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <limits>

#include "sides.h"

using namespace cyclegate;
using namespace cyclegate::test;
using Catch::Matchers::ContainsSubstring;
using model::FindingKind;
using model::Status;
using model::Verdict;

namespace {

model::Comparison against(const Sides& both, const model::RunSet& pinned) {
  compare::Options options;
  options.today = "2026-06-15";
  options.pinned = &pinned;
  return compare::compare(both.base, both.head, options);
}

}  // namespace

TEST_CASE("equal rules are no change of the gate") {
  CHECK(judge(sides({{"g", "light", 1, 1}})).gate_changes.empty());
}

TEST_CASE("every rule that head changes is named with what it was and becomes") {
  const auto change = [](const std::function<void(model::Policy&)>& edit) {
    auto both = sides({{"g", "light", 1000, 1050}});
    edit(*both.head.policy);
    const auto comparison = judge(both);
    CHECK(comparison.status == Status::fail);  // base's rules decide
    REQUIRE(comparison.gate_changes.size() == 1);
    return comparison.gate_changes[0];
  };
  using model::Millionths;
  using model::Policy;
  CHECK(change([](Policy& p) { p.tolerance.exact = Millionths{100'000}; }) == "tolerance.exact: 0.5 % becomes 10 %");
  CHECK(change([](Policy& p) { p.tolerance.sampled = Millionths{25'000}; }) == "tolerance.sampled: 2 % becomes 2.5 %");
  CHECK(change([](Policy& p) { p.thresholds.keep = Millionths{10'000}; }) == "thresholds.keep: 5 % becomes 1 %");
  CHECK(change([](Policy& p) { p.thresholds.maybe = Millionths{0}; }) == "thresholds.maybe: 2 % becomes 0 %");
  CHECK(change([](Policy& p) { p.thresholds.kill = Millionths{2'000'000}; }) == "thresholds.kill: 1.10x becomes 2.00x");
  CHECK(change([](Policy& p) { p.thresholds.worst_input = Millionths{900'000}; }) ==
        "thresholds.worst_input: 5 % becomes 90 %");
  CHECK(change([](Policy& p) { p.mode = model::Mode::improve; }) == "mode: guard becomes improve");
  CHECK(change([](Policy& p) { p.methodology = model::Methodology::classic; }) ==
        "methodology: robust becomes classic");
  CHECK(change([](Policy& p) { p.drift_budget = Millionths{30'000}; }) == "drift_budget: none becomes 3 %");
  CHECK(change([](Policy& p) { p.deciding["embedded"] = "steps"; }) ==
        "deciding metric of embedded: cost becomes steps");
}

TEST_CASE("what head takes away from the gate is named") {
  auto both = sides({{"g", "light", 1000, 1000, 2}, {"g", "big", 1000, 1000}, {"h", "a", 1000, 1000}});
  both.head.guests[0].inputs[0].weight = 3;
  Sides::drop(both.head, "g", "big");
  both.head.guests[0].executors.clear();
  both.base.guests[0].has_check = true;
  both.head.guests.pop_back();
  const auto changes = judge(both).gate_changes;
  REQUIRE(changes.size() == 5);
  CHECK(changes[0] == "guest g, input light, weight: 2 becomes 3");
  CHECK(changes[1] == "guest g: input big is removed");
  CHECK(changes[2] == "guest g: executor embedded is removed");
  CHECK(changes[3] == "guest g: check is removed");
  CHECK(changes[4] == "guest h is removed");
  both.head.policy.reset();
  CHECK(judge(both).gate_changes[0] == "cyclegate.yaml is removed");
}

TEST_CASE("a check that head rewrites is named, since what it tests is its own word") {
  auto both = sides({{"g", "light", 1000, 1000}});
  both.base.guests[0].has_check = both.head.guests[0].has_check = true;
  both.base.guests[0].check_command = "make test";
  both.head.guests[0].check_command = "true";
  CHECK(judge(both).gate_changes == std::vector<std::string>{"guest g, check: make test becomes true"});
}

TEST_CASE("how head would measure is named beside the other rules") {
  auto both = sides({{"g", "light", 1000, 1000}});
  both.base.measure = {{"runs.min", "10"}, {"warmup", "3"}};
  both.head.measure = {{"runs.min", "4"}, {"warmup", "3"}, {"calibrate", "true"}};
  CHECK(judge(both).gate_changes ==
        std::vector<std::string>{"measure.calibrate: nothing becomes true", "measure.runs.min: 10 becomes 4"});
  both.head.measure.clear();  // an older file
  CHECK(judge(both).gate_changes.empty());
}

TEST_CASE("an input that head removes is neutral and named, one whose bytes change has a headline of its own") {
  auto both = sides({{"g", "light", 1000, 1000}, {"g", "big", 1000, 1000}});
  auto changed = both;
  changed.head.guests[0].inputs[0].sha256 = "sha-of-other";
  CHECK_THAT(reason(judge(changed), "input-changed"),
             ContainsSubstring("inputs with other bytes than base's (1 input)"));
  CHECK_FALSE(has_reason(judge(changed), "new"));
  Sides::drop(both.head, "g", "big");
  const auto comparison = judge(both);
  CHECK(comparison.status == Status::neutral);
  CHECK_THAT(reason(comparison, "removed"), ContainsSubstring("g/big"));
}

TEST_CASE("another methodology than the rules' judges the same files") {
  auto both = sides({{"g", "light", 1000, 1004}});
  compare::Options options;
  options.today = "2026-06-15";
  options.methodology = model::Methodology::classic;
  const auto comparison = compare::compare(both.base, both.head, options);
  CHECK(comparison.policy.methodology == model::Methodology::classic);
  CHECK(comparison.verdict == Verdict::discard_worse);
  CHECK(comparison.gate_changes.empty());
  CHECK(judge(both).verdict == Verdict::discard);
}

TEST_CASE("base's weights count where base has them") {
  auto both = sides({{"g", "light", 1000, 900, 1}, {"g", "big", 1000, 1000, 1}});
  both.head.guests[0].inputs[0].weight = 1000;
  CHECK(judge(both).aggregates[0].weight == 2);
}

TEST_CASE("small steps that add up beyond the drift budget fail the step that goes over it") {
  auto both = sides({{"g", "light", 1027, 1031, 5}, {"g", "big", 1000, 1030, 1}});
  both.policy().drift_budget = model::Millionths{30'000};
  both.policy().tolerance.exact = model::Millionths{50'000};
  const auto pinned = sides({{"g", "light", 1000, 0, 5}, {"g", "big", 1000, 0, 1}}).base;
  const auto comparison = against(both, pinned);
  CHECK(comparison.status == Status::fail);
  CHECK(finding(comparison, "", "drift").gates);
  CHECK_THAT(reason(comparison, "drift-budget"), ContainsSubstring("+3.08 %") && ContainsSubstring("3 %"));
  CHECK(judge(both).status == Status::pass);
}

TEST_CASE("a spent drift budget does not fail who did not make it worse, and exactly the budget is not spent") {
  auto both = sides({{"g", "light", 1100, 1100}});
  both.policy().drift_budget = model::Millionths{30'000};
  const auto pinned = sides({{"g", "light", 1000, 0}}).base;
  auto comparison = against(both, pinned);
  CHECK(comparison.status == Status::pass);
  CHECK_FALSE(finding(comparison, "", "drift").gates);
  CHECK(has_reason(comparison, "drift-budget"));
  both = sides({{"g", "light", 1029, 1030}});
  both.policy().drift_budget = model::Millionths{30'000};
  comparison = against(both, pinned);
  CHECK_FALSE(has_reason(comparison, "drift-budget"));
  auto other_model = pinned;
  other_model.runs[0].comparability.cost_model = "zisk-0.9";
  both = sides({{"g", "light", 2000, 2001}});
  both.policy().drift_budget = model::Millionths{30'000};
  CHECK_FALSE(has_reason(against(both, other_model), "drift-budget"));
}

TEST_CASE("drift since another compiler is told and fails nobody, unless the change itself brought the compiler") {
  auto both = sides({{"g", "light", 2000, 1800}});
  both.policy().drift_budget = model::Millionths{30'000};
  auto pinned = sides({{"g", "light", 1000, 0}}).base;
  auto& old = both.run(pinned, "g", "light");
  auto& base = both.run(both.base, "g", "light");
  auto& head = both.run(both.head, "g", "light");
  old.artifact = "pinned";
  old.comparability.toolchain = "rustc 1.96.0";
  base.comparability.toolchain = head.comparability.toolchain = "rustc 1.97.0";
  auto comparison = against(both, pinned);
  CHECK(finding(comparison, "light", "drift").kind == FindingKind::incomparable);
  CHECK_THAT(finding(comparison, "light", "drift").why, ContainsSubstring("pinned rustc 1.96.0, now rustc 1.97.0"));
  CHECK_FALSE(has_reason(comparison, "drift-budget"));
  CHECK(comparison.verdict == Verdict::keep);
  CHECK(comparison.status == Status::pass);
  base.comparability.toolchain = "rustc 1.96.0";
  CHECK(has_reason(against(both, pinned), "drift-budget"));
  base.comparability.toolchain = "rustc 1.97.0";
  head.artifact = old.artifact;  // the pinned program itself
  CHECK(has_reason(against(both, pinned), "drift-budget"));
}

TEST_CASE("costs split by function, opcode and memory class, summed over the cells that both sides have") {
  auto both = sides({{"g", "light", 100, 90}, {"g", "big", 200, 180}, {"g", "new", 5, 5}});
  Sides::drop(both.base, "g", "new");
  for (auto* set : {&both.base, &both.head}) {
    for (auto& run : set->runs) {
      model::FunctionCost hash;
      hash.name = "hash";
      hash.self = {10, 5, 0, 1};
      model::FunctionCost copy;
      copy.name = set == &both.base ? "copy" : "copy_fast";
      copy.self = {3, 0, 0, 0};
      run.functions = {hash, copy};
      run.opcodes = {{"add", 7, 70}};
      run.precompiles = {{"keccak_f", 1, 4000}};
      run.memory = {{"aligned", 3, 30}};
    }
  }
  const auto comparison = judge(both);
  REQUIRE(comparison.breakdowns.size() == 3);
  CHECK(comparison.breakdowns[0].kind == "function");
  CHECK(comparison.breakdowns[0].rows ==
        std::vector<model::BreakdownRow>{{"hash", 32, 32}, {"copy", 6, 0}, {"copy_fast", 0, 6}});
  CHECK(comparison.breakdowns[1].kind == "memory");
  CHECK(comparison.breakdowns[1].rows == std::vector<model::BreakdownRow>{{"aligned", 60, 60}});
  CHECK(comparison.breakdowns[2].kind == "opcode");
  CHECK(comparison.breakdowns[2].rows == std::vector<model::BreakdownRow>{{"keccak_f", 8000, 8000}, {"add", 140, 140}});
}

TEST_CASE("an executor without a cost model is split by steps and counts, and sums do not wrap") {
  auto both = sides({{"g", "light", 100, 90}, {"g", "big", 200, 180}});
  for (auto* set : {&both.base, &both.head}) {
    for (auto& run : set->runs) {
      model::FunctionCost hash;
      hash.name = "hash";
      hash.steps_self = std::numeric_limits<std::uint64_t>::max() - 1;
      run.functions = {hash};
      run.opcodes = {{"add", 7, 0}};
    }
  }
  const auto comparison = judge(both);
  REQUIRE(comparison.breakdowns.size() == 2);
  const model::Wide all = 2 * model::Wide{std::numeric_limits<std::uint64_t>::max() - 1};
  CHECK((comparison.breakdowns[0].rows == std::vector<model::BreakdownRow>{{"hash", all, all}}));
  CHECK(comparison.breakdowns[0].metric == "steps");
  CHECK(comparison.breakdowns[1].rows == std::vector<model::BreakdownRow>{{"add", 14, 14}});
  CHECK(comparison.breakdowns[1].metric == "count");
}

TEST_CASE("opcodes are counted where one of the runs has no cost of them") {
  auto both = sides({{"g", "light", 100, 90}, {"g", "big", 200, 180}});
  for (auto* set : {&both.base, &both.head}) {
    for (auto& run : set->runs) {
      run.opcodes = {{"add", 7, 70}};
      run.memory = {{"aligned", 5, 50}};
    }
  }
  both.head.runs.front().opcodes = {{"add", 6, 0}};
  const auto comparison = judge(both);
  REQUIRE(comparison.breakdowns.size() == 2);
  CHECK(comparison.breakdowns[0].rows == std::vector<model::BreakdownRow>{{"aligned", 100, 100}});
  CHECK(comparison.breakdowns[0].metric == "cost");
  CHECK(comparison.breakdowns[1].rows == std::vector<model::BreakdownRow>{{"add", 14, 13}});
  CHECK(comparison.breakdowns[1].metric == "count");
}

TEST_CASE("what splits is weighted as the verdict is, and says over which inputs") {
  // light improves, big is worse, and light counts a hundred times: raw sums would show the opposite of the verdict.
  auto both = sides({{"g", "light", 100, 90, 100}, {"g", "big", 200, 400, 3}, {"g", "new", 5, 5}});
  Sides::drop(both.base, "g", "new");
  for (auto* set : {&both.base, &both.head}) {
    for (auto& run : set->runs) {
      model::FunctionCost hash;
      hash.name = "hash";
      hash.self.main = run.exact.at("cost").front() - 40;
      model::FunctionCost copy;
      copy.name = "copy";
      copy.self.main = 40;
      run.functions = {hash, copy};
      run.opcodes = {{"add", 1, run.exact.at("cost").front()}};
      run.memory = {{"aligned", run.exact.at("cost").front(), 0}};
    }
  }
  const auto comparison = judge(both);
  REQUIRE(comparison.aggregates.size() == 1);
  const auto& sums = comparison.aggregates.front();
  CHECK((sums.base == 100 * 100 + 200 * 3 && sums.head == 90 * 100 + 400 * 3));
  REQUIRE(comparison.breakdowns.size() == 3);
  CHECK(comparison.breakdowns[0].rows ==
        std::vector<model::BreakdownRow>{{"hash", 60 * 100 + 160 * 3, 50 * 100 + 360 * 3}, {"copy", 4120, 4120}});
  CHECK(comparison.breakdowns[0].metric == "cost");
  CHECK(comparison.breakdowns[1].metric == "count");
  CHECK(comparison.breakdowns[2].metric == "cost");
  const auto overall = std::ranges::find_if(comparison.blame, [](const auto& one) { return one.input.empty(); });
  REQUIRE(overall != comparison.blame.end());
  for (const auto& breakdown : comparison.breakdowns) {
    CHECK((breakdown.inputs == 2 && breakdown.of_inputs == 3 && breakdown.weight == 103));
    model::Wide base = 0;
    model::Wide head = 0;
    for (const auto& row : breakdown.rows) {
      base += row.base;
      head += row.head;
    }
    CHECK((base == sums.base && head == sums.head));
    CHECK((base == overall->base && head == overall->head));
  }
}

TEST_CASE("functions are split by the metric that decides where they have it, as in the blame") {
  auto both = sides({{"g", "light", 100, 90, 2}});
  both.policy().deciding["embedded"] = "cycles";
  for (auto* set : {&both.base, &both.head}) {
    set->metrics.push_back({"cycles", "cycles", model::MetricKind::exact, model::Better::lower});
    auto& run = set->runs.front();
    const std::uint64_t cycles = set == &both.base ? 7 : 6;
    run.exact["cycles"] = {cycles, cycles};
    model::FunctionCost hash;
    hash.name = "hash";
    hash.steps_self = cycles;
    hash.self.main = run.exact.at("cost").front();
    run.functions = {hash};
  }
  const auto comparison = judge(both);
  CHECK(comparison.breakdowns.at(0).metric == "cycles");
  CHECK(comparison.breakdowns.at(0).rows == std::vector<model::BreakdownRow>{{"hash", 14, 12}});
  CHECK(comparison.blame.at(0).column == "cycles");
}

TEST_CASE("functions of which one run has steps only are split by steps") {
  auto both = sides({{"g", "light", 100, 90}, {"g", "big", 200, 180}});
  for (auto* set : {&both.base, &both.head}) {
    for (auto& run : set->runs) {
      model::FunctionCost hash;
      hash.name = "hash";
      hash.steps_self = 7;
      hash.unsplit_self = set == &both.head && run.cell.input == "big" ? 0 : 900;
      run.functions = {hash};
    }
  }
  CHECK(judge(both).breakdowns.at(0).rows == std::vector<model::BreakdownRow>{{"hash", 14, 14}});
  CHECK(judge(both).breakdowns.at(0).metric == "steps");
  for (auto& run : both.head.runs) run.functions[0].unsplit_self = 500;
  CHECK(judge(both).breakdowns.at(0).rows == std::vector<model::BreakdownRow>{{"hash", 1800, 1000}});
}

TEST_CASE("a build that is not reproducible is a finding of its own and changes no verdict") {
  auto both = sides({{"g", "light", 100, 90}});
  const auto before = judge(both);
  both.head.artifacts[0].warnings = {{"not-reproducible", "it differs first in .rodata"}};
  const auto comparison = judge(both);
  CHECK(comparison.verdict == before.verdict);
  CHECK(comparison.status == before.status);
  const auto found =
      std::ranges::find(comparison.findings, model::FindingKind::nondeterministic, &model::Finding::kind);
  REQUIRE(found != comparison.findings.end());
  CHECK(found->why == "it differs first in .rodata");
  CHECK(found->metric == "build");
  CHECK_FALSE(found->deciding);
}

TEST_CASE("warnings ride beside the number that they qualify, once") {
  auto both = sides({{"g", "light", 100, 90}});
  both.base.warnings = both.head.warnings = {{"high-load", "load average 9"}};
  both.run(both.base, "g", "light").warnings = {{"misaligned", "3 misaligned accesses"}};
  both.run(both.head, "g", "light").warnings = {{"misaligned", "3 misaligned accesses"}};
  const auto comparison = judge(both);
  CHECK(comparison.warnings == std::vector<model::Warning>{{"high-load", "load average 9"}});
  CHECK(finding(comparison, "light").warnings == std::vector<model::Warning>{{"misaligned", "3 misaligned accesses"}});
}

TEST_CASE("a gain on several executors is one guest's, and executors are not ranked by each other's percentages") {
  const auto comparison = judge(sides({{"g", "a", 1000, 900, 1, "embedded"},
                                       {"h", "a", 1000, 800, 1, "embedded"},
                                       {"g", "a", 1000, 100, 1, "sp1"},
                                       {"h", "a", 1000, 50, 1, "sp1"},
                                       {"g", "a", 1000, 940, 1, "ziskemu"}}));
  CHECK(reason(comparison, "gain") ==
        "weighted gain (2 guests, 3 executors): h on embedded: cost -20.0 % over 1 input; h on sp1: gas -95.0 % over 1 "
        "input; g on ziskemu: cost -6.00 % over 1 input; and 2 more");
  const auto one = judge(sides({{"g", "a", 1000, 900, 1, "embedded"}, {"g", "a", 1000, 900, 1, "ziskemu"}}));
  CHECK_THAT(reason(one, "gain"), Catch::Matchers::StartsWith("weighted gain (1 guest, 2 executors): g on embedded"));
}

TEST_CASE("no sum has cells of two executors in it") {
  const auto comparison = judge(sides({{"g", "a", 1000, 900, 1, "embedded"},
                                       {"g", "b", 500, 400, 1, "embedded"},
                                       {"g", "a", 7, 8, 1, "sp1"},
                                       {"g", "b", 9, 9, 1, "sp1"}}));
  REQUIRE(comparison.aggregates.size() == 2);
  CHECK(comparison.aggregates[0].executor == "embedded");
  CHECK((comparison.aggregates[0].base == 1500 && comparison.aggregates[0].head == 1300));
  CHECK(comparison.aggregates[1].executor == "sp1");
  CHECK((comparison.aggregates[1].base == 16 && comparison.aggregates[1].head == 17));
}

TEST_CASE(
    "what keeps an executor from giving the deciding metric is the finding's reason, and no warning beside numbers") {
  auto both = sides({{"g", "light", 100, 90}});
  for (auto* set : {&both.base, &both.head}) {
    both.run(*set, "g", "light").warnings = {
        {"executor-limited", "the executor embedded is limited here: no valgrind"}};
  }
  CHECK(finding(judge(both), "light").warnings.empty());
  for (auto* set : {&both.base, &both.head}) both.run(*set, "g", "light").exact.clear();
  CHECK(finding(judge(both), "light").kind == FindingKind::incomparable);
  CHECK(finding(judge(both), "light").why ==
        "neither side has a value of cost: the executor embedded is limited here: no valgrind");
}

TEST_CASE("reasons name the worst first and count the rest") {
  const auto comparison = judge(sides({{"g", "a", 1000, 1020},
                                       {"g", "b", 1000, 1060},
                                       {"g", "c", 1000, 1040},
                                       {"g", "d", 1000, 1010},
                                       {"h", "a", 1000, 900}}));
  REQUIRE(comparison.reasons.size() == 2);
  CHECK(comparison.reasons[0].code == "worse-than-tolerance");
  CHECK_THAT(comparison.reasons[0].text,
             Catch::Matchers::StartsWith("worse than tolerated (4 cells): g/b@embedded cost +6.00 %"));
  CHECK_THAT(comparison.reasons[0].text, ContainsSubstring("and 1 more"));
  CHECK(comparison.reasons[1].code == "gain");
  CHECK_THAT(comparison.reasons[1].text, ContainsSubstring("h on embedded: cost -10.0 %"));
}
