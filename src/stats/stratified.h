#pragma once

#include <optional>
#include <span>

#include "stats/aligned_rank.h"

namespace cyclegate::stats {

/// One input's test with its weight in the aggregate.
struct Stratum {
  const AlignedRank* test = nullptr;
  double weight = 1;    ///< positive
  double estimate = 0;  ///< test->estimate(), which the caller has already
};

/// z = sum u_j (T_j - mu_j) / sqrt(sum u_j^2 v_j) with u_j = weight_j / (4 blocks_j + 1), every stratum shifted by
/// `shift` from `from_estimates ? its own estimate : 0`; mu and v are conditional on the ranks. The divisor turns ranks
/// into shares of the stratum's runs, so that strata with different numbers of blocks count by their weights (van
/// Elteren's weighting; without effect where the numbers are equal). Standard normal under the null for several blocks
/// or strata; with one stratum of few blocks take its exact test instead. 0 where every value is tied. Throws
/// std::invalid_argument without strata or where a weight is not positive and finite.
///
/// Source: P. H. van Elteren, "On the combination of independent two-sample tests of Wilcoxon", Bull. Inst. Internat.
/// Statist. 37 (1960).
double stratified_z(std::span<const Stratum> strata, double shift, bool from_estimates);

/// Interval of the log of the weighted geometric mean of head/base: around the mean of the strata's estimates, all
/// common displacements that the stratified test does not reject at one-sided level `alpha` (normal approximation,
/// Boost.Math), within 1e-6. Nullopt where the blocks are too few for that level: even an endless displacement is not
/// significant. 0 < alpha < 0.5. Throws as stratified_z does.
std::optional<LogInterval> stratified_interval(std::span<const Stratum> strata, double alpha);

}  // namespace cyclegate::stats
