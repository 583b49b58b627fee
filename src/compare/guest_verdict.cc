#include "compare/guest_verdict.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string_view>

#include "compare/direction.h"
#include "compare/fraction.h"
#include "compare/words.h"

namespace cyclegate::compare {

using model::FindingKind;
using model::Verdict;

namespace {

// How much the aggregate of one executor gained, as the thresholds see it.
struct Gain {
  bool known = false;
  bool proven = false;  // better at all
  bool maybe = false;   // at least `maybe`
  bool keep = false;    // more than `keep`
  std::string text;     // the change in words
};

// Everything about one executor of the guest.
struct Executor {
  const model::Aggregate* aggregate = nullptr;
  std::vector<Judged*> deciding;
  Judged* whole = nullptr;              // worse over several inputs together
  const SampledGroup* group = nullptr;  // where the deciding metric is sampled
  Gain gain;
  model::Better better = model::Better::lower;
};

Gain integer_gain(model::Better better, model::Wide base, model::Wide head, const model::Thresholds& thresholds) {
  const Costs costs = as_costs(better, base, head);
  Gain gain;
  gain.known = true;
  gain.proven = costs.head < costs.base;
  gain.keep = gain.proven && model::shrank_by_more_than(costs.base, costs.head, thresholds.keep);
  // Where `maybe` is not below `keep`, there is no MAYBE (profile `optimised`).
  gain.maybe = gain.keep || (thresholds.maybe < thresholds.keep && gain.proven &&
                             model::shrank_by_at_least(costs.base, costs.head, thresholds.maybe));
  gain.text = percent(base, head);
  return gain;
}

Gain sampled_gain(const SampledGroup& group, model::Better better, const model::Policy& policy) {
  const auto& thresholds = policy.thresholds;
  // classic: by the means, which are integers.
  if (policy.methodology == model::Methodology::classic)
    return integer_gain(better, group.base_sum, group.head_sum, thresholds);
  Gain gain;
  gain.known = true;
  gain.text = percent(group.estimate);
  if (!group.interval) return gain;
  const auto as_cost = [&](double change) { return better == model::Better::lower ? change : 1 / (1 + change) - 1; };
  const double at_worst = as_cost(better == model::Better::lower ? group.interval->high : group.interval->low);
  gain.text += fmt::format(" ({} to {})", percent(group.interval->low), percent(group.interval->high));
  gain.proven = at_worst < 0;
  gain.keep = at_worst < -fraction(thresholds.keep);
  gain.maybe =
      gain.keep || (thresholds.maybe < thresholds.keep && gain.proven && at_worst <= -fraction(thresholds.maybe));
  return gain;
}

/// A program that does less is faster: where nobody vouches for an output, the gain neither wins nor pays for a loss.
void withdraw(Gain& gain) {
  if (gain.proven) gain.text += ", which does not count while an output is in doubt";
  gain.proven = gain.maybe = gain.keep = false;
}

bool worse_than(const Judged& judged, model::Millionths limit) {
  if (judged.finding.kind != FindingKind::regressed) return false;
  const auto& change = judged.finding.change;
  if (judged.sampled != nullptr) {
    const ClassicCell& classic = judged.sampled->classic;
    if (classic.base_runs > 0)
      return worse_by_more_than(as_costs(judged.better, classic.base_mean, classic.head_mean), limit);
    const double growth = judged.better == model::Better::lower ? *change.estimate : 1 / (1 + *change.estimate) - 1;
    return growth > fraction(limit);
  }
  return worse_by_more_than(as_costs(judged.better, *change.base, *change.head), limit);
}

model::Millionths tolerance_of(const Judged& judged, const model::Policy& policy) {
  return judged.sampled != nullptr ? policy.tolerance.sampled : policy.tolerance.exact;
}

std::string change_of(const Judged& judged) {
  const auto& change = judged.finding.change;
  if (judged.sampled != nullptr) return percent(*change.estimate);
  return percent(*change.base, *change.head);
}

// `light (+6.10 %), big (+5.20 %) and 3 more`
std::string name_inputs(std::vector<const Judged*> cells) {
  constexpr std::size_t shown = 5;
  std::string text;
  for (std::size_t index = 0; index < std::min(cells.size(), shown); ++index) {
    if (index > 0) text += ", ";
    text += cells[index]->finding.cell.input;
    if (const auto& change = cells[index]->finding.change;
        cells[index]->sampled != nullptr || (change.base && change.head))
      text += fmt::format(" ({})", change_of(*cells[index]));
  }
  if (cells.size() > shown) text += fmt::format(" and {} more", cells.size() - shown);
  return text;
}

template <class Predicate>
std::vector<const Judged*> select(const Executor& executor, const Predicate& predicate) {
  std::vector<const Judged*> found;
  for (const Judged* judged : executor.deciding) {
    if (predicate(*judged)) found.push_back(judged);
  }
  return found;
}

// Where some inputs gain and others lose, both are named.
std::string name_mixed(const Executor& executor, const std::vector<const Judged*>& worse) {
  const auto better =
      select(executor, [](const Judged& judged) { return judged.finding.kind == FindingKind::improved; });
  if (better.empty() || worse.empty()) return name_inputs(worse);
  return fmt::format("better on {}; worse on {}", name_inputs(better), name_inputs(worse));
}

struct Decision {
  Verdict verdict = Verdict::unchanged;
  std::string why;
};

// All inputs together are worse: fails the gate beyond the tolerance, where no cell says it already.
void mark_whole(Executor& executor, const model::Policy& policy) {
  if (executor.whole == nullptr || executor.whole->finding.acknowledged) return;
  model::Finding& finding = executor.whole->finding;
  const model::Millionths tolerance = policy.tolerance.sampled;
  finding.gates = worse_than(*executor.whole, tolerance);
  finding.why += fmt::format(", {} the tolerance of {}", finding.gates ? "more than" : "within", percent(tolerance));
}

// A cell worse than its tolerance fails the gate, unless its guest gains on the whole and the cell is not much worse.
void mark_gates(Executor& executor, const model::Policy& policy) {
  for (Judged* judged : executor.deciding) {
    model::Finding& finding = judged->finding;
    if (finding.acknowledged) continue;
    switch (finding.kind) {
      case FindingKind::rejected:
      case FindingKind::failed:
      case FindingKind::killed:
        finding.gates = true;
        break;
      case FindingKind::regressed: {
        const bool over = worse_than(*judged, tolerance_of(*judged, policy));
        const bool excused = executor.gain.proven && !worse_than(*judged, policy.thresholds.worst_input);
        finding.gates = over && !excused;
        if (!finding.why.empty()) break;
        if (!over)
          finding.why = fmt::format("worse within the tolerance of {}", percent(tolerance_of(*judged, policy)));
        else if (excused)
          finding.why = fmt::format("worse, but the guest gains on the whole ({}) and the input stays within {}",
                                    executor.gain.text, percent(policy.thresholds.worst_input));
        else
          finding.why = fmt::format("worse than the tolerance of {}", percent(tolerance_of(*judged, policy)));
        break;
      }
      default:
        break;
    }
  }
}

Decision decide(const std::string& name, const Executor& executor, const model::Policy& policy) {
  const auto of_kind = [&](FindingKind kind) {
    return select(executor, [kind](const Judged& judged) { return judged.finding.kind == kind; });
  };
  const auto on = [&](const std::string& text) { return text + " on " + name; };
  const Gain& gain = executor.gain;
  const bool classic = policy.methodology == model::Methodology::classic;
  if (const auto cells = of_kind(FindingKind::rejected); !cells.empty())
    return {Verdict::reject, on("wrong output: " + name_inputs(cells))};
  if (const auto cells = of_kind(FindingKind::failed); !cells.empty())
    return {Verdict::failed, on(fmt::format("failed: {} ({})", name_inputs(cells), cells.front()->finding.why))};
  if (const auto cells = of_kind(FindingKind::killed); !cells.empty())
    return {Verdict::kill, on(fmt::format("over {} of base: {}", ratio(policy.thresholds.kill), name_inputs(cells)))};

  const auto worse = select(executor, [](const Judged& judged) {
    return judged.finding.kind == FindingKind::regressed && !judged.finding.acknowledged;
  });
  const auto much_worse = select(executor, [&](const Judged& judged) {
    return !judged.finding.acknowledged && worse_than(judged, policy.thresholds.worst_input);
  });
  if (!much_worse.empty()) {
    std::string why = fmt::format("worse by more than {}: {}", percent(policy.thresholds.worst_input),
                                  name_mixed(executor, much_worse));
    if (gain.maybe)
      why += fmt::format("; the weighted aggregate gains ({}): consider making the change conditional on the input",
                         gain.text);
    return {Verdict::discard_worse, on(why)};
  }
  // classic: any regression that no net gain pays for; robust: any beyond its tolerance.
  const auto unpaid = select(executor, [&](const Judged& judged) {
    return !judged.finding.acknowledged && judged.finding.kind == FindingKind::regressed &&
           (classic || worse_than(judged, tolerance_of(judged, policy)));
  });
  if (!unpaid.empty() && !gain.maybe)
    return {Verdict::discard_worse,
            on(fmt::format("worse: {}; aggregate {}", name_mixed(executor, unpaid), gain.text))};
  if (executor.whole != nullptr && executor.whole->finding.gates)
    return {Verdict::discard_worse,
            on(fmt::format("worse over {} together: {}", counted(executor.group->cells, "input"), gain.text))};

  const auto compared =
      select(executor, [](const Judged& judged) { return judged.comparable || judged.same_artifact; });
  const auto doubtful = select(executor, [](const Judged& judged) {
    const FindingKind kind = judged.finding.kind;
    const bool missing =
        kind == FindingKind::added || kind == FindingKind::removed || kind == FindingKind::incomparable;
    return kind == FindingKind::nondeterministic || (missing && !judged.no_base);
  });
  if (!doubtful.empty())
    return {Verdict::inconclusive,
            on(fmt::format("cannot be judged: {} ({})", name_inputs(doubtful), doubtful.front()->finding.why))};
  if (compared.empty()) {
    const auto* first = executor.deciding.empty() ? nullptr : executor.deciding.front();
    return {Verdict::inconclusive,
            on(first == nullptr ? "nothing was run" : "nothing to compare: " + first->finding.why)};
  }
  const auto undecided = of_kind(FindingKind::inconclusive);
  const auto unsure = select(
      executor, [](const Judged& judged) { return judged.sampled != nullptr && !judged.sampled->within_worst_input; });
  if (gain.maybe && !(classic && !undecided.empty())) {
    // Sampled metrics: that no input is much worse wants proof, too.
    if (!unsure.empty())
      return {Verdict::inconclusive, on(fmt::format("gains {}, but {} may be worse by more than {}", gain.text,
                                                    name_inputs(unsure), percent(policy.thresholds.worst_input)))};
    std::string why = fmt::format("{} {}", executor.aggregate->metric, gain.text);
    if (!worse.empty()) why += fmt::format("; worse, but within bounds: {}", name_mixed(executor, worse));
    if (!gain.keep && executor.group != nullptr && !executor.group->would_keep.empty())
      why += "; " + executor.group->would_keep;
    return {gain.keep ? Verdict::keep : Verdict::maybe, on(why)};
  }
  if (!undecided.empty())
    return {Verdict::inconclusive, on(fmt::format("{}: {}", name_inputs(undecided), undecided.front()->finding.why))};
  const bool all_equal = std::ranges::all_of(compared, [](const Judged* judged) {
    return judged->same_artifact || (judged->sampled == nullptr && judged->finding.kind == FindingKind::unchanged);
  });
  if (all_equal) {
    const bool same = std::ranges::all_of(compared, [](const Judged* judged) { return judged->same_artifact; });
    return {classic ? Verdict::discard : Verdict::unchanged,
            on(same ? "same artefact on both sides" : "every deciding value is equal")};
  }
  std::string why = fmt::format("no gain worth having: {} {}", executor.aggregate->metric, gain.text);
  if (!worse.empty()) why += fmt::format("; slightly worse: {}", name_mixed(executor, worse));
  if (worse.empty() && executor.whole != nullptr) why += "; slightly worse over all inputs together";
  return {Verdict::discard, on(why)};
}

}  // namespace

GuestDecision judge_guest(const std::string& guest, const JudgedRange& judged,
                          std::span<const model::Aggregate> aggregates, const model::Policy& policy) {
  GuestDecision decided;
  model::GuestVerdict& result = decided.verdict;
  result.guest = guest;
  std::string doubts;
  std::map<std::string_view, Executor> executors;
  std::optional<Decision> first;
  const auto consider = [&](Decision decision) {
    if (decision.verdict == Verdict::inconclusive) {
      decided.doubt = true;
      doubts += "; " + decision.why;
    }
    if (!first || decision.verdict < first->verdict) {
      first = std::move(decision);
    } else if (decision.verdict == first->verdict) {
      first->why += "; " + decision.why;
    }
  };
  bool same = true;
  bool any = false;
  for (Judged& cell : judged) {
    model::Finding& finding = cell.finding;
    if (!finding.deciding) continue;
    if (finding.cell.input.empty()) {
      // Of the whole guest: a failed check or build.
      if (cell.of_group) executors[finding.cell.executor].whole = &cell;
      if (finding.kind != FindingKind::rejected && finding.kind != FindingKind::failed) continue;
      finding.gates = true;
      consider({finding.kind == FindingKind::rejected ? Verdict::reject : Verdict::failed, finding.why});
      continue;
    }
    any = true;
    same = same && cell.same_artifact;
    Executor& executor = executors[finding.cell.executor];
    executor.deciding.push_back(&cell);
    if (finding.metric != "output") executor.better = cell.better;
    if (cell.sampled != nullptr) executor.group = cell.sampled->group;
  }
  for (const auto& aggregate : aggregates) {
    if (!aggregate.deciding) continue;
    Executor& executor = executors[aggregate.executor];
    executor.aggregate = &aggregate;
    executor.gain = executor.group != nullptr
                        ? sampled_gain(*executor.group, executor.better, policy)
                        : integer_gain(executor.better, aggregate.base, aggregate.head, policy.thresholds);
    if (std::ranges::any_of(executor.deciding, [](const Judged* one) { return one->output_in_doubt(); }))
      withdraw(executor.gain);
  }
  for (auto& [name, executor] : executors) {
    mark_gates(executor, policy);
    mark_whole(executor, policy);
    consider(decide(std::string(name), executor, policy));
  }
  result.same_artifact = any && same;
  if (!first) first = Decision{Verdict::inconclusive, "declares no cells"};
  result.verdict = first->verdict;
  result.why = std::move(first->why);
  if (result.verdict == Verdict::inconclusive)
    decided.doubt = true;
  else
    result.why += doubts;  // the verdict of the other executors does not hide them
  return decided;
}

}  // namespace cyclegate::compare
