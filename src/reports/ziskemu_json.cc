#include "reports/ziskemu_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>
#include <string_view>
#include <utility>

#include "model/json_writer.h"

namespace cyclegate::reports {

namespace {

void write_string(std::string& out, std::string_view text) {
  model::JsonWriter(out).string(text);
}

std::optional<Number> value(const Table& table, const Row& row, std::initializer_list<std::string_view> words) {
  for (const std::string_view word : words) {
    const auto found = std::ranges::find(table.columns, word);
    const auto at = static_cast<std::size_t>(found - table.columns.begin());
    if (found != table.columns.end() && at < row.values.size()) return row.values[at];
  }
  return std::nullopt;
}

/// The share that stands behind a column: `%` of its own or of the column after it.
std::optional<Number> share(const Table& table, const Row& row) {
  if (const auto named = value(table, row, {"% VARIABLE COST", "% COST", "% STEPS"})) return named;
  const auto cost = std::ranges::find(table.columns, "COST");
  const auto at = static_cast<std::size_t>(cost - table.columns.begin()) + 1;
  if (cost != table.columns.end() && at < row.values.size() && at < table.columns.size() && table.columns[at] == "%") {
    return row.values[at];
  }
  return std::nullopt;
}

void member(std::string& out, std::string_view name, const std::optional<Number>& number) {
  if (!number) return;
  out += fmt::format(",\"{}\":{}", name, to_string(*number));
}

/// An array of rows as objects with the names people ask for.
void write_rows(std::string& out, std::string_view name, const Table* table) {
  out += fmt::format(",\n\"{}\":[", name);
  if (table != nullptr) {
    bool first = true;
    for (const Row& row : table->rows) {
      out += first ? "\n{\"name\":" : ",\n{\"name\":";
      first = false;
      write_string(out, row.name);
      member(out, "count", value(*table, row, {"COUNT"}));
      member(out, "hit_percent", value(*table, row, {"HIT"}));
      member(out, "cost", value(*table, row, {"COST"}));
      member(out, "steps", value(*table, row, {"STEPS"}));
      member(out, "percent", share(*table, row));
      member(out, "calls", value(*table, row, {"CALLS"}));
      out += '}';
    }
  }
  out += ']';
}

void write_distribution(std::string& out, const ZiskemuReport& report) {
  out += ",\n\"cost_distribution\":{";
  bool first = true;
  for (const Table& table : report.tables) {
    if (table.section != Section::cost_distribution && table.section != Section::usage) continue;
    const bool cost = table.section == Section::cost_distribution;
    for (const Row& row : table.rows) {
      if (row.values.empty()) continue;
      out += first ? "\n" : ",\n";
      first = false;
      write_string(out, row.name);
      // Rows and steps in use are no cost.
      out += fmt::format(":{{\"{}\":{}", cost || row.name == "FROPS" ? "cost" : "value", to_string(row.values[0]));
      if (row.values.size() > 1) out += fmt::format(",\"percent\":{}", to_string(row.values[1]));
      out += '}';
    }
  }
  out += '}';
}

void write_table(std::string& out, const Table& table) {
  out += "{\"title\":";
  write_string(out, table.title);
  if (!table.subject.empty()) {
    out += ",\"subject\":";
    write_string(out, table.subject);
  }
  out += fmt::format(",\"line\":{},\"columns\":[", table.line);
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    if (i > 0) out += ',';
    write_string(out, table.columns[i]);
  }
  out += "],\"rows\":[";
  bool first = true;
  for (const Row& row : table.rows) {
    out += first ? "\n{\"name\":" : ",\n{\"name\":";
    first = false;
    write_string(out, row.name);
    out += ",\"values\":[";
    for (std::size_t i = 0; i < row.values.size(); ++i) {
      if (i > 0) out += ',';
      out += to_string(row.values[i]);
    }
    out += ']';
    if (!row.text.empty()) {
      out += ",\"text\":";
      write_string(out, row.text);
    }
    out += '}';
  }
  out += "]}";
}

std::string_view word(Layout layout) {
  switch (layout) {
    case Layout::csv:
      return "csv";
    case Layout::text:
      return "text";
    case Layout::totals:
      return "totals";
  }
  return "";
}

}  // namespace

std::string to_json(const ZiskemuReport& report) {
  std::string out = "{\"type\":\"ziskemu\"";
  out += fmt::format(",\n\"layout\":\"{}\"", word(report.layout));
  out += ",\n\"cost_version\":";
  out += report.cost_version ? std::to_string(*report.cost_version) : "null";
  out += fmt::format(",\n\"steps\":{}", report.steps);
  write_distribution(out, report);
  write_rows(out, "opcodes", report.find(Section::opcodes));
  write_rows(out, "precompiles", report.find(Section::precompiles));
  write_rows(out, "frops", report.find(Section::frops));
  write_rows(out, "top_functions", report.find(Section::cost_functions));
  write_rows(out, "top_step_functions", report.find(Section::step_functions));
  out += ",\n\"warnings\":[";
  for (std::size_t i = 0; i < report.warnings.size(); ++i) {
    if (i > 0) out += ',';
    write_string(out, report.warnings[i].message);
  }
  out += "],\n\"tables\":[";
  for (std::size_t i = 0; i < report.tables.size(); ++i) {
    out += i == 0 ? "\n" : ",\n";
    write_table(out, report.tables[i]);
  }
  out += "]}\n";
  return out;
}

}  // namespace cyclegate::reports
