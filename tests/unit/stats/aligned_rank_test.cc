#include "stats/aligned_rank.h"

#include <algorithm>
#include <catch2/catch_approx.hpp>
#include <catch2/catch_test_macros.hpp>
#include <cmath>
#include <limits>
#include <random>

#include "stats/stratified.h"

using namespace cyclegate::stats;
using Catch::Approx;

namespace {

// The definition, spelled out: every one of the 6^B assignments, ranks by counting, everything doubled.
Tails enumerate(const std::vector<Block>& blocks, double shift) {
  std::vector<std::vector<double>> aligned;
  for (const Block& block : blocks) {
    std::vector<double> values = {std::log(block.base[0]), std::log(block.base[1]), std::log(block.head[0]) - shift,
                                  std::log(block.head[1]) - shift};
    std::vector<double> sorted = values;
    std::sort(sorted.begin(), sorted.end());
    for (double& value : values) value -= (sorted[1] + sorted[2]) / 2;
    aligned.push_back(values);
  }
  const auto doubled_rank = [&](double value) {
    int below = 0;
    int equal = 0;
    for (const auto& block : aligned) {
      for (const double other : block) {
        if (std::abs(other - value) < 1e-11)
          ++equal;
        else if (other < value)
          ++below;
      }
    }
    return 2 * below + equal + 1;
  };
  std::vector<int> sums = {0};
  int observed = 0;
  for (const auto& block : aligned) {
    std::vector<int> next;
    for (int first = 0; first < 4; ++first) {
      for (int second = first + 1; second < 4; ++second) {
        const int pair = doubled_rank(block.at(static_cast<std::size_t>(first))) +
                         doubled_rank(block.at(static_cast<std::size_t>(second)));
        for (const int sum : sums) next.push_back(sum + pair);
      }
    }
    observed += doubled_rank(block[2]) + doubled_rank(block[3]);
    sums = next;
  }
  double greater = 0;
  double less = 0;
  for (const int sum : sums) {
    if (sum >= observed) ++greater;
    if (sum <= observed) ++less;
  }
  return {greater / static_cast<double>(sums.size()), less / static_cast<double>(sums.size())};
}

std::vector<Block> noise(std::mt19937_64& random, std::size_t count, int levels, double slower) {
  std::uniform_int_distribution<int> value(1, levels);
  std::vector<Block> blocks(count);
  for (Block& block : blocks) {
    for (double& run : block.base) run = 1000 + value(random);
    for (double& run : block.head) run = (1000 + value(random)) * slower;
  }
  return blocks;
}

std::vector<Block> scaled(std::vector<Block> blocks, double factor) {
  for (Block& block : blocks) {
    for (double& run : block.base) run *= factor;
    for (double& run : block.head) run *= factor;
  }
  return blocks;
}

std::vector<Block> swapped(std::vector<Block> blocks) {
  for (Block& block : blocks) std::swap(block.base, block.head);
  return blocks;
}

}  // namespace

TEST_CASE("the exact tails equal brute-force enumeration to the last bit for one to four blocks, ties included") {
  std::mt19937_64 random(1);
  for (const int levels : {1, 2, 3, 8, 1'000'000}) {
    for (std::size_t count = 1; count <= 4; ++count) {
      for (int repeat = 0; repeat < 20; ++repeat) {
        const auto blocks = noise(random, count, levels, 1.0);
        for (const double shift : {0.0, 0.0007, -0.01}) {
          const Tails exact = AlignedRank(blocks).test(shift);
          const Tails brute = enumerate(blocks, shift);
          REQUIRE(exact.greater == brute.greater);
          REQUIRE(exact.less == brute.less);
        }
      }
    }
  }
}

TEST_CASE("over all relabellings of base and head the p-value is never smaller than its own frequency") {
  std::mt19937_64 random(2);
  constexpr std::array<std::array<int, 4>, 6> orders{
      {{0, 1, 2, 3}, {0, 2, 1, 3}, {0, 3, 1, 2}, {1, 2, 0, 3}, {1, 3, 0, 2}, {2, 3, 0, 1}}};
  for (const int levels : {3, 1000}) {
    const auto blocks = noise(random, 3, levels, 1.0);
    std::vector<double> p_values;
    for (int code = 0; code < 216; ++code) {
      std::vector<Block> relabelled;
      for (std::size_t index = 0; index < 3; ++index) {
        const std::array<double, 4> runs = {blocks[index].base[0], blocks[index].base[1], blocks[index].head[0],
                                            blocks[index].head[1]};
        const int digit = (code / (index == 0 ? 1 : index == 1 ? 6 : 36)) % 6;
        std::array<double, 4> moved{};
        for (std::size_t run = 0; run < 4; ++run)
          moved.at(run) = runs.at(static_cast<std::size_t>(orders.at(static_cast<std::size_t>(digit)).at(run)));
        relabelled.push_back({{moved[0], moved[1]}, {moved[2], moved[3]}});
      }
      p_values.push_back(AlignedRank(relabelled).test(0).greater);
    }
    for (const double level : p_values) {
      const auto as_small = std::count_if(p_values.begin(), p_values.end(), [&](double p) { return p <= level; });
      // Exactness: P(p <= level) = level at every attained level.
      CHECK(static_cast<double>(as_small) / 216.0 == Approx(level).epsilon(1e-12));
    }
  }
}

