#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <string>

#include "sides.h"

using namespace cyclegate;
using namespace cyclegate::test;
using model::Blame;
using model::Wide;

namespace {

model::FunctionCost function(const char* name, std::uint64_t main, std::uint64_t memory) {
  return {.name = name,
          .calls = 1,
          .steps_self = main,
          .steps_total = main,
          .self = {.main = main, .opcodes = 0, .precompiles = 0, .memory = memory},
          .total = {.main = main, .opcodes = 0, .precompiles = 0, .memory = memory}};
}

model::WideChange sum_of_changes(const Blame& blame) {
  model::WideChange sum = 0;
  for (const auto& row : blame.rows) sum += model::change(row.base_self, row.head_self);
  return sum;
}

// Two guests; hash has two inputs, the second of which stays as it is.
Sides two_guests() {
  auto both = sides({{"hash", "a", 100, 130, 3}, {"hash", "b", 50, 50, 10}, {"sort", "c", 70, 60, 2}});
  both.run(both.base, "hash", "a").functions = {function("main", 40, 10), function("mix", 50, 0)};
  both.run(both.head, "hash", "a").functions = {function("main", 40, 20), function("mix", 60, 10)};
  for (auto* side : {&both.base, &both.head})
    both.run(*side, "hash", "b").functions = {function("main", 20, 5), function("mix", 25, 0)};
  both.run(both.base, "sort", "c").functions = {function("main", 30, 0), function("swap", 40, 0)};
  both.run(both.head, "sort", "c").functions = {function("main", 30, 0), function("swap", 30, 0)};
  return both;
}

}  // namespace

TEST_CASE("a change is blamed on functions per cell, per guest by weight and over all guests, each summing exactly") {
  const auto comparison = judge(two_guests());
  REQUIRE(comparison.blame.size() == 4);
  const Blame& all = comparison.blame[0];
  CHECK(all.guest.empty());
  CHECK(all.base == 3 * 100 + 10 * 50 + 2 * 70);
  CHECK(all.head == 3 * 130 + 10 * 50 + 2 * 60);
  CHECK(all.rows[0].function == "mix");
  CHECK(model::change(all.rows[0].base_self, all.rows[0].head_self) == 3 * 20);
  const Blame& hash = comparison.blame[1];
  CHECK((hash.guest == "hash" && hash.input.empty()));
  CHECK(hash.base == 800);
  const Blame& cell = comparison.blame[2];
  CHECK((cell.guest == "hash" && cell.input == "a" && cell.executor == "embedded" && cell.column == "cost"));
  CHECK(cell.rows[0].parts == std::vector<model::BlamePart>{{"main", 50, 60}, {"memory", 0, 10}});
  CHECK((comparison.blame[3].guest == "sort" && comparison.blame[3].input == "c"));
  for (const Blame& blame : comparison.blame) CHECK(sum_of_changes(blame) == model::change(blame.base, blame.head));
  // The guests' sums are those of their aggregates.
  for (const auto& aggregate : comparison.aggregates) {
    if (aggregate.guest == "hash") CHECK((aggregate.base == hash.base && aggregate.head == hash.head));
  }
}

TEST_CASE("a gate's blame has the kinds of cost where both sides tell them, else the four parts on both") {
  auto both = sides({{"hash", "a", 100, 130, 3}});
  const model::CostKinds kinds({"memory:image", "memory:ram-aligned-read"});
  const auto with = [](model::FunctionCost row, std::vector<std::uint64_t> costs) {
    row.split = model::CostSplit(costs);
    return row;
  };
  for (auto* side : {&both.base, &both.head}) both.run(*side, "hash", "a").function_kinds = kinds;
  both.run(both.base, "hash", "a").functions = {with(function("main", 90, 10), {10})};
  both.run(both.head, "hash", "a").functions = {with(function("main", 90, 40), {10, 30})};
  auto comparison = judge(both);
  REQUIRE(comparison.blame.size() == 1);
  CHECK(comparison.blame[0].rows[0].parts ==
        std::vector<model::BlamePart>{{"main", 90, 90}, {"memory:image", 10, 10}, {"memory:ram-aligned-read", 0, 30}});
  // A stored result of before, or an edited one.
  for (const auto& costs : {std::vector<std::uint64_t>{}, std::vector<std::uint64_t>{11}}) {
    both.run(both.base, "hash", "a").functions = {with(function("main", 90, 10), costs)};
    comparison = judge(both);
    CHECK(comparison.blame[0].rows[0].parts == std::vector<model::BlamePart>{{"main", 90, 90}, {"memory", 10, 40}});
  }
}

