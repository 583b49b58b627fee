#include "stats/summary.h"

#include <catch2/catch_approx.hpp>
#include <catch2/catch_test_macros.hpp>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <vector>

#include "stats/holm.h"
#include "stats/welch.h"

using namespace cyclegate::stats;
using Catch::Approx;
using Values = std::vector<double>;

TEST_CASE("the median is the middle value, or the mean of the middle two") {
  CHECK(median(Values{3}) == 3);
  CHECK(median(Values{9, 1, 5}) == 5);
  CHECK(median(Values{4, 1, 3, 2}) == 2.5);
  CHECK_THROWS_AS(median(Values{}), std::invalid_argument);
}

TEST_CASE("mean, deviation and variation are the textbook's") {
  const Values values = {2, 4, 4, 4, 5, 5, 7, 9};
  CHECK(mean(values) == 5);
  CHECK(standard_deviation(values) == Approx(std::sqrt(32.0 / 7)));
  CHECK(coefficient_of_variation(values) == Approx(std::sqrt(32.0 / 7) / 5));
  CHECK_THROWS_AS(mean(Values{}), std::invalid_argument);
  CHECK_THROWS_AS(standard_deviation(Values{1}), std::invalid_argument);
  CHECK_THROWS_AS(coefficient_of_variation(Values{0, 0}), std::invalid_argument);
}

TEST_CASE("outliers beyond two deviations go, in one pass, and the rest keeps its order") {
  // Mean 5.9, deviation 7.49: 27 lies 2.82 deviations away. Of the rest 6 lies 2.16 of its own deviations away, and
  // stays: there is no second pass.
  const Values values = {4, 3, 27, 3, 4, 3, 4, 3, 6, 2};
  CHECK(without_outliers(values, 2) == Values{4, 3, 3, 4, 3, 4, 3, 6, 2});
  CHECK(without_outliers(values, 3) == values);
  CHECK(without_outliers(Values(5, 7.0), 2) == Values(5, 7.0));
  CHECK(without_outliers(Values{1, 100}, 0.1) == Values{1, 100});
  CHECK(without_outliers(Values{}, 2).empty());
  CHECK_THROWS_AS(without_outliers(values, 0), std::invalid_argument);
}

TEST_CASE("values that are not finite are refused by every summary") {
  for (const double bad : {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
    const Values values = {1, bad, 3};
    CHECK_THROWS_AS(median(values), std::invalid_argument);
    CHECK_THROWS_AS(mean(values), std::invalid_argument);
    CHECK_THROWS_AS(standard_deviation(values), std::invalid_argument);
    CHECK_THROWS_AS(coefficient_of_variation(values), std::invalid_argument);
    CHECK_THROWS_AS(without_outliers(values, 2), std::invalid_argument);
    CHECK_THROWS_AS(weighted_geometric_mean(values, Values{1, 1, 1}), std::invalid_argument);
    CHECK_THROWS_AS(weighted_geometric_mean(Values{0, 0, 0}, values), std::invalid_argument);
  }
}

TEST_CASE("the geometric mean of a doubling and a halving is 1 with equal weights and leans with unequal ones") {
  const Values logs = {std::log(2.0), std::log(0.5)};
  CHECK(weighted_geometric_mean(logs, Values{1, 1}) == Approx(1));
  CHECK(weighted_geometric_mean(logs, Values{3, 1}) == Approx(std::sqrt(2.0)));
  CHECK(weighted_geometric_mean(logs, Values{30, 10}) == Approx(std::sqrt(2.0)));
  CHECK_THROWS_AS(weighted_geometric_mean(logs, Values{1}), std::invalid_argument);
  CHECK_THROWS_AS(weighted_geometric_mean(logs, Values{1, 0}), std::invalid_argument);
}

TEST_CASE("Holm's adjustment is step-down, monotone and in the order given") {
  // R: p.adjust(c(.01, .04, .03, .005), "holm") is 0.03 0.06 0.06 0.02
  const auto adjusted = holm_adjusted(Values{.01, .04, .03, .005});
  REQUIRE(adjusted.size() == 4);
  CHECK(adjusted[0] == Approx(0.03));
  CHECK(adjusted[1] == Approx(0.06));
  CHECK(adjusted[2] == Approx(0.06));
  CHECK(adjusted[3] == Approx(0.02));
  CHECK(holm_adjusted(Values{}).empty());
  CHECK(holm_adjusted(Values{.9, .8}) == Values{1, 1});
  CHECK_THROWS_AS(holm_adjusted(Values{1.1}), std::invalid_argument);
  CHECK_THROWS_AS(holm_adjusted(Values{std::numeric_limits<double>::quiet_NaN()}), std::invalid_argument);
}

TEST_CASE("Welch's test gives the published values of its textbook example") {
  // R, t.test(extra ~ group, data = sleep): t = -1.8608, df = 17.776, p-value = 0.07939, interval -3.3654832 0.2054832
  // of first minus second.
  const Values first = {0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0};
  const Values second = {1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4};
  const Welch result = welch_test(first, second, 0.95);
  CHECK(result.t == Approx(1.8608).margin(0.00005));
  CHECK(result.degrees == Approx(17.776).margin(0.0005));
  CHECK(result.p == Approx(0.07939).margin(0.000005));
  CHECK(result.low == Approx(-0.2054832).margin(1e-7));
  CHECK(result.high == Approx(3.3654832).margin(1e-7));
  const Welch other = welch_test(second, first, 0.95);
  CHECK(other.p == Approx(result.p));
  CHECK(other.low == Approx(-result.high));
}

TEST_CASE("Welch's test of samples without spread is certain, and of too few is refused") {
  CHECK(welch_test(Values{1, 1}, Values{1, 1}, 0.95).p == 1);
  CHECK(welch_test(Values{1, 1}, Values{2, 2}, 0.95).p == 0);
  CHECK_THROWS_AS(welch_test(Values{1}, Values{1, 2}, 0.95), std::invalid_argument);
  CHECK_THROWS_AS(welch_test(Values{1, std::numeric_limits<double>::infinity()}, Values{1, 2}, 0.95),
                  std::invalid_argument);
}
