#include "stats/sequential.h"

#include <algorithm>
#include <boost/math/distributions/normal.hpp>
#include <boost/math/quadrature/gauss.hpp>
#include <boost/math/tools/roots.hpp>
#include <cmath>
#include <map>
#include <memory>
#include <mutex>
#include <numbers>
#include <shared_mutex>
#include <stdexcept>
#include <string>
#include <tuple>
#include <utility>

namespace cyclegate::stats {
namespace {

using Looks = std::vector<std::uint32_t>;
using Quadrature = boost::math::quadrature::gauss<double, 15>;

constexpr double spending_exponent = 1.5;
constexpr double lowest = -9;       // in standard deviations: what lies below never comes back
constexpr double panel_width = 2;   // of one Gauss rule, in standard deviations of the narrowest density around it
constexpr std::size_t cached = 64;  // boundaries and tables kept

double upper_tail(double z) {
  return std::erfc(z / std::numbers::sqrt2) / 2;
}

double density(double z) {
  return std::exp(-z * z / 2) * (std::numbers::inv_sqrtpi / std::numbers::sqrt2);
}

// A part of the motion's distribution: that of the paths that have not crossed yet, with quadrature weights included.
struct Paths {
  std::vector<double> at;
  std::vector<double> mass;
};

// Nodes and weights for integrals from `low` to `high` of functions as smooth as a density of that deviation.
Paths nodes(double low, double high, double deviation) {
  const auto panels = static_cast<std::size_t>(std::ceil(std::max((high - low) / (panel_width * deviation), 1.0)));
  const double half = (high - low) / static_cast<double>(panels) / 2;
  Paths result;
  for (std::size_t panel = 0; panel < panels; ++panel) {
    const double middle = low + (2 * static_cast<double>(panel) + 1) * half;
    const auto& abscissa = Quadrature::abscissa();
    const auto& weights = Quadrature::weights();
    for (std::size_t index = 0; index < abscissa.size(); ++index) {
      for (const double side : {-1.0, 1.0}) {
        if (index == 0 && side > 0) continue;  // the rule's middle node, given once
        result.at.push_back(middle + side * half * abscissa[index]);
        result.mass.push_back(half * weights[index]);
      }
    }
  }
  return result;
}

std::vector<double> levels_by_recursion(std::span<const std::uint32_t> looks, std::uint32_t max_blocks, double alpha) {
  const auto time_of = [&](std::uint32_t look) { return static_cast<double>(look) / max_blocks; };
  const auto spent_by = [&](double time) { return alpha * std::pow(time, spending_exponent); };
  std::vector<double> levels;
  Paths paths;  // at the look before
  double before = 0;
  for (std::size_t index = 0; index < looks.size(); ++index) {
    const double now = time_of(looks[index]);
    const double step = std::sqrt(now - before);
    const double deviation = std::sqrt(now);
    // P(crosses here | did not before) as a function of the boundary, in standard deviations of the motion.
    const auto crossing = [&](double boundary) {
      if (index == 0) return upper_tail(boundary);
      double sum = 0;
      for (std::size_t node = 0; node < paths.at.size(); ++node)
        sum += paths.mass[node] * upper_tail((boundary * deviation - paths.at[node]) / step);
      return sum;
    };
    const double spent = spent_by(now) - spent_by(before);
    double boundary = 0;
    if (index == 0) {
      boundary = boost::math::quantile(boost::math::complement(boost::math::normal(), spent));
    } else {
      // In logarithms, as these tails are nearly parabolas.
      const auto excess = [&](double at) { return std::log(std::max(crossing(at), 1e-300) / spent); };
      // Alone, the look would have its increment as its level: the boundary lies below that.
      const double above = boost::math::quantile(boost::math::complement(boost::math::normal(), spent)) + 0.01;
      std::uintmax_t iterations = 100;
      const auto [low, high] = boost::math::tools::toms748_solve(
          excess, lowest, above, boost::math::tools::eps_tolerance<double>(40), iterations);
      boundary = low + (high - low) / 2;
    }
    levels.push_back(upper_tail(boundary));
    if (index + 1 == looks.size()) break;
    const double next_step = std::sqrt(time_of(looks[index + 1]) - now);
    Paths going_on = nodes(lowest * deviation, std::max(boundary, lowest + 1) * deviation, std::min(step, next_step));
    for (std::size_t node = 0; node < going_on.at.size(); ++node) {
      double sum = 0;
      if (index == 0) {
        sum = density(going_on.at[node] / step);
      } else {
        for (std::size_t from = 0; from < paths.at.size(); ++from) {
          const double distance = (going_on.at[node] - paths.at[from]) / step;
          if (std::abs(distance) < -lowest) sum += paths.mass[from] * density(distance);
        }
      }
      going_on.mass[node] *= sum / step;
    }
    paths = std::move(going_on);
    before = now;
  }
  return levels;
}

void check(std::span<const std::uint32_t> looks, std::uint32_t max_blocks) {
  for (std::size_t index = 0; index < looks.size(); ++index) {
    if (looks[index] == 0 || looks[index] > max_blocks)
      throw std::invalid_argument("sequential boundary: a look after " + std::to_string(looks[index]) +
                                  " blocks is not within 1 to " + std::to_string(max_blocks));
    if (index > 0 && looks[index] <= looks[index - 1])
      throw std::invalid_argument("sequential boundary: the looks do not increase");
  }
}

// What was computed lately, by its arguments. Everything is let go where there are too many different ones: then the
// looks are somebody's experiment and not a measurement's.
template <class Key, class Value>
class Cache {
 public:
  template <class Compute>
  std::shared_ptr<const Value> get(const Key& key, const Compute& compute) {
    {
      const std::shared_lock reading(mutex_);
      if (const auto found = values_.find(key); found != values_.end()) return found->second;
    }
    auto value = std::make_shared<const Value>(compute());
    const std::unique_lock writing(mutex_);
    if (values_.size() >= cached) values_.clear();
    return values_.try_emplace(key, std::move(value)).first->second;
  }