TEST_CASE("functions that do not sum to the metric are never blamed, and the comparison says so") {
  auto both = two_guests();
  both.run(both.head, "hash", "a").functions.pop_back();
  const auto comparison = judge(both);
  REQUIRE(comparison.blame.size() == 1);
  CHECK(comparison.blame[0].guest == "sort");
  CHECK(std::ranges::find(comparison.warnings, "functions-incomplete", &model::Warning::code) !=
        comparison.warnings.end());
}

TEST_CASE("where only one side's functions have costs, steps are blamed, said not to decide") {
  for (const bool of_base : {true, false}) {
    auto both = two_guests();
    for (const auto side : {model::Side::base, model::Side::head}) {
      auto& run = both.run(side == model::Side::base ? both.base : both.head, "sort", "c");
      std::uint64_t steps = 0;
      for (auto& row : run.functions) {
        steps += row.steps_self;
        if (of_base == (side == model::Side::base)) row = {.name = row.name, .steps_self = row.steps_self};
      }
      run.exact["steps"] = {steps, steps};
    }
    const auto comparison = judge(both);
    const auto sort = std::ranges::find(comparison.blame, "sort", &Blame::guest);
    REQUIRE(sort != comparison.blame.end());
    CHECK((sort->column == "steps" && sort->informs));
    REQUIRE(sort->rows.size() == 1);
    CHECK((sort->rows[0].function == "swap" && sort->rows[0].base_self == 40 && sort->rows[0].head_self == 30));
    CHECK(comparison.warnings.empty());
  }
}

TEST_CASE("a cell of which only one side tells its functions blames nobody and splits nothing, and is named") {
  for (const bool of_base : {true, false}) {
    auto both = two_guests();
    auto& without = both.run(of_base ? both.base : both.head, "hash", "a");
    without.functions.clear();
    without.reused = of_base;
    for (auto* side : {&both.base, &both.head}) {
      both.run(*side, "hash", "a").memory = {{"aligned", 3, 30}};
      both.run(*side, "sort", "c").opcodes = {{"add", 3, 30}};
    }
    both.run(both.base, "hash", "a").memory.clear();
    both.run(both.head, "sort", "c").opcodes.clear();
    const auto comparison = judge(both);
    for (const auto& blame : comparison.blame) CHECK((blame.guest != "hash" || blame.input != "a"));
    CHECK(comparison.blame[0].cells == 2);
    // hash/b and sort/c are left, which have functions on both sides.
    REQUIRE(comparison.breakdowns.size() == 2);
    CHECK((comparison.breakdowns[0].guest == "hash" && comparison.breakdowns[0].kind == "function"));
    CHECK(comparison.breakdowns[0].rows == std::vector<model::BreakdownRow>{{"main", 250, 250}, {"mix", 250, 250}});
    CHECK((comparison.breakdowns[1].guest == "sort" && comparison.breakdowns[1].kind == "function"));
    const auto told = std::ranges::find(comparison.warnings, "no-functions", &model::Warning::code);
    REQUIRE(told != comparison.warnings.end());
    CHECK(told->message.starts_with(
        of_base ? "what 1 changed cell cost by function is not known on one side (base of hash/a@embedded, whose "
                  "numbers come from baselines/, is the first)"
                : "what 1 changed cell cost by function is not known on one side (head of hash/a@embedded is the "
                  "first)"));
  }
  // Nothing to blame anybody for.
  auto equal = two_guests();
  equal.run(equal.base, "hash", "b").functions.clear();
  CHECK(judge(equal).warnings.empty());
}

