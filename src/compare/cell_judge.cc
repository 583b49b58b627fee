#include "compare/cell_judge.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <span>
#include <tuple>

#include "compare/comparability.h"
#include "compare/direction.h"
#include "compare/fraction.h"
#include "compare/samples.h"
#include "compare/words.h"
#include "model/executor_unavailable.h"
#include "model/nondeterministic_output.h"
#include "model/output_unchecked.h"
#include "stats/summary.h"
#include "stats/welch.h"

namespace cyclegate::compare {

using model::FindingKind;

namespace {

// Why a side has no usable result, or nullopt.
std::optional<std::string> failure_of(const model::CellRun* run, const std::vector<const model::Artifact*>& artifacts) {
  if (run != nullptr) {
    if (run->outcome.ok()) return std::nullopt;
    return "execute: " + model::describe(run->outcome);
  }
  for (const auto* artifact : artifacts) {
    if (!artifact->failure) continue;
    // The builder's own words name stage and build already.
    const std::string what = fmt::format("{} {}", artifact->failure->stage, artifact->build);
    if (artifact->failure->why.starts_with(what)) return artifact->failure->why;
    return fmt::format("{} {}: {}", artifact->failure->stage, artifact->build, artifact->failure->why);
  }
  return "execute: there is no result";
}

/// What the run's warning of that code says; nullptr where it has none.
const std::string* warned(const model::CellRun* run, std::string_view code) {
  if (run == nullptr) return nullptr;
  const auto found = std::ranges::find(run->warnings, code, &model::Warning::code);
  return found == run->warnings.end() ? nullptr : &found->message;
}

bool flagged_same(const model::CellRun& run) {
  return warned(&run, "same-artifact") != nullptr;
}

bool same_artifact(const PlannedCell& cell) {
  if (cell.base == nullptr || cell.head == nullptr) return cell.guest->same_artifacts;
  if (!cell.base->artifact.empty() && !cell.head->artifact.empty()) return cell.base->artifact == cell.head->artifact;
  return cell.guest->same_artifacts || flagged_same(*cell.head);
}

template <class Map>
const typename Map::mapped_type* values_in(const model::CellRun* run, Map model::CellRun::* map,
                                           const std::string& metric) {
  if (run == nullptr) return nullptr;
  const auto found = (run->*map).find(metric);
  return found == (run->*map).end() || found->second.empty() ? nullptr : &found->second;
}

std::optional<std::uint64_t> value_of(const model::CellRun* run, const std::string& metric) {
  if (const auto* exact = values_in(run, &model::CellRun::exact, metric)) return exact->front();
  if (const auto* samples = values_in(run, &model::CellRun::sampled, metric)) return median_of(*samples);
  return std::nullopt;
}

// Every metric that either side has of the cell, and the deciding one; in order.
std::vector<const std::string*> metrics_of(const PlannedCell& cell, const std::string& deciding) {
  std::vector<const std::string*> names = {&deciding};
  for (const auto* run : {cell.base, cell.head}) {
    if (run == nullptr) continue;
    for (const auto& [name, values] : run->exact) names.push_back(&name);
    for (const auto& [name, values] : run->sampled) names.push_back(&name);
  }
  std::ranges::sort(names, {}, [](const std::string* name) -> const std::string& { return *name; });
  const auto same = [](const std::string* one, const std::string* other) { return *one == *other; };
  names.erase(std::unique(names.begin(), names.end(), same), names.end());
  return names;
}

// The first repetition that differs from the first, or nullopt.
std::optional<std::string> unequal_repetitions(const std::vector<std::uint64_t>& values, std::string_view side) {
  const auto other = std::ranges::find_if(values, [&](std::uint64_t value) { return value != values.front(); });
  if (other == values.end()) return std::nullopt;
  return fmt::format("{} gave {} and then {} on equal runs", side, values.front(), *other);
}

// For samples of different sessions, which do not pair up: both methods are out of place, and Welch's interval of the
// logarithms is shown for information only.
void inform_across_sessions(std::span<const model::Sample> base, std::span<const model::Sample> head,
                            model::Change& change) {
  if (base.size() < 2 || head.size() < 2 || !all_positive(base) || !all_positive(head)) return;
  const auto logs_of = [](std::span<const model::Sample> samples) {
    std::vector<double> logs;
    for (const auto& sample : samples) logs.push_back(std::log(static_cast<double>(sample.value)));
    return logs;
  };
  const stats::Welch welch = stats::welch_test(logs_of(base), logs_of(head), interval_level);
  change.estimate = std::expm1(welch.difference);
  change.interval = {std::expm1(welch.low), std::expm1(welch.high), interval_level};
}

}  // namespace

Judged& CellJudge::begin(const Place& place, const std::string& metric) {
  Judged judged;
  judged.finding.cell = place.cell.cell;
  judged.finding.metric = metric;
  judged.finding.deciding = metric == place.deciding;
  judged.finding.weight = place.cell.weight;
  judged.better = metrics_.better(metric);
  judged_.push_back(std::move(judged));
  return judged_.back();
}

void CellJudge::event(const Place& place, FindingKind kind, const std::string& why, bool no_base) {
  for (const auto* metric : metrics_of(place.cell, place.deciding)) {
    Judged& judged = begin(place, *metric);
    judged.finding.kind = kind;
    judged.finding.why = why;
    judged.no_base = no_base;
    judged.finding.change.base = value_of(place.cell.base, *metric);
    judged.finding.change.head = value_of(place.cell.head, *metric);
  }
}

void CellJudge::judge(const PlannedCell& cell) {
  const Place place{cell, model::deciding_metric(policy_, cell.cell.executor)};
  const std::size_t first = judged_.size();
  const bool same = same_artifact(cell);
  const auto& artifacts = *cell.guest;
  const auto head_failure =
      cell.in_head && !(same && cell.head == nullptr) ? failure_of(cell.head, artifacts.head_artifacts) : std::nullopt;
  const auto base_failure =
      cell.in_base && !(same && cell.base == nullptr) ? failure_of(cell.base, artifacts.base_artifacts) : std::nullopt;
  const auto unmeasured = [&](const std::string& why) {
    event(place, FindingKind::incomparable, "could not be measured: " + why, false);
  };
  if (const std::string* const missing = warned(cell.head, model::executor_unavailable);
      missing != nullptr && cell.in_head) {
    unmeasured(*missing);
  } else if (head_failure) {
    event(place, FindingKind::failed, *head_failure + (base_failure ? " (base fails, too)" : ""), false);
  } else if (const std::string* const changed = warned(cell.base, "changed-since-planned")) {
    // Whoever makes base's numbers go away must not profit from it.
    event(place, FindingKind::failed, "base was tampered with: " + *changed, false);
  } else if (!base_has_policy_) {
    event(place, FindingKind::added, "base has no cyclegate.yaml", true);
  } else if (!cell.in_head) {
    event(place, FindingKind::removed, "head no longer declares this cell", true);
  } else if (!cell.in_base) {
    event(place, FindingKind::added, "base does not declare this cell", true);
  } else if (const std::string* const absent = warned(cell.base, model::executor_unavailable)) {
    unmeasured(*absent);
  } else if (base_failure) {
    event(place, FindingKind::incomparable,
          fmt::format("base failed ({}) and head does not: there is nothing to compare with", *base_failure), true);
  } else if (cell.base == nullptr || cell.head == nullptr) {
    // The same artefact on both sides: nothing was run on one of them, and nothing needs to be.
    for (const auto* metric : metrics_of(cell, place.deciding)) {
      Judged& judged = begin(place, *metric);
      judged.same_artifact = true;
      judged.finding.why = "same artefact on both sides";
      judged.finding.change.base = value_of(cell.base, *metric);
      judged.finding.change.head = value_of(cell.head, *metric);
    }
  } else if (const auto why = incomparability(*cell.base, *cell.head); !why.empty()) {
    // Other bytes or another executor: outputs may differ rightly only where the input does.
    if (cell.base->comparability.input_sha256 == cell.head->comparability.input_sha256) judge_output(place);
    event(place, FindingKind::incomparable, why, false);
  } else {
    judge_output(place);
    for (const auto* metric : metrics_of(cell, place.deciding)) judge_metric(place, *metric);
  }
  std::sort(judged_.begin() + static_cast<std::ptrdiff_t>(first), judged_.end(),
            [](const Judged& one, const Judged& other) { return one.finding.metric < other.finding.metric; });
  // A run's own doubts ride beside its deciding number.
  for (std::size_t index = first; index < judged_.size(); ++index) {
    auto& finding = judged_[index].finding;
    if (finding.metric == place.deciding) {
      for (const auto* run : {cell.base, cell.head}) {
        if (run == nullptr) continue;
        for (const auto& warning : run->warnings) {
          // The comparison says it once; a finding that lacks its number for it says it as its reason.
          if (warning.code == "executor-limited") continue;
          if (std::ranges::find(finding.warnings, warning) == finding.warnings.end())
            finding.warnings.push_back(warning);
        }
      }
    }
  }
}

void CellJudge::judge_output(const Place& place) {
  const std::string& base = place.cell.base->output_sha256;
  const std::string& head = place.cell.head->output_sha256;
  const auto output = [&](FindingKind kind, std::string why) -> Judged& {
    Judged& judged = begin(place, "output");
    judged.finding.kind = kind;
    judged.finding.deciding = true;
    judged.finding.why = std::move(why);
    return judged;
  };
  // The first repetition's output alone says nothing where another one gave something else.
  const auto unsteady = [&] {
    for (const auto* run : {place.cell.head, place.cell.base}) {
      const std::string* const unequal = warned(run, model::nondeterministic_output);
      if (unequal == nullptr) continue;
      output(FindingKind::nondeterministic, fmt::format("{}: {}", run == place.cell.head ? "head" : "base", *unequal));
      return true;
    }
    return false;
  };
  if (base == head) {
    if (unsteady()) return;
    const std::string* const unchecked = warned(place.cell.head, model::output_unchecked);
    if (unchecked == nullptr || !base.empty() || place.cell.output_checked || same_artifact(place.cell)) return;
    output(FindingKind::incomparable,
           fmt::format("nobody checked the output: {}; give the same build an executor besides that does", *unchecked));
    return;
  }
  std::string expected;
  for (const auto& entry : acknowledgements_.outputs(place.cell.cell.guest)) {
    const auto found = entry.acknowledgement->expected.find(place.cell.cell.input);
    if (found == entry.acknowledgement->expected.end()) continue;
    if (found->second == head) {
      if (unsteady()) return;
      Judged& judged =
          output(FindingKind::added, fmt::format("new output {} as acknowledged until {}: {}", abbreviated(head),
                                                 entry.acknowledgement->until, entry.acknowledgement->reason));
      judged.finding.acknowledged = true;
      judged.no_base = true;
      if (entry.from_head) used_of_head_.insert(entry.acknowledgement);
      return;
    }
    expected = ", acknowledged is " + abbreviated(found->second);
  }
  if (base.empty() || head.empty()) {
    output(FindingKind::incomparable, fmt::format("{} did not record its output", base.empty() ? "base" : "head"));
    return;
  }
  if (same_artifact(place.cell)) {
    output(FindingKind::nondeterministic,
           fmt::format("the same artefact gave output {} and then {}", abbreviated(base), abbreviated(head)));
    return;
  }
  output(FindingKind::rejected,
         fmt::format("wrong output: base gives {}, head {}{}", abbreviated(base), abbreviated(head), expected));
}

void CellJudge::judge_metric(const Place& place, const std::string& metric) {
  const auto* base_exact = values_in(place.cell.base, &model::CellRun::exact, metric);
  const auto* head_exact = values_in(place.cell.head, &model::CellRun::exact, metric);
  const auto* base_samples = values_in(place.cell.base, &model::CellRun::sampled, metric);
  const auto* head_samples = values_in(place.cell.head, &model::CellRun::sampled, metric);
  Judged& judged = begin(place, metric);
  model::Finding& finding = judged.finding;
  const bool in_base = base_exact != nullptr || base_samples != nullptr;
  const bool in_head = head_exact != nullptr || head_samples != nullptr;
  if (const auto conflict = metrics_.conflict(metric); in_base && in_head && !conflict.empty()) {
    finding.kind = FindingKind::incomparable;
    finding.why = fmt::format("the sides describe {} with a different {}", metric, conflict);
  } else if (base_exact != nullptr && head_exact != nullptr) {
    judge_exact(place, judged, *base_exact, *head_exact);
    return;
  } else if (base_samples != nullptr && head_samples != nullptr) {
    judge_samples(place, judged, *base_samples, *head_samples);
    return;
  } else if (in_base && in_head) {
    finding.kind = FindingKind::incomparable;
    finding.why = "exact on one side and sampled on the other";
  } else if (same_artifact(place.cell)) {
    judged.same_artifact = true;
    finding.why = "same artefact on both sides";
  } else if (!in_base && !in_head) {
    finding.kind = FindingKind::incomparable;
    const std::string* failed = warned(place.cell.base, "timing-failed");
    if (failed == nullptr) failed = warned(place.cell.head, "timing-failed");
    finding.why = failed != nullptr ? *failed : fmt::format("neither side has a value of {}", metric);
    if (const std::string* const limited = warned(place.cell.head, "executor-limited"); failed == nullptr && limited) {
      finding.why += ": " + *limited;
    }
  } else {
    finding.kind = in_head ? FindingKind::added : FindingKind::removed;
    finding.why = fmt::format("{} has no value of {}", in_head ? "base" : "head", metric);
  }
  finding.change.base = value_of(place.cell.base, metric);
  finding.change.head = value_of(place.cell.head, metric);
}

void CellJudge::judge_exact(const Place& place, Judged& judged, const std::vector<std::uint64_t>& base,
                            const std::vector<std::uint64_t>& head) {
  model::Finding& finding = judged.finding;
  finding.change.base = base.front();
  finding.change.head = head.front();
  const bool same = same_artifact(place.cell);
  auto unequal = unequal_repetitions(base, "base");
  if (!unequal) unequal = unequal_repetitions(head, "head");
  if (!unequal && same && base.front() != head.front())
    unequal = fmt::format("the same artefact gave {} and then {}", base.front(), head.front());
  if (unequal) {
    finding.kind = FindingKind::nondeterministic;
    finding.why = *unequal + "; an exact metric must repeat, find what it depends on (time, addresses, random numbers)";
    return;
  }
  judged.comparable = true;
  judged.same_artifact = same;
  if (base.front() == head.front()) {
    if (same && finding.deciding) finding.why = "same artefact on both sides";
    return;
  }
  const Costs costs = as_costs(judged.better, base.front(), head.front());
  if (costs.head < costs.base) {
    finding.kind = FindingKind::improved;
    return;
  }
  finding.kind = FindingKind::regressed;
  judged.from_zero = costs.base == 0;
  acknowledge(judged, costs.base, costs.head);
  if (!finding.deciding || finding.acknowledged) return;
  if (judged.from_zero) {
    finding.why = fmt::format("went from {} to {}: there is no ratio", base.front(), head.front());
  } else if (model::exceeds_ratio(costs.base, costs.head, policy_.thresholds.kill)) {
    finding.kind = FindingKind::killed;
    finding.why = fmt::format("over {} of base", ratio(policy_.thresholds.kill));
  }
}

void CellJudge::acknowledge(Judged& judged, model::Wide base, model::Wide head) {
  model::Finding& finding = judged.finding;
  const auto entry = acknowledgements_.growth(finding.cell.guest, finding.metric);
  if (entry.acknowledgement == nullptr) return;
  const auto& accepted = *entry.acknowledgement;
  if (worse_by_more_than({base, head}, *accepted.up_to)) {
    finding.why = fmt::format("worse than the acknowledged {}", percent(*accepted.up_to));
    return;
  }
  finding.acknowledged = true;
  finding.why =
      fmt::format("acknowledged up to {} until {}: {}", percent(*accepted.up_to), accepted.until, accepted.reason);
  if (entry.from_head) used_of_head_.insert(entry.acknowledgement);
}

void CellJudge::judge_samples(const Place& place, Judged& judged, const std::vector<model::Sample>& base,
                              const std::vector<model::Sample>& head) {
  model::Finding& finding = judged.finding;
  finding.change.base = median_of(base);
  finding.change.head = median_of(head);
  const auto& one = place.cell.base->comparability;
  const auto& other = place.cell.head->comparability;
  if (same_artifact(place.cell)) {
    judged.same_artifact = true;
    if (finding.deciding) finding.why = "same artefact on both sides";
    return;
  }
  if (one.machine != other.machine) {
    finding.kind = FindingKind::incomparable;
    finding.why = "machine differs: times of different machines are not compared";
    return;
  }
  if (one.session != other.session) {
    finding.kind = FindingKind::incomparable;
    inform_across_sessions(base, head, finding.change);
    finding.why = "session differs: shown for information, the runs were not interleaved";
    return;
  }
  // Tested later: the correction for many comparisons needs all cells.
  judged.sampled = samples_.add({finding.cell, finding.metric, finding.deciding, finding.weight, judged.better, &base,
                                 &head, historical_variation(place, finding.metric)});
}

double CellJudge::historical_variation(const Place& place, const std::string& metric) const {
  if (pinned_ == nullptr) return 0;
  const auto* run = model::find_run(*pinned_, place.cell.cell);
  const auto* samples = values_in(run, &model::CellRun::sampled, metric);
  if (samples == nullptr || samples->size() < 2 || !all_positive(*samples)) return 0;
  if (run->comparability.machine != place.cell.base->comparability.machine) return 0;
  std::vector<double> values;
  for (const auto& sample : *samples) values.push_back(static_cast<double>(sample.value));
  return stats::coefficient_of_variation(values);
}

void CellJudge::settle() {
  samples_.settle();
  const std::size_t cells = judged_.size();
  std::set<const SampledGroup*> groups;
  for (std::size_t index = 0; index < cells; ++index) {
    Judged& judged = judged_[index];
    if (judged.sampled == nullptr) continue;
    settle_one(judged);
    if (judged.sampled != nullptr && groups.insert(judged.sampled->group).second) settle_group(judged);
  }
  if (judged_.size() == cells) return;
  std::stable_sort(judged_.begin(), judged_.end(), [](const Judged& one, const Judged& other) {
    return std::tie(one.finding.cell, one.finding.metric) < std::tie(other.finding.cell, other.finding.metric);
  });
}

bool CellJudge::accept(Judged& judged, double growth) {
  model::Finding& finding = judged.finding;
  const auto entry = acknowledgements_.growth(finding.cell.guest, finding.metric);
  if (entry.acknowledgement == nullptr || growth > fraction(*entry.acknowledgement->up_to)) return false;
  finding.acknowledged = true;
  finding.why = fmt::format("acknowledged up to {} until {}: {}", percent(*entry.acknowledgement->up_to),
                            entry.acknowledgement->until, entry.acknowledgement->reason);
  if (entry.from_head) used_of_head_.insert(entry.acknowledgement);
  return true;
}

void CellJudge::settle_one(Judged& judged) {
  model::Finding& finding = judged.finding;
  const SampledJudgement& sampled = *judged.sampled;
  // The samples' own warnings stand before those of the runs.
  auto warnings = sampled.warnings;
  for (auto& warning : finding.warnings) {
    if (std::ranges::find(warnings, warning) == warnings.end()) warnings.push_back(std::move(warning));
  }
  finding.warnings = std::move(warnings);
  if (!sampled.estimate) {
    finding.kind = FindingKind::inconclusive;
    finding.why = sampled.why;
    judged.sampled = nullptr;
    return;
  }
  judged.comparable = true;
  finding.change.estimate = sampled.estimate;
  finding.change.interval = sampled.interval;
  finding.change.p_value = sampled.p_worse;
  if (sampled.worse) {
    finding.kind = FindingKind::regressed;
    accept(judged, sampled.growth);
  } else if (sampled.better) {
    finding.kind = FindingKind::improved;
  } else if (sampled.not_worse) {
    finding.kind = FindingKind::unchanged;
  } else {
    finding.kind = FindingKind::inconclusive;
    finding.why = policy_.methodology == model::Methodology::classic ? "flaky" : "the runs cannot tell";
    if (sampled.interval) {
      finding.why += fmt::format(": {} to {} ({:.0f} % interval)", percent(sampled.interval->low),
                                 percent(sampled.interval->high), sampled.interval->level * 100);
    }
    if (policy_.methodology == model::Methodology::classic)
      finding.why += fmt::format(" after {} a side; try other inputs", counted(sampled.classic.head_runs, "run"));
    else if (!sampled.resolve.empty())
      finding.why += "; " + sampled.resolve;
  }
  if (!finding.deciding || finding.acknowledged || !sampled.killed) return;
  // classic kills by the mean, significant or not; what is acknowledged is accepted all the same.
  if (!sampled.worse && accept(judged, sampled.growth)) {
    finding.kind = FindingKind::regressed;
    return;
  }
  finding.kind = FindingKind::killed;
  finding.why = fmt::format("over {} of base", ratio(policy_.thresholds.kill));
}

void CellJudge::settle_group(const Judged& member) {
  const SampledGroup& group = *member.sampled->group;
  if (group.cells < 2 || !group.worse) return;
  Judged judged;
  model::Finding& finding = judged.finding;
  finding.cell = {member.finding.cell.guest, "", member.finding.cell.executor};
  finding.metric = member.finding.metric;
  finding.kind = FindingKind::regressed;
  finding.deciding = member.finding.deciding;
  finding.weight = group.weight;
  finding.change.estimate = group.estimate;
  finding.change.interval = group.interval;
  finding.change.p_value = group.p_worse;
  judged.better = member.better;
  judged.of_group = true;
  judged.sampled = member.sampled;
  const double growth = member.better == model::Better::lower ? group.estimate : 1 / (1 + group.estimate) - 1;
  if (!accept(judged, growth)) finding.why = fmt::format("worse over {} together", counted(group.cells, "input"));
  judged_.push_back(std::move(judged));
}

}  // namespace cyclegate::compare
