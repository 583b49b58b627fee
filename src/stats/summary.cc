#include "stats/summary.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>
#include <string>
#include <vector>

namespace cyclegate::stats {
namespace {

void check(std::span<const double> values, std::size_t at_least, const char* what) {
  if (values.size() < at_least)
    throw std::invalid_argument(std::string(what) + " of " + std::to_string(values.size()) + " values: at least " +
                                std::to_string(at_least) + " are needed");
  if (!std::ranges::all_of(values, [](double value) { return std::isfinite(value); }))
    throw std::invalid_argument(std::string(what) + ": a value is not finite");
}

}  // namespace

double median(std::span<const double> values) {
  check(values, 1, "median");
  std::vector<double> sorted(values.begin(), values.end());
  const auto middle = sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 2);
  std::ranges::nth_element(sorted, middle);
  if (sorted.size() % 2 == 1) return *middle;
  const double below = *std::max_element(sorted.begin(), middle);
  return below + (*middle - below) / 2;
}

double mean(std::span<const double> values) {
  check(values, 1, "mean");
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

double standard_deviation(std::span<const double> values) {
  check(values, 2, "standard deviation");
  const double centre = mean(values);
  double squares = 0;
  for (const double value : values) squares += (value - centre) * (value - centre);
  return std::sqrt(squares / static_cast<double>(values.size() - 1));
}

double coefficient_of_variation(std::span<const double> values) {
  const double deviation = standard_deviation(values);
  const double centre = mean(values);
  if (!(centre > 0)) throw std::invalid_argument("coefficient of variation of values whose mean is not positive");
  return deviation / centre;
}

std::vector<double> without_outliers(std::span<const double> values, double deviations) {
  if (!(deviations > 0)) throw std::invalid_argument("outliers: the number of deviations is not positive");
  check(values, 0, "outliers");
  std::vector<double> kept(values.begin(), values.end());
  if (values.size() < 3) return kept;
  const double centre = mean(values);
  const double reach = deviations * standard_deviation(values);
  std::erase_if(kept, [&](double value) { return std::abs(value - centre) > reach; });
  return kept;
}

double weighted_geometric_mean(std::span<const double> logs, std::span<const double> weights) {
  if (logs.empty() || logs.size() != weights.size())
    throw std::invalid_argument("weighted geometric mean: ratios and weights do not pair up");
  double sum = 0;
  double weight = 0;
  for (std::size_t index = 0; index < logs.size(); ++index) {
    if (!(weights[index] > 0) || !std::isfinite(weights[index]) || !std::isfinite(logs[index]))
      throw std::invalid_argument("weighted geometric mean: a weight is not positive or a ratio not finite");
    sum += weights[index] * logs[index];
    weight += weights[index];
  }
  return std::exp(sum / weight);
}

}  // namespace cyclegate::stats
