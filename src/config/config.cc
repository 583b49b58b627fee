#include "config/config.h"

#include <algorithm>
#include <iterator>
#include <set>

#include "config/mapping.h"
#include "config/mistakes.h"
#include "config/quantity.h"
#include "config/read_executors.h"
#include "config/read_guests.h"
#include "config/read_policy.h"
#include "config/yaml_tree.h"

namespace cyclegate::config {
namespace {

constexpr std::uint32_t newest_version = 1;
// 200 blocks: the exact test of a cell grows with the cube of them (stats::AlignedRank).
constexpr std::uint32_t most_runs = 400;

void read_version(const Mapping& file, Config& config, Mistakes& mistakes) {
  const YamlNode* const node = file.find("version");
  if (node == nullptr) return;
  const auto value = node->kind == YamlNode::Kind::scalar && node->plain ? parse_integer(node->text) : std::nullopt;
  if (value && *value > newest_version) {
    mistakes.add(node->position, "this file is of version " + node->text + ", newer than this cyclegate",
                 "update cyclegate, or write version: 1");
  } else if (!value || *value == 0) {
    file.refuse(*node, "version", "write version: 1");
  }
  config.version = newest_version;
}

void read_build(const YamlNode* node, BuildSettings& build, Mistakes& mistakes) {
  if (node == nullptr) return;
  const Mapping mapping(*node, "build", {"environment", "time", "check_reproducible"}, mistakes);
  mapping.read_words("environment", build.environment, is_variable_name, "name environment variables");
  mapping.read_duration("time", build.time, std::chrono::seconds(1));
  mapping.read_boolean("check_reproducible", build.check_reproducible);
}

void read_measure(const YamlNode* node, Measure& measure, Mistakes& mistakes) {
  if (node == nullptr) return;
  const Mapping mapping(*node, "measure",
                        {"timed", "warmup", "runs", "budget", "cooldown", "limits", "calibrate", "work_unit"},
                        mistakes);
  mapping.read_boolean("timed", measure.timed);
  mapping.read_boolean("calibrate", measure.calibrate);
  mapping.read_name("work_unit", measure.work_unit);
  mapping.read_integer("warmup", measure.warmup, 0U, 1000U);
  mapping.read_duration("budget", measure.budget, std::chrono::seconds(1));
  mapping.read_duration("cooldown", measure.cooldown, std::chrono::milliseconds(0));
  if (const YamlNode* const node_runs = mapping.find("runs")) {
    const Mapping runs(*node_runs, "runs", {"min", "max"}, mistakes);
    runs.read_integer("min", measure.min_runs, 2U, most_runs);
    // A file that only raises `min` means at least that many, not a contradiction.
    measure.max_runs = std::max(measure.max_runs, measure.min_runs);
    runs.read_integer("max", measure.max_runs, 2U, most_runs);
    if (measure.max_runs < measure.min_runs)
      mistakes.add(runs.position(), "'max' is below 'min' in runs",
                   "write max: " + std::to_string(measure.min_runs) + " or more");
  }
  if (const YamlNode* const node_limits = mapping.find("limits")) {
    const Mapping limits(*node_limits, "limits", {"max_steps", "time", "memory"}, mistakes);
    limits.read_integer("max_steps", measure.limits.max_steps, std::uint64_t{1}, std::uint64_t{1} << 48);
    limits.read_duration("time", measure.limits.time, std::chrono::milliseconds(1));
    limits.read_size("memory", measure.limits.memory);
  }
}

void read_publish(const YamlNode* node, Publish& publish, Mistakes& mistakes) {
  if (node == nullptr) return;
  const Mapping mapping(*node, "publish", {"branch", "keep_days", "keep_pictures"}, mistakes);
  mapping.read_text("branch", publish.branch);
  mapping.read_integer("keep_days", publish.keep_days, 1U, 36'500U);
  mapping.read_integer("keep_pictures", publish.keep_pictures, 1U, 50'000U);
}

}  // namespace

std::vector<model::Warning> weaknesses(const Config& config) {
  std::vector<model::Warning> warnings;
  for (const auto& [name, guest] : config.guests) {
    if (guest.inputs.size() < 5)
      warnings.push_back({"few-inputs", "guest " + name + " has " + std::to_string(guest.inputs.size()) +
                                            (guest.inputs.size() == 1 ? " input" : " inputs") +
                                            "; a verdict from fewer than 5 says little about others"});
  }
  if (!config.measure.timed) return warnings;
  if (config.measure.min_runs < 10)
    warnings.push_back(
        {"few-runs", "runs.min is " + std::to_string(config.measure.min_runs) + "; at least 10 timed runs are wanted"});
  if (config.measure.warmup < 3)
    warnings.push_back(
        {"few-warmups", "warmup is " + std::to_string(config.measure.warmup) + "; at least 3 warm-ups are wanted"});
  return warnings;
}

Config parse_config(std::string_view text, std::string_view origin) {
  Mistakes mistakes(origin);
  const YamlNode root = parse_yaml(text, mistakes);
  // A file that is not YAML would only add mistakes that are none.
  if (root.kind == YamlNode::Kind::null) mistakes.throw_if_any();
  Config config;
  const Mapping file(root, "the file",
                     {"version", "guests", "executors", "build", "measure", "publish", "policy", "acknowledged"},
                     mistakes);
  read_version(file, config, mistakes);
  read_build(file.find("build"), config.build, mistakes);
  if (const YamlNode* const guests = file.find("guests")) {
    config.guests = read_guests(*guests, mistakes);
  } else if (root.kind == YamlNode::Kind::mapping || root.kind == YamlNode::Kind::null) {
    mistakes.add({1, 1}, "no guests are named", "begin with `guests:`; `cyclegate init` writes a starter file");
  }
  if (const YamlNode* const executors = file.find("executors")) {
    config.executors = read_executors(*executors, config.cost_model, mistakes);
  }
  config.policy = read_policy(file.find("policy"), file.find("acknowledged"), config.guests, mistakes);
  if (config.policy.methodology == model::Methodology::classic) config.measure.cooldown = std::chrono::seconds(60);
  read_measure(file.find("measure"), config.measure, mistakes);
  read_publish(file.find("publish"), config.publish, mistakes);
  mistakes.throw_if_any();
  config.warnings = weaknesses(config);
  return config;
}

std::vector<std::string> environment_of(const Config& config, const Guest& guest) {
  std::set<std::string> names(config.build.environment.begin(), config.build.environment.end());
  names.insert(guest.environment.begin(), guest.environment.end());
  return {names.begin(), names.end()};
}

}  // namespace cyclegate::config