TEST_CASE("cells that cannot be compared and comparisons without any change blame nobody") {
  auto both = two_guests();
  both.run(both.head, "hash", "a").comparability.cost_model = "another";
  both.run(both.head, "sort", "c").comparability.executor_version = "another";
  CHECK(judge(both).blame.empty());
  CHECK(judge(both).breakdowns.size() == 1);  // of hash/b
  auto same = two_guests();
  same.head = same.base;
  CHECK(judge(same).blame.empty());
}

TEST_CASE(
    "runs of other compilers in other sessions blame nobody, as they are not compared; within one session they do") {
  auto both = two_guests();
  for (auto* side : {&both.base, &both.head}) {
    const std::string toolchain = side == &both.base ? "rustc 1.90" : "rustc 1.91";
    for (auto& run : side->runs) run.comparability.toolchain = toolchain;
  }
  CHECK(judge(both).blame.size() == 4);
  for (auto& run : both.head.runs) run.comparability.session = "another";
  const auto comparison = judge(both);
  CHECK(finding(comparison, "a").kind == model::FindingKind::incomparable);
  CHECK(comparison.blame.empty());
}

TEST_CASE("functions of RISC Zero are blamed for cycles, the metric that decides there") {
  auto both = sides({{"hash", "a", 100, 130, 1, "risc0"}});
  for (auto* side : {&both.base, &both.head}) {
    auto& run = both.run(*side, "hash", "a");
    run.exact["cycles"] = run.exact.at("cost");
    run.exact.erase("cost");
    run.exact["steps"] = {80, 80};
  }
  both.run(both.base, "hash", "a").functions = {function("main", 40, 10), function("mix", 50, 0)};
  both.run(both.head, "hash", "a").functions = {function("main", 40, 20), function("mix", 60, 10)};
  const auto comparison = judge(both);
  REQUIRE(comparison.blame.size() == 1);
  CHECK(comparison.blame[0].column == "cycles");
  CHECK_FALSE(comparison.blame[0].informs);
  CHECK(comparison.blame[0].head == 130);
  CHECK(comparison.warnings.empty());
  both.run(both.head, "hash", "a").functions.pop_back();
  const auto incomplete = judge(both);
  CHECK(incomplete.blame.empty());
  REQUIRE(incomplete.warnings.size() == 1);
  CHECK(incomplete.warnings[0].message.find("do not sum to the cell's cycles") != std::string::npos);
}

TEST_CASE("what functions have beside the metric that decides is blamed to inform only") {
  auto both = sides({{"hash", "a", 1000, 1300, 1, "sp1"}});
  for (auto* side : {&both.base, &both.head}) {
    auto& run = both.run(*side, "hash", "a");
    const std::uint64_t main = side == &both.base ? 40 : 60;
    run.exact["steps"] = {main + 50, main + 50};
    run.functions = {{.name = "main", .calls = 1, .steps_self = main}, {.name = "mix", .calls = 1, .steps_self = 50}};
  }
  const auto comparison = judge(both);
  REQUIRE(comparison.blame.size() == 1);
  CHECK(comparison.blame[0].column == "steps");
  CHECK(comparison.blame[0].informs);
  CHECK(comparison.blame[0].base == 90);
  both.policy().deciding["sp1"] = "steps";
  both.head.policy = both.base.policy;
  REQUIRE(judge(both).blame.size() == 1);
  CHECK_FALSE(judge(both).blame[0].informs);
}

