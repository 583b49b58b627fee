#pragma once

#include <span>

namespace cyclegate::stats {

/// Welch's unequal-variances t test of two independent samples.
struct Welch {
  double difference = 0;  ///< mean of second minus mean of first
  double t = 0;
  double degrees = 0;  ///< Welch-Satterthwaite degrees of freedom
  double p = 1;        ///< two-sided
  double low = 0;      ///< confidence interval of the difference at the asked level
  double high = 0;
};

/// `level` is the interval's coverage, e.g. 0.95. Two samples without any spread give p = 1 where their means are
/// equal, else p = 0. Throws std::invalid_argument below two values a side, on values that are not finite, or where
/// level is not within (0, 1). Source: B. L. Welch, Biometrika 34 (1947); Student's t distribution by Boost.Math.
Welch welch_test(std::span<const double> first, std::span<const double> second, double level);

}  // namespace cyclegate::stats
