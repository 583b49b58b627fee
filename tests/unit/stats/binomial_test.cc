#include "stats/binomial.h"

#include <catch2/catch_test_macros.hpp>
#include <cmath>
#include <cstdint>
#include <stdexcept>

using cyclegate::stats::binomial_quantile;

TEST_CASE("the binomial quantile is the first count whose summed probability reaches the wanted one") {
  for (const double chance : {0.05, 0.3}) {
    for (std::uint64_t trials = 1; trials <= 300; ++trials) {
      const auto n = static_cast<double>(trials);
      double term = std::pow(1 - chance, n);
      double sum = term;
      std::uint64_t count = 0;
      while (sum < 0.95 - 1e-12) {
        const auto k = static_cast<double>(count);
        term *= (n - k) / (k + 1) * chance / (1 - chance);
        sum += term;
        ++count;
      }
      INFO(chance << " of " << trials);
      CHECK(binomial_quantile(trials, chance, 0.95) == count);
    }
  }
}

TEST_CASE("the binomial quantile of many trials neither underflows nor drifts") {
  // By exact sums of rational numbers.
  CHECK(binomial_quantile(14'600, 0.05, 0.95) == 774);
  CHECK(binomial_quantile(20'000, 0.05, 0.95) == 1051);
  CHECK(binomial_quantile(0, 0.05, 0.95) == 0);
  CHECK_THROWS_AS(binomial_quantile(5, 0, 0.95), std::invalid_argument);
  CHECK_THROWS_AS(binomial_quantile(5, 0.05, 1), std::invalid_argument);
}
