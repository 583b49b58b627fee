#pragma once

#include <cstdint>
#include <span>

#include "model/metric.h"
#include "model/policy.h"
#include "model/wide.h"

namespace cyclegate::compare {

/// A coefficient of variation from here on is high (requirements R21).
inline constexpr double high_variation = 0.10;

/// What the methodology `classic` says of one cell (requirements R21-R24, to the letter).
struct ClassicCell {
  std::size_t base_runs = 0;  ///< that count, outliers removed
  std::size_t head_runs = 0;
  bool looked_again = false;  ///< flaky at first: the longer look with outliers removed is what counts
  model::Wide base_mean = 0;  ///< arithmetic means in thousandths of the unit, rounded: compared as integers
  model::Wide head_mean = 0;
  double estimate = 0;  ///< head/base - 1, of the means
  double low = 0;       ///< its 95 % interval, Welch's
  double high = 0;
  double p = 1;           ///< Welch's, two-sided
  bool worse = false;     ///< the mean is worse and p < .05
  bool better = false;    ///< the mean is better and p < .05
  bool killed = false;    ///< the mean is over `kill`
  bool steady = true;     ///< the coefficient of variation of both sides is below 10 %
  bool flaky = false;     ///< wants more runs
  bool unproven = false;  ///< INCONCLUSIVE: flaky to the end and not significant
};

/// Values of both sides in the order in which they ran. The first `first_look` runs a side count. They are flaky where
/// they are better by more than `keep` with p >= .05, or where a side's coefficient of variation is 10 % or more,
/// unless the mean is killed; then the first `second_look` runs a side count (as far as they are there), those more
/// than two standard deviations from their side's mean left out. What is flaky then and not significant is
/// INCONCLUSIVE; what is significant goes on with wider error bars (R21). At least two positive values a side.
ClassicCell judge_classic(std::span<const std::int64_t> base, std::span<const std::int64_t> head,
                          std::size_t first_look, std::size_t second_look, model::Better better,
                          const model::Thresholds& thresholds);

}  // namespace cyclegate::compare
