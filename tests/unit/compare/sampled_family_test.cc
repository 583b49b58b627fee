#include "compare/sampled_family.h"

#include <algorithm>
#include <catch2/catch_approx.hpp>
#include <catch2/catch_test_macros.hpp>
#include <cmath>
#include <random>
#include <stdexcept>

#include "compare/look_schedule.h"
#include "stats/holm.h"

using namespace cyclegate;
using Catch::Approx;
using compare::planned_looks;
using compare::SampledFamily;
using Blocks = std::vector<stats::Block>;
using model::Methodology;

namespace {

const std::vector<std::uint32_t> usual = {5, 6, 8, 11, 15, 20};

Blocks blocks_of(double ratio, double variation, unsigned seed, std::size_t count) {
  std::mt19937_64 random(seed);
  std::lognormal_distribution<double> noise(0, variation);
  Blocks blocks;
  for (std::size_t block = 0; block < count; ++block) {
    stats::Block one;
    for (double& value : one.base) value = 1e9 * noise(random);
    for (double& value : one.head) value = 1e9 * ratio * noise(random);
    blocks.push_back(one);
  }
  return blocks;
}

SampledFamily family_of(const std::vector<Blocks>& cells, const std::vector<std::uint32_t>& planned = usual,
                        const std::vector<std::size_t>& groups = {}) {
  SampledFamily family(planned, model::Policy{});
  for (std::size_t index = 0; index < cells.size(); ++index) {
    compare::SampledCell cell;
    cell.group = groups.empty() ? index : groups[index];
    family.add_cell(cell);
    for (const auto& block : cells[index]) family.add_block(index, block);
  }
  return family;
}

}  // namespace

TEST_CASE("looks are planned from the configured runs") {
  CHECK(planned_looks(Methodology::robust, 10, 40) == usual);
  CHECK(planned_looks(Methodology::robust, 14, 40) == std::vector<std::uint32_t>{7, 8, 11, 15, 20});
  CHECK(planned_looks(Methodology::robust, 10, 20) == std::vector<std::uint32_t>{5, 6, 8, 10});
  CHECK(planned_looks(Methodology::robust, 10, 100) == std::vector<std::uint32_t>{5, 6, 8, 11, 15, 20, 27, 36, 50});
  CHECK(planned_looks(Methodology::robust, 10, 10) == std::vector<std::uint32_t>{5});
  CHECK(planned_looks(Methodology::robust, 60, 60) == std::vector<std::uint32_t>{30});
  CHECK(planned_looks(Methodology::robust, 2, 12) == std::vector<std::uint32_t>{5, 6});
  CHECK(planned_looks(Methodology::robust, 1, 3) == std::vector<std::uint32_t>{1});
  CHECK(planned_looks(Methodology::robust, 9, 41) == usual);
  CHECK(planned_looks(Methodology::classic, 10, 40) == std::vector<std::uint32_t>{5, 10});
  CHECK(planned_looks(Methodology::classic, 10, 14) == std::vector<std::uint32_t>{5, 7});
  CHECK(planned_looks(Methodology::classic, 10, 10) == std::vector<std::uint32_t>{5});
}

TEST_CASE("looks made are the planned ones and the end, planned or not") {
  CHECK(compare::looks_made(usual, 0).empty());
  CHECK(compare::looks_made(usual, 3) == std::vector<std::uint32_t>{3});
  CHECK(compare::looks_made(usual, 7) == std::vector<std::uint32_t>{5, 6, 7});
  CHECK(compare::looks_made(usual, 8) == std::vector<std::uint32_t>{5, 6, 8});
  CHECK(compare::looks_made({}, 9) == std::vector<std::uint32_t>{9});
}

TEST_CASE("one look of single cells is the aligned-rank test with Holm's adjustment") {
  std::vector<Blocks> cells;
  std::vector<double> worse;
  for (unsigned index = 0; index < 6; ++index) {
    cells.push_back(blocks_of(1.0 + 0.004 * index, 0.01, index + 1, 8));
    worse.push_back(stats::AlignedRank(cells.back()).test(0).greater);
  }
  auto family = family_of(cells, {8});
  family.look_at_all();
  const auto expected = stats::holm_adjusted(worse);
  for (std::size_t index = 0; index < cells.size(); ++index) {
    CHECK(family.p_worse(index) == Approx(expected[index]).epsilon(0.01));
    CHECK(family.estimate(index) == Approx(stats::AlignedRank(cells[index]).estimate()));
    // The level of a single look is 2.5 % to within the boundary's own error.
    const auto interval = stats::AlignedRank(cells[index]).interval(0.025);
    CHECK(family.interval(index)->low == Approx(interval->low).margin(1e-6));
    CHECK(family.interval(index)->high == Approx(interval->high).margin(1e-6));
    CHECK(family.group_p_worse(index) == family.p_worse(index));
  }
}

