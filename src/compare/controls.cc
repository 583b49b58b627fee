#include "compare/controls.h"

#include <algorithm>
#include <optional>

#include "compare/sampled_judge.h"
#include "compare/samples.h"

namespace cyclegate::compare {

using model::FindingKind;

namespace {

FindingKind kind_of(const SampledJudgement& judgement) {
  if (judgement.worse) return FindingKind::regressed;
  if (judgement.better) return FindingKind::improved;
  return judgement.not_worse ? FindingKind::unchanged : FindingKind::inconclusive;
}

}  // namespace

std::vector<model::ControlResult> judge_controls(const model::RunSet& base, const model::RunSet& head,
                                                 const model::Policy& policy, const MetricTable& metrics) {
  std::vector<model::ControlResult> results;
  for (std::size_t index = 0; index < std::min(base.controls.size(), head.controls.size()); ++index) {
    const model::Control& one = base.controls[index];
    const model::Control& other = head.controls[index];
    if (one.run.cell != other.run.cell || one.slow_down != other.slow_down) continue;
    for (const auto& [metric, samples] : one.run.sampled) {
      const auto found = other.run.sampled.find(metric);
      if (found == other.run.sampled.end()) continue;
      SampledJudge judge(policy, base.schedule.looks, std::nullopt);
      const SampledJudgement* judgement =
          judge.add({one.run.cell, metric, false, 1, metrics.better(metric), &samples, &found->second, 0});
      judge.settle();
      model::ControlResult result;
      result.cell = one.run.cell;
      result.metric = metric;
      result.slow_down = one.slow_down;
      result.change.base = median_of(samples);
      result.change.head = median_of(found->second);
      result.blocks = judgement->blocks;
      result.why = judgement->why;
      if (judgement->estimate) {
        result.kind = kind_of(*judgement);
        result.change.estimate = judgement->estimate;
        result.change.interval = judgement->interval;
        result.change.p_value = judgement->p_worse;
        if (result.kind == FindingKind::inconclusive) result.why = judgement->resolve;
      }
      results.push_back(std::move(result));
    }
  }
  return results;
}

}  // namespace cyclegate::compare
