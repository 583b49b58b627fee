#include "stats/summary.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>
#include <vector>

namespace cyclegate::stats {

double median(std::span<const double> values) {
  if (values.empty()) throw std::invalid_argument("median of no values");
  std::vector<double> sorted(values.begin(), values.end());
  const auto middle = sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 2);
  std::ranges::nth_element(sorted, middle);
  if (sorted.size() % 2 == 1) return *middle;
  const double below = *std::max_element(sorted.begin(), middle);
  return below + (*middle - below) / 2;
}

double mean(std::span<const double> values) {
  if (values.empty()) throw std::invalid_argument("mean of no values");
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

double standard_deviation(std::span<const double> values) {
  if (values.size() < 2) throw std::invalid_argument("standard deviation of fewer than two values");
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
