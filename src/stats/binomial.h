#pragma once

#include <cstdint>

namespace cyclegate::stats {

/// The smallest count whose probability of not being exceeded, among `trials` independent trials of `chance` each, is
/// at least `probability` (Boost.Math). 0 < chance < 1 and 0 < probability < 1, else std::invalid_argument.
std::uint64_t binomial_quantile(std::uint64_t trials, double chance, double probability);

}  // namespace cyclegate::stats
