#include "model/run_set_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>

#include "model/canonical_reader.h"
#include "model/document.h"
#include "model/error.h"
#include "model/json_reader.h"
#include "model/json_writer.h"
#include "model/parallel.h"

namespace cyclegate::model {

namespace {

constexpr Schema runs_schema{"cyclegate.runs", 1};

// Levels and tests are computed of the planned looks: they must be what a measurement plans.
void check_looks(const std::vector<std::uint32_t>& looks, std::string_view origin) {
  constexpr std::size_t most_looks = 64;
  constexpr std::uint32_t most_blocks = 5'000;
  const bool rise = std::ranges::adjacent_find(looks, std::greater_equal<>()) == looks.end();
  if (looks.empty() || (looks.size() <= most_looks && rise && looks.front() >= 1 && looks.back() <= most_blocks))
    return;
  throw Error(ErrorKind::configuration, fmt::format("{}: /schedule/looks: must be at most {} numbers that rise, from 1 "
                                                    "to {} at most",
                                                    origin, most_looks, most_blocks));
}

// Brings them into their order; no cell may be there twice.
void order_runs(std::vector<CellRun>& runs, std::string_view what, std::string_view origin) {
  std::ranges::sort(runs, {}, &CellRun::cell);
  const auto twice = std::ranges::adjacent_find(runs, {}, &CellRun::cell);
  if (twice != runs.end()) {
    throw Error(ErrorKind::configuration,
                fmt::format("{}: the cell {} stands there twice{}", origin, to_string(twice->cell), what));
  }
}

// Everything but the runs.
void read_head(nlohmann::json document, std::string_view origin, RunSet& set, std::vector<std::string>& unknown) {
  const auto runs = document.find("runs");
  if (runs == document.end() || !runs->is_array() || !runs->empty()) {
    throw Error(ErrorKind::configuration, fmt::format("{}: /runs: must be an array of objects", origin));
  }
  for (const char* name : {"runs", "schema", "checksum"}) document.erase(name);
  JsonReader(document, origin, "", unknown).value(set);
  check_looks(set.schedule.looks, origin);
}

// The shortest run is longer than this; a file of commas must not make us reserve what it does not hold.
constexpr std::size_t shortest_line = 256;

// Each line is an element; all but the last end in a comma. Nullopt where that is not so.
std::optional<std::vector<std::string_view>> lines_of(std::string_view elements) {
  std::vector<std::string_view> lines;
  lines.reserve(elements.size() / shortest_line);
  while (!elements.empty()) {
    if (elements.front() != '\n') return std::nullopt;
    elements.remove_prefix(1);
    const std::size_t line_break = elements.find('\n');
    const bool last = line_break == std::string_view::npos;
    std::string_view line = elements.substr(0, line_break);
    elements.remove_prefix(line.size());
    if (!last) {
      if (!line.ends_with(',')) return std::nullopt;
      line.remove_suffix(1);
    }
    if (line.size() < shortest_line) return std::nullopt;
    lines.push_back(line);
  }
  return lines;
}

// The run of that index has the list of the one before it where the two are equal.
void share_kinds(std::vector<CellRun>& runs, std::size_t first, std::size_t index) {
  if (index == first) return;
  const CostKinds& before = runs[index - 1].function_kinds;
  if (runs[index].function_kinds == before) runs[index].function_kinds = before;
}

// The runs of a file that is as cyclegate wrote it; false where it is not, be it valid or not.
bool read_canonical_runs(std::string_view elements, std::vector<CellRun>& runs) {
  const auto lines = lines_of(elements);
  if (!lines) return false;
  runs.resize(lines->size());
  constexpr std::size_t part = 64;
  try {
    for_each_part(runs.size(), part, [&](std::size_t first, std::size_t last) {
      for (std::size_t index = first; index < last; ++index) {
        CanonicalReader reader((*lines)[index]);
        reader.value(runs[index]);
        reader.finish();
        share_kinds(runs, first, index);
      }
    });
    return true;
  } catch (const NotCanonical&) {
    return false;
  }
}

// Reads a file that is as cyclegate wrote it, in a fraction of the general way's time and memory.
bool read_canonical(std::string_view text, std::string_view origin, RunSet& set, std::vector<std::string>& unknown,
                    bool& had_checksum) {
  const auto lines = split_document(text, origin, "runs");
  if (!lines || !read_canonical_runs(lines->elements, set.runs)) return false;
  bool more_runs = false;
  bool ignored = false;
  const auto on_run = [&](const nlohmann::json&, std::size_t) { more_runs = true; };
  nlohmann::json document =
      parse_document(std::string(lines->head) + ",\n\"runs\":[]\n}\n", origin, runs_schema, "runs", on_run, ignored);
  if (more_runs) return false;
  had_checksum = lines->had_checksum;
  read_head(std::move(document), origin, set, unknown);
  return true;
}

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
  if (!read_canonical(text, origin, set, unknown, had_checksum)) {
    set.runs.clear();
    const auto on_run = [&](const nlohmann::json& element, std::size_t index) {
      CellRun run;
      JsonReader(element, origin, fmt::format("/runs/{}", index), unknown).value(run);
      set.runs.push_back(std::move(run));
      share_kinds(set.runs, 0, index);
    };
    read_head(parse_document(text, origin, runs_schema, "runs", on_run, had_checksum), origin, set, unknown);
  }
  order_runs(set.runs, "", origin);
  order_runs(set.repriced, " in `repriced`", origin);
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
