#pragma once

#include <span>
#include <vector>

namespace cyclegate::stats {

// All functions here throw std::invalid_argument on values that are not finite, as on what is said with each.

/// The middle value; the mean of the two middle ones where the count is even. Throws std::invalid_argument when empty.
double median(std::span<const double> values);

/// Arithmetic mean. Throws std::invalid_argument when empty.
double mean(std::span<const double> values);

/// Sample standard deviation with n - 1. Throws std::invalid_argument below two values.
double standard_deviation(std::span<const double> values);

/// Coefficient of variation: standard deviation over mean, as a fraction. Throws std::invalid_argument below two values
/// or where the mean is not positive.
double coefficient_of_variation(std::span<const double> values);

/// The values that lie within `deviations` sample standard deviations of their mean, in their order, and all of them
/// where there are fewer than three. One pass: mean and deviation are those of all values given. This is the given
/// methodology's rule (2 deviations); it makes what is left look steadier than it was, so that a test of it promises
/// too much (docs/statistics.md). `deviations` is positive, else std::invalid_argument.
std::vector<double> without_outliers(std::span<const double> values, double deviations);

/// exp(sum(weight x log) / sum(weight)) of ratios that are given by their logarithms. Weights are positive; both spans
/// have the same length, at least 1. Throws std::invalid_argument otherwise.
double weighted_geometric_mean(std::span<const double> logs, std::span<const double> weights);

}  // namespace cyclegate::stats
