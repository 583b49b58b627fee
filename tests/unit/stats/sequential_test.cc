#include "stats/sequential.h"

#include <catch2/catch_approx.hpp>
#include <catch2/catch_test_macros.hpp>
#include <cmath>
#include <limits>
#include <numbers>
#include <random>
#include <stdexcept>
#include <thread>

using namespace cyclegate::stats;
using Catch::Approx;
using Looks = std::vector<std::uint32_t>;
using Values = std::vector<double>;

TEST_CASE("the levels are those published for an overall alpha of .05 and of a twentieth of it") {
  const Values whole = {.00625, .00497, .00776, .01293, .02113, .03332};
  const Values twentieth = {.000313, .000204, .000322, .000536, .000858, .001315};
  const auto of_whole = boundary_levels(look_blocks, 20, .05);
  const auto of_twentieth = boundary_levels(look_blocks, 20, .05 / 20);
  REQUIRE(of_whole.size() == 6);
  for (std::size_t look = 0; look < 6; ++look) {
    CHECK(of_whole[look] == Approx(whole[look]).margin(5.1e-6));
    CHECK(of_twentieth[look] == Approx(twentieth[look]).margin(5.1e-7));
  }
}

TEST_CASE("a single look at the end has the whole alpha, and one before the end its share") {
  CHECK(boundary_levels(Looks{20}, 20, .05).at(0) == Approx(.05).epsilon(1e-12));
  CHECK(boundary_levels(Looks{5}, 20, .05).at(0) == Approx(.05 / 8).epsilon(1e-12));
  CHECK(boundary_levels(Looks{}, 20, .05).empty());
}

TEST_CASE("two looks agree with the bivariate normal distribution") {
  // P(Z1 < a, Z2 >= b) with correlation sqrt(t1/t2), by plain trapezoids over Z1.
  for (const double alpha : {.3, .05, 1e-4}) {
    const auto levels = boundary_levels(Looks{9, 16}, 16, alpha);
    const auto tail = [](double z) { return std::erfc(z / std::numbers::sqrt2) / 2; };
    const auto quantile = [&](double level) {
      double low = -9;
      double high = 9;
      for (int step = 0; step < 100; ++step) (tail((low + high) / 2) > level ? low : high) = (low + high) / 2;
      return low;
    };
    const double a = quantile(levels[0]);
    const double b = quantile(levels[1]);
    const double r = std::sqrt(9.0 / 16);
    double sum = 0;
    constexpr int steps = 200'000;
    for (int step = 0; step <= steps; ++step) {
      const double z = -9 + (a + 9) * step / steps;
      const double height =
          std::exp(-z * z / 2) / std::sqrt(2 * std::numbers::pi) * tail((b - r * z) / std::sqrt(1 - r * r));
      sum += height * (step == 0 || step == steps ? .5 : 1) * (a + 9) / steps;
    }
    CHECK(levels[0] + sum == Approx(alpha).epsilon(1e-8));
  }
}

TEST_CASE("a random walk crosses the boundary with probability alpha, also with a last look that was not planned") {
  std::mt19937_64 random(11);
  std::normal_distribution<double> step;
  for (const Looks& looks : {Looks(look_blocks.begin(), look_blocks.end()), Looks{5, 6, 8, 9}, Looks{1, 2, 19, 20}}) {
    const auto levels = boundary_levels(looks, 20, .1);
    constexpr int walks = 100'000;
    int crossed = 0;
    for (int walk = 0; walk < walks; ++walk) {
      double at = 0;
      std::uint32_t time = 0;
      for (std::size_t look = 0; look < looks.size(); ++look) {
        at += step(random) * std::sqrt(looks[look] - time);
        time = looks[look];
        if (std::erfc(at / std::sqrt(2.0 * time)) / 2 > levels[look]) continue;
        ++crossed;
        break;
      }
    }
    const double spent = .1 * std::pow(looks.back() / 20.0, 1.5);
    CHECK(std::abs(crossed - spent * walks) < 4 * std::sqrt(spent * walks));
  }
}

TEST_CASE("what comes later changes no earlier level, and a larger alpha gives larger ones") {
  const auto planned = boundary_levels(look_blocks, 20, .05);
  const auto cut = boundary_levels(Looks{5, 6, 8, 9}, 20, .05);
  for (std::size_t look = 0; look < 3; ++look) CHECK(cut[look] == Approx(planned[look]).epsilon(1e-9));
  Values before(6, 0.0);
  for (double alpha = 1e-9; alpha < 1; alpha *= 1.5) {
    const auto levels = boundary_levels(look_blocks, 20, alpha);
    for (std::size_t look = 0; look < 6; ++look) {
      REQUIRE(levels[look] > before[look]);
      REQUIRE(levels[look] <= alpha);
    }
    before = levels;
  }
}

