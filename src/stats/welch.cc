#include "stats/welch.h"

#include <algorithm>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <stdexcept>

#include "stats/summary.h"

namespace cyclegate::stats {

Welch welch_test(std::span<const double> first, std::span<const double> second, double level) {
  if (first.size() < 2 || second.size() < 2) throw std::invalid_argument("Welch test: fewer than two values a side");
  if (!(level > 0 && level < 1)) throw std::invalid_argument("Welch test: level is not within (0, 1)");
  const auto finite = [](double value) { return std::isfinite(value); };
  if (!std::ranges::all_of(first, finite) || !std::ranges::all_of(second, finite))
    throw std::invalid_argument("Welch test: a value is not finite");
  const auto squared_error = [](std::span<const double> values) {
    const double deviation = standard_deviation(values);
    return deviation * deviation / static_cast<double>(values.size());
  };
  const double first_error = squared_error(first);
  const double second_error = squared_error(second);
  const double error = first_error + second_error;
  Welch result;
  result.difference = mean(second) - mean(first);
  if (error == 0) {
    result.degrees = static_cast<double>(first.size() + second.size() - 2);
    result.p = result.difference == 0 ? 1 : 0;
    result.low = result.high = result.difference;
    return result;
  }
  result.t = result.difference / std::sqrt(error);
  result.degrees = error * error /
                   (first_error * first_error / static_cast<double>(first.size() - 1) +
                    second_error * second_error / static_cast<double>(second.size() - 1));
  const boost::math::students_t distribution(result.degrees);
  result.p = std::min(1.0, 2 * boost::math::cdf(boost::math::complement(distribution, std::abs(result.t))));
  const double reach = boost::math::quantile(boost::math::complement(distribution, (1 - level) / 2)) * std::sqrt(error);
  result.low = result.difference - reach;
  result.high = result.difference + reach;
  return result;
}

}  // namespace cyclegate::stats
