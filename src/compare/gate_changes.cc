#include "compare/gate_changes.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <string_view>

#include "compare/words.h"

namespace cyclegate::compare {
namespace {

class Changes {
 public:
  template <class Value, class Words>
  void field(std::string_view name, const Value& base, const Value& head, const Words& words) {
    if (base == head) return;
    add(fmt::format("{}: {} becomes {}", name, words(base), words(head)));
  }
  void add(std::string sentence) { sentences_.push_back(std::move(sentence)); }
  std::vector<std::string> take() { return std::move(sentences_); }

 private:
  std::vector<std::string> sentences_;
};

std::string describe(const model::Acknowledgement& entry) {
  std::string text = fmt::format("{} {}", entry.guest, entry.metric);
  if (entry.up_to) text += " up to " + percent(*entry.up_to);
  for (const auto& [input, sha256] : entry.expected) text += fmt::format(", {} {}", input, abbreviated(sha256));
  return text + fmt::format(" until {} ({})", entry.until, entry.reason);
}

void compare_rules(const model::Policy& base, const model::Policy& head, Changes& changes) {
  const auto as_percent = [](model::Millionths value) { return percent(value); };
  const auto as_ratio = [](model::Millionths value) { return ratio(value); };
  const auto as_word = [](auto value) { return model::to_string(value); };
  changes.field("methodology", base.methodology, head.methodology, as_word);
  changes.field("mode", base.mode, head.mode, as_word);
  changes.field("thresholds.keep", base.thresholds.keep, head.thresholds.keep, as_percent);
  changes.field("thresholds.maybe", base.thresholds.maybe, head.thresholds.maybe, as_percent);
  changes.field("thresholds.kill", base.thresholds.kill, head.thresholds.kill, as_ratio);
  changes.field("thresholds.worst_input", base.thresholds.worst_input, head.thresholds.worst_input, as_percent);
  changes.field("tolerance.exact", base.tolerance.exact, head.tolerance.exact, as_percent);
  changes.field("tolerance.sampled", base.tolerance.sampled, head.tolerance.sampled, as_percent);
  changes.field("drift_budget", base.drift_budget, head.drift_budget,
                [](const std::optional<model::Millionths>& value) { return value ? percent(*value) : "none"; });
  std::set<std::string> executors;
  for (const auto* policy : {&base, &head}) {
    for (const auto& [executor, metric] : policy->deciding) executors.insert(executor);
  }
  for (const auto& executor : executors) {
    changes.field(fmt::format("deciding metric of {}", executor), model::deciding_metric(base, executor),
                  model::deciding_metric(head, executor), [](const std::string& metric) { return metric; });
  }
  for (const auto& entry : head.acknowledged) {
    if (std::ranges::find(base.acknowledged, entry) == base.acknowledged.end())
      changes.add("acknowledges " + describe(entry));
  }
  for (const auto& entry : base.acknowledged) {
    if (std::ranges::find(head.acknowledged, entry) == head.acknowledged.end())
      changes.add("no longer acknowledges " + describe(entry));
  }
}

void compare_guest(const model::GuestInfo& base, const model::GuestInfo& head, Changes& changes) {
  std::map<std::string_view, const model::InputInfo*> inputs;
  for (const auto& input : head.inputs) inputs.emplace(input.name, &input);
  for (const auto& input : base.inputs) {
    const auto found = inputs.find(input.name);
    if (found == inputs.end()) {
      changes.add(fmt::format("guest {}: input {} is removed", base.name, input.name));
      continue;
    }
    const auto name = fmt::format("guest {}, input {}", base.name, input.name);
    changes.field(name + ", weight", input.weight, found->second->weight,
                  [](std::uint64_t weight) { return std::to_string(weight); });
    changes.field(name + ", sha256", input.sha256, found->second->sha256,
                  [](const std::string& sha256) { return abbreviated(sha256); });
  }
  for (const auto& executor : base.executors) {
    if (std::ranges::find(head.executors, executor) == head.executors.end())
      changes.add(fmt::format("guest {}: executor {} is removed", base.name, executor));
  }
  if (base.has_check && !head.has_check) changes.add(fmt::format("guest {}: check is removed", base.name));
  if (base.has_check && head.has_check && base.check_command != head.check_command)
    changes.add(fmt::format("guest {}, check: {} becomes {}", base.name, base.check_command, head.check_command));
}

// How long and how often is measured decides what can be seen. Older files do not say it.
void compare_measuring(const model::RunSet& base, const model::RunSet& head, Changes& changes) {
  if (base.measure.empty() || head.measure.empty()) return;
  std::set<std::string> names;
  for (const auto* set : {&base, &head}) {
    for (const auto& [name, value] : set->measure) names.insert(name);
  }
  const auto value_in = [](const model::RunSet& set, const std::string& name) {
    const auto found = set.measure.find(name);
    return found == set.measure.end() ? std::string("nothing") : found->second;
  };
  for (const auto& name : names)
    changes.field("measure." + name, value_in(base, name), value_in(head, name),
                  [](const std::string& value) { return value; });
}

}  // namespace

std::vector<std::string> gate_changes(const model::RunSet& base, const model::RunSet& head) {
  Changes changes;
  if (!base.policy) return {};
  if (!head.policy)
    changes.add("cyclegate.yaml is removed");
  else
    compare_rules(*base.policy, *head.policy, changes);
  compare_measuring(base, head, changes);
  std::map<std::string_view, const model::GuestInfo*> known;
  for (const auto& guest : head.guests) known.emplace(guest.name, &guest);
  std::map<std::string_view, const model::GuestInfo*> ordered;
  for (const auto& guest : base.guests) ordered.emplace(guest.name, &guest);
  for (const auto& [name, guest] : ordered) {
    if (const auto found = known.find(name); found != known.end())
      compare_guest(*guest, *found->second, changes);
    else
      changes.add(fmt::format("guest {} is removed", name));
  }
  return changes.take();
}

}  // namespace cyclegate::compare