TEST_CASE("what functions took with their callees and how often they were called is not 0 where nobody tells it") {
  auto both = sides({{"hash", "a", 90, 110, 1, "ziskemu"}});
  both.policy().deciding["ziskemu"] = "steps";
  both.head.policy = both.base.policy;
  for (auto* side : {&both.base, &both.head}) {
    auto& run = both.run(*side, "hash", "a");
    const std::uint64_t main = side == &both.base ? 40 : 60;
    run.exact["steps"] = {main + 50, main + 50};
    run.functions = {{.name = "main", .calls = 2, .steps_self = main}, {.name = "mix", .steps_self = 30}};
    run.functions.push_back({.name = side == &both.base ? "old" : "new", .calls = 5, .steps_self = 20});
  }
  const auto rows_of = [&] {
    const auto comparison = judge(both);
    REQUIRE(comparison.blame.size() == 1);
    REQUIRE(comparison.blame[0].rows.size() == 3);
    return comparison.blame[0].rows;
  };
  for (const auto& row : rows_of()) {
    CHECK_FALSE(row.base_total.has_value());
    CHECK_FALSE(row.head_total.has_value());
    CHECK(row.base_calls == (row.function == "main" ? 2 : row.function == "old" ? 5 : 0));
  }
  // Told on one side only: left out on both.
  both.run(both.head, "hash", "a").functions[0].calls = 0;
  for (auto& row : both.run(both.head, "hash", "a").functions) row.steps_total = row.steps_self;
  CHECK(judge(both).blame[0].note == "only head says what each function took with its callees: left out on both sides");
  for (const auto& row : rows_of()) {
    CHECK_FALSE(row.head_total.has_value());
    if (row.function == "main") CHECK_FALSE(row.base_calls.has_value());
  }
  for (auto& row : both.run(both.base, "hash", "a").functions) row.steps_total = row.steps_self + 7;
  const auto rows = rows_of();
  CHECK((rows[0].function == "main" && rows[0].base_total == 47 && rows[0].head_total == 60));
  CHECK((rows[2].function == "old" && rows[2].base_total == 27 && rows[2].head_total == 0));
}

TEST_CASE("steps are blamed where steps decide, though the functions have cost as well") {
  auto both = two_guests();
  for (auto* side : {&both.base, &both.head}) {
    for (auto& run : side->runs) {
      std::uint64_t steps = 0;
      for (const auto& row : run.functions) steps += row.steps_self;
      run.exact["steps"] = {steps};
    }
    side->policy->deciding["embedded"] = "steps";
  }
  const auto comparison = judge(both);
  REQUIRE_FALSE(comparison.blame.empty());
  for (const Blame& blame : comparison.blame) {
    CHECK((blame.column == "steps" && !blame.informs));
    CHECK(sum_of_changes(blame) == model::change(blame.base, blame.head));
  }
}

TEST_CASE("a new function that costs what a gone one did is no rename, as nobody knows who calls them") {
  auto both = sides({{"hash", "a", 100, 110}});
  both.run(both.base, "hash", "a").functions = {function("main", 50, 0), function("parse", 50, 0)};
  both.run(both.head, "hash", "a").functions = {function("main", 60, 0), function("swap", 50, 0)};
  const auto comparison = judge(both);
  REQUIRE(comparison.blame.size() == 1);
  REQUIRE(comparison.blame[0].rows.size() == 3);
  for (const auto& row : comparison.blame[0].rows) CHECK(row.kind != model::BlameKind::renamed);
}

TEST_CASE("sums say over how many of the cells they go") {
  auto both = two_guests();
  const auto whole = judge(both);
  CHECK((whole.blame[0].cells == 3 && whole.blame[0].of_cells == 3));
  for (auto* side : {&both.base, &both.head}) both.run(*side, "hash", "b").functions.clear();
  const auto part = judge(both);
  REQUIRE(part.blame[0].guest.empty());
  CHECK((part.blame[0].cells == 2 && part.blame[0].of_cells == 3));
}
