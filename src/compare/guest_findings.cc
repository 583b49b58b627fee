#include "compare/guest_findings.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string_view>
#include <utility>

#include "compare/comparability.h"
#include "compare/direction.h"
#include "compare/words.h"

namespace cyclegate::compare {

using model::FindingKind;

namespace {

Judged guest_finding(const std::string& guest, std::string input, std::string executor, std::string metric) {
  Judged judged;
  judged.finding.cell = {guest, std::move(input), std::move(executor)};
  judged.finding.metric = std::move(metric);
  return judged;
}

void judge_check(const GuestPair& guest, std::vector<Judged>& findings) {
  if (guest.head == nullptr || !guest.head->check) return;
  Judged judged = guest_finding(guest.name, "", "", "check");
  judged.finding.kind = FindingKind::rejected;
  judged.finding.deciding = true;
  judged.finding.why = "check: " + guest.head->check->why;
  if (guest.base != nullptr && guest.base->check) judged.finding.why += " (base fails, too)";
  findings.push_back(std::move(judged));
}

void judge_inputs(const GuestPair& guest, std::vector<Judged>& findings) {
  if (guest.base == nullptr || guest.head == nullptr) return;
  std::map<std::string_view, const model::InputInfo*> known;
  for (const auto& input : guest.base->inputs) known.emplace(input.name, &input);
  for (const auto& input : guest.head->inputs) {
    const auto found = known.find(input.name);
    if (found == known.end() || found->second->sha256 == input.sha256) continue;
    Judged judged = guest_finding(guest.name, input.name, "", "input");
    judged.finding.kind = FindingKind::added;
    judged.finding.why = fmt::format("the input's bytes changed from {} to {}: both sides run on head's",
                                     abbreviated(found->second->sha256), abbreviated(input.sha256));
    findings.push_back(std::move(judged));
  }
}

void judge_builds(const GuestPair& guest, bool base_has_policy, std::vector<Judged>& findings) {
  std::map<std::string, std::pair<const model::Artifact*, const model::Artifact*>> builds;
  for (const auto* artifact : guest.base_artifacts) builds[artifact->build].first = artifact;
  for (const auto* artifact : guest.head_artifacts) builds[artifact->build].second = artifact;
  for (const auto& [build, sides] : builds) {
    const auto [base, head] = sides;
    if (head != nullptr && head->failure) {
      Judged judged = guest_finding(guest.name, "", build, "build");
      judged.finding.kind = FindingKind::failed;
      judged.finding.deciding = true;
      judged.finding.why = fmt::format("{} {}: {}", head->failure->stage, build, head->failure->why);
      if (base != nullptr && base->failure) judged.finding.why += " (base fails, too)";
      findings.push_back(std::move(judged));
      continue;
    }
    if (head != nullptr) {
      const auto differs = std::ranges::find(head->warnings, "not-reproducible", &model::Warning::code);
      if (differs != head->warnings.end()) {
        Judged twice = guest_finding(guest.name, "", build, "build");
        twice.finding.kind = FindingKind::nondeterministic;
        twice.finding.why = differs->message;
        findings.push_back(std::move(twice));
      }
    }
    Judged judged = guest_finding(guest.name, "", build, artifact_size);
    model::Finding& finding = judged.finding;
    if (base != nullptr && !base->failure) finding.change.base = base->loaded_bytes;
    if (head != nullptr) finding.change.head = head->loaded_bytes;
    if (base != nullptr) finding.warnings = base->warnings;
    if (head != nullptr) {
      for (const auto& warning : head->warnings) {
        if (std::ranges::find(finding.warnings, warning) == finding.warnings.end()) finding.warnings.push_back(warning);
      }
    }
    if (head == nullptr) {
      finding.kind = FindingKind::removed;
    } else if (!base_has_policy || base == nullptr) {
      finding.kind = FindingKind::added;
    } else if (base->failure) {
      finding.kind = FindingKind::incomparable;
      finding.why = fmt::format("base failed ({} {}: {})", base->failure->stage, build, base->failure->why);
    } else if (head->loaded_bytes != base->loaded_bytes) {
      finding.kind = head->loaded_bytes < base->loaded_bytes ? FindingKind::improved : FindingKind::regressed;
    }
    findings.push_back(std::move(judged));
  }
}

bool equal_for_exact(const model::Comparability& one, const model::Comparability& other) {
  return one.input_sha256 == other.input_sha256 && one.executor == other.executor &&
         one.executor_version == other.executor_version && one.executor_options == other.executor_options &&
         one.cost_model == other.cost_model;
}

std::optional<std::uint64_t> exact_value(const model::CellRun* run, const std::string& metric) {
  if (run == nullptr || !run->outcome.ok()) return std::nullopt;
  const auto found = run->exact.find(metric);
  if (found == run->exact.end() || found->second.empty()) return std::nullopt;
  return found->second.front();
}

// Another compiler than the pinned one made both sides: what moved is no change of the guest. One that only head has
// came with the change, which is held against the budget.
bool compiler_moved(const PlannedCell& cell, const model::CellRun& pinned) {
  return other_toolchain(pinned, *cell.head) &&
         (cell.base == nullptr || cell.base->comparability.toolchain == cell.head->comparability.toolchain);
}

struct DriftSum {
  std::string metric;
  model::Wide pinned = 0;
  model::Wide head = 0;
  model::Wide base = 0;
  model::Wide head_beside_base = 0;
  bool base_complete = true;
};

}  // namespace

std::vector<Judged> judge_guest_facts(const GuestPair& guest, bool base_has_policy) {
  std::vector<Judged> findings;
  judge_check(guest, findings);
  judge_inputs(guest, findings);
  judge_builds(guest, base_has_policy, findings);
  return findings;
}

std::vector<Judged> judge_drift(const CellPlan& plan, const model::RunSet& pinned, const model::Policy& policy,
                                const MetricTable& metrics) {
  std::vector<Judged> findings;
  if (!policy.drift_budget) return findings;
  std::map<model::CellId, const model::CellRun*> pinned_runs;
  for (const auto& run : pinned.runs) pinned_runs.emplace(run.cell, &run);
  std::map<std::pair<std::string, std::string>, DriftSum> sums;
  for (const auto& cell : plan.cells) {
    const auto found = pinned_runs.find(cell.cell);
    if (found == pinned_runs.end() || cell.head == nullptr) continue;
    if (!equal_for_exact(found->second->comparability, cell.head->comparability)) continue;
    if (compiler_moved(cell, *found->second)) {
      Judged judged = guest_finding(cell.cell.guest, cell.cell.input, cell.cell.executor, "drift");
      judged.finding.kind = FindingKind::incomparable;
      judged.finding.why = fmt::format("toolchain differs: pinned {}, now {}; `cyclegate baseline save` pins anew",
                                       found->second->comparability.toolchain, cell.head->comparability.toolchain);
      findings.push_back(std::move(judged));
      continue;
    }
    const std::string metric = model::deciding_metric(policy, cell.cell.executor);
    const auto before = exact_value(found->second, metric);
    const auto now = exact_value(cell.head, metric);
    if (!before || !now) continue;
    DriftSum& sum = sums[{cell.cell.guest, cell.cell.executor}];
    sum.metric = metric;
    const auto weight = static_cast<model::Wide>(cell.weight);
    sum.pinned += weight * *before;
    sum.head += weight * *now;
    if (const auto base = exact_value(cell.base, metric)) {
      sum.base += weight * *base;
      sum.head_beside_base += weight * *now;
    } else {
      sum.base_complete = false;
    }
  }
  for (const auto& [place, sum] : sums) {
    const model::Better better = metrics.better(sum.metric);
    if (!worse_by_more_than(as_costs(better, sum.pinned, sum.head), *policy.drift_budget)) continue;
    const Costs step = as_costs(better, sum.base, sum.head_beside_base);
    Judged judged = guest_finding(place.first, "", place.second, "drift");
    judged.finding.kind = FindingKind::regressed;
    judged.finding.gates = !sum.base_complete || step.head > step.base;
    judged.finding.why = fmt::format("{} drifted by {} from the pinned baseline, the budget is {}", sum.metric,
                                     percent(sum.pinned, sum.head), percent(*policy.drift_budget));
    if (!judged.finding.gates) judged.finding.why += "; this change does not add to it";
    findings.push_back(std::move(judged));
  }
  return findings;
}

}  // namespace cyclegate::compare