TEST_CASE("looking as blocks come and looking at the end give the same answers") {
  const std::vector<std::size_t> groups = {0, 0, 1, 2, 2};
  for (const std::uint32_t count : {5U, 7U, 8U, 20U}) {
    INFO(count);
    std::vector<Blocks> cells;
    for (unsigned index = 0; index < 5; ++index)
      cells.push_back(blocks_of(0.96 + 0.02 * index, 0.02, 100 * count + index, count));
    auto whole = family_of(cells, usual, groups);
    whole.look_at_all();
    auto steps = family_of(std::vector<Blocks>(5), usual, groups);
    for (std::uint32_t block = 0; block < count; ++block) {
      for (std::size_t cell = 0; cell < 5; ++cell) steps.add_block(cell, cells[cell][block]);
      if (std::ranges::find(usual, block + 1) == usual.end() && block + 1 != count) continue;
      steps.look(block + 1);
      // What is asked for in between must not be remembered.
      CHECK(steps.interval(0).has_value());
      steps.decided();
      steps.within_worst_input(1);
    }
    CHECK(whole.decided() == steps.decided());
    for (std::size_t cell = 0; cell < 5; ++cell) {
      CHECK(whole.p_worse(cell) == steps.p_worse(cell));
      CHECK(whole.p_better(cell) == steps.p_better(cell));
      CHECK(whole.passed(cell) == steps.passed(cell));
      CHECK(whole.within_worst_input(cell) == steps.within_worst_input(cell));
      CHECK(whole.interval(cell)->low == steps.interval(cell)->low);
      CHECK(whole.estimate(cell) == steps.estimate(cell));
    }
    for (std::size_t group = 0; group < 3; ++group) {
      CHECK(whole.group_p_worse(group) == steps.group_p_worse(group));
      CHECK(whole.group_interval(group)->high == steps.group_interval(group)->high);
      CHECK(whole.group_keep(group) == steps.group_keep(group));
    }
  }
}

TEST_CASE("a repeated interval is wider than that of one planned look, and narrows as blocks come") {
  const auto blocks = blocks_of(1.02, 0.01, 3, 20);
  auto early = family_of({Blocks(blocks.begin(), blocks.begin() + 5)});
  early.look_at_all();
  auto late = family_of({blocks});
  late.look_at_all();
  const auto width = [](const SampledFamily& family) { return family.interval(0)->high - family.interval(0)->low; };
  const auto alone = stats::AlignedRank(blocks).interval(0.025);
  CHECK(width(late) > alone->high - alone->low);
  CHECK(width(early) > width(late));
}

TEST_CASE("swapping the sides mirrors every answer about better and worse") {
  std::vector<Blocks> cells;
  std::vector<Blocks> swapped;
  for (unsigned index = 0; index < 4; ++index) {
    cells.push_back(blocks_of(0.95 + 0.03 * index, 0.02, index + 1, 11));
    swapped.push_back(cells.back());
    for (auto& block : swapped.back()) std::swap(block.base, block.head);
  }
  auto one = family_of(cells, usual, {0, 0, 1, 1});
  auto other = family_of(swapped, usual, {0, 0, 1, 1});
  one.look_at_all();
  other.look_at_all();
  for (std::size_t cell = 0; cell < 4; ++cell) {
    CHECK(one.p_worse(cell) == Approx(other.p_better(cell)));
    CHECK(one.p_better(cell) == Approx(other.p_worse(cell)));
    CHECK(one.estimate(cell) == Approx(-other.estimate(cell)).margin(1e-6));
    CHECK(one.interval(cell)->low == Approx(-other.interval(cell)->high).margin(1e-6));
  }
  CHECK(one.group_p_worse(0) == Approx(other.group_p_better(0)));
}

