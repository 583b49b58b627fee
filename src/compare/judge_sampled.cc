#include "compare/judge_sampled.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "compare/words.h"
#include "stats/summary.h"
#include "stats/welch.h"

namespace cyclegate::compare {
namespace {

constexpr double level = 0.95;           // of the intervals that are shown
constexpr double high_variation = 0.10;  // requirements R21

std::vector<double> values_of(std::span<const model::Sample> samples) {
  std::vector<double> values;
  values.reserve(samples.size());
  for (const auto& sample : samples) values.push_back(static_cast<double>(sample.value));
  return values;
}

bool all_positive(std::span<const model::Sample> samples) {
  return std::ranges::all_of(samples, [](std::int64_t value) { return value > 0; }, &model::Sample::value);
}

void warn_of_variation(std::span<const double> values, std::string_view side, SampledJudgement& judgement) {
  if (values.size() < 2) return;
  const double variation = stats::coefficient_of_variation(values);
  if (variation < high_variation) return;
  judgement.warnings.push_back(
      {"high-variation",
       fmt::format("{} varies by {:.1f} % (coefficient of variation, 10 % is the limit): look for throttling and other "
                   "processes, or cool down longer",
                   side, variation * 100)});
}

// Complete blocks, two runs of each side; what is left over is counted.
std::vector<stats::Block> pair_blocks(std::span<const model::Sample> base, std::span<const model::Sample> head,
                                      std::size_t& left_over) {
  const auto ordered = [](std::span<const model::Sample> samples) {
    std::vector<model::Sample> sorted(samples.begin(), samples.end());
    std::ranges::sort(sorted, [](const model::Sample& one, const model::Sample& other) {
      return std::pair(one.block, one.order) < std::pair(other.block, other.order);
    });
    return sorted;
  };
  const auto one = ordered(base);
  const auto other = ordered(head);
  const auto run_length = [](const std::vector<model::Sample>& samples, std::size_t first) {
    std::size_t last = first;
    while (last < samples.size() && samples[last].block == samples[first].block) ++last;
    return last - first;
  };
  std::vector<stats::Block> blocks;
  std::size_t at_base = 0;
  std::size_t at_head = 0;
  while (at_base < one.size() || at_head < other.size()) {
    const bool base_first =
        at_head == other.size() || (at_base < one.size() && one[at_base].block <= other[at_head].block);
    const bool head_first =
        at_base == one.size() || (at_head < other.size() && other[at_head].block <= one[at_base].block);
    const std::size_t base_runs = base_first ? run_length(one, at_base) : 0;
    const std::size_t head_runs = head_first ? run_length(other, at_head) : 0;
    if (base_runs == 2 && head_runs == 2) {
      blocks.push_back({{static_cast<double>(one[at_base].value), static_cast<double>(one[at_base + 1].value)},
                        {static_cast<double>(other[at_head].value), static_cast<double>(other[at_head + 1].value)}});
    } else {
      left_over += base_runs + head_runs;
    }
    at_base += base_runs;
    at_head += head_runs;
  }
  return blocks;
}

void judge_robust(std::span<const model::Sample> base, std::span<const model::Sample> head, model::Better better,
                  const model::Policy& policy, SampledJudgement& judgement) {
  std::size_t left_over = 0;
  const auto blocks = pair_blocks(base, head, left_over);
  if (left_over > 0) {
    judgement.warnings.push_back(
        {"incomplete-block", counted(left_over, "run") + " outside complete blocks of four not used"});
  }
  if (blocks.empty()) {
    judgement.why = "no complete block of two runs a side";
    return;
  }
  judgement.test.emplace(blocks);
  const stats::AlignedRank& test = *judgement.test;
  judgement.log_estimate = test.estimate();
  // Bisection is good to 1e-7: anything closer to no change is no change.
  if (std::abs(judgement.log_estimate) < 2e-7) judgement.log_estimate = 0;
  judgement.estimate = std::expm1(judgement.log_estimate);
  if (const auto interval = test.interval((1 - level) / 2))
    judgement.interval = {std::expm1(interval->low), std::expm1(interval->high), level};
  const bool lower = better == model::Better::lower;
  const stats::Tails none = test.test(0);
  judgement.p_worse = lower ? none.greater : none.less;
  judgement.p_better = lower ? none.less : none.greater;
  const auto proven_below = [&](model::Millionths limit) {
    const double growth = std::log1p(static_cast<double>(limit.value) / model::one_million);
    return lower ? test.test(growth).less <= alpha : test.test(-growth).greater <= alpha;
  };
  judgement.not_worse = proven_below(policy.tolerance.sampled);
  judgement.within_worst_input = proven_below(policy.thresholds.worst_input);
}

void judge_classic(std::span<const double> base, std::span<const double> head, model::Better better,
                   const model::Policy& policy, SampledJudgement& judgement) {
  if (base.size() < 2 || head.size() < 2) {
    judgement.why = "fewer than two runs a side";
    return;
  }
  const stats::Welch welch = stats::welch_test(base, head, level);
  judgement.base_mean = stats::mean(base);
  judgement.head_mean = stats::mean(head);
  judgement.estimate = welch.difference / judgement.base_mean;
  judgement.log_estimate = std::log1p(*judgement.estimate);
  judgement.interval = {welch.low / judgement.base_mean, welch.high / judgement.base_mean, level};
  // Two-sided, as the methodology has it; the side that the mean speaks against has nothing to show.
  const bool worse = better == model::Better::lower ? welch.difference > 0 : welch.difference < 0;
  const bool equal = welch.difference == 0;
  judgement.p_worse = worse && !equal ? welch.p : 1;
  judgement.p_better = !worse && !equal ? welch.p : 1;
  const double growth =
      better == model::Better::lower ? *judgement.estimate : judgement.base_mean / judgement.head_mean - 1;
  judgement.not_worse = growth <= static_cast<double>(policy.tolerance.sampled.value) / model::one_million;
  judgement.within_worst_input =
      growth <= static_cast<double>(policy.thresholds.worst_input.value) / model::one_million;
}

}  // namespace

SampledJudgement judge_sampled(std::span<const model::Sample> base, std::span<const model::Sample> head,
                               model::Better better, const model::Policy& policy) {
  SampledJudgement judgement;
  if (!all_positive(base) || !all_positive(head)) {
    judgement.why = "a run gave 0, so that there is no ratio to judge";
    return judgement;
  }
  const auto base_values = values_of(base);
  const auto head_values = values_of(head);
  warn_of_variation(base_values, "base", judgement);
  warn_of_variation(head_values, "head", judgement);
  if (policy.methodology == model::Methodology::robust)
    judge_robust(base, head, better, policy, judgement);
  else
    judge_classic(base_values, head_values, better, policy, judgement);
  return judgement;
}

SampledJudgement inform_across_sessions(std::span<const model::Sample> base, std::span<const model::Sample> head) {
  SampledJudgement judgement;
  if (base.size() < 2 || head.size() < 2 || !all_positive(base) || !all_positive(head)) return judgement;
  auto base_logs = values_of(base);
  auto head_logs = values_of(head);
  for (auto* logs : {&base_logs, &head_logs}) {
    for (double& value : *logs) value = std::log(value);
  }
  const stats::Welch welch = stats::welch_test(base_logs, head_logs, level);
  judgement.log_estimate = welch.difference;
  judgement.estimate = std::expm1(welch.difference);
  judgement.interval = {std::expm1(welch.low), std::expm1(welch.high), level};
  return judgement;
}

std::optional<std::uint64_t> median_of(std::span<const model::Sample> samples) {
  if (samples.empty()) return std::nullopt;
  std::vector<std::int64_t> values;
  values.reserve(samples.size());
  for (const auto& sample : samples) values.push_back(sample.value);
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::ranges::nth_element(values, middle);
  std::int64_t median = *middle;
  if (values.size() % 2 == 0) {
    const std::int64_t below = *std::max_element(values.begin(), middle);
    if (below < 0) return std::nullopt;
    median = below + (median - below) / 2;
  }
  if (median < 0) return std::nullopt;
  return static_cast<std::uint64_t>(median);
}

}  // namespace cyclegate::compare
