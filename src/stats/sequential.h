#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace cyclegate::stats {

/// The planned looks at the data, in complete blocks (of two runs a side).
inline constexpr std::array<std::uint32_t, 6> look_blocks{5, 6, 8, 11, 15, 20};

/// The looks of a measurement that may take at most `max_blocks` blocks: those of look_blocks below it, and itself.
/// Throws std::invalid_argument where max_blocks is 0.
std::vector<std::uint32_t> looks_up_to(std::uint32_t max_blocks);

/// Nominal one-sided levels of the looks, in their order: a test that rejects at any look whose p-value is at most that
/// look's level errs with probability at most `alpha` over all looks together. After n of at most `max_blocks` blocks
/// alpha x (n / max_blocks)^1.5 is spent. What a look may spend does not depend on what comes later, so that any
/// increasing sequence of looks is allowed, also a last one that nobody planned (the time was up), as long as its
/// choice does not depend on the results.
///
/// The joint distribution is that of a Brownian motion at times n / max_blocks, integrated over the region of going on
/// from look to look; levels are within 1e-9 of it, relatively.
///
/// Looks are at least 1, strictly increasing and at most `max_blocks`; 0 < alpha < 1. Throws std::invalid_argument
/// otherwise. Thread-safe; costs some milliseconds for new arguments and a look-up for recent ones.
///
/// Sources: K. Kim, D. L. DeMets, "Design and analysis of group sequential tests based on the type I error spending
/// rate function", Biometrika 74 (1987), with exponent 1.5; P. Armitage, C. K. McPherson, B. C. Rowe, "Repeated
/// significance tests on accumulating data", J. R. Stat. Soc. A 132 (1969) for the recursion. Normal distribution,
/// quadrature and root finding: Boost.Math.
std::vector<double> boundary_levels(std::span<const std::uint32_t> looks, std::uint32_t max_blocks, double alpha);

/// The smallest p-value that repeated_p_value returns.
inline constexpr double smallest_repeated_p = 1e-9;

/// The smallest overall alpha at which the boundary is crossed at any of the looks, of which `p_values` are the nominal
/// one-sided p-values: a p-value that stays valid whenever one stops. Never less for a larger nominal one, never more
/// after another look (but for rounding), at most 1, at least smallest_repeated_p. From a table of levels over alpha,
/// interpolated and then rounded up by 1e-4 of itself, so that it is conservative; within 2e-4 of the exact value up to
/// .5, where decisions are made, and within 1 % above.
///
/// As many p-values as looks, each within [0, 1]; looks as for boundary_levels. No looks: 1. Throws
/// std::invalid_argument otherwise. Thread-safe; the first call with new looks makes its table (some tens of
/// milliseconds).
///
/// Source: C. Jennison, B. W. Turnbull, "Interim analyses: the repeated confidence interval approach", J. R. Stat. Soc.
/// B 51 (1989).
double repeated_p_value(std::span<const std::uint32_t> looks, std::uint32_t max_blocks,
                        std::span<const double> p_values);

}  // namespace cyclegate::stats
