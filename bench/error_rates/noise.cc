#include "noise.h"

#include <boost/random/normal_distribution.hpp>
#include <boost/random/student_t_distribution.hpp>
#include <boost/random/uniform_01.hpp>
#include <boost/random/uniform_int_distribution.hpp>
#include <cmath>
#include <utility>

namespace cyclegate::error_rates {
namespace {

// Variances add up to 1 in each model, so that all of them have the coefficient of variation asked for.
constexpr double slow_mode_share = 0.2;
constexpr double slow_mode_distance = 2.2;
const double around_mode =
    std::sqrt(1 - slow_mode_distance * slow_mode_distance * slow_mode_share * (1 - slow_mode_share));
constexpr double drift_per_run = 0.1;
constexpr double memory = 0.9;
const double innovation = std::sqrt(1 - memory * memory);
constexpr double change_of_frequency = 0.05;
const double around_frequency = 0.5;
const double frequency_distance = std::sqrt((1 - 0.25) * 3 / 2);

double normal(Random& random) {
  return boost::random::normal_distribution<double>()(random);
}

double uniform(Random& random) {
  return boost::random::uniform_01<double>()(random);
}

double some_frequency(Random& random) {
  return frequency_distance * (boost::random::uniform_int_distribution<int>(0, 2)(random) - 1);
}

}  // namespace

std::string_view name(Noise noise) {
  switch (noise) {
    case Noise::lognormal:
      return "lognormal";
    case Noise::heavy_tail:
      return "heavy tail";
    case Noise::bimodal:
      return "bimodal";
    case Noise::drift:
      return "drift";
    case Noise::ar1:
      return "AR(1), phi .9";
    case Noise::frequency:
      return "frequency steps";
  }
  std::unreachable();
}

Disturbance::Disturbance(Noise noise, double cv, Random& random)
    : noise_(noise), deviation_(std::sqrt(std::log1p(cv * cv))), random_(random) {
  if (noise == Noise::ar1) state_ = normal(random);
  if (noise == Noise::drift) slope_ = uniform(random) < 0.5 ? drift_per_run : -drift_per_run;
  if (noise == Noise::frequency) state_ = some_frequency(random);
}

double Disturbance::next() {
  switch (noise_) {
    case Noise::lognormal:
      return deviation_ * normal(random_);
    case Noise::heavy_tail:
      return deviation_ * boost::random::student_t_distribution<double>(3)(random_) / std::sqrt(3.0);
    case Noise::bimodal: {
      const double mode = uniform(random_) < slow_mode_share ? slow_mode_distance : 0;
      return deviation_ * (mode + around_mode * normal(random_));
    }
    case Noise::drift:
      return deviation_ * ((state_ += slope_) + normal(random_));
    case Noise::ar1:
      return deviation_ * (state_ = memory * state_ + innovation * normal(random_));
    case Noise::frequency:
      if (uniform(random_) < change_of_frequency) state_ = some_frequency(random_);
      return deviation_ * (state_ + around_frequency * normal(random_));
  }
  std::unreachable();
}

}  // namespace cyclegate::error_rates
