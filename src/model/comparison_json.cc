#include "model/comparison_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "model/document.h"
#include "model/error.h"
#include "model/json_reader.h"
#include "model/json_writer.h"

namespace cyclegate::model {

namespace {

constexpr Schema comparison_schema{"cyclegate.comparison", 1};

/// Files used to leave out a side's 0 calls, and to say 0 for totals that nobody had told; now both sides are known or
/// neither is.
void settle_older(BlameRow& row) {
  if (row.base_calls.has_value() != row.head_calls.has_value()) {
    row.base_calls = row.base_calls.value_or(0);
    row.head_calls = row.head_calls.value_or(0);
  }
  // With callees a function takes at least what it takes itself.
  if (row.base_total.value_or(row.base_self) < row.base_self ||
      row.head_total.value_or(row.head_self) < row.head_self) {
    row.base_total.reset();
    row.head_total.reset();
  }
}

}  // namespace

std::string to_json(const Comparison& comparison) {
  std::string text = begin_document(comparison_schema);
  LineWriter lines(text);
  Fields<Comparison>::visit(lines, comparison);
  lines.lines("findings", comparison.findings);
  end_document(text);
  return text;
}

Comparison comparison_from_json(std::string_view text, std::string_view origin) {
  Comparison comparison;
  std::vector<std::string> unknown;
  bool had_checksum = false;
  const auto on_finding = [&](const nlohmann::json& element, std::size_t index) {
    Finding finding;
    JsonReader(element, origin, fmt::format("/findings/{}", index), unknown).value(finding);
    comparison.findings.push_back(std::move(finding));
  };
  nlohmann::json document = parse_document(text, origin, comparison_schema, "findings", on_finding, had_checksum);
  const auto findings = document.find("findings");
  if (findings == document.end() || !findings->is_array() || !findings->empty()) {
    throw Error(ErrorKind::configuration, fmt::format("{}: /findings: must be an array of objects", origin));
  }
  for (const char* name : {"findings", "schema", "checksum"}) document.erase(name);
  JsonReader(document, origin, "", unknown).value(comparison);
  for (Blame& blame : comparison.blame) std::ranges::for_each(blame.rows, settle_older);
  for (const std::string& field : unknown) {
    comparison.warnings.push_back(
        {"unknown-field", fmt::format("{}: the unknown field {} was left out", origin, field)});
  }
  if (!had_checksum) {
    comparison.warnings.push_back(
        {"no-checksum", fmt::format("{}: has no checksum, so edits cannot be noticed", origin)});
  }
  return comparison;
}

}  // namespace cyclegate::model
