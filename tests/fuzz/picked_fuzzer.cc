// libFuzzer target: a JSON pointer (the first line) and what a program wrote (the rest). Whatever stands there ends in
// a number or in a sentence; where all of it is one JSON document, the value is that of nlohmann's reader of documents,
// and with an object behind it that is no JSON and has the pointer's key there is none.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "executors/json_search.h"
#include "executors/pick_metric.h"
#include "executors/picked_number.h"
#include "model/command_settings.h"

namespace {

namespace executors = cyclegate::executors;
namespace model = cyclegate::model;
using nlohmann::json;

void require(bool holds) {
  if (!holds) std::abort();
}

/// The value at the pointer as a document has it; no pointer leads nowhere.
const json* value_of(const json& document, const std::string& pointer) {
  try {
    return &document.at(json::json_pointer(pointer));
  } catch (const json::exception&) {
    return nullptr;
  }
}

/// An object that has the pointer's first key and is no JSON stands behind the text: nothing in the text may be taken
/// instead.
void refuse_invalid(const std::string& text, const std::string& pointer) {
  try {
    json::json_pointer first(pointer);
    while (!first.parent_pointer().empty()) first.pop_back();
    const std::string invalid = text + "\n{" + json(first.back()).dump() + ":0,\"t\":NaN}\n";
    for (const model::Match match : {model::Match::same, model::Match::last}) {
      require(!executors::find_json_value(invalid, pointer, match));
    }
  } catch (const json::exception&) {  // no pointer, or a key that is no UTF-8
  }
}

void compare(const std::string& text, const std::string& pointer) {
  const auto found = executors::find_json_value(text, pointer, model::Match::same);
  const json document = json::parse(text, nullptr, false);
  if (document.is_discarded() || !(document.is_object() || document.is_array())) return;
  const json* const value = value_of(document, pointer);
  if (found) {
    require(value != nullptr);
    if (value->is_string()) require(value->get<std::string>() == *found);
    if (value->is_number_integer()) require(value->dump() == *found);
    if (value->is_number_float()) require(std::strtod(found->c_str(), nullptr) == value->get<double>());
    require(value->is_string() || value->is_number());
  } else if (found.error().starts_with("there is no /")) {
    require(value == nullptr);
  } else if (found.error().ends_with(" is no number")) {
    require(value != nullptr && (!value->is_number() || value->dump().size() > 20));
  }
}

}  // namespace

// libFuzzer chose the name.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {  // NOLINT(bugprone-reserved-identifier)
  const std::string_view all(reinterpret_cast<const char*>(data), size);
  const std::size_t end = all.find('\n');
  if (end == std::string_view::npos || !all.starts_with('/')) return 0;
  const std::string text(all.substr(end + 1));
  model::PickedMetric metric;
  metric.pointer = all.substr(0, end);
  compare(text, metric.pointer);
  refuse_invalid(text, metric.pointer);
  for (const model::MetricKind kind : {model::MetricKind::exact, model::MetricKind::sampled}) {
    for (const model::Match match : {model::Match::same, model::Match::first, model::Match::last}) {
      metric.metric.kind = kind;
      metric.match = match;
      metric.scale = kind == model::MetricKind::exact ? 1 : 1'000'000'000'000;
      if (const auto value = executors::pick_metric(text, metric); !value) require(!value.error().empty());
    }
  }
  const auto exact = executors::picked_number(text, 1, true);
  const auto rounded = executors::picked_number(text, 1, false);
  if (exact) require(rounded && *rounded == *exact);
  if (!exact) require(!exact.error().empty());
  return 0;
}
