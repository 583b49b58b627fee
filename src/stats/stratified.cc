#include "stats/stratified.h"

#include <boost/math/distributions/normal.hpp>
#include <boost/math/tools/roots.hpp>
#include <cmath>
#include <stdexcept>

namespace cyclegate::stats {

double stratified_z(std::span<const Stratum> strata, double shift, bool from_estimates) {
  if (strata.empty()) throw std::invalid_argument("stratified test: no strata");
  double sum = 0;
  double variance = 0;
  for (const Stratum& stratum : strata) {
    if (!(stratum.weight > 0)) throw std::invalid_argument("stratified test: a weight is not positive");
    const RankSum ranks = stratum.test->rank_sum(from_estimates ? stratum.estimate + shift : shift);
    sum += stratum.weight * (ranks.value - ranks.mean);
    variance += stratum.weight * stratum.weight * ranks.variance;
  }
  return variance > 0 ? sum / std::sqrt(variance) : 0;
}

LogInterval stratified_interval(std::span<const Stratum> strata, double alpha) {
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
  const auto close = [](double low, double high) { return high - low <= 1e-6; };
  // z falls as the displacement grows. Where even an endless displacement is not significant (one block), the end is
  // where the search began, and says no more than "unknown".
  const auto end = [&](double limit) {
    const auto sign = [&](double shift) { return stratified_z(strata, shift, true) >= limit ? -1 : 1; };
    double reach = 1e-3;
    while (reach < 64 && (sign(-reach) > 0 || sign(reach) < 0)) reach *= 4;
    if (sign(-reach) > 0) return -reach;
    if (sign(reach) < 0) return reach;
    const auto [low, high] = boost::math::tools::bisect(sign, -reach, reach, close);
    return (low + high) / 2;
  };
  return {centre + end(critical), centre + end(-critical)};
}

}  // namespace cyclegate::stats
