// Properties that hold for all values, tried on random ones with RapidCheck, which shrinks what fails.

#include <rapidcheck.h>

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <cmath>
#include <numeric>

#include "stats/aligned_rank.h"
#include "stats/holm.h"
#include "stats/sequential.h"
#include "stats/stratified.h"
#include "stats/summary.h"
#include "stats/welch.h"

using namespace cyclegate::stats;
using Blocks = std::vector<Block>;
using Values = std::vector<double>;

namespace {

constexpr double bisected = 4e-7;  // ends found by bisection, each within 1e-7

// Few different values, so that ties are common, or many.
rc::Gen<Blocks> some_blocks(int least, int most) {
  return rc::gen::mapcat(rc::gen::element(3, 20, 100'000), [=](int spread) {
    const auto run = rc::gen::map(rc::gen::inRange(0, spread), [](int value) { return 1000.0 + value; });
    const auto block = rc::gen::map(rc::gen::tuple(run, run, run, run), [](const auto& runs) {
      const auto& [one, two, three, four] = runs;
      return Block{{one, two}, {three, four}};
    });
    return rc::gen::mapcat(rc::gen::inRange(least, most + 1), [block](int count) {
      return rc::gen::container<Blocks>(static_cast<std::size_t>(count), block);
    });
  });
}

rc::Gen<Values> some_p_values(std::size_t least, std::size_t most) {
  const auto p = rc::gen::map(rc::gen::inRange(0, 100'001), [](int value) { return std::pow(value / 100'000.0, 3); });
  return rc::gen::mapcat(rc::gen::inRange(least, most + 1),
                         [p](std::size_t count) { return rc::gen::container<Values>(count, p); });
}

rc::Gen<Values> some_values(std::size_t least, std::size_t most) {
  const auto value = rc::gen::map(rc::gen::inRange(1, 1000), [](int number) { return static_cast<double>(number); });
  return rc::gen::mapcat(rc::gen::inRange(least, most + 1),
                         [value](std::size_t count) { return rc::gen::container<Values>(count, value); });
}

// Log ratios that no ratio of the values above comes close to by accident.
rc::Gen<double> some_shift() {
  return rc::gen::map(rc::gen::inRange(-60, 61), [](int step) { return step * 0.00123456789; });
}

Blocks with_slower_head(Blocks blocks, double factor) {
  for (Block& block : blocks) {
    for (double& run : block.head) run *= factor;
  }
  return blocks;
}

bool close(double one, double other, double margin) {
  return std::abs(one - other) <= margin;
}

}  // namespace

TEST_CASE("property: both tails together are more than everything, and neither is smaller than one assignment") {
  CHECK(rc::check([] {
    const Blocks blocks = *some_blocks(1, 20);
    const Tails tails = AlignedRank(blocks).test(*some_shift());
    const double smallest = std::pow(6.0, -static_cast<double>(blocks.size()));
    RC_ASSERT(tails.greater + tails.less >= 1);
    for (const double tail : {tails.greater, tails.less}) {
      RC_ASSERT(tail >= smallest * (1 - 1e-12));
      RC_ASSERT(tail <= 1);
    }
  }));
}

TEST_CASE("property: swapping the sides swaps the tails") {
  CHECK(rc::check([] {
    const Blocks blocks = *some_blocks(1, 12);
    Blocks swapped = blocks;
    for (Block& block : swapped) std::swap(block.base, block.head);
    const double shift = *some_shift();
    const Tails one = AlignedRank(blocks).test(shift);
    const Tails other = AlignedRank(swapped).test(-shift);
    RC_ASSERT(one.greater == other.less);
    RC_ASSERT(one.less == other.greater);
    RC_ASSERT(close(AlignedRank(blocks).estimate(), -AlignedRank(swapped).estimate(), bisected));
  }));
}

TEST_CASE("property: neither the order of the blocks, nor that of a side's runs, nor a block's unit matters") {
  CHECK(rc::check([] {
    const Blocks blocks = *some_blocks(1, 12);
    Blocks other = blocks;
    std::reverse(other.begin(), other.end());
    for (Block& block : other) {
      std::swap(block.head[0], block.head[1]);
      const double unit = *rc::gen::element(1.0, 1e-9, 0.3, 1000.0);
      for (auto* side : {&block.base, &block.head}) {
        for (double& run : *side) run *= unit;
      }
    }
    const double shift = *some_shift();
    const Tails one = AlignedRank(blocks).test(shift);
    const Tails same = AlignedRank(other).test(shift);
    RC_ASSERT(one.greater == same.greater);
    RC_ASSERT(one.less == same.less);
  }));
}

