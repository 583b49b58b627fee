#include "compare/compare.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <span>

#include "compare/acknowledgements.h"
#include "compare/aggregate.h"
#include "compare/breakdown.h"
#include "compare/cell_judge.h"
#include "compare/cell_plan.h"
#include "compare/gate_changes.h"
#include "compare/guest_findings.h"
#include "compare/guest_verdict.h"
#include "compare/metric_table.h"
#include "compare/reasons.h"

namespace cyclegate::compare {

using model::Comparison;
using model::RunSet;
using model::Status;
using model::Verdict;

namespace {

model::SideSummary summarise(const RunSet& set) {
  model::SideSummary summary;
  summary.commit = set.commit;
  summary.session = set.session;
  summary.schedule = set.schedule;
  summary.environment = set.environment;
  summary.cells = set.runs.size();
  summary.reused_cells = static_cast<std::uint64_t>(std::ranges::count_if(set.runs, &model::CellRun::reused));
  summary.artifacts = set.artifacts;
  return summary;
}

std::vector<model::Warning> merge_warnings(const RunSet& base, const RunSet& head) {
  std::vector<model::Warning> warnings;
  for (const auto* set : {&base, &head}) {
    for (const auto& warning : set->warnings) {
      if (std::ranges::find(warnings, warning) == warnings.end()) warnings.push_back(warning);
    }
  }
  return warnings;
}

// The span of one guest's findings, which are ordered by cell.
std::span<Judged> findings_of(std::vector<Judged>& judged, const std::string& guest) {
  const auto range = std::ranges::equal_range(
      judged, guest, {}, [](const Judged& one) -> const std::string& { return one.finding.cell.guest; });
  return {range.begin(), range.end()};
}

// Pass says that everything was judged: a guest about which nothing can be said makes it neutral.
Status status_of(const Comparison& comparison, bool gates) {
  if (!comparison.base_has_policy) return Status::neutral;
  if (gates) return Status::fail;
  if (comparison.policy.mode == model::Mode::improve)
    return comparison.verdict == Verdict::keep ? Status::pass : Status::fail;
  const bool doubt = comparison.guests.empty() || std::ranges::any_of(comparison.guests, [](const auto& guest) {
                       return guest.verdict == Verdict::inconclusive;
                     });
  return doubt ? Status::neutral : Status::pass;
}

void add_guest_facts(const CellPlan& plan, bool base_has_policy, CellJudge& judge, bool& any_artifact) {
  for (const auto& [name, guest] : plan.guests) {
    any_artifact = any_artifact || !guest.base_artifacts.empty() || !guest.head_artifacts.empty();
    for (auto& judged : judge_guest_facts(guest, base_has_policy)) judge.add(std::move(judged));
  }
}

}  // namespace

Comparison compare(const RunSet& base, const RunSet& head, const Options& options) {
  Comparison comparison;
  comparison.base = summarise(base);
  comparison.head = summarise(head);
  comparison.base_has_policy = base.policy.has_value();
  if (base.policy)
    comparison.policy = *base.policy;
  else if (head.policy)
    comparison.policy = *head.policy;
  const model::Policy& policy = comparison.policy;
  comparison.gate_changes = gate_changes(base, head);
  comparison.warnings = merge_warnings(base, head);

  const CellPlan plan = plan_cells(base, head);
  const MetricTable metrics(base.metrics, head.metrics);
  const model::Policy* trusted = options.trust_head_acknowledgements && head.policy ? &*head.policy : nullptr;
  const Acknowledgements acknowledgements(policy, trusted, options.today);
  CellJudge judge(policy, comparison.base_has_policy, metrics, acknowledgements);
  for (const auto& cell : plan.cells) judge.judge(cell);
  judge.settle();

  comparison.metrics = metrics.all();
  bool any_artifact = false;
  add_guest_facts(plan, comparison.base_has_policy, judge, any_artifact);
  if (any_artifact && model::find_metric(comparison.metrics, artifact_size) == nullptr)
    comparison.metrics.push_back({artifact_size, "bytes", model::MetricKind::exact, model::Better::lower});
  if (options.pinned != nullptr) {
    for (auto& judged : judge_drift(plan, *options.pinned, policy, metrics)) judge.add(std::move(judged));
  }

  std::vector<Judged>& judged = judge.judged();
  // Cells came in order; only what was added of whole guests has to find its place.
  std::ranges::stable_sort(judged, [](const Judged& one, const Judged& other) {
    if (const auto order = one.finding.cell <=> other.finding.cell; order != 0) return order < 0;
    return one.finding.metric < other.finding.metric;
  });

  comparison.verdict = plan.guests.empty() ? Verdict::inconclusive : Verdict::unchanged;
  for (const auto& [name, guest] : plan.guests) {
    const auto of_guest = findings_of(judged, name);
    auto aggregates = aggregate_guest(of_guest, policy);
    comparison.guests.push_back(judge_guest(name, of_guest, aggregates, policy));
    comparison.verdict = std::min(comparison.verdict, comparison.guests.back().verdict);
    std::ranges::move(aggregates, std::back_inserter(comparison.aggregates));
  }
  if (policy.methodology == model::Methodology::classic && comparison.verdict == Verdict::unchanged)
    comparison.verdict = Verdict::discard;
  if (!comparison.base_has_policy) {
    for (auto& one : judged) one.finding.gates = false;  // there are no rules yet that anything could break
  }
  const bool gates = std::ranges::any_of(judged, [](const Judged& one) { return one.finding.gates; });
  comparison.status = status_of(comparison, gates);
  comparison.breakdowns = break_down(plan);
  comparison.distributions = distributions(plan, comparison.metrics);
  comparison.reasons = reasons_for(comparison, judged, acknowledgements, judge.used_of_head());

  comparison.findings.reserve(judged.size());
  for (auto& one : judged) comparison.findings.push_back(std::move(one.finding));
  return comparison;
}

}  // namespace cyclegate::compare
