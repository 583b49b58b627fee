#include "config/read_policy.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "config/mapping.h"
#include "config/quantity.h"
#include "model/text.h"

namespace cyclegate::config {
namespace {

/// Requirements R22: the two profiles by name. `optimised` has no MAYBE.
constexpr model::Thresholds first_pass{};
constexpr model::Thresholds optimised{.keep = model::Millionths{20'000},
                                      .maybe = model::Millionths{20'000},
                                      .kill = {1'100'000},
                                      .worst_input = {50'000}};

void read_thresholds(const Mapping& policy, model::Thresholds& thresholds, Mistakes& mistakes) {
  const YamlNode* const node = policy.find("thresholds");
  if (node == nullptr) return;
  if (node->kind == YamlNode::Kind::scalar)
    return policy.read_choice("thresholds", thresholds, {{"first-pass", first_pass}, {"optimised", optimised}});
  const Mapping mapping(*node, "thresholds", {"keep", "maybe", "kill", "worst_input"}, mistakes);
  mapping.read_percentage("keep", thresholds.keep);
  // A file that only lowers `keep` has no MAYBE, not a contradiction.
  thresholds.maybe = std::min(thresholds.maybe, thresholds.keep);
  mapping.read_percentage("maybe", thresholds.maybe);
  mapping.read_ratio("kill", thresholds.kill);
  mapping.read_percentage("worst_input", thresholds.worst_input);
  if (thresholds.keep.value >= model::one_million)
    mistakes.add(node->position, "'keep' asks for a gain of 100 % or more, which nothing can reach",
                 "write a percentage below 100%");
  if (thresholds.maybe > thresholds.keep)
    mistakes.add(node->position, "'maybe' is above 'keep' in thresholds", "write maybe at most as large as keep");
}

void read_deciding(const YamlNode* node, std::map<std::string, std::string>& deciding, Mistakes& mistakes) {
  if (node == nullptr) return;
  if (node->kind != YamlNode::Kind::mapping) {
    mistakes.add(node->position, fmt::format("'deciding' is {}", describe(*node)),
                 "write a mapping of executors to metrics, such as { embedded: cost }");
    return;
  }
  for (std::size_t i = 0; i + 1 < node->items.size(); i += 2) {
    const YamlNode& executor = node->items[i];
    const YamlNode& metric = node->items[i + 1];
    if (!model::is_name(executor.text))
      mistakes.add(executor.position, fmt::format("{} cannot be an executor", in_quotes(executor.text)),
                   "`cyclegate executors` lists them");
    else if (metric.kind != YamlNode::Kind::scalar || !model::is_name(metric.text))
      mistakes.add(metric.position, fmt::format("the deciding metric of {} is {}", executor.text, describe(metric)),
                   "write the name of a metric, such as cost, steps or wall_time");
    else
      deciding.emplace(executor.text, metric.text);
  }
}

void read_expected(const YamlNode& node, const Guest* guest, model::Acknowledgement& acknowledgement,
                   Mistakes& mistakes) {
  if (node.kind != YamlNode::Kind::mapping || node.items.empty()) {
    mistakes.add(node.position, fmt::format("'expected' is {}", describe(node)),
                 "write a mapping of input names to the sha256 of their new output");
    return;
  }
  for (std::size_t i = 0; i + 1 < node.items.size(); i += 2) {
    const YamlNode& input = node.items[i];
    const YamlNode& digest = node.items[i + 1];
    if (guest != nullptr) {
      std::vector<std::string_view> names;
      names.reserve(guest->inputs.size());
      for (const Input& known : guest->inputs) names.emplace_back(known.name);
      if (std::ranges::find(names, std::string_view(input.text)) == names.end())
        mistakes.add(input.position,
                     fmt::format("guest {} has no input {}", acknowledgement.guest, in_quotes(input.text)),
                     suggestion(input.text, names));
    }
    if (digest.kind != YamlNode::Kind::scalar || !model::is_sha256(digest.text))
      mistakes.add(digest.position,
                   fmt::format("the expected output of {} is {}", in_quotes(input.text), describe(digest)),
                   "write 64 lower-case hex digits");
    else
      acknowledgement.expected.emplace(input.text, digest.text);
  }
}

const Guest* find_acknowledged_guest(const Mapping& mapping, const std::string& name,
                                     const std::map<std::string, Guest>& guests, Mistakes& mistakes) {
  if (const auto found = guests.find(name); found != guests.end()) return &found->second;
  // A file without one right guest has been told so already.
  if (const YamlNode* const node = mapping.find("guest"); node != nullptr && !name.empty() && !guests.empty()) {
    std::vector<std::string_view> names;
    names.reserve(guests.size());
    for (const auto& [known, guest] : guests) names.emplace_back(known);
    mistakes.add(node->position, fmt::format("there is no guest {}", in_quotes(name)), suggestion(name, names));
  }
  return nullptr;
}

model::Acknowledgement read_acknowledgement(const YamlNode& node, const std::map<std::string, Guest>& guests,
                                            Mistakes& mistakes) {
  model::Acknowledgement acknowledgement;
  const Mapping mapping(node, "an acknowledgement", {"guest", "metric", "up_to", "expected", "until", "reason"},
                        mistakes);
  if (node.kind != YamlNode::Kind::mapping) return acknowledgement;
  for (const std::string_view needed : {"guest", "metric", "until", "reason"})
    if (!mapping.has(needed))
      mistakes.add(node.position, fmt::format("this acknowledgement has no '{}'", needed),
                   "write { guest: NAME, metric: NAME, up_to: +3%, until: YYYY-MM-DD, reason: TEXT }");
  mapping.read_name("guest", acknowledgement.guest);
  mapping.read_name("metric", acknowledgement.metric);
  mapping.read_text("until", acknowledgement.until);
  mapping.read_text("reason", acknowledgement.reason);
  if (const YamlNode* const until = mapping.find("until"); until != nullptr && !is_date(acknowledgement.until))
    mapping.refuse(*until, "until", "write a day as YYYY-MM-DD");
  const Guest* const guest = find_acknowledged_guest(mapping, acknowledgement.guest, guests, mistakes);
  if (mapping.has("up_to")) {
    model::Millionths growth;
    mapping.read_percentage("up_to", growth);
    acknowledgement.up_to = growth;
  }
  if (const YamlNode* const expected = mapping.find("expected"))
    read_expected(*expected, guest, acknowledgement, mistakes);
  if (!mapping.has("metric")) return acknowledgement;
  const bool output = acknowledgement.metric == "output";
  if (output == mapping.has("up_to") || output != mapping.has("expected"))
    mistakes.add(node.position,
                 output ? "an acknowledged output needs 'expected' and no 'up_to'"
                        : "an acknowledged metric needs 'up_to' and no 'expected'",
                 output ? "write expected: { INPUT: SHA256 }" : "write up_to: +3%, say");
  return acknowledgement;
}

}  // namespace

model::Policy read_policy(const YamlNode* policy, const YamlNode* acknowledged,
                          const std::map<std::string, Guest>& guests, Mistakes& mistakes) {
  model::Policy result;
  if (policy != nullptr) {
    const Mapping mapping(*policy, "policy",
                          {"methodology", "mode", "thresholds", "tolerance", "drift_budget", "deciding"}, mistakes);
    mapping.read_choice<model::Methodology>(
        "methodology", result.methodology,
        {{"robust", model::Methodology::robust}, {"classic", model::Methodology::classic}});
    mapping.read_choice<model::Mode>("mode", result.mode,
                                     {{"guard", model::Mode::guard}, {"improve", model::Mode::improve}});
    read_thresholds(mapping, result.thresholds, mistakes);
    if (const YamlNode* const node = mapping.find("tolerance")) {
      const Mapping tolerance(*node, "tolerance", {"exact", "sampled"}, mistakes);
      tolerance.read_percentage("exact", result.tolerance.exact);
      tolerance.read_percentage("sampled", result.tolerance.sampled);
    }
    if (mapping.has("drift_budget")) {
      model::Millionths budget;
      mapping.read_percentage("drift_budget", budget);
      result.drift_budget = budget;
    }
    read_deciding(mapping.find("deciding"), result.deciding, mistakes);
  }
  if (acknowledged == nullptr) return result;
  if (acknowledged->kind != YamlNode::Kind::sequence) {
    mistakes.add(acknowledged->position, fmt::format("'acknowledged' is {}", describe(*acknowledged)),
                 "write a list of mappings");
    return result;
  }
  for (const YamlNode& item : acknowledged->items)
    result.acknowledged.push_back(read_acknowledgement(item, guests, mistakes));
  return result;
}

}  // namespace cyclegate::config