TEST_CASE("where more is better, the cost that the metric stands for is judged") {
  const auto blocks = blocks_of(0.9, 0.01, 5, 8);
  Blocks throughput;
  for (const auto& block : blocks)
    throughput.push_back({{1e18 / block.base[0], 1e18 / block.base[1]}, {1e18 / block.head[0], 1e18 / block.head[1]}});
  auto time = family_of({blocks});
  time.look_at_all();
  SampledFamily rate(usual, model::Policy{});
  rate.add_cell({0, 1, model::Better::higher, 0.02});
  for (const auto& block : throughput) rate.add_block(0, block);
  rate.look_at_all();
  CHECK(rate.improved(0));
  CHECK(rate.p_better(0) == Approx(time.p_better(0)));
  CHECK(rate.estimate(0) == Approx(-time.estimate(0)).margin(1e-6));
  CHECK(rate.group_keep(0) == time.group_keep(0));
  CHECK(rate.passed(0));
}

TEST_CASE("the order of cells changes nothing") {
  std::vector<Blocks> cells;
  for (unsigned index = 0; index < 5; ++index) cells.push_back(blocks_of(1.01, 0.02, index + 40, 8));
  auto one = family_of(cells, usual, {0, 0, 0, 1, 1});
  auto other = family_of({cells[4], cells[3], cells[2], cells[1], cells[0]}, usual, {1, 1, 0, 0, 0});
  one.look_at_all();
  other.look_at_all();
  for (std::size_t cell = 0; cell < 5; ++cell) CHECK(one.p_worse(cell) == other.p_worse(4 - cell));
  CHECK(one.decided() == other.decided());
  CHECK(one.group_p_worse(1) == Approx(other.group_p_worse(1)));
}

TEST_CASE("looking ends at the first look where nothing is left to learn") {
  const auto looks_until_decided = [](std::vector<Blocks> cells, const std::vector<std::size_t>& groups) {
    auto family = family_of(std::vector<Blocks>(cells.size()), usual, groups);
    for (std::uint32_t block = 0; block < 20; ++block) {
      for (std::size_t cell = 0; cell < cells.size(); ++cell) family.add_block(cell, cells[cell][block]);
      if (std::ranges::find(usual, block + 1) == usual.end()) continue;
      family.look(block + 1);
      if (family.decided()) return block + 1;
    }
    return 0U;
  };
  const auto quiet = [](double ratio, unsigned seed) { return blocks_of(ratio, 0.003, seed, 20); };
  CHECK(looks_until_decided({quiet(1.0, 1)}, {0}) == 5);    // PASS
  CHECK(looks_until_decided({quiet(1.1, 2)}, {0}) == 5);    // REGRESSION
  CHECK(looks_until_decided({quiet(0.9, 3)}, {0}) == 5);    // KEEP
  CHECK(looks_until_decided({quiet(0.965, 4)}, {0}) == 5);  // MAYBE, and no KEEP in sight
  CHECK(looks_until_decided({quiet(1.0, 5), quiet(1.1, 6)}, {0, 0}) == 5);
  CHECK(looks_until_decided({quiet(1.0, 8), blocks_of(1.0, 0.08, 9, 20)}, {0, 1}) != 5);
}

TEST_CASE("a gain in sight is looked at further until it is proven") {
  std::size_t in_sight = 0;
  for (unsigned seed = 0; seed < 30; ++seed) {
    auto family = family_of({blocks_of(0.97, 0.02, seed, 5)});
    family.look_at_all();
    if (!family.passed(0)) continue;
    const bool gain = family.estimate(0) <= std::log(0.98) && !family.group_maybe(0);
    in_sight += gain ? 1 : 0;
    const bool keep = family.estimate(0) <= std::log(0.95) && !family.group_keep(0);
    CHECK(family.decided() == (!gain && !keep));
  }
  CHECK(in_sight > 5);
}

TEST_CASE("a group that is decided gets no more blocks and keeps its answers") {
  const auto quiet = blocks_of(1.0, 0.003, 1, 5);
  auto alone = family_of({quiet, blocks_of(1.0, 0.08, 2, 5)}, usual, {0, 1});
  alone.look_at_all();
  CHECK(alone.decided(0));
  CHECK_FALSE(alone.decided(1));
  auto both = family_of({quiet, blocks_of(1.0, 0.08, 2, 20)}, usual, {0, 1});
  both.look_at_all();
  CHECK(both.decided(0));
  CHECK(both.interval(0)->low == alone.interval(0)->low);
  CHECK(both.interval(0)->high == alone.interval(0)->high);
  CHECK(both.estimate(0) == alone.estimate(0));
}

