#include "config/read_executors.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>
#include <vector>

#include "config/mapping.h"
#include "config/quantity.h"
#include "model/text.h"

namespace cyclegate::config {
namespace {

constexpr std::array<std::string_view, 8> built_in = {"embedded", "ziskemu", "sp1",         "risc0",
                                                      "openvm",   "native",  "zisk-prover", "risc0-prover"};
constexpr std::array<std::string_view, 5> placeholders = {"{elf}", "{input}", "{input_name}", "{output}", "{work}"};
/// What is measured anyway, and what names findings that are no metric of an executor.
constexpr std::array<std::string_view, 10> taken = {"wall_time", "user_sys_time", "peak_memory", "throughput",
                                                    "output",    "check",         "build",       "input",
                                                    "drift",     "artifact_size"};
constexpr std::size_t most_words = 200;
constexpr std::size_t most_metrics = 50;

/// Times are held in ns; the unit says what the program prints.
constexpr std::array<std::pair<std::string_view, std::uint64_t>, 4> times = {
    {{"ns", 1}, {"us", 1'000}, {"ms", 1'000'000}, {"s", 1'000'000'000}}};

/// Every `{word}` of an argument is a placeholder that there is.
bool placeholders_right(std::string_view text) {
  for (std::size_t at = text.find('{'); at != std::string_view::npos; at = text.find('{', at + 1)) {
    const std::size_t end = text.find('}', at);
    if (end == std::string_view::npos) return true;  // a lone brace means itself
    const std::string_view word = text.substr(at, end + 1 - at);
    const bool name = word.find_first_not_of("abcdefghijklmnopqrstuvwxyz_{}") == std::string_view::npos;
    if (name && std::ranges::find(placeholders, word) == placeholders.end()) return false;
  }
  return true;
}

/// A list of words that may repeat: an argv.
void read_arguments(const Mapping& mapping, std::string_view key, std::vector<std::string>& out) {
  const YamlNode* const node = mapping.find(key);
  if (node == nullptr) return;
  constexpr std::string_view remedy = "write a list: the program, then its arguments; no shell reads them";
  if (node->kind != YamlNode::Kind::sequence || node->items.empty() || node->items.size() > most_words) {
    return mapping.refuse(*node, key, remedy);
  }
  std::vector<std::string> words;
  for (const YamlNode& item : node->items) {
    if (item.kind != YamlNode::Kind::scalar || item.text.contains('\0')) return mapping.refuse(item, key, remedy);
    if (!placeholders_right(item.text)) {
      return mapping.refuse(item, key, "placeholders are {elf}, {input}, {input_name}, {output} and {work}");
    }
    words.push_back(item.text);
  }
  if (words[0].empty() || (words[0].contains('/') && !words[0].starts_with('/'))) {
    return mapping.refuse(node->items[0], key,
                          "begin with a program's name, which is looked up on PATH, or an absolute path");
  }
  out = std::move(words);
}

void read_exits(const Mapping& mapping, model::CommandSettings& settings) {
  const YamlNode* const node = mapping.find("exits");
  if (node == nullptr) return;
  constexpr std::string_view remedy =
      "write exit statuses from 0 to 255, each with ok, exit, trap, limit, rejected or crashed";
  if (node->kind != YamlNode::Kind::mapping) return mapping.refuse(*node, "exits", remedy);
  for (std::size_t i = 0; i + 1 < node->items.size(); i += 2) {
    const auto status = parse_integer(node->items[i].text);
    const auto kind = model::outcome_kind_from(node->items[i + 1].text);
    if (!status || *status > 255 || node->items[i + 1].kind != YamlNode::Kind::scalar || !kind) {
      return mapping.refuse(node->items[i], "exits", remedy);
    }
    settings.exits[static_cast<int>(*status)] = *kind;
  }
}

void read_source(const Mapping& mapping, const YamlNode& key, model::PickedMetric& picked, Mistakes& mistakes) {
  picked.from = "stdout";
  mapping.read_text("from", picked.from);
  if (const YamlNode* const from = mapping.find("from");
      from != nullptr && picked.from != "stdout" && picked.from != "stderr" && !is_inner_path(picked.from)) {
    mapping.refuse(*from, "from", "write stdout, stderr, or a file below {work}");
  }
  mapping.read_text("pattern", picked.pattern);
  mapping.read_text("pointer", picked.pointer);
  mapping.read_boolean("size", picked.size);
  if (const YamlNode* const pointer = mapping.find("pointer");
      pointer != nullptr && !picked.pointer.empty() && !picked.pointer.starts_with('/')) {
    mapping.refuse(*pointer, "pointer", "write a JSON pointer: /report/cycles");
  }
  const int ways = (picked.pattern.empty() ? 0 : 1) + (picked.pointer.empty() ? 0 : 1) + (picked.size ? 1 : 0);
  if (ways > 1) {
    mistakes.add(key.position,
                 fmt::format("metric {} has more than one of pattern, pointer and size", in_quotes(key.text)),
                 "keep one of them");
  }
}

model::PickedMetric read_metric(const YamlNode& key, const YamlNode& node, Mistakes& mistakes) {
  model::PickedMetric picked;
  picked.metric.name = key.text;
  const Mapping mapping(node, fmt::format("metric {}", key.text),
                        {"from", "pattern", "pointer", "size", "match", "unit", "kind", "better", "scale"}, mistakes);
  read_source(mapping, key, picked, mistakes);
  picked.metric.unit = picked.size ? "bytes" : key.text;
  mapping.read_text("unit", picked.metric.unit);
  mapping.read_choice<model::MetricKind>(
      "kind", picked.metric.kind, {{"exact", model::MetricKind::exact}, {"sampled", model::MetricKind::sampled}});
  mapping.read_choice<model::Better>("better", picked.metric.better,
                                     {{"lower", model::Better::lower}, {"higher", model::Better::higher}});
  mapping.read_choice<model::Match>(
      "match", picked.match,
      {{"same", model::Match::same}, {"first", model::Match::first}, {"last", model::Match::last}});
  mapping.read_integer("scale", picked.scale, std::uint64_t{1}, std::uint64_t{1'000'000'000'000});
  if (!mapping.has("kind")) {
    mistakes.add(key.position, fmt::format("metric {} does not say what it is", in_quotes(key.text)),
                 "add kind: exact for what is equal in every run, or kind: sampled for what is not");
  }
  for (const auto& [unit, scale] : times) {
    if (picked.metric.unit != unit) continue;
    if (scale != 1 && picked.scale != 1) {
      mistakes.add(key.position, fmt::format("metric {} has both a scale and the unit {}", in_quotes(key.text), unit),
                   "leave the scale out; times are converted to ns");
    }
    picked.scale *= scale;
    picked.metric.unit = "ns";
    break;
  }
  const model::Metric* const known = model::find_metric(model::built_in_metrics(), key.text);
  if (known != nullptr && mapping.has("kind") && !difference(picked.metric, *known).empty()) {
    mistakes.add(key.position,
                 fmt::format("metric {} has another {} than the built-in executors' metric of that name",
                             in_quotes(key.text), difference(picked.metric, *known)),
                 fmt::format("take another name, or write unit: {}, kind: {}, better: {}", known->unit,
                             to_string(known->kind), to_string(known->better)));
  }
  return picked;
}

void read_metrics(const Mapping& mapping, model::CommandSettings& settings, Mistakes& mistakes) {
  const YamlNode* const node = mapping.find("metrics");
  if (node == nullptr) return;
  if (node->kind != YamlNode::Kind::mapping || node->items.size() / 2 > most_metrics) {
    return mapping.refuse(*node, "metrics", "write a mapping of names, at most 50");
  }
  for (std::size_t i = 0; i + 1 < node->items.size(); i += 2) {
    const YamlNode& key = node->items[i];
    if (!model::is_name(key.text) || std::ranges::find(taken, key.text) != taken.end()) {
      mistakes.add(key.position, fmt::format("{} cannot be a metric of a command", in_quotes(key.text)),
                   "take another name; wall_time, user_sys_time, peak_memory and throughput are measured anyway");
      continue;
    }
    settings.metrics.push_back(read_metric(key, node->items[i + 1], mistakes));
  }
}

model::CommandSettings read_executor(const YamlNode& key, const YamlNode& node, Mistakes& mistakes) {
  model::CommandSettings settings;
  const Mapping mapping(
      node, fmt::format("executor {}", key.text),
      {"command", "version", "environment", "output", "checks_output", "exits", "all_cores", "log", "metrics"},
      mistakes);
  read_arguments(mapping, "command", settings.command);
  if (!mapping.has("command")) {
    mistakes.add(key.position, fmt::format("executor {} has no command", in_quotes(key.text)),
                 "add command: [PROGRAM, \"{elf}\", \"{input}\"]");
  }
  read_arguments(mapping, "version", settings.version);
  mapping.read_words("environment", settings.environment, is_variable_name, "name environment variables");
  mapping.read_text("output", settings.output);
  if (const YamlNode* const output = mapping.find("output");
      output != nullptr && !settings.output.empty() && settings.output != "stdout" && !is_inner_path(settings.output)) {
    mapping.refuse(*output, "output", "write stdout, or a file below {work}, which {output} names");
  }
  mapping.read_boolean("checks_output", settings.checks_output);
  read_exits(mapping, settings);
  mapping.read_boolean("all_cores", settings.all_cores);
  mapping.read_boolean("log", settings.log);
  read_metrics(mapping, settings, mistakes);
  return settings;
}

}  // namespace

std::map<std::string, model::CommandSettings> read_executors(const YamlNode& node, std::string& cost_model,
                                                             Mistakes& mistakes) {
  std::map<std::string, model::CommandSettings> executors;
  if (node.kind != YamlNode::Kind::mapping) {
    mistakes.add(node.position, fmt::format("'executors' is {}", describe(node)),
                 "write a mapping of names: executors: { my-emulator: { command: [...] } }");
    return executors;
  }
  for (std::size_t i = 0; i + 1 < node.items.size(); i += 2) {
    const YamlNode& key = node.items[i];
    if (key.text == "embedded") {
      const Mapping embedded(node.items[i + 1], "executor embedded", {"cost_model"}, mistakes);
      embedded.read_path("cost_model", cost_model);
      continue;
    }
    if (!model::is_name(key.text) || std::ranges::find(built_in, key.text) != built_in.end()) {
      mistakes.add(key.position, fmt::format("{} cannot be the name of an executor of your own", in_quotes(key.text)),
                   "take another one: at most 64 letters, digits, '.', '_' or '-'");
      continue;
    }
    executors.emplace(key.text, read_executor(key, node.items[i + 1], mistakes));
  }
  return executors;
}

}  // namespace cyclegate::config
