#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "compare/sampled_family.h"
#include "model/comparison.h"
#include "model/policy.h"
#include "model/run_set.h"
#include "stats/aligned_rank.h"

namespace cyclegate::compare {

/// What the samples of one cell and metric say before the correction for many comparisons. Ratios are head/base, as
/// they are; "worse" and "better" know which way the metric is better.
struct SampledJudgement {
  std::optional<double> estimate;  ///< head/base - 1
  std::optional<model::Interval> interval;
  double p_worse = 1;               ///< one-sided, of "head is not worse"
  double p_better = 1;              ///< one-sided, of "head is not better"
  bool not_worse = false;           ///< proven to be no worse than the tolerance, at `alpha`
  bool within_worst_input = false;  ///< proven to be no worse than `worst_input`, at `alpha`
  std::optional<stats::AlignedRank> test;
  double log_estimate = 0;  ///< log(1 + estimate) where there is a test
  double base_mean = 0;     ///< classic: arithmetic means
  double head_mean = 0;
  std::string why;  ///< set where nothing can be judged
  std::vector<model::Warning> warnings;
};

/// Pairs the samples to complete blocks and tests them. `robust` uses the exact aligned-rank test, `classic` Welch's.
SampledJudgement judge_sampled(std::span<const model::Sample> base, std::span<const model::Sample> head,
                               model::Better better, const model::Policy& policy);

/// For samples of different sessions, which do not pair up: both methods are out of place, and Welch's interval of the
/// logarithms is shown for information only.
SampledJudgement inform_across_sessions(std::span<const model::Sample> base, std::span<const model::Sample> head);

/// The median of the samples as an integer in the metric's unit; nullopt where there is none or it is negative.
std::optional<std::uint64_t> median_of(std::span<const model::Sample> samples);

}  // namespace cyclegate::compare
