#include "compare/reasons.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "compare/words.h"

namespace cyclegate::compare {

using model::FindingKind;

namespace {

// In order of importance.
enum class Code : std::size_t {
  wrong_output,
  check_failed,
  failed,
  killed,
  worse,
  drift,
  acknowledged,
  nondeterministic,
  incomparable,
  inconclusive,
  excused,
  informing_worse,
  removed,
  base_failed,
  input_changed,
  added,
  count,
};

struct Headline {
  const char* code;
  const char* text;
  const char* noun;
};

constexpr std::array<Headline, static_cast<std::size_t>(Code::count)> headlines{{
    {"wrong-output", "wrong output", "cell"},
    {"check-failed", "head's own check fails", "guest"},
    {"failed", "failed on head", "cell"},
    {"killed", "far slower than base", "cell"},
    {"worse-than-tolerance", "worse than tolerated", "cell"},
    {"drift-budget", "drift budget spent", "guest"},
    {"acknowledged", "acknowledged beforehand", "cell"},
    {"nondeterministic", "not the same on equal runs", "finding"},
    {"incomparable", "cannot be compared", "cell"},
    {"inconclusive", "too noisy to tell", "cell"},
    {"worse-within-bounds", "slightly worse, not failing", "cell"},
    {"informing-worse", "worse in metrics that only inform", "finding"},
    {"removed", "removed by head, so that nothing says how head does there", "cell"},
    {"base-failed", "no result of base", "cell"},
    {"input-changed", "inputs with other bytes than base's", "input"},
    {"new", "new, nothing to compare with", "cell"},
}};

// Falling importance of a worsening: growth, a growth from 0 before all.
double magnitude(const Judged& judged) {
  const auto& change = judged.finding.change;
  if (change.estimate) return std::abs(*change.estimate);
  if (!change.base || !change.head) return 0;
  if (*change.base == 0) return std::numeric_limits<double>::infinity();
  return std::abs(static_cast<double>(*change.head) / static_cast<double>(*change.base) - 1);
}

class Bucket {
 public:
  void add(const Judged& judged) {
    ++count_;
    const Example example{magnitude(judged), &judged};
    const auto place = std::ranges::find_if(examples_, [&](const Example& other) { return other.size < example.size; });
    if (place == examples_.end() && examples_.size() == shown) return;
    examples_.insert(place, example);
    if (examples_.size() > shown) examples_.pop_back();
  }

  bool empty() const { return count_ == 0; }

  model::Reason reason(const Headline& headline) const {
    std::string text = fmt::format("{} ({}): ", headline.text, counted(count_, headline.noun));
    for (std::size_t index = 0; index < examples_.size(); ++index) {
      if (index > 0) text += "; ";
      text += describe(*examples_[index].judged);
    }
    if (count_ > examples_.size()) text += fmt::format("; and {} more", count_ - examples_.size());
    return {headline.code, text};
  }

 private:
  static constexpr std::size_t shown = 3;
  struct Example {
    double size;
    const Judged* judged;
  };

  static std::string describe(const Judged& judged) {
    const model::Finding& finding = judged.finding;
    std::string text = finding.cell.guest;
    if (!finding.cell.input.empty()) text += "/" + finding.cell.input;
    if (!finding.cell.executor.empty()) text += "@" + finding.cell.executor;
    if (finding.change.estimate) {
      text += fmt::format(" {} {}", finding.metric, percent(*finding.change.estimate));
    } else if (finding.change.base && finding.change.head) {
      text += fmt::format(" {} {}", finding.metric, percent(*finding.change.base, *finding.change.head));
    }
    if (!finding.why.empty()) text += fmt::format(" ({})", finding.why);
    return text;
  }