TEST_CASE("property: a head that is slower by a factor moves test, estimate and interval by its logarithm") {
  CHECK(rc::check([] {
    const Blocks blocks = *some_blocks(5, 10);
    const double factor = *rc::gen::element(0.5, 0.9, 1.02, 1.3, 7.0);
    const AlignedRank one(blocks);
    const AlignedRank other(with_slower_head(blocks, factor));
    const double shift = *some_shift();
    RC_ASSERT(one.test(shift).greater == other.test(shift + std::log(factor)).greater);
    RC_ASSERT(close(one.estimate() + std::log(factor), other.estimate(), bisected));
    const auto interval = one.interval(0.025);
    const auto moved = other.interval(0.025);
    RC_ASSERT(close(interval->low + std::log(factor), moved->low, bisected));
    RC_ASSERT(close(interval->high + std::log(factor), moved->high, bisected));
  }));
}

TEST_CASE("property: the rank sum never rises with the shift") {
  CHECK(rc::check([] {
    const AlignedRank test(*some_blocks(1, 20));
    const double first = *some_shift();
    const double second = *some_shift();
    const RankSum low = test.rank_sum(std::min(first, second));
    const RankSum high = test.rank_sum(std::max(first, second));
    RC_ASSERT(low.value - low.mean >= high.value - high.mean);
  }));
}

TEST_CASE("property: a head that is slower in every run is the strongest evidence there can be, a faster one is none") {
  CHECK(rc::check([] {
    const AlignedRank test(*some_blocks(1, 20));
    const Tails slower = test.test(-200);
    RC_ASSERT(close(slower.greater * std::pow(6.0, static_cast<double>(test.blocks())), 1, 1e-9));
    RC_ASSERT(slower.less == 1);
    const Tails faster = test.test(200);
    RC_ASSERT(faster.less == slower.greater);
    RC_ASSERT(faster.greater == 1);
  }));
}

TEST_CASE("property: the estimate lies in the interval, and a stricter level's interval holds a laxer one's") {
  CHECK(rc::check([] {
    const AlignedRank test(*some_blocks(5, 20));
    const double estimate = test.estimate();
    std::optional<LogInterval> outer;
    for (const double alpha : {0.0002, 0.004, 0.025, 0.2}) {
      const auto interval = test.interval(alpha);
      RC_ASSERT(interval);
      RC_ASSERT(interval->low <= estimate + bisected);
      RC_ASSERT(estimate <= interval->high + bisected);
      if (outer) {
        RC_ASSERT(outer->low <= interval->low + bisected);
        RC_ASSERT(interval->high <= outer->high + bisected);
      }
      outer = interval;
    }
  }));
}

TEST_CASE("property: one stratum is its own test, and the scale of the weights does not matter") {
  CHECK(rc::check([] {
    const AlignedRank one(*some_blocks(1, 10));
    const AlignedRank other(*some_blocks(1, 10));
    const double shift = *some_shift();
    const RankSum sum = one.rank_sum(shift);
    const double expected = sum.variance > 0 ? (sum.value - sum.mean) / std::sqrt(sum.variance) : 0;
    RC_ASSERT(close(stratified_z(std::vector<Stratum>{{&one, 5, 0}}, shift, false), expected, 1e-9));
    const double z = stratified_z(std::vector<Stratum>{{&one, 3, 0}, {&other, 1, 0}}, shift, false);
    const double scaled = stratified_z(std::vector<Stratum>{{&one, 600, 0}, {&other, 200, 0}}, shift, false);
    RC_ASSERT(close(z, scaled, 1e-9));
  }));
}

TEST_CASE("property: Holm's adjustment lies between the p-value and Bonferroni's, and keeps the order") {
  CHECK(rc::check([] {
    const Values p_values = *some_p_values(1, 30);
    const Values adjusted = holm_adjusted(p_values);
    const auto count = static_cast<double>(p_values.size());
    for (std::size_t one = 0; one < p_values.size(); ++one) {
      RC_ASSERT(adjusted[one] >= p_values[one]);
      RC_ASSERT(adjusted[one] <= std::min(1.0, count * p_values[one]));
      for (std::size_t other = 0; other < p_values.size(); ++other)
        RC_ASSERT(p_values[one] > p_values[other] || adjusted[one] <= adjusted[other]);
    }
  }));
}

