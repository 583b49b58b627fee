#pragma once

#include <array>
#include <boost/random/mersenne_twister.hpp>
#include <string_view>

namespace cyclegate::error_rates {

using Random = boost::random::mt19937_64;

/// What disturbs the run times of a machine. The first three are stationary and independent from run to run.
enum class Noise : std::uint8_t {
  lognormal,
  heavy_tail,  ///< Student's t with three degrees of freedom
  bimodal,     ///< a fifth of the runs belongs to a slower mode
  drift,       ///< lognormal, and each run slower (or each faster) than the one before by a tenth of the deviation
  ar1,         ///< autoregressive: each run remembers nine tenths of the disturbance of the one before
  frequency,   ///< three levels of clock frequency, changed after twenty runs on average, and lognormal
};

inline constexpr std::array<Noise, 6> noises{Noise::lognormal, Noise::heavy_tail, Noise::bimodal,
                                             Noise::drift,     Noise::ar1,        Noise::frequency};

constexpr bool stationary(Noise noise) {
  return noise == Noise::lognormal || noise == Noise::heavy_tail || noise == Noise::bimodal;
}

std::string_view name(Noise noise);

/// The disturbances of successive runs of one cell.
class Disturbance {
 public:
  /// `cv` is the coefficient of variation; where there is drift, that of what is left without it.
  Disturbance(Noise noise, double cv, Random& random);

  /// log(time / undisturbed time) of the next run.
  double next();

 private:
  Noise noise_;
  double deviation_;
  Random& random_;
  double state_ = 0;
  double slope_ = 0;
};

}  // namespace cyclegate::error_rates