  std::uint64_t count_ = 0;
  std::vector<Example> examples_;
};

/// Whether the metric only says how the deciding one splits (`cost_memory` of `cost`): a share that grows while the
/// whole shrinks is no bad news.
bool is_share(const model::Finding& finding, const model::Policy& policy) {
  return finding.metric == "frops" ||
         finding.metric.starts_with(model::deciding_metric(policy, finding.cell.executor) + "_");
}

Code code_of(const Judged& judged, const model::Policy& policy) {
  const model::Finding& finding = judged.finding;
  if (finding.metric == "drift") return finding.kind == FindingKind::incomparable ? Code::incomparable : Code::drift;
  if (finding.acknowledged) return Code::acknowledged;
  if (finding.kind == FindingKind::nondeterministic) return Code::nondeterministic;
  if (!finding.deciding) {
    if (finding.kind == FindingKind::regressed) return is_share(finding, policy) ? Code::count : Code::informing_worse;
    if (finding.metric == "input") return Code::input_changed;
    return Code::count;
  }
  switch (finding.kind) {
    case FindingKind::rejected:
      return finding.metric == "check" ? Code::check_failed : Code::wrong_output;
    case FindingKind::failed:
      // Its cells say it, too.
      return finding.metric == "build" && finding.cell.input.empty() ? Code::count : Code::failed;
    case FindingKind::killed:
      return Code::killed;
    case FindingKind::regressed:
      return finding.gates ? Code::worse : Code::excused;
    case FindingKind::incomparable:
      return judged.no_base ? Code::base_failed : Code::incomparable;
    case FindingKind::inconclusive:
      return Code::inconclusive;
    case FindingKind::added:
      return Code::added;
    case FindingKind::removed:
      return Code::removed;
    default:
      return Code::count;
  }
}

void name_gains(const model::Comparison& comparison, const JudgedList& judged, std::vector<model::Reason>& reasons) {
  std::set<std::pair<std::string_view, std::string_view>> in_doubt;
  for (const Judged& one : judged) {
    if (one.output_in_doubt()) in_doubt.emplace(one.finding.cell.guest, one.finding.cell.executor);
  }
  struct Gain {
    double change;
    const model::Aggregate* aggregate;
    std::string text;
    std::size_t place = 0;  // among the gains of its executor
  };
  std::vector<Gain> gains;
  for (const auto& aggregate : comparison.aggregates) {
    if (!aggregate.deciding || in_doubt.contains({aggregate.guest, aggregate.executor})) continue;
    // What is wrong, broken or killed is no gain, however fast.
    const auto verdict = std::ranges::find(comparison.guests, aggregate.guest, &model::GuestVerdict::guest);
    if (verdict != comparison.guests.end() && verdict->verdict < model::Verdict::discard_worse) continue;
    double change = 0;
    std::string words;
    if (aggregate.estimate) {
      change = *aggregate.estimate;
      words = percent(change);
    } else if (aggregate.base != aggregate.head && aggregate.base != 0) {
      change = static_cast<double>(aggregate.head) / static_cast<double>(aggregate.base) - 1;
      words = percent(aggregate.base, aggregate.head);
    }
    const auto* metric = model::find_metric(comparison.metrics, aggregate.metric);
    const bool lower = metric == nullptr || metric->better == model::Better::lower;
    if (lower ? change < 0 : change > 0)
      gains.push_back({lower ? change : -change, &aggregate,
                       fmt::format("{} on {}: {} {} over {}", aggregate.guest, aggregate.executor, aggregate.metric,
                                   words, counted(aggregate.inputs, "input"))});
  }
  if (gains.empty()) return;
  // Ranked within an executor only, since a percentage of one says nothing beside another's: the best of each come
  // first.
  std::ranges::stable_sort(gains, {}, &Gain::change);
  std::map<std::string_view, std::size_t> by_executor;
  std::set<std::string_view> guests;
  for (Gain& gain : gains) {
    gain.place = by_executor[gain.aggregate->executor]++;
    guests.insert(gain.aggregate->guest);
  }
  std::ranges::stable_sort(gains, {}, [](const Gain& gain) { return std::pair(gain.place, gain.aggregate->executor); });
  std::string text = fmt::format("weighted gain ({}{}): ", counted(guests.size(), "guest"),
                                 by_executor.size() > 1 ? ", " + counted(by_executor.size(), "executor") : "");
  for (std::size_t index = 0; index < std::min<std::size_t>(gains.size(), 3); ++index)
    text += (index > 0 ? "; " : "") + gains[index].text;
  if (gains.size() > 3) text += fmt::format("; and {} more", gains.size() - 3);
  reasons.push_back({"gain", text});
}

}  // namespace

std::vector<model::Reason> reasons_for(const model::Comparison& comparison, const JudgedList& judged,
                                       const Acknowledgements& acknowledgements,
                                       const std::set<const model::Acknowledgement*>& used_of_head) {
  std::vector<model::Reason> reasons;
  if (!comparison.base_has_policy)
    reasons.push_back({"no-base-policy", "base has no cyclegate.yaml: everything is new and nothing can fail"});
  // First of all, so that nobody overlooks what head allows itself.
  if (!used_of_head.empty()) {
    std::vector<std::string> entries;
    entries.reserve(used_of_head.size());
    for (const auto* entry : used_of_head)
      entries.push_back(fmt::format("{} {} until {} ({})", entry->guest, entry->metric, entry->until, entry->reason));
    std::ranges::sort(entries);
    reasons.push_back({"head-acknowledgement", fmt::format("accepted by head itself: {}", fmt::join(entries, "; "))});
  }
  std::array<Bucket, static_cast<std::size_t>(Code::count)> buckets;
  for (const Judged& finding : judged) {
    const Code code = code_of(finding, comparison.policy);
    if (code != Code::count) buckets.at(static_cast<std::size_t>(code)).add(finding);
  }
  const auto take = [&](Code code) {
    const auto index = static_cast<std::size_t>(code);
    if (!buckets.at(index).empty()) reasons.push_back(buckets.at(index).reason(headlines.at(index)));
  };
  for (std::size_t code = 0; code < static_cast<std::size_t>(Code::acknowledged); ++code) take(static_cast<Code>(code));
  if (!acknowledgements.expired().empty()) {
    std::vector<std::string> entries;
    entries.reserve(acknowledgements.expired().size());
    for (const auto* entry : acknowledgements.expired())
      entries.push_back(fmt::format("{} {} ended {}", entry->guest, entry->metric, entry->until));
    reasons.push_back({"acknowledgement-expired",
                       fmt::format("acknowledgements that count no longer: {}", fmt::join(entries, "; "))});
  }
  // A gain is what a good verdict rests on; doubts come after it there and before it elsewhere.
  const bool good = comparison.verdict == model::Verdict::keep || comparison.verdict == model::Verdict::maybe;
  if (good) name_gains(comparison, judged, reasons);
  for (std::size_t code = static_cast<std::size_t>(Code::acknowledged); code < buckets.size(); ++code)
    take(static_cast<Code>(code));
  if (!good) name_gains(comparison, judged, reasons);
  const auto same = std::ranges::count_if(comparison.guests, &model::GuestVerdict::same_artifact);
  if (same > 0) {
    reasons.push_back({"same-artifact",
                       counted(static_cast<std::uint64_t>(same), "guest") + " with the same artefacts on both sides: " +
                           (comparison.attributions.empty() ? "nothing was run" : "run for the cost models alone")});
  }
  if (reasons.empty()) {
    reasons.push_back(comparison.guests.empty()
                          ? model::Reason{"no-guests", "neither side has a guest"}
                          : model::Reason{"no-change", "every deciding value is equal or within bounds"});
  }
  return reasons;
}

}  // namespace cyclegate::compare
