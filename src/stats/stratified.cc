#include "stats/stratified.h"

#include <boost/math/distributions/normal.hpp>
#include <boost/math/tools/roots.hpp>
#include <cmath>
#include <stdexcept>
#include <vector>

namespace cyclegate::stats {

namespace {

// z of strata whose head runs are shifted: `ranks_of(index)` gives a stratum's rank sum.
template <class RanksOf>
double combine(std::span<const Stratum> strata, const RanksOf& ranks_of) {
  double sum = 0;
  double variance = 0;
  for (std::size_t index = 0; index < strata.size(); ++index) {
    if (!(strata[index].weight > 0) || !std::isfinite(strata[index].weight))
      throw std::invalid_argument("stratified test: a weight is not positive and finite");
    // Rank sums grow with the square of the blocks: without this, strata that stopped early would hardly count, and
    // those that went on, because head looked slow there, would speak for all.
    const double weight = strata[index].weight / static_cast<double>(4 * strata[index].test->blocks() + 1);
    const RankSum ranks = ranks_of(index);
    sum += weight * (ranks.value - ranks.mean);
    variance += weight * weight * ranks.variance;
  }
  return variance > 0 ? sum / std::sqrt(variance) : 0;
}

}  // namespace

double stratified_z(std::span<const Stratum> strata, double shift, bool from_estimates) {
  if (strata.empty()) throw std::invalid_argument("stratified test: no strata");
  return combine(strata, [&](std::size_t index) {
    const Stratum& stratum = strata[index];
    return stratum.test->rank_sum(from_estimates ? stratum.estimate + shift : shift);
  });
}

std::optional<LogInterval> stratified_interval(std::span<const Stratum> strata, double alpha) {
  if (!(alpha > 0 && alpha < 0.5)) throw std::invalid_argument("stratified interval: alpha is not within (0, 0.5)");
  const double critical = boost::math::quantile(boost::math::complement(boost::math::normal(), alpha));
  double centre = 0;
  double weight = 0;
  for (const Stratum& stratum : strata) {
    centre += stratum.weight * stratum.estimate;
    weight += stratum.weight;
  }
  if (strata.empty() || !(weight > 0)) throw std::invalid_argument("stratified interval: no strata");
  centre /= weight;
  std::vector<AlignedRank::Sums> sums;
  sums.reserve(strata.size());
  for (const Stratum& stratum : strata) sums.emplace_back(*stratum.test);
  const auto z_at = [&](double shift) {
    return combine(strata, [&](std::size_t index) { return sums[index].at(strata[index].estimate + shift); });
  };
  const auto close = [](double low, double high) { return high - low <= 1e-6; };
  // z falls as the displacement grows. Where even an endless displacement is not significant (one block), there is no
  // end.
  const auto end = [&](double limit) -> std::optional<double> {
    const auto sign = [&](double shift) { return z_at(shift) >= limit ? -1 : 1; };
    double reach = 1e-3;
    while (sign(-reach) > 0 || sign(reach) < 0) {
      if (reach >= 64) return std::nullopt;
      reach *= 4;
    }
    const auto [low, high] = boost::math::tools::bisect(sign, -reach, reach, close);
    return (low + high) / 2;
  };
  const auto low = end(critical);
  const auto high = end(-critical);
  if (!low || !high) return std::nullopt;
  return LogInterval{centre + *low, centre + *high};
}

}  // namespace cyclegate::stats
