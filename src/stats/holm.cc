#include "stats/holm.h"

#include <algorithm>
#include <numeric>
#include <stdexcept>

namespace cyclegate::stats {

std::vector<double> holm_adjusted(std::span<const double> p_values) {
  for (const double p : p_values) {
    if (!(p >= 0 && p <= 1)) throw std::invalid_argument("Holm: a p-value lies outside [0, 1]");
  }
  std::vector<std::size_t> order(p_values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, {}, [&](std::size_t index) { return p_values[index]; });
  std::vector<double> adjusted(p_values.size());
  double largest = 0;
  for (std::size_t step = 0; step < order.size(); ++step) {
    const double scaled = p_values[order[step]] * static_cast<double>(order.size() - step);
    largest = std::max(largest, std::min(scaled, 1.0));
    adjusted[order[step]] = largest;
  }
  return adjusted;
}

}  // namespace cyclegate::stats
