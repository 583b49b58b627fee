#include "compare/controls.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>

#include "compare/sampled_family.h"
#include "compare/samples.h"
#include "model/wide.h"

namespace cyclegate::compare {
namespace {

const std::string metric = "wall_time";

/// A control with what it can be judged by.
struct Judgeable {
  std::size_t result = 0;
  std::size_t cell = 0;  ///< within the family
};

const model::Control* control_like(const model::RunSet& set, const model::Control& wanted) {
  const auto found = std::ranges::find_if(set.controls, [&](const model::Control& control) {
    return control.run.cell == wanted.run.cell && control.slow_down == wanted.slow_down;
  });
  return found == set.controls.end() ? nullptr : &*found;
}

const std::vector<model::Sample>* samples_of(const model::Control& control) {
  const auto found = control.run.sampled.find(metric);
  return found == control.run.sampled.end() || found->second.empty() ? nullptr : &found->second;
}

}  // namespace

std::vector<model::ControlResult> judge_controls(const model::RunSet& base, const model::RunSet& head,
                                                 const model::Policy& policy) {
  std::vector<model::ControlResult> results;
  std::vector<Judgeable> judgeable;
  std::vector<std::uint32_t> looks = base.schedule.looks;
  if (looks.empty()) looks = {std::max<std::uint32_t>(base.schedule.blocks, 1)};
  SampledFamily family(looks, policy);
  for (const model::Control& one : base.controls) {
    model::ControlResult result{.cell = one.run.cell, .metric = metric, .slow_down = one.slow_down};
    const model::Control* other = control_like(head, one);
    const auto* base_samples = samples_of(one);
    const auto* head_samples = other == nullptr ? nullptr : samples_of(*other);
    if (base_samples == nullptr || head_samples == nullptr || !all_positive(*base_samples) ||
        !all_positive(*head_samples)) {
      result.why = "no times were measured";
    } else if (one.run.comparability.machine != other->run.comparability.machine ||
               one.run.comparability.session != other->run.comparability.session) {
      result.why = "other session or machine: the runs were not interleaved";
    } else if (const PairedBlocks paired = pair_blocks(*base_samples, *head_samples); paired.blocks.empty()) {
      result.why = "no complete block";
    } else {
      const double margin = static_cast<double>(policy.tolerance.sampled.value) / model::one_million;
      const std::size_t cell = family.add_cell({.group = family.cells(), .margin = margin});
      for (const stats::Block& block : paired.blocks) family.add_block(cell, block);
      result.blocks = static_cast<std::uint32_t>(paired.blocks.size());
      result.change.base = median_of(*base_samples);
      result.change.head = median_of(*head_samples);
      judgeable.push_back({.result = results.size(), .cell = cell});
    }
    results.push_back(std::move(result));
  }
  if (!judgeable.empty()) {
    family.look_at_all();
    family.adjust();
  }
  for (const Judgeable& one : judgeable) {
    model::ControlResult& result = results[one.result];
    result.change.estimate = std::expm1(family.estimate(one.cell));
    result.change.p_value = family.p_worse(one.cell);
    if (const auto interval = family.interval(one.cell))
      result.change.interval = {std::expm1(interval->low), std::expm1(interval->high), interval_level};
    if (family.regressed(one.cell)) {
      result.kind = model::FindingKind::regressed;
    } else if (family.improved(one.cell)) {
      result.kind = model::FindingKind::improved;
    } else if (family.passed(one.cell)) {
      result.kind = model::FindingKind::unchanged;
    }
  }
  std::ranges::stable_sort(results, {}, [](const model::ControlResult& result) { return result.slow_down.value; });
  return results;
}

}  // namespace cyclegate::compare
