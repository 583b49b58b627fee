#include "compare/compare.h"

#include <algorithm>
#include <iterator>
#include <ranges>

#include "compare/acknowledgements.h"
#include "compare/aggregate.h"
#include "compare/attribution.h"
#include "compare/blame.h"
#include "compare/breakdown.h"
#include "compare/cell_judge.h"
#include "compare/cell_plan.h"
#include "compare/controls.h"
#include "compare/gate_changes.h"
#include "compare/guest_findings.h"
#include "compare/guest_verdict.h"
#include "compare/metric_table.h"
#include "compare/reasons.h"
#include "compare/sampled_judge.h"
#include "compare/samples.h"
#include "model/parallel.h"

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

// One guest's findings, which are ordered by cell.
JudgedRange findings_of(JudgedList& judged, const std::string& guest) {
  return std::ranges::equal_range(judged, guest, {},
                                  [](const Judged& one) -> const std::string& { return one.finding.cell.guest; });
}

struct JudgedGuest {
  std::vector<model::Aggregate> aggregates;
  GuestDecision decision;
};

// By name. Guests have nothing to do with each other, so that many are judged at once.
std::vector<JudgedGuest> judge_guests(const CellPlan& plan, JudgedList& judged, const model::Policy& policy) {
  std::vector<const std::string*> names;
  names.reserve(plan.guests.size());
  for (const auto& [name, guest] : plan.guests) names.push_back(&name);
  std::vector<JudgedGuest> guests(names.size());
  model::for_each_part(guests.size(), 1, [&](std::size_t index, std::size_t) {
    const std::string& name = *names[index];
    const auto of_guest = findings_of(judged, name);
    guests[index].aggregates = aggregate_guest(of_guest);
    guests[index].decision = judge_guest(name, of_guest, guests[index].aggregates, policy);
  });
  return guests;
}

// Pass says that everything was judged: a guest about which nothing can be said on one of its executors makes it
// neutral. So does a cell that head removes: nothing says how head does on it.
Status status_of(const Comparison& comparison, bool gates, bool doubt) {
  if (!comparison.base_has_policy) return Status::neutral;
  if (gates) return Status::fail;
  if (comparison.policy.mode == model::Mode::improve && comparison.verdict != Verdict::keep) return Status::fail;
  return doubt || comparison.guests.empty() ? Status::neutral : Status::pass;
}

bool comes_before(const Judged& one, const Judged& other) {
  if (const auto order = one.finding.cell <=> other.finding.cell; order != 0) return order < 0;
  return one.finding.metric < other.finding.metric;
}

// What is found of whole guests, ordered as findings are.
std::vector<Judged> guest_facts(const CellPlan& plan, const model::Policy& policy, bool base_has_policy,
                                const MetricTable& metrics, const RunSet* pinned) {
  std::vector<Judged> facts;
  for (const auto& [name, guest] : plan.guests) {
    auto of_guest = judge_guest_facts(guest, base_has_policy);
    std::ranges::move(of_guest, std::back_inserter(facts));
  }
  if (pinned != nullptr) {
    auto drift = judge_drift(plan, *pinned, policy, metrics);
    std::ranges::move(drift, std::back_inserter(facts));
  }
  std::ranges::stable_sort(facts, comes_before);
  return facts;
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
  if (options.methodology) comparison.policy.methodology = *options.methodology;
  const model::Policy& policy = comparison.policy;
  comparison.gate_changes = gate_changes(base, head);
  comparison.warnings = merge_warnings(base, head);

  const CellPlan plan = plan_cells(base, head);
  const MetricTable metrics(base.metrics, head.metrics);
  const model::Policy* trusted = options.trust_head_acknowledgements && head.policy ? &*head.policy : nullptr;
  const Acknowledgements acknowledgements(policy, trusted, options.today);
  SampledJudge samples(policy, base.schedule.looks, seconds_per_block(base, head));
  CellJudge judge(policy, comparison.base_has_policy, metrics, acknowledgements, samples, options.pinned);
  comparison.metrics = metrics.all();
  auto facts = guest_facts(plan, policy, comparison.base_has_policy, metrics, options.pinned);
  const auto is_size = [](const Judged& fact) { return fact.finding.metric == artifact_size; };
  if (std::ranges::any_of(facts, is_size) && model::find_metric(comparison.metrics, artifact_size) == nullptr)
    comparison.metrics.push_back({artifact_size, "bytes", model::MetricKind::exact, model::Better::lower});

  // Both are ordered by cell, so that the findings come out in their order.
  auto fact = facts.begin();
  for (const auto& cell : plan.cells) {
    for (; fact != facts.end() && fact->finding.cell <= cell.cell; ++fact) judge.add(std::move(*fact));
    judge.judge(cell);
  }
  for (; fact != facts.end(); ++fact) judge.add(std::move(*fact));
  judge.settle();

  JudgedList& judged = judge.judged();
  comparison.verdict = plan.guests.empty() ? Verdict::inconclusive : Verdict::unchanged;
  bool doubt = false;
  for (auto& guest : judge_guests(plan, judged, policy)) {
    comparison.verdict = std::min(comparison.verdict, guest.decision.verdict.verdict);
    doubt = doubt || guest.decision.doubt;
    comparison.guests.push_back(std::move(guest.decision.verdict));
    std::ranges::move(guest.aggregates, std::back_inserter(comparison.aggregates));
  }
  if (policy.methodology == model::Methodology::classic && comparison.verdict == Verdict::unchanged)
    comparison.verdict = Verdict::discard;
  if (!comparison.base_has_policy) {
    for (auto& one : judged) one.finding.gates = false;  // there are no rules yet that anything could break
  }
  const bool gates = std::ranges::any_of(judged, [](const Judged& one) { return one.finding.gates; });
  const bool removed = std::ranges::any_of(judged, [](const Judged& one) {
    return one.finding.deciding && one.finding.kind == model::FindingKind::removed;
  });
  comparison.status = status_of(comparison, gates, doubt || removed);
  comparison.controls = judge_controls(base, head, policy);
  std::vector<model::Warning> of_attributions;
  comparison.attributions = attribute(plan, base, head, of_attributions);
  comparison.reasons = reasons_for(comparison, judged, acknowledgements, judge.used_of_head());
  // Behind what made the verdict.
  const auto caveats = cost_model_reasons(comparison.attributions);
  comparison.reasons.insert(comparison.reasons.begin() + 1, caveats.begin(), caveats.end());

  // Handed on before the tables are made, which then take the memory that is given back here.
  comparison.findings.reserve(judged.size());
  for (; !judged.empty(); judged.pop_front()) comparison.findings.push_back(std::move(judged.front().finding));
  comparison.breakdowns = break_down(plan, policy);
  comparison.blame = blame_cells(plan, policy, comparison.warnings);
  std::ranges::move(of_attributions, std::back_inserter(comparison.warnings));
  comparison.distributions = distributions(plan, comparison.metrics);
  return comparison;
}

}  // namespace cyclegate::compare