TEST_CASE("swapping the sides swaps the tails and turns the interval round") {
  std::mt19937_64 random(3);
  for (int repeat = 0; repeat < 30; ++repeat) {
    const auto blocks = noise(random, 5, repeat % 2 == 0 ? 4 : 5000, 1.001);
    const AlignedRank one(blocks);
    const AlignedRank other(swapped(blocks));
    CHECK(one.test(0.002).greater == other.test(-0.002).less);
    CHECK(one.test(0.002).less == other.test(-0.002).greater);
    CHECK(one.estimate() == Approx(-other.estimate()).margin(3e-7));
    CHECK(one.interval(0.025)->low == Approx(-other.interval(0.025)->high).margin(3e-7));
  }
}

TEST_CASE("the unit of the values does not matter, and a common speed of a block does not either") {
  std::mt19937_64 random(4);
  for (int repeat = 0; repeat < 30; ++repeat) {
    const auto blocks = noise(random, 5, repeat % 2 == 0 ? 3 : 5000, 1.002);
    auto drifting = blocks;
    for (std::size_t index = 0; index < drifting.size(); ++index) {
      drifting[index] = scaled({blocks[index]}, std::pow(1.37, static_cast<double>(index)))[0];
    }
    for (const auto& other : {scaled(blocks, 1e-9), scaled(blocks, 3.3e7), drifting}) {
      CHECK(AlignedRank(blocks).test(0).greater == AlignedRank(other).test(0).greater);
      CHECK(AlignedRank(blocks).estimate() == Approx(AlignedRank(other).estimate()).margin(3e-7));
    }
  }
}

TEST_CASE("a constant ratio is estimated as it is and its interval closes on it") {
  std::vector<Block> blocks(5, Block{{100, 100}, {110, 110}});
  const AlignedRank test(blocks);
  CHECK(test.estimate() == Approx(std::log(1.1)).margin(3e-7));
  const auto interval = test.interval(0.025);
  REQUIRE(interval);
  CHECK(interval->low == Approx(std::log(1.1)).margin(3e-7));
  CHECK(interval->high == Approx(std::log(1.1)).margin(3e-7));
  CHECK(test.test(0).greater == 1.0 / 7776);
  CHECK(test.test(std::log(1.1)).greater == 1.0);
}

TEST_CASE("the interval holds exactly the shifts that neither one-sided test rejects") {
  std::mt19937_64 random(5);
  for (int repeat = 0; repeat < 20; ++repeat) {
    const AlignedRank test(noise(random, 6, 300, 1.05));
    const auto interval = test.interval(0.025);
    REQUIRE(interval);
    CHECK(test.test(interval->low - 3e-7).greater <= 0.025);
    CHECK(test.test(interval->low + 3e-7).greater > 0.025);
    CHECK(test.test(interval->high + 3e-7).less <= 0.025);
    CHECK(test.test(interval->high - 3e-7).less > 0.025);
    CHECK(interval->low <= test.estimate());
    CHECK(test.estimate() <= interval->high);
  }
}

TEST_CASE("more blocks than 64-bit counts can hold give the same tails in doubles") {
  std::mt19937_64 random(6);
  auto blocks = noise(random, 24, 500, 1.01);
  const AlignedRank integers(blocks);
  const RankSum sum = integers.rank_sum(0);
  // The normal approximation is close with 24 blocks; both arithmetics must agree with it.
  const auto normal = [](const RankSum& ranks, double observed) {
    return 0.5 * std::erfc((observed - ranks.mean) / std::sqrt(2 * ranks.variance));
  };
  CHECK(integers.test(0).greater == Approx(normal(sum, sum.value - 0.5)).margin(0.003));
  blocks.push_back(noise(random, 1, 500, 1.01)[0]);
  const AlignedRank doubles(blocks);
  const RankSum more = doubles.rank_sum(0);
  CHECK(doubles.test(0).greater == Approx(normal(more, more.value - 0.5)).margin(0.003));
  CHECK(doubles.test(0).greater + doubles.test(0).less > 1.0);
}

TEST_CASE("too few blocks for a level give no interval instead of a wrong one") {
  const AlignedRank one(std::vector<Block>{{{1, 2}, {3, 4}}});
  CHECK_FALSE(one.interval(0.025));
  CHECK(one.test(0).greater == 1.0 / 6);
}

TEST_CASE("what has no logarithm is refused") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double infinity = std::numeric_limits<double>::infinity();
  for (const double bad : {0.0, -1.0, nan, infinity})
    CHECK_THROWS_AS(AlignedRank(std::vector<Block>{{{1, bad}, {1, 1}}}), std::invalid_argument);
  CHECK_THROWS_AS(AlignedRank(std::vector<Block>{}), std::invalid_argument);
  CHECK_THROWS_AS(AlignedRank(std::vector<Block>{{{1, 1}, {1, 1}}}).interval(0.5), std::invalid_argument);
}

