#include <algorithm>
#include <catch2/catch_test_macros.hpp>

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

TEST_CASE("functions that do not sum to the metric are never blamed, and the comparison says so") {
  auto both = two_guests();
  both.run(both.head, "hash", "a").functions.pop_back();
  const auto comparison = judge(both);
  REQUIRE(comparison.blame.size() == 1);
  CHECK(comparison.blame[0].guest == "sort");
  CHECK(std::ranges::find(comparison.warnings, "functions-incomplete", &model::Warning::code) !=
        comparison.warnings.end());
}

TEST_CASE("cells that cannot be compared and comparisons without any change blame nobody") {
  auto both = two_guests();
  both.run(both.head, "hash", "a").comparability.cost_model = "another";
  both.run(both.head, "sort", "c").comparability.executor_version = "another";
  CHECK(judge(both).blame.empty());
  auto same = two_guests();
  same.head = same.base;
  CHECK(judge(same).blame.empty());
}
