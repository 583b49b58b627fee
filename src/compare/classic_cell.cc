#include "compare/classic_cell.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "compare/direction.h"
#include "stats/summary.h"
#include "stats/welch.h"

namespace cyclegate::compare {
namespace {

constexpr double significance = 0.05;
constexpr double coverage = 0.95;
constexpr double outlier = 2;  // standard deviations, requirements R23
constexpr double thousandths = 1000;

std::vector<double> first_of(std::span<const std::int64_t> values, std::size_t count) {
  const auto some = values.first(std::min(count, values.size()));
  return {some.begin(), some.end()};
}

model::Wide mean_of(const std::vector<double>& values) {
  return static_cast<model::Wide>(std::round(stats::mean(values) * thousandths));
}

ClassicCell test(const std::vector<double>& base, const std::vector<double>& head, model::Better better,
                 const model::Thresholds& thresholds) {
  ClassicCell cell;
  cell.base_runs = base.size();
  cell.head_runs = head.size();
  cell.base_mean = mean_of(base);
  cell.head_mean = mean_of(head);
  const stats::Welch welch = stats::welch_test(base, head, coverage);
  const double base_mean = stats::mean(base);
  cell.estimate = welch.difference / base_mean;
  cell.low = welch.low / base_mean;
  cell.high = welch.high / base_mean;
  cell.p = welch.p;
  const Costs costs = as_costs(better, cell.base_mean, cell.head_mean);
  const bool significant = welch.p < significance;
  cell.worse = significant && costs.head > costs.base;
  cell.better = significant && costs.head < costs.base;
  cell.killed = model::exceeds_ratio(costs.base, costs.head, thresholds.kill);
  cell.steady =
      stats::coefficient_of_variation(base) < high_variation && stats::coefficient_of_variation(head) < high_variation;
  const bool unproven_gain = !significant && model::shrank_by_more_than(costs.base, costs.head, thresholds.keep);
  cell.flaky = !cell.killed && (unproven_gain || !cell.steady);
  cell.unproven = cell.flaky && !significant;
  return cell;
}

}  // namespace

ClassicCell judge_classic(std::span<const std::int64_t> base, std::span<const std::int64_t> head,
                          std::size_t first_look, std::size_t second_look, model::Better better,
                          const model::Thresholds& thresholds) {
  ClassicCell cell = test(first_of(base, first_look), first_of(head, first_look), better, thresholds);
  if (!cell.flaky || second_look <= first_look || std::min(base.size(), head.size()) <= first_look) return cell;
  const auto steadied = [&](std::span<const std::int64_t> values) {
    return stats::without_outliers(first_of(values, second_look), outlier);
  };
  cell = test(steadied(base), steadied(head), better, thresholds);
  cell.looked_again = true;
  return cell;
}

}  // namespace cyclegate::compare
