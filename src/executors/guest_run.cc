#include "executors/guest_run.h"

#include <fmt/format.h>

#include <limits>
#include <nlohmann/json.hpp>
#include <optional>

namespace cyclegate::executors {
namespace {

using nlohmann::json;

constexpr std::string_view schema = "cyclegate.guest-run/1";
constexpr std::size_t longest_name = 200;
constexpr std::size_t most_names = 1000;
constexpr std::size_t longest_why = 4096;
constexpr std::size_t longest_console = std::size_t{64} << 10U;
constexpr std::size_t most_columns = 8;

/// Thrown inside this file only.
struct Unusable {
  std::string why;
};

[[noreturn]] void refuse(std::string why) {
  throw Unusable{std::move(why)};
}

const json* member(const json& object, const char* key) {
  const auto found = object.find(key);
  return found == object.end() || found->is_null() ? nullptr : &*found;
}

std::uint64_t number(const json& value, const char* key) {
  if (!value.is_number_unsigned()) refuse(fmt::format("its '{}' is no whole number that is at least 0", key));
  return value.get<std::uint64_t>();
}

std::optional<std::uint64_t> optional_number(const json& object, const char* key) {
  const json* value = member(object, key);
  if (value == nullptr) return std::nullopt;
  return number(*value, key);
}

std::string text_of(const json& object, const char* key, std::size_t longest) {
  const json* value = member(object, key);
  if (value == nullptr) return {};
  if (!value->is_string()) refuse(fmt::format("its '{}' is no text", key));
  std::string text = value->get<std::string>();
  if (text.size() > longest) refuse(fmt::format("its '{}' is longer than {} bytes", key, longest));
  return text;
}

const json& object_in(const json& object, const char* key) {
  static const json empty = json::object();
  const json* value = member(object, key);
  if (value == nullptr) return empty;
  if (!value->is_object()) refuse(fmt::format("its '{}' is no object", key));
  if (value->size() > most_names) refuse(fmt::format("its '{}' has more than {} members", key, most_names));
  for (const auto& [name, ignored] : value->items()) {
    if (name.empty() || name.size() > longest_name) refuse(fmt::format("its '{}' has a member without a name", key));
  }
  return *value;
}

std::map<std::string, std::uint64_t> numbers_in(const json& object, const char* key) {
  std::map<std::string, std::uint64_t> numbers;
  for (const auto& [name, value] : object_in(object, key).items()) numbers[name] = number(value, key);
  return numbers;
}

model::Outcome outcome_of(const json& whole) {
  const json* outcome = member(whole, "outcome");
  if (outcome == nullptr || !outcome->is_object()) refuse("it has no outcome");
  const auto kind = model::outcome_kind_from(text_of(*outcome, "kind", longest_name));
  if (!kind) refuse("its outcome is of no known kind");
  return {.kind = *kind,
          .code = optional_number(*outcome, "code"),
          .pc = optional_number(*outcome, "pc"),
          .why = text_of(*outcome, "why", longest_why)};
}

std::uint8_t digit(char c) {
  if (c >= '0' && c <= '9') return static_cast<std::uint8_t>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<std::uint8_t>(c - 'a' + 10);
  refuse("its 'output' is not in lower-case hexadecimal digits");
}

std::vector<std::uint8_t> output_of(const json& whole) {
  const std::string text = text_of(whole, "output", max_guest_run_bytes);
  if (text.size() % 2 != 0) refuse("its 'output' ends inside a byte");
  std::vector<std::uint8_t> bytes(text.size() / 2);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = static_cast<std::uint8_t>(digit(text[2 * i]) << 4U | digit(text[2 * i + 1]));
  }
  return bytes;
}

CallTreeNode node_of(const json& row, std::size_t at, std::size_t columns) {
  if (!row.is_array() || row.size() != 3 + columns) refuse("a place of its call tree has not the right numbers");
  CallTreeNode node;
  if (!row[0].is_number_integer()) refuse("a place of its call tree has no parent");
  if (row[0].is_number_unsigned()) {
    const auto parent = row[0].get<std::uint64_t>();
    if (parent >= at) refuse("a place of its call tree stands before its parent");
    node.parent = static_cast<std::uint32_t>(parent);
  } else if (row[0].get<std::int64_t>() != -1) {
    refuse("a place of its call tree has a parent below 0");
  }
  const std::uint64_t function = number(row[1], "call_tree");
  if (function > std::numeric_limits<std::uint32_t>::max()) refuse("a place of its call tree has no such function");
  node.function = static_cast<std::uint32_t>(function);
  node.calls = number(row[2], "call_tree");
  for (std::size_t i = 0; i < columns; ++i) node.weights.push_back(number(row[3 + i], "call_tree"));
  return node;
}

CallTree call_tree_of(const json& whole) {
  CallTree tree;
  const json* object = member(whole, "call_tree");
  if (object == nullptr) return tree;
  if (!object->is_object()) refuse("its 'call_tree' is no object");
  const json* columns = member(*object, "columns");
  const json* nodes = member(*object, "nodes");
  if (columns == nullptr || !columns->is_array() || columns->empty() || columns->size() > most_columns ||
      nodes == nullptr || !nodes->is_array()) {
    refuse("its call tree has no columns or no nodes");
  }
  for (const json& column : *columns) {
    if (!column.is_string()) refuse("a column of its call tree has no name");
    tree.columns.push_back(column.get<std::string>());
  }
  std::vector<std::uint64_t> sums(tree.columns.size());
  tree.nodes.reserve(nodes->size());
  for (const json& row : *nodes) {
    tree.nodes.push_back(node_of(row, tree.nodes.size(), tree.columns.size()));
    for (std::size_t i = 0; i < sums.size(); ++i) {
      if (__builtin_add_overflow(sums[i], tree.nodes.back().weights[i], &sums[i])) {
        refuse("the numbers of its call tree together do not fit 64 bits");
      }
    }
  }
  const json* truncated = member(*object, "truncated");
  tree.truncated = truncated != nullptr && truncated->is_boolean() && truncated->get<bool>();
  return tree;
}

GuestRun read(std::string_view text) {
  if (text.size() > max_guest_run_bytes) refuse("it is longer than an answer may be");
  const json whole = json::parse(text, nullptr, false);
  if (!whole.is_object()) refuse("it is not a JSON object");
  if (const std::string found = text_of(whole, "schema", longest_name); found != schema) {
    refuse(fmt::format("its schema is '{}', not {}", found, schema));
  }
  GuestRun run{.library = text_of(whole, "library", longest_name), .outcome = outcome_of(whole)};
  run.steps = optional_number(whole, "steps").value_or(0);
  run.metrics = numbers_in(whole, "metrics");
  run.opcodes = numbers_in(whole, "opcodes");
  for (const auto& [name, calls] : object_in(whole, "syscalls").items()) {
    if (!calls.is_object()) refuse("one of its 'syscalls' is no object");
    run.syscalls[name] = {.count = optional_number(calls, "count").value_or(0),
                          .cycles = optional_number(calls, "cycles").value_or(0)};
  }
  run.console = text_of(whole, "console", longest_console * 4);
  const json* cut = member(whole, "console_truncated");
  run.console_truncated = cut != nullptr && cut->is_boolean() && cut->get<bool>();
  run.call_tree = call_tree_of(whole);
  if (run.outcome.ok()) {
    if (member(whole, "output") == nullptr || member(whole, "steps") == nullptr) {
      refuse("the guest ended well, but it has no output or no steps");
    }
    run.output = output_of(whole);
  }
  return run;
}

}  // namespace

std::expected<GuestRun, std::string> guest_run_from_json(std::string_view text) {
  try {
    return read(text);
  } catch (const Unusable& unusable) {
    return std::unexpected(unusable.why);
  }
}

}  // namespace cyclegate::executors
