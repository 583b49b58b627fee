// Properties of whole comparisons of sampled metrics, tried on random run sets with RapidCheck, which shrinks what
// fails.

#include <rapidcheck.h>

#include <catch2/catch_test_macros.hpp>
#include <cmath>

#include "model/comparison_json.h"
#include "sides.h"

using namespace cyclegate;
using namespace cyclegate::test;
using model::Methodology;
using Values = std::vector<std::int64_t>;

namespace {

struct Cell {
  Values base;
  Values head;
};
using Cells = std::vector<Cell>;

// Runs around a million, at `ratio` in percent of it; few different values are ties.
Values some_runs(std::size_t count, int ratio, int spread) {
  const auto run = rc::gen::map(rc::gen::inRange(0, spread), [ratio](int value) -> std::int64_t {
    return std::int64_t{10'000} * ratio + std::int64_t{10} * value;
  });
  return *rc::gen::container<Values>(count, run);
}

Cells some_cells() {
  const auto cells = *rc::gen::inRange<std::size_t>(1, 4);
  const auto blocks = *rc::gen::element<std::size_t>(1, 5, 6, 7, 11, 20);
  const int spread = *rc::gen::element(1, 4, 2000, 20'000);
  Cells result;
  for (std::size_t cell = 0; cell < cells; ++cell)
    result.push_back({some_runs(2 * blocks, 100, spread), some_runs(2 * blocks, *rc::gen::inRange(88, 115), spread)});
  return result;
}

Sides sides_of(const Cells& cells, Methodology methodology) {
  std::vector<Row> rows;
  for (std::size_t index = 0; index < cells.size(); ++index)
    rows.push_back({"g", "in" + std::to_string(index), 0, 0, 1 + index, "native"});
  auto both = sides(rows);
  both.policy().methodology = methodology;
  for (std::size_t index = 0; index < cells.size(); ++index) {
    const std::string input = "in" + std::to_string(index);
    both.sample("g", input, "wall_time", cells[index].base, cells[index].head);
    both.run(both.base, "g", input).exact.clear();
    both.run(both.head, "g", input).exact.clear();
  }
  for (auto* set : {&both.base, &both.head}) set->schedule.looks = {5, 6, 8, 11, 15, 20};
  return both;
}

// Higher is better. INCONCLUSIVE lies between "not worse" and "worse", one of which it would be with more runs.
int grade(model::Verdict verdict) {
  switch (verdict) {
    case model::Verdict::keep:
      return 4;
    case model::Verdict::maybe:
      return 3;
    case model::Verdict::discard:
    case model::Verdict::unchanged:
      return 2;
    case model::Verdict::inconclusive:
      return 1;
    default:
      return 0;
  }
}

}  // namespace

TEST_CASE("a head that takes longer never gets a better verdict or status") {
  CHECK(rc::check([] {
    auto cells = some_cells();
    const auto before = judge(sides_of(cells, Methodology::robust));
    auto& slowed = cells[*rc::gen::inRange<std::size_t>(0, cells.size())];
    const int per_mille = *rc::gen::inRange(0, 80);
    for (auto& value : slowed.head) value += value * per_mille / 1000;
    const auto after = judge(sides_of(cells, Methodology::robust));
    RC_ASSERT(grade(after.verdict) <= grade(before.verdict));
    RC_ASSERT(before.status != model::Status::fail || after.status == model::Status::fail);
  }));
}

TEST_CASE("equal files give equal bytes, whatever they say") {
  CHECK(rc::check([] {
    const auto methodology = *rc::gen::element(Methodology::robust, Methodology::classic);
    const auto both = sides_of(some_cells(), methodology);
    RC_ASSERT(model::to_json(judge(both)) == model::to_json(judge(both)));
  }));
}

TEST_CASE("swapping the sides of sampled metrics swaps improved and regressed") {
  CHECK(rc::check([] {
    auto both = sides_of(some_cells(), Methodology::robust);
    const auto kinds = [](const model::Comparison& comparison) {
      std::vector<int> result;
      for (const auto& one : comparison.findings) {
        if (one.cell.input.empty()) continue;
        const bool worse = one.kind == model::FindingKind::regressed || one.kind == model::FindingKind::killed;
        result.push_back(worse ? 1 : one.kind == model::FindingKind::improved ? -1 : 0);
      }
      return result;
    };
    auto one = kinds(judge(both));
    std::swap(both.base, both.head);
    const auto other = kinds(judge(both));
    for (int& kind : one) kind = -kind;
    RC_ASSERT(one == other);
  }));
}

TEST_CASE("no sampled values make an answer without a finite number") {
  CHECK(rc::check([] {
    const auto methodology = *rc::gen::element(Methodology::robust, Methodology::classic);
    const auto comparison = judge(sides_of(some_cells(), methodology));
    for (const auto& one : comparison.findings) {
      if (one.change.estimate) RC_ASSERT(std::isfinite(*one.change.estimate));
      if (one.change.interval)
        RC_ASSERT(std::isfinite(one.change.interval->low) && one.change.interval->low <= one.change.interval->high);
      if (one.change.p_value) RC_ASSERT(*one.change.p_value >= 0 && *one.change.p_value <= 1);
    }
    for (const auto& one : comparison.aggregates) {
      if (one.estimate) RC_ASSERT(std::isfinite(*one.estimate));
    }
  }));
}
