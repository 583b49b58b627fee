#include "model/run_set_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "model/document.h"
#include "model/error.h"
#include "model/json_reader.h"
#include "model/json_writer.h"

namespace cyclegate::model {

namespace {

constexpr Schema runs_schema{"cyclegate.runs", 1};

}  // namespace

std::string to_json(const RunSet& set) {
  std::string text = begin_document(runs_schema);
  LineWriter lines(text);
  Fields<RunSet>::visit(lines, set);
  lines.lines("runs", set.runs);
  end_document(text);
  return text;
}

RunSet run_set_from_json(std::string_view text, std::string_view origin) {
  RunSet set;
  std::vector<std::string> unknown;
  bool had_checksum = false;
  const auto on_run = [&](const nlohmann::json& element, std::size_t index) {
    CellRun run;
    JsonReader(element, origin, fmt::format("/runs/{}", index), unknown).value(run);
    set.runs.push_back(std::move(run));
  };
  nlohmann::json document = parse_document(text, origin, runs_schema, "runs", on_run, had_checksum);
  const auto runs = document.find("runs");
  if (runs == document.end() || !runs->is_array() || !runs->empty()) {
    throw Error(ErrorKind::configuration, fmt::format("{}: /runs: must be an array of objects", origin));
  }
  document.erase("runs");
  document.erase("schema");
  document.erase("checksum");
  JsonReader(document, origin, "", unknown).value(set);
  std::ranges::sort(set.runs, {}, &CellRun::cell);
  const auto twice = std::ranges::adjacent_find(set.runs, {}, &CellRun::cell);
  if (twice != set.runs.end()) {
    throw Error(ErrorKind::configuration,
                fmt::format("{}: the cell {} stands there twice", origin, to_string(twice->cell)));
  }
  for (const std::string& field : unknown) {
    set.warnings.push_back({"unknown-field", fmt::format("{}: the unknown field {} was left out", origin, field)});
  }
  if (!had_checksum) {
    set.warnings.push_back({"no-checksum", fmt::format("{}: has no checksum, so edits cannot be noticed", origin)});
  }
  return set;
}

std::string cell_run_to_json(const CellRun& run) {
  std::string text;
  JsonWriter(text).value(run);
  return text;
}

CellRun cell_run_from_json(std::string_view text, std::string_view origin) {
  const nlohmann::json document = nlohmann::json::parse(text.begin(), text.end(), nullptr, false);
  if (document.is_discarded()) throw Error(ErrorKind::configuration, fmt::format("{}: not valid JSON", origin));
  std::vector<std::string> unknown;
  CellRun run;
  JsonReader(document, origin, "", unknown).value(run);
  return run;
}

}  // namespace cyclegate::model