TEST_CASE("values that are all equal speak for nothing") {
  const AlignedRank test(std::vector<Block>(5, Block{{7, 7}, {7, 7}}));
  CHECK(test.test(0).greater == 1.0);
  CHECK(test.test(0).less == 1.0);
  CHECK(test.estimate() == Approx(0).margin(3e-7));
}

TEST_CASE("under no change and heavy drift a shift is seen no more often than the level allows") {
  std::mt19937_64 random(7);
  std::lognormal_distribution<double> runs(0, 0.03);
  int rejected = 0;
  int covered = 0;
  constexpr int trials = 2000;
  for (int trial = 0; trial < trials; ++trial) {
    std::vector<Block> blocks(5);
    double drift = 1;
    for (Block& block : blocks) {
      drift *= 1.05;
      block = {{runs(random) * drift, runs(random) * drift}, {runs(random) * drift, runs(random) * drift}};
    }
    const AlignedRank test(blocks);
    if (test.test(0).greater <= 0.05) ++rejected;
    const auto interval = test.interval(0.025);
    if (interval->low <= 0 && 0 <= interval->high) ++covered;
  }
  CHECK(rejected <= 0.05 * trials + 3 * std::sqrt(trials * 0.05 * 0.95));
  CHECK(rejected >= 0.03 * trials);  // and it is not merely deaf
  CHECK(covered >= 0.95 * trials - 3 * std::sqrt(trials * 0.05 * 0.95));
}

TEST_CASE("the stratified aggregate finds the weighted mean of its strata") {
  std::mt19937_64 random(8);
  std::lognormal_distribution<double> runs(0, 0.01);
  const auto cell = [&](double slower) {
    std::vector<Block> blocks(10);
    for (Block& block : blocks) block = {{runs(random), runs(random)}, {runs(random) * slower, runs(random) * slower}};
    return AlignedRank(blocks);
  };
  const AlignedRank fast = cell(0.90);
  const AlignedRank slow = cell(1.02);
  const std::vector<Stratum> strata = {{&fast, 3, fast.estimate()}, {&slow, 1, slow.estimate()}};
  const auto found = stratified_interval(strata, 0.025);
  REQUIRE(found);
  const LogInterval interval = *found;
  const double truth = (3 * std::log(0.90) + std::log(1.02)) / 4;
  CHECK(interval.low < truth);
  CHECK(truth < interval.high);
  CHECK(interval.high - interval.low < 0.03);
  CHECK(stratified_z(strata, 0, false) < -3);
  CHECK_THROWS_AS(stratified_z({}, 0, false), std::invalid_argument);
}

TEST_CASE("strata too few for a level have no interval instead of the end of a search") {
  const std::vector<Block> block = {{{100, 101}, {102, 103}}};
  const AlignedRank test(block);
  // One block: |z| is at most 1.6, however far it is shifted.
  const std::vector<Stratum> strata = {{&test, 1, test.estimate()}};
  CHECK_FALSE(stratified_interval(strata, 0.025));
  CHECK(stratified_interval(strata, 0.2));
  const std::vector<Stratum> three = {strata[0], strata[0], strata[0]};
  CHECK(stratified_interval(three, 0.025));
}

TEST_CASE("strata with different numbers of blocks count by their weights, not by their ranks") {
  // Every block: head above base once, below once, at most of the spread. A stratum of five blocks that is all for
  // "slower" and one of twenty that is evenly divided.
  std::vector<Block> slower(5);
  for (std::size_t index = 0; index < slower.size(); ++index) {
    const auto step = static_cast<double>(index);
    slower[index] = {{100, 101 + step}, {120 + step, 140 + 2 * step}};
  }
  std::vector<Block> divided(20);
  for (std::size_t index = 0; index < divided.size(); ++index) {
    const auto step = static_cast<double>(index);
    divided[index] = {{100, 120 + step}, {101, 119 + step}};
  }
  const AlignedRank few(slower);
  const AlignedRank many(divided);
  const std::vector<Stratum> strata = {{&few, 1, 0}, {&many, 1, 0}};
  const auto share = [](const AlignedRank& test) {
    const RankSum sum = test.rank_sum(0);
    const double runs = 4 * static_cast<double>(test.blocks()) + 1;
    return std::pair((sum.value - sum.mean) / runs, sum.variance / runs / runs);
  };
  const auto [first, first_variance] = share(few);
  const auto [second, second_variance] = share(many);
  CHECK(stratified_z(strata, 0, false) ==
        Approx((first + second) / std::sqrt(first_variance + second_variance)).epsilon(1e-12));
  CHECK(first_variance < second_variance);  // in shares, what is known grows with the blocks
  const std::vector<Stratum> alone = {{&few, 3, 0}};
  CHECK(stratified_z(alone, 0, false) == Approx(first / std::sqrt(first_variance)).epsilon(1e-12));
}
