#include "stats/binomial.h"

#include <boost/math/distributions/binomial.hpp>
#include <stdexcept>

namespace cyclegate::stats {

std::uint64_t binomial_quantile(std::uint64_t trials, double chance, double probability) {
  if (!(chance > 0 && chance < 1) || !(probability > 0 && probability < 1))
    throw std::invalid_argument("binomial quantile: a probability is not within (0, 1)");
  if (trials == 0) return 0;
  using boost::math::policies::discrete_quantile;
  using boost::math::policies::integer_round_up;
  using UpwardsPolicy = boost::math::policies::policy<discrete_quantile<integer_round_up>>;
  const boost::math::binomial_distribution<double, UpwardsPolicy> distribution(static_cast<double>(trials), chance);
  return static_cast<std::uint64_t>(boost::math::quantile(distribution, probability));
}

}  // namespace cyclegate::stats
