#include "render/summary.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <string_view>
#include <tuple>
#include <utility>

#include "render/blame_text.h"
#include "render/function_name.h"
#include "render/numbers.h"
#include "render/safe_text.h"

namespace cyclegate::render {
namespace {

using model::Comparison;
using model::Finding;
using model::FindingKind;
using model::Status;
using model::Verdict;

/// `now` is no longer than `before`, which is not empty.
void replace_all(std::string& text, std::string_view before, std::string_view now) {
  for (std::size_t at = text.find(before); at != std::string::npos; at = text.find(before, at + now.size())) {
    text.replace(at, before.size(), now);
  }
}

/// What broke, what decides, what only informs.
int kind_rank(const Finding& finding) {
  switch (finding.kind) {
    case FindingKind::rejected:
      return 0;
    case FindingKind::failed:
      // A cell that failed says so once, with its deciding metric; the others only repeat it.
      return finding.deciding || finding.gates || finding.cell.input.empty() ? 1 : 13;
    case FindingKind::killed:
      return 2;
    case FindingKind::nondeterministic:
      return 3;
    case FindingKind::regressed:
      return finding.deciding ? 4 : 10;
    case FindingKind::improved:
      return finding.deciding ? 5 : 11;
    case FindingKind::inconclusive:
      return finding.deciding ? 6 : 12;
    case FindingKind::incomparable:
      return finding.deciding ? 7 : 13;
    case FindingKind::added:
      return finding.deciding ? 8 : 14;
    case FindingKind::removed:
      return finding.deciding ? 9 : 15;
    case FindingKind::unchanged:
      return 16;
  }
  return 16;
}

constexpr int first_not_gating = 20;
constexpr int last_decisive = first_not_gating + 9;
constexpr int nothing_to_say = first_not_gating + 16;

/// Order of importance: what blocks comes before everything that does not.
int rank(const Finding& finding) {
  return kind_rank(finding) + (finding.gates ? 0 : first_not_gating);
}

/// Whether base and head of the finding are numbers of the same thing.
bool can_be_extreme(const Finding& finding) {
  switch (finding.kind) {
    case FindingKind::improved:
    case FindingKind::unchanged:
    case FindingKind::regressed:
    case FindingKind::inconclusive:
    case FindingKind::killed:
      return finding.deciding;
    default:
      return false;
  }
}

bool has_numbers(const Finding& finding) {
  return finding.change.estimate.has_value() || (finding.change.base && finding.change.head);
}

std::vector<GuestRow> guest_rows(const Comparison& comparison) {
  std::multimap<std::string_view, const model::Aggregate*> deciding;
  for (const auto& aggregate : comparison.aggregates) {
    if (aggregate.deciding) deciding.emplace(aggregate.guest, &aggregate);
  }
  std::vector<const model::GuestVerdict*> order;
  order.reserve(comparison.guests.size());
  for (const auto& guest : comparison.guests) order.push_back(&guest);
  // The addresses keep the comparison's order, which is by name, among guests of one verdict.
  std::ranges::sort(order, {}, [](const model::GuestVerdict* guest) { return std::pair(guest->verdict, guest); });
  std::vector<GuestRow> rows;
  for (const auto* guest : order) {
    const auto [first, last] = deciding.equal_range(guest->guest);
    if (first == last) rows.push_back({guest, nullptr, nullptr});
    for (auto it = first; it != last; ++it) {
      rows.push_back({guest, it->second, model::find_metric(comparison.metrics, it->second->metric), it == first});
    }
  }
  return rows;
}

/// The executor whose findings matter most, of that guest or (empty) of all; of several, the first by name. Empty where
/// no deciding finding has numbers.
std::string_view telling_executor(const Comparison& comparison, std::string_view guest = {}) {
  std::optional<std::pair<int, std::string_view>> first;
  for (const Finding& finding : comparison.findings) {
    if (!guest.empty() && finding.cell.guest != guest) continue;
    if (!can_be_extreme(finding) || !has_numbers(finding)) continue;
    const std::pair<int, std::string_view> here(rank(finding), finding.cell.executor);
    if (!first || here < *first) first = here;
  }
  return first ? first->second : std::string_view();
}

bool has_several_executors(const Comparison& comparison) {
  std::string_view first;
  return std::ranges::any_of(comparison.findings, [&](const Finding& finding) {
    // A finding of a whole guest names a build there, one of an input nothing.
    if (finding.cell.input.empty() || finding.cell.executor.empty()) return false;
    if (first.empty()) first = finding.cell.executor;
    return finding.cell.executor != first;
  });
}

/// The function whose own cost grew most, or nullptr.
const model::BlameRow* most_grown(const model::Blame& blame) {
  const model::BlameRow* most = nullptr;
  for (const auto& row : blame.rows) {
    if (row.head_self <= row.base_self) continue;
    if (most == nullptr || row.head_self - row.base_self > most->head_self - most->base_self) most = &row;
  }
  return most;
}

/// Which function of the guest grew most, as the place to look first, as the table of functions has it; empty when none
/// grew or none is known. On one executor: what functions take on another has other units.
std::string grown_most(const Comparison& comparison, std::string_view guest) {
  const std::string_view executor = telling_executor(comparison, guest);
  const model::Blame* telling = nullptr;
  for (const model::Blame& blame : comparison.blame) {
    if (blame.guest != guest || blame.executor != executor || most_grown(blame) == nullptr) continue;
    const auto growth = [](const model::Blame& one) {
      const model::BlameRow& row = *most_grown(one);
      return row.head_self - row.base_self;
    };
    if (telling == nullptr || growth(blame) > growth(*telling)) telling = &blame;
    if (blame.input.empty()) break;  // the inputs together come first
  }
  if (telling == nullptr) return "";
  const model::BlameRow& most = *most_grown(*telling);
  return " The function that grew most is " + shorten_function(most.function, 60) + ": " +
         signed_change(most.base_self, most.head_self) + " (" + blame_place(*telling) + ").";
}

std::string worst_guest(const Comparison& comparison) {
  const auto worst = std::ranges::min_element(comparison.guests, {}, &model::GuestVerdict::verdict);
  return worst == comparison.guests.end() ? std::string() : worst->guest;
}

bool has_reason(const Comparison& comparison, std::string_view code) {
  return std::ranges::find(comparison.reasons, code, &model::Reason::code) != comparison.reasons.end();
}

/// Whether it is head's own check alone that rejects, and no output.
bool only_check_fails(const Comparison& comparison) {
  return has_reason(comparison, "check-failed") && !has_reason(comparison, "wrong-output");
}

std::string next_step_of_doubt(const Comparison& comparison) {
  if (!comparison.base_has_policy) return "merge it; from then on base has rules and numbers to compare with.";
  if (has_reason(comparison, "nondeterministic")) return "find what makes equal runs differ; see the findings below.";
  if (has_reason(comparison, "inconclusive"))
    return "measure again with more runs or on a quieter machine; the data do not decide.";
  if (has_reason(comparison, "base-failed"))
    return "nothing blocks; base has no result to compare with, its log says why.";
  if (has_reason(comparison, "incomparable")) return "see below what keeps both sides from being compared.";
  return "nothing blocks; what is new or removed has nothing to be compared with.";
}

std::string next_step(const Comparison& comparison) {
  const bool fails = comparison.status == Status::fail;
  switch (comparison.verdict) {
    case Verdict::reject:
      if (only_check_fails(comparison)) return "make head's own check pass again; the finding names its log.";
      return "make the outputs equal to base's again; if the new output is meant, acknowledge it for the metric "
             "output.";
    case Verdict::failed:
      return "read the reason and the log below, and repeat it alone with cyclegate execute or cyclegate build.";
    case Verdict::kill:
      return "find the cause in the breakdown below." + grown_most(comparison, worst_guest(comparison));
    case Verdict::discard_worse:
      return (fails ? "make it faster again or acknowledge the cost." : "nothing blocks: it is within tolerance.") +
             grown_most(comparison, worst_guest(comparison));
    case Verdict::keep:
      return fails ? "resolve what blocks; the gain itself is proven." : "merge it; the gain is proven.";
    case Verdict::maybe:
      return fails ? "mode improve asks for a larger gain." : "weigh the small gain against the code it takes.";
    case Verdict::inconclusive:
      return fails ? "mode improve asks for a proven gain." : next_step_of_doubt(comparison);
    case Verdict::discard:
      return fails ? "mode improve asks for a proven gain." : "nothing blocks; there is no gain worth a change.";
    case Verdict::unchanged:
      if (comparison.status == Status::neutral && !comparison.base_has_policy) {
        return "merge it; from then on base has rules and numbers to compare with.";
      }
      return fails ? "mode improve asks for a proven gain." : "nothing to do.";
  }
  return "";
}

std::vector<CellFindings> by_cell(const std::vector<Finding>& findings) {
  std::vector<CellFindings> cells;
  for (std::size_t start = 0; start < findings.size();) {
    std::size_t end = start + 1;
    while (end < findings.size() && findings[end].cell == findings[start].cell) ++end;
    cells.push_back({std::span(findings).subspan(start, end - start)});
    start = end;
  }
  return cells;
}

}  // namespace

std::string headline(Verdict verdict) {
  std::string word(model::to_string(verdict));
  switch (verdict) {
    case Verdict::reject:
      return word + " (wrong output)";
    case Verdict::failed:
      return word + " (did not build or run)";
    case Verdict::kill:
      return word + " (far worse)";
    case Verdict::discard_worse:
      return word + " (worse)";
    case Verdict::keep:
      return word + " (proven gain)";
    case Verdict::maybe:
      return word + " (small gain)";
    case Verdict::inconclusive:
      return word + " (cannot be told)";
    case Verdict::discard:
      return word + " (no gain)";
    case Verdict::unchanged:
      return word + " (nothing differs)";
  }
  return word;
}

bool is_decisive(const Finding& finding) {
  return rank(finding) <= last_decisive;
}

double badness(const Finding& finding, const std::vector<model::Metric>& metrics) {
  const model::Metric* metric = model::find_metric(metrics, finding.metric);
  const double sign = metric != nullptr && metric->better == model::Better::higher ? -1.0 : 1.0;
  const model::Change& change = finding.change;
  if (change.estimate) return std::isfinite(*change.estimate) ? sign * *change.estimate : 0.0;
  if (!change.base || !change.head || *change.base == *change.head) return 0;
  if (*change.base == 0) return sign * 100;
  // Only for ordering: what is printed is computed in integers.
  const bool grew = *change.head > *change.base;
  const auto difference = static_cast<double>(grew ? *change.head - *change.base : *change.base - *change.head);
  return sign * (grew ? difference : -difference) / static_cast<double>(*change.base);
}

std::string_view unit_of(const std::vector<model::Metric>& metrics, std::string_view metric) {
  const model::Metric* found = model::find_metric(metrics, metric);
  return found == nullptr ? std::string_view() : std::string_view(found->unit);
}

std::string without_logs(const Summary& summary, std::string reason) {
  for (const auto& [guest, build] : summary.failed_builds) replace_all(reason, build.why, build.reason);
  return reason;
}

std::string with_builds_named(const Summary& summary, std::string why, std::string_view guest) {
  const auto [first, last] = summary.failed_builds.equal_range(guest);
  for (auto build = first; build != last; ++build) replace_all(why, build->second.why, build->second.name);
  return why;
}

Summary summarise(const Comparison& comparison) {
  struct Entry {
    int rank;
    double size;
    const Finding* finding;
  };
  Summary summary;
  for (const auto& [side, name] : {std::pair(&comparison.base, "base"), std::pair(&comparison.head, "head")}) {
    for (const model::Artifact& artifact : side->artifacts) {
      if (!artifact.failure) continue;
      const std::string& why = artifact.failure->why;
      FailedBuild build{
          .why = why,
          .reason = why.substr(0, why.find("; log: ")),
          .name = fmt::format("{} {} of {} ({})", artifact.failure->stage, artifact.build, artifact.guest, name)};
      if (build.name.size() < why.size()) summary.failed_builds.emplace(artifact.guest, std::move(build));
    }
  }
  summary.headline = headline(comparison.verdict);
  if (comparison.verdict == Verdict::reject && only_check_fails(comparison))
    summary.headline = std::string(model::to_string(comparison.verdict)) + " (head's own check fails)";
  summary.next_step = next_step(comparison);
  summary.guests = guest_rows(comparison);
  summary.cells = by_cell(comparison.findings);
  summary.several_executors = has_several_executors(comparison);
  std::vector<Entry> entries;
  const std::string_view telling = telling_executor(comparison);
  double worst = 0;
  double best = 0;
  for (const CellFindings& cell : summary.cells) {
    bool changed = false;
    for (const Finding& finding : cell.findings) {
      const int importance = rank(finding);
      const bool counts = can_be_extreme(finding) && has_numbers(finding) && finding.cell.executor == telling;
      const double bad = importance < nothing_to_say || counts ? badness(finding, comparison.metrics) : 0;
      if (counts && (summary.worst == nullptr || bad > worst)) {
        summary.worst = &finding;
        worst = bad;
      }
      if (counts && (summary.best == nullptr || bad < best)) {
        summary.best = &finding;
        best = bad;
      }
      if (importance == nothing_to_say) continue;
      changed = true;
      if (finding.gates) ++summary.gating;
      entries.push_back({importance, std::fabs(bad), &finding});
    }
    // Findings of a whole guest (its size, its check) have no input: they are no cells.
    const bool whole_guest = cell.cell().input.empty();
    if (!whole_guest) ++summary.total_cells;
    if (!changed && !whole_guest) ++summary.unchanged_cells;
  }
  // Equal importance and size: the comparison's own order, which is by cell and metric.
  std::ranges::sort(entries, [](const Entry& left, const Entry& right) {
    return std::tuple(left.rank, -left.size, left.finding) < std::tuple(right.rank, -right.size, right.finding);
  });
  summary.matters.reserve(entries.size());
  for (const Entry& entry : entries) summary.matters.push_back(entry.finding);
  return summary;
}

}  // namespace cyclegate::render
