#pragma once

#include <cstdint>
#include <functional>
#include <span>

#include "stats/aligned_rank.h"

namespace cyclegate::error_rates {

/// What another method said of one cell.
struct Answer {
  bool regression = false;
  std::uint32_t runs = 0;  ///< of both sides
};

/// Makes the next timed run of head, or of base, and gives its time.
using Run = std::function<double(bool head)>;

/// The methodology `classic`, judged by compare/classic_cell.h: ten runs a side, and ten more where they are flaky. In
/// batches: ten of base, then ten of head.
Answer classic_in_batches(const Run& run);

/// The same with runs in randomised blocks of four, as cyclegate makes them.
Answer classic_in_blocks(const std::function<stats::Block()>& block);

/// One-sided exact p-value of the Mann-Whitney test that `head` is not slower than `base`; ties count half, and the
/// half is left out of the statistic, which is conservative. Up to 20 values a side. Source: H. B. Mann, D. R. Whitney,
/// Annals of Mathematical Statistics 18 (1947), their recurrence for the counts.
double mann_whitney_p(std::span<const double> base, std::span<const double> head);

/// Ten runs of base, then ten of head; slower at a two-sided p < .05 of Mann-Whitney's test (as benchstat is used).
Answer mann_whitney_in_batches(const Run& run);

/// Ten runs of base, then ten of head; slower where the ratio of means lies above 1 by more than its propagated
/// standard deviation (as hyperfine's "1.02 +- 0.01 times" is read).
Answer mean_and_sigma(const Run& run);

/// Pairs of base and head, a paired t test of the logarithms after each from the tenth on, until two-sided p < .05 or
/// there are forty pairs: looking until it is significant.
Answer paired_t_until_significant(const Run& run);

}  // namespace cyclegate::error_rates
