#pragma once

#include <span>
#include <vector>

namespace cyclegate::stats {

/// Holm's step-down adjustment: rejecting every hypothesis whose adjusted p-value is at most alpha keeps the
/// probability of any false rejection at alpha or below, whatever the dependence. Same order as given; adjusted values
/// are capped at 1. Throws std::invalid_argument where a p-value lies outside [0, 1] or is not a number. Source: S.
/// Holm, "A simple sequentially rejective multiple test procedure", Scand. J. Statist. 6 (1979).
std::vector<double> holm_adjusted(std::span<const double> p_values);

}  // namespace cyclegate::stats
