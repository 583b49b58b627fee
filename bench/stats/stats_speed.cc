// What one decision under noise takes: the exact test, and a look at a cell with its estimate and repeated interval.

#include <benchmark/benchmark.h>

#include <cmath>
#include <random>
#include <vector>

#include "stats/aligned_rank.h"
#include "stats/sequential.h"
#include "stats/stratified.h"

namespace {

using namespace cyclegate::stats;

// Whole nanoseconds around 10 ms with a coefficient of variation of 3 % and a head that is 1 % slower.
std::vector<Block> timings(std::int64_t count, unsigned seed) {
  std::mt19937_64 random(seed);
  std::lognormal_distribution<double> run(std::log(1e7), 0.03);
  std::vector<Block> blocks(static_cast<std::size_t>(count));
  for (Block& block : blocks) {
    for (double& value : block.base) value = std::round(run(random));
    for (double& value : block.head) value = std::round(run(random) * 1.01);
  }
  return blocks;
}

void p_value(benchmark::State& state) {
  const auto blocks = timings(state.range(0), 1);
  for (auto _ : state) benchmark::DoNotOptimize(AlignedRank(blocks).test(0));
}
BENCHMARK(p_value)->Arg(5)->Arg(11)->Arg(20)->Arg(40)->Unit(benchmark::kMicrosecond);

void look_with_estimate_and_interval(benchmark::State& state) {
  const auto blocks = timings(state.range(0), 2);
  const double level = boundary_levels(look_blocks, 20, 0.025).back();
  for (auto _ : state) {
    const AlignedRank test(blocks);
    benchmark::DoNotOptimize(test.test(0));
    benchmark::DoNotOptimize(test.test(std::log(1.02)));
    benchmark::DoNotOptimize(test.estimate());
    benchmark::DoNotOptimize(test.interval(level));
  }
}
BENCHMARK(look_with_estimate_and_interval)->Arg(5)->Arg(11)->Arg(20)->Arg(40)->Unit(benchmark::kMicrosecond);

void aggregate_interval_of_ten_inputs(benchmark::State& state) {
  std::vector<AlignedRank> tests;
  for (unsigned input = 0; input < 10; ++input) tests.emplace_back(timings(state.range(0), 3 + input));
  std::vector<Stratum> strata;
  for (const AlignedRank& test : tests) strata.push_back({&test, 1, test.estimate()});
  for (auto _ : state) benchmark::DoNotOptimize(stratified_interval(strata, 0.025));
}
BENCHMARK(aggregate_interval_of_ten_inputs)->Arg(20)->Unit(benchmark::kMicrosecond);

void repeated_p_value_of_a_cell(benchmark::State& state) {
  const std::vector<double> p_values = {.2, .04, .03, .002, .5, .01};
  for (auto _ : state) benchmark::DoNotOptimize(repeated_p_value(look_blocks, 20, p_values));
}
BENCHMARK(repeated_p_value_of_a_cell)->Unit(benchmark::kMicrosecond);

}  // namespace

BENCHMARK_MAIN();