TEST_CASE("looks close together and a long measurement keep the total") {
  Looks looks;
  for (std::uint32_t look = 990; look <= 1000; ++look) looks.push_back(look);
  const auto levels = boundary_levels(looks, 1000, .05);
  for (const double level : levels) {
    CHECK(level > 0);
    CHECK(level < .05);
  }
  CHECK(boundary_levels(Looks{999, 1000}, 1000, .05)[1] < .05);
}

TEST_CASE("the repeated p-value is the alpha whose boundary is just crossed") {
  for (const double alpha : {1e-8, 3.3e-6, .0025, .025, .05, .3, .5, .9}) {
    const auto levels = boundary_levels(look_blocks, 20, alpha);
    for (std::size_t look = 0; look < 6; ++look) {
      Values p_values(6, 1.0);
      p_values[look] = levels[look];
      const double repeated = repeated_p_value(look_blocks, 20, p_values);
      CHECK(repeated >= alpha);  // conservative
      CHECK(repeated <= alpha * (alpha > .5 ? 1.01 : 1.0002));
    }
  }
}

TEST_CASE("the repeated p-value decides as the boundary does") {
  std::mt19937_64 random(12);
  std::uniform_real_distribution<double> exponent(-6, 0);
  const auto levels = boundary_levels(look_blocks, 20, .05);
  for (int repeat = 0; repeat < 2000; ++repeat) {
    Values p_values;
    bool crossed = false;
    for (const double level : levels) {
      p_values.push_back(std::pow(10, exponent(random)));
      crossed = crossed || p_values.back() <= level;
    }
    CHECK((repeated_p_value(look_blocks, 20, p_values) <= .05) == crossed);
  }
}

TEST_CASE("the repeated p-value grows with each p-value and does not grow with another look") {
  const Looks looks(look_blocks.begin(), look_blocks.end());
  double before = 0;
  for (double p = 0; p <= 1; p = p == 0 ? 1e-12 : p * 1.01) {
    const double repeated = repeated_p_value(Looks{5, 6}, 20, Values{1, p});
    REQUIRE(repeated >= before);
    REQUIRE(repeated <= 1);
    before = repeated;
  }
  const Values p_values = {.2, .04, .03, .002, .5, .01};
  double smallest = 1;
  for (std::size_t count = 1; count <= 6; ++count) {
    const double repeated = repeated_p_value(std::span(looks).first(count), 20, std::span(p_values).first(count));
    CHECK(repeated <= smallest * 1.0001);
    smallest = repeated;
  }
  CHECK(smallest < .05);
}

TEST_CASE("what says nothing has a repeated p-value of 1, and what says all has the smallest") {
  CHECK(repeated_p_value(Looks{}, 20, Values{}) == 1);
  CHECK(repeated_p_value(look_blocks, 20, Values(6, 1.0)) == 1);
  CHECK(repeated_p_value(Looks{5}, 20, Values{.2}) == 1);  // an eighth of alpha is spent: no alpha is enough
  CHECK(repeated_p_value(look_blocks, 20, Values(6, 0.0)) == Approx(smallest_repeated_p).epsilon(2e-4));
}

TEST_CASE("looks, levels and p-values that make no sense are refused") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  for (const Looks& bad : {Looks{0, 5}, Looks{5, 5}, Looks{6, 5}, Looks{21}}) {
    CHECK_THROWS_AS(boundary_levels(bad, 20, .05), std::invalid_argument);
    CHECK_THROWS_AS(repeated_p_value(bad, 20, Values(bad.size(), .5)), std::invalid_argument);
  }
  for (const double bad : {0.0, 1.0, -1.0, nan})
    CHECK_THROWS_AS(boundary_levels(look_blocks, 20, bad), std::invalid_argument);
  for (const double bad : {-.1, 1.1, nan})
    CHECK_THROWS_AS(repeated_p_value(Looks{5}, 20, Values{bad}), std::invalid_argument);
  CHECK_THROWS_AS(repeated_p_value(look_blocks, 20, Values{.1}), std::invalid_argument);
  CHECK_THROWS_AS(looks_up_to(0), std::invalid_argument);
}

TEST_CASE("a measurement's looks are the planned ones below its last block, and that one") {
  CHECK(looks_up_to(20) == Looks{5, 6, 8, 11, 15, 20});
  CHECK(looks_up_to(12) == Looks{5, 6, 8, 11, 12});
  CHECK(looks_up_to(3) == Looks{3});
  CHECK(looks_up_to(40) == Looks{5, 6, 8, 11, 15, 20, 40});
}

TEST_CASE("boundaries may be asked for by several threads at once") {
  std::vector<std::thread> threads;
  std::array<double, 4> results{};
  for (std::size_t index = 0; index < results.size(); ++index) {
    threads.emplace_back([&results, index] {
      for (std::uint32_t last = 9; last < 12; ++last)
        results.at(index) += repeated_p_value(Looks{5, last}, 33, Values{.01, .0001});
    });
  }
  for (auto& thread : threads) thread.join();
  for (const double result : results) CHECK(result == results[0]);
}