TEST_CASE("slowing head down makes no answer better") {
  std::mt19937_64 random(8);
  for (unsigned repeat = 0; repeat < 100; ++repeat) {
    std::vector<Blocks> cells;
    for (unsigned cell = 0; cell < 3; ++cell)
      cells.push_back(blocks_of(0.9 + 0.002 * static_cast<double>(random() % 100), 0.02, repeat * 3 + cell, 8));
    auto before = family_of(cells, usual, {0, 0, 1});
    before.look_at_all();
    auto& slowed = cells[random() % 3];
    const double factor = 1 + 0.001 * static_cast<double>(random() % 60);
    for (auto& block : slowed) {
      for (double& value : block.head) value *= factor;
    }
    auto after = family_of(cells, usual, {0, 0, 1});
    after.look_at_all();
    for (std::size_t cell = 0; cell < 3; ++cell) {
      CHECK((after.regressed(cell) || !before.regressed(cell)));
      CHECK((before.passed(cell) || !after.passed(cell)));
      CHECK((before.within_worst_input(cell) || !after.within_worst_input(cell)));
      CHECK(after.interval(cell)->high >= before.interval(cell)->high - 1e-6);
    }
    for (std::size_t group = 0; group < 2; ++group) {
      CHECK((before.group_keep(group) || !after.group_keep(group)));
      CHECK((before.group_maybe(group) || !after.group_maybe(group)));
    }
  }
}

TEST_CASE("values without any spread are answered at once, few blocks are answered with doubt") {
  const Blocks equal(5, stats::Block{{100, 100}, {100, 100}});
  auto same = family_of({equal});
  same.look_at_all();
  CHECK(same.passed(0));
  CHECK_FALSE(same.regressed(0));
  CHECK(same.estimate(0) == 0);
  CHECK(same.decided());
  auto slower = family_of({Blocks(5, stats::Block{{100, 100}, {103, 103}})});
  slower.look_at_all();
  CHECK(slower.regressed(0));
  auto one = family_of({Blocks(1, stats::Block{{100, 101}, {300, 301}})});
  one.look_at_all();
  CHECK_FALSE(one.regressed(0));
  CHECK_FALSE(one.passed(0));
  CHECK_FALSE(one.interval(0).has_value());
  CHECK_FALSE(one.decided());
  auto none = family_of({Blocks{}});
  none.look_at_all();
  CHECK_FALSE(none.decided());
  CHECK(none.p_worse(0) == 1);
}

TEST_CASE("a family refuses what cannot be looked at") {
  CHECK_THROWS_AS(SampledFamily({}, model::Policy{}), std::invalid_argument);
  CHECK_THROWS_AS(SampledFamily({5, 5}, model::Policy{}), std::invalid_argument);
  CHECK_THROWS_AS(SampledFamily({0, 5}, model::Policy{}), std::invalid_argument);
  auto family = family_of({blocks_of(1, 0.01, 1, 8)});
  family.look(5);
  CHECK_THROWS_AS(family.look(5), std::invalid_argument);
  CHECK_THROWS_AS(family.look(21), std::invalid_argument);
  CHECK_THROWS_AS(family.add_cell({}), std::invalid_argument);
  SampledFamily other({5}, model::Policy{});
  CHECK_THROWS_AS(other.add_cell({.weight = 0}), std::invalid_argument);
  CHECK_THROWS_AS(other.add_cell({.margin = -0.01}), std::invalid_argument);
}

TEST_CASE("a margin of nothing passes what is proven to be faster and nothing else") {
  SampledFamily family({5, 10}, model::Policy{});
  for (const double ratio : {0.95, 1.0, 1.05}) {
    const std::size_t cell = family.add_cell({.group = family.cells(), .margin = 0});
    for (const auto& block : blocks_of(ratio, 0.01, 3, 10)) family.add_block(cell, block);
  }
  family.look_at_all();
  CHECK(family.passed(0));
  CHECK_FALSE(family.passed(1));
  CHECK_FALSE(family.passed(2));
  CHECK(family.regressed(2));
}
