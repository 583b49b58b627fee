#include "compare/stopping_rule.h"

#include <catch2/catch_test_macros.hpp>
#include <cmath>
#include <random>
#include <stdexcept>

#include "compare/look_schedule.h"
#include "model/comparison_json.h"
#include "sides.h"

using namespace cyclegate;
using namespace cyclegate::test;
using model::FindingKind;

namespace {

const std::vector<std::uint32_t> usual_rule = {5, 6, 8, 11, 15, 20};

// Two runs a side per block of one guest on `native`, as many cells as ratios.
Sides timed(const std::vector<double>& ratios, double variation, std::size_t blocks, unsigned seed,
            const std::vector<std::uint32_t>& looks = usual_rule) {
  std::vector<Row> rows;
  for (std::size_t index = 0; index < ratios.size(); ++index)
    rows.push_back({"g", "in" + std::to_string(index), 0, 0, 1, "native"});
  auto both = sides(rows);
  for (std::size_t index = 0; index < ratios.size(); ++index) {
    std::mt19937_64 random(seed + index);
    std::lognormal_distribution<double> noise(0, variation);
    std::vector<std::int64_t> base;
    std::vector<std::int64_t> head;
    for (std::size_t run = 0; run < 2 * blocks; ++run) {
      base.push_back(std::llround(1e9 * noise(random)));
      head.push_back(std::llround(1e9 * ratios[index] * noise(random)));
    }
    const std::string input = "in" + std::to_string(index);
    both.sample("g", input, "wall_time", base, head);
    both.run(both.base, "g", input).exact.clear();
    both.run(both.head, "g", input).exact.clear();
  }
  for (auto* set : {&both.base, &both.head}) {
    set->schedule.looks = looks;
    set->schedule.blocks = static_cast<std::uint32_t>(blocks);
  }
  return both;
}

// As measure asks: after each block, until enough. The sides as they are then.
Sides measured(const Sides& whole, compare::SequentialLooks& rule, std::uint32_t most) {
  for (std::uint32_t blocks = 1;; ++blocks) {
    Sides so_far = whole;
    for (auto* set : {&so_far.base, &so_far.head}) {
      set->schedule.blocks = blocks;
      for (auto& run : set->runs) {
        for (auto& [metric, samples] : run.sampled)
          std::erase_if(samples, [&](const model::Sample& sample) { return sample.block >= blocks; });
      }
    }
    if (rule.enough(so_far.base, so_far.head, blocks) || blocks == most) return so_far;
  }
}

}  // namespace

TEST_CASE("timing stops at the first look where every cell has its answer") {
  compare::SequentialLooks rule({}, usual_rule);
  CHECK(measured(timed({1.0, 1.1}, 0.003, 20, 1), rule, 20).base.schedule.blocks == 5);
  CHECK(measured(timed({1.0, 1.0}, 0.08, 20, 2), rule, 20).base.schedule.blocks > 5);
}

TEST_CASE("between looks the rule says nothing and at the last one it always stops") {
  compare::SequentialLooks rule({}, usual_rule);
  const auto quiet = timed({1.0}, 0.001, 7, 3);
  CHECK_FALSE(rule.enough(quiet.base, quiet.head, 7));
  const auto noisy = timed({1.0}, 0.5, 20, 4);
  CHECK(rule.enough(noisy.base, noisy.head, 20));
  CHECK_THROWS_AS(compare::SequentialLooks({}, {}), std::invalid_argument);
}

TEST_CASE("where the least runs are the most, that many are made whatever they say") {
  compare::SequentialLooks rule({}, compare::planned_looks(model::Methodology::robust, 16, 16));
  const auto quiet = timed({1.0}, 0.001, 8, 5);
  CHECK_FALSE(rule.enough(quiet.base, quiet.head, 5));
  CHECK(rule.enough(quiet.base, quiet.head, 8));
}

TEST_CASE("one noisy cell keeps all of them going") {
  compare::SequentialLooks rule({}, usual_rule);
  auto both = timed({1.0, 1.0}, 0.002, 5, 6);
  CHECK(rule.enough(both.base, both.head, 5));
  for (auto& sample : both.run(both.head, "g", "in1").sampled["wall_time"])
    sample.value += static_cast<std::int64_t>(sample.order % 3) * 200'000'000;
  CHECK_FALSE(rule.enough(both.base, both.head, 5));
}

TEST_CASE("metrics that only inform do not keep the deciding ones waiting") {
  compare::SequentialLooks rule({}, usual_rule);
  auto both = timed({1.0}, 0.002, 5, 7);
  const auto noisy = timed({1.0}, 0.3, 5, 8);
  for (auto [to, from] : {std::pair(&both.base, &noisy.base), std::pair(&both.head, &noisy.head)})
    to->runs[0].sampled["peak_memory"] = from->runs[0].sampled.at("wall_time");
  CHECK(rule.enough(both.base, both.head, 5));
}

TEST_CASE("where cost decides, wall_time says how long to look") {
  compare::SequentialLooks rule({}, usual_rule);
  for (const double variation : {0.002, 0.3}) {
    auto both = timed({1.0}, variation, 5, 9);
    for (auto* set : {&both.base, &both.head}) {
      set->guests[0].executors = {"embedded"};
      set->runs[0].cell.executor = "embedded";
      set->runs[0].comparability.executor = "embedded";
      set->runs[0].exact["cost"] = {1000, 1000};
    }
    CHECK(rule.enough(both.base, both.head, 5) == (variation < 0.1));
  }
}

TEST_CASE("nothing to compare needs no more runs") {
  compare::SequentialLooks rule({}, usual_rule);
  auto both = timed({1.0}, 0.3, 5, 10);
  both.base.policy.reset();
  CHECK(rule.enough(both.base, both.head, 5));
  CHECK(rule.enough(model::RunSet{}, model::RunSet{}, 5));
}

TEST_CASE("classic looks twice, and the second time only where something is flaky") {
  model::Policy classic;
  classic.methodology = model::Methodology::classic;
  const auto planned = compare::planned_looks(classic.methodology, 10, 40);
  compare::SequentialLooks rule(classic, planned);
  CHECK(measured(timed({1.0, 1.1}, 0.02, 20, 11, planned), rule, 20).base.schedule.blocks == 5);
  CHECK(measured(timed({1.0, 0.9}, 0.25, 20, 12, planned), rule, 20).base.schedule.blocks == 10);
}

TEST_CASE("what the rule stopped for is what compare says of the files") {
  std::size_t early = 0;
  for (unsigned seed = 0; seed < 40; ++seed) {
    for (const bool is_classic : {false, true}) {
      const auto methodology = is_classic ? model::Methodology::classic : model::Methodology::robust;
      const auto planned = compare::planned_looks(methodology, 10, 40);
      auto whole = timed({0.94 + 0.004 * (seed % 30), 1.0}, 0.02, 20, 1000 + 10 * seed, planned);
      whole.policy().methodology = methodology;
      compare::SequentialLooks rule(whole.policy(), planned);
      const auto files = measured(whole, rule, planned.back());
      const auto comparison = judge(files);
      CHECK(model::to_json(comparison) == model::to_json(judge(files)));
      if (files.base.schedule.blocks == planned.back()) continue;
      ++early;
      for (const auto& one : comparison.findings) {
        INFO(model::to_string(one.cell) << " " << one.metric << " seed " << seed);
        if (one.metric == "wall_time") CHECK(one.kind != FindingKind::inconclusive);
      }
    }
  }
  CHECK(early > 40);
}