TEST_CASE("property: Holm's adjusted values never fall when a p-value grows") {
  CHECK(rc::check([] {
    Values p_values = *some_p_values(1, 30);
    const Values before = holm_adjusted(p_values);
    double& grown = p_values[*rc::gen::inRange<std::size_t>(0, p_values.size())];
    grown = std::min(1.0, grown * 1.5);
    const Values after = holm_adjusted(p_values);
    for (std::size_t index = 0; index < before.size(); ++index) RC_ASSERT(after[index] >= before[index]);
  }));
}

TEST_CASE("property: whatever the looks, each level is positive and no more than alpha") {
  CHECK(rc::check([] {
    std::vector<std::uint32_t> looks;
    std::uint32_t look = 0;
    for (const std::uint32_t step : *rc::gen::container<std::vector<std::uint32_t>>(
             *rc::gen::inRange<std::size_t>(1, 7), rc::gen::inRange<std::uint32_t>(1, 12)))
      looks.push_back(look += step);
    const std::uint32_t most = look + *rc::gen::inRange<std::uint32_t>(0, 20);
    const double alpha = std::pow(10.0, -*rc::gen::inRange(1, 8));
    const auto levels = boundary_levels(looks, most, alpha);
    RC_ASSERT(levels.size() == looks.size());
    double spent_alone = 0;
    for (const double level : levels) {
      RC_ASSERT(level > 0);
      RC_ASSERT(level <= alpha * (1 + 1e-12));
      spent_alone += level;
    }
    // Together the looks spend no more than the sum of their levels, and what was allowed.
    const double allowed = alpha * std::pow(static_cast<double>(looks.back()) / most, 1.5);
    RC_ASSERT(spent_alone >= allowed * (1 - 1e-8));
  }));
}

TEST_CASE("property: a repeated p-value never falls when a p-value grows and is never below the smallest of them") {
  CHECK(rc::check([] {
    const auto count = *rc::gen::inRange<std::size_t>(1, 7);
    const auto looks = std::span(look_blocks).first(count);
    Values p_values = *some_p_values(count, count);
    const double before = repeated_p_value(looks, 20, p_values);
    RC_ASSERT(before >= std::min(*std::ranges::min_element(p_values), 1.0));
    RC_ASSERT(before <= 1);
    double& grown = p_values[*rc::gen::inRange<std::size_t>(0, count)];
    grown = std::min(1.0, grown * 1.1);
    RC_ASSERT(repeated_p_value(looks, 20, p_values) >= before);
  }));
}

TEST_CASE("property: Welch's test knows no unit and no side") {
  CHECK(rc::check([] {
    const Values one = *some_values(2, 12);
    const Values other = *some_values(2, 12);
    const Welch result = welch_test(one, other, 0.95);
    RC_ASSERT(result.p >= 0);
    RC_ASSERT(result.p <= 1);
    RC_ASSERT(result.low <= result.difference);
    RC_ASSERT(result.difference <= result.high);
    RC_ASSERT(close(welch_test(other, one, 0.95).p, result.p, 1e-12));
    const auto scaled = [](Values values) {
      for (double& value : values) value *= 1024;
      return values;
    };
    RC_ASSERT(close(welch_test(scaled(one), scaled(other), 0.95).p, result.p, 1e-12));
  }));
}

TEST_CASE("property: what is no outlier stays in its order, and a unit makes no outlier") {
  CHECK(rc::check([] {
    const Values values = *some_values(0, 20);
    const Values kept = without_outliers(values, 2);
    auto next = kept.begin();
    for (const double value : values) {
      if (next != kept.end() && *next == value) ++next;
    }
    RC_ASSERT(next == kept.end());
    RC_ASSERT(values.empty() || kept.size() * 4 >= values.size() * 3);  // Chebyshev
    Values scaled = values;
    for (double& value : scaled) value *= 1024;
    RC_ASSERT(without_outliers(scaled, 2).size() == kept.size());
  }));
}

TEST_CASE("property: a weighted geometric mean lies between its ratios") {
  CHECK(rc::check([] {
    const Values ratios = *some_values(1, 10);
    const Values weights = *some_values(ratios.size(), ratios.size());
    Values logs;
    for (const double ratio : ratios) logs.push_back(std::log(ratio));
    const double mean = weighted_geometric_mean(logs, weights);
    RC_ASSERT(mean >= *std::ranges::min_element(ratios) * (1 - 1e-12));
    RC_ASSERT(mean <= *std::ranges::max_element(ratios) * (1 + 1e-12));
  }));
}