 private:
  std::shared_mutex mutex_;
  std::map<Key, std::shared_ptr<const Value>> values_;
};

// Levels of every look over alpha, all as logarithms.
struct Table {
  std::vector<double> log_alphas;
  std::vector<std::vector<double>> log_levels;  // [look][alpha], increasing
};

constexpr double largest_alpha = 0.999;
constexpr std::size_t nodes_per_factor = 3;  // of e

Table make_table(std::span<const std::uint32_t> looks, std::uint32_t max_blocks) {
  const double first = std::log(smallest_repeated_p);
  const double last = std::log(largest_alpha);
  const auto steps = static_cast<std::size_t>(std::ceil((last - first) * nodes_per_factor));
  Table table;
  table.log_levels.resize(looks.size());
  for (std::size_t step = 0; step <= steps; ++step) {
    const double log_alpha = first + (last - first) * static_cast<double>(step) / static_cast<double>(steps);
    table.log_alphas.push_back(log_alpha);
    const auto levels = levels_by_recursion(looks, max_blocks, std::exp(log_alpha));
    for (std::size_t look = 0; look < looks.size(); ++look) table.log_levels[look].push_back(std::log(levels[look]));
  }
  return table;
}

// The alpha at which a look's level is `level`: a cubic through the four nearest nodes (Neville's scheme).
double alpha_of(const Table& table, std::size_t look, double level) {
  const auto& levels = table.log_levels[look];
  if (level <= 0) return smallest_repeated_p;
  const double wanted = std::log(level);
  if (wanted <= levels.front()) return smallest_repeated_p;
  if (wanted > levels.back()) return 1;
  const auto above = static_cast<std::size_t>(std::ranges::lower_bound(levels, wanted) - levels.begin());
  const std::size_t first = std::min(above < 2 ? 0 : above - 2, levels.size() - 4);
  std::array<double, 4> value{};
  for (std::size_t node = 0; node < 4; ++node) value[node] = table.log_alphas[first + node];
  for (std::size_t order = 1; order < 4; ++order) {
    for (std::size_t node = 0; node + order < 4; ++node) {
      const double left = levels[first + node];
      const double right = levels[first + node + order];
      value[node] = ((right - wanted) * value[node] + (wanted - left) * value[node + 1]) / (right - left);
    }
  }
  return std::exp(std::clamp(value[0], table.log_alphas[above - 1], table.log_alphas[above]));
}

}  // namespace

std::vector<std::uint32_t> looks_up_to(std::uint32_t max_blocks) {
  if (max_blocks == 0) throw std::invalid_argument("sequential boundary: no blocks, no looks");
  Looks looks;
  for (const std::uint32_t look : look_blocks) {
    if (look < max_blocks) looks.push_back(look);
  }
  looks.push_back(max_blocks);
  return looks;
}

std::vector<double> boundary_levels(std::span<const std::uint32_t> looks, std::uint32_t max_blocks, double alpha) {
  if (!(alpha > 0 && alpha < 1)) throw std::invalid_argument("sequential boundary: alpha is not within (0, 1)");
  check(looks, max_blocks);
  static Cache<std::tuple<Looks, std::uint32_t, double>, std::vector<double>> cache;
  return *cache.get({Looks(looks.begin(), looks.end()), max_blocks, alpha},
                    [&] { return levels_by_recursion(looks, max_blocks, alpha); });
}

double repeated_p_value(std::span<const std::uint32_t> looks, std::uint32_t max_blocks,
                        std::span<const double> p_values) {
  if (p_values.size() != looks.size())
    throw std::invalid_argument("repeated p-value: " + std::to_string(p_values.size()) + " p-values for " +
                                std::to_string(looks.size()) + " looks");
  for (const double p : p_values) {
    if (!(p >= 0 && p <= 1)) throw std::invalid_argument("repeated p-value: a p-value lies outside [0, 1]");
  }
  check(looks, max_blocks);
  if (looks.empty()) return 1;
  static Cache<std::pair<Looks, std::uint32_t>, Table> cache;
  const auto table =
      cache.get({Looks(looks.begin(), looks.end()), max_blocks}, [&] { return make_table(looks, max_blocks); });
  double smallest = 1;
  for (std::size_t look = 0; look < looks.size(); ++look)
    smallest = std::min(smallest, alpha_of(*table, look, p_values[look]));
  constexpr double rounding_up = 1 + 1e-4;
  return std::min(smallest * rounding_up, 1.0);
}

}  // namespace cyclegate::stats
