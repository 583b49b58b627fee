#include "reports/ziskemu_report.h"

#include <fmt/format.h>

#include <algorithm>

namespace cyclegate::reports {

namespace {

/// The sum of one column over a table's rows; nullopt when it does not fit into 64 bits.
std::optional<std::uint64_t> sum(const Table& table, std::size_t column) {
  std::uint64_t total = 0;
  for (const Row& row : table.rows) {
    if (column >= row.values.size()) return std::nullopt;
    if (__builtin_add_overflow(total, row.values[column].digits, &total)) return std::nullopt;
  }
  return total;
}

std::optional<std::size_t> column(const Table& table, std::string_view word) {
  const auto found = std::ranges::find(table.columns, word);
  if (found == table.columns.end()) return std::nullopt;
  return static_cast<std::size_t>(found - table.columns.begin());
}

std::optional<std::string> compare_sum(const ZiskemuReport& report, Section section, std::string_view name) {
  const Table* table = report.find(section);
  std::optional<std::uint64_t> stated = report.cost(name);
  if (table == nullptr || !stated) return std::nullopt;
  if (section == Section::opcodes && has_precompiles(*table)) *stated += report.cost("PRECOMPILES").value_or(0);
  const std::optional<std::size_t> cost = column(*table, "COST");
  const std::optional<std::uint64_t> total = cost ? sum(*table, *cost) : std::nullopt;
  if (total == stated) return std::nullopt;
  return fmt::format("{}: the rows of {} do not sum up to {} {}: the report is truncated or garbled", table->line,
                     table->title, name, *stated);
}

/// Rows in the model's order: falling cost, then falling count, then name.
std::vector<model::CostRow> cost_rows(const Table* table, bool sorted) {
  std::vector<model::CostRow> rows;
  if (table == nullptr) return rows;
  const std::optional<std::size_t> cost = column(*table, "COST");
  const std::optional<std::size_t> count = column(*table, "COUNT");
  if (!cost || !count) return rows;
  rows.reserve(table->rows.size());
  for (const Row& row : table->rows) {
    if (std::max(*cost, *count) >= row.values.size()) continue;
    rows.push_back({.name = row.name, .count = row.values[*count].digits, .cost = row.values[*cost].digits});
  }
  if (sorted) {
    std::ranges::sort(rows, [](const model::CostRow& a, const model::CostRow& b) {
      if (a.cost != b.cost) return a.cost > b.cost;
      if (a.count != b.count) return a.count > b.count;
      return a.name < b.name;
    });
  }
  return rows;
}

}  // namespace

const Row* Table::find(std::string_view name) const {
  const auto found = std::ranges::find(rows, name, &Row::name);
  return found == rows.end() ? nullptr : &*found;
}

const Table* ZiskemuReport::find(Section section) const {
  const auto found = std::ranges::find(tables, section, &Table::section);
  return found == tables.end() ? nullptr : &*found;
}

std::optional<std::uint64_t> ZiskemuReport::cost(std::string_view name) const {
  for (const Section section : {Section::cost_distribution, Section::usage}) {
    const Table* table = find(section);
    const Row* row = table == nullptr ? nullptr : table->find(name);
    if (row != nullptr && !row->values.empty() && row->values[0].decimals == 0) return row->values[0].digits;
  }
  return std::nullopt;
}

bool has_precompiles(const Table& opcodes) {
  return opcodes.title == "COST BY OPCODE";
}

std::optional<std::string> check_sums(const ZiskemuReport& report) {
  const Table* distribution = report.find(Section::cost_distribution);
  if (distribution == nullptr) return std::nullopt;
  std::uint64_t parts = 0;
  for (const std::string_view name : {"MAIN", "OPCODES", "PRECOMPILES", "MEMORY"}) {
    const std::optional<std::uint64_t> part = report.cost(name);
    if (!part) return fmt::format("{}: {} has no row {}", distribution->line, distribution->title, name);
    if (__builtin_add_overflow(parts, *part, &parts)) return fmt::format("{}: more than 64 bits", distribution->line);
  }
  const std::optional<std::uint64_t> base = report.cost("BASE");
  const std::optional<std::uint64_t> variable = report.cost("VARIABLE");
  const std::optional<std::uint64_t> total = report.cost("TOTAL");
  if (!base) return fmt::format("{}: {} has no row BASE", distribution->line, distribution->title);
  if (variable && *variable != parts) {
    return fmt::format("{}: VARIABLE {} is not MAIN + OPCODES + PRECOMPILES + MEMORY, which is {}",
                       distribution->find("VARIABLE")->line, *variable, parts);
  }
  std::uint64_t all = 0;
  if (__builtin_add_overflow(parts, *base, &all)) return fmt::format("{}: more than 64 bits", distribution->line);
  if (total && *total != all) {
    return fmt::format("{}: TOTAL {} is not the sum of its parts, which is {}", distribution->find("TOTAL")->line,
                       *total, all);
  }
  // Only layouts with VARIABLE are known to print every opcode.
  if (!variable) return std::nullopt;
  if (auto wrong = compare_sum(report, Section::opcodes, "OPCODES")) return wrong;
  if (auto wrong = compare_sum(report, Section::precompiles, "PRECOMPILES")) return wrong;
  return compare_sum(report, Section::frops, "FROPS");
}

std::optional<std::string> missing_part(const ZiskemuReport& report) {
  if (report.find(Section::cost_distribution) == nullptr) return "there is no COST DISTRIBUTION";
  // The older layouts, which have no VARIABLE, are not known to have it always.
  if (report.cost("VARIABLE") ? !report.cost("FROPS") : report.find(Section::usage) == nullptr) {
    return "there is no row FROPS";
  }
  const bool functions = report.find(Section::step_functions) != nullptr;
  const bool later =
      functions || report.find(Section::tag_steps) != nullptr || report.find(Section::tag_costs) != nullptr;
  if (functions && report.find(Section::cost_functions) == nullptr) return "there are no TOP COST FUNCTIONS";
  const auto count = [&](Section section) { return std::ranges::count(report.tables, section, &Table::section); };
  // -D tells the details of each of the TOP COST FUNCTIONS.
  if (const auto details = count(Section::detail_steps); details > 0) {
    const Table* top = report.find(Section::cost_functions);
    const auto with_cost = std::ranges::count_if(report.tables, [](const Table& table) {
      return table.section == Section::detail_cost ||
             (table.section == Section::detail_steps && table.find("COST") != nullptr);  // up to v0.18
    });
    if (top == nullptr || details != std::ssize(top->rows) || details != with_cost ||
        details != count(Section::detail_opcodes) || details != count(Section::detail_callers)) {
      return "not every one of the TOP COST FUNCTIONS has its whole DETAIL FUNCTION";
    }
  }
  if (!report.cost("VARIABLE"))
    return std::nullopt;  // the tables of the older layouts are not known to be always there
  const Table* opcodes = report.find(Section::opcodes);
  if (opcodes == nullptr && !later) return "there is no COST BY BASE OPCODE";
  if (opcodes != nullptr && !has_precompiles(*opcodes) && report.find(Section::precompiles) == nullptr)
    return "there is no COST BY PRECOMPILED OPCODE";
  if (opcodes != nullptr && report.find(Section::frops) == nullptr) return "there is no FROPS BY OPCODE";
  return std::nullopt;
}

model::Execution to_execution(const ZiskemuReport& report) {
  model::Execution execution;
  execution.steps = report.steps;
  if (report.find(Section::cost_distribution) != nullptr) {
    const auto part = [&](std::string_view name) { return report.cost(name).value_or(0); };
    execution.cost = model::Cost{.parts = {.main = part("MAIN"),
                                           .opcodes = part("OPCODES"),
                                           .precompiles = part("PRECOMPILES"),
                                           .memory = part("MEMORY")},
                                 .base = part("BASE"),
                                 .frops = part("FROPS")};
  }
  execution.opcodes = cost_rows(report.find(Section::opcodes), true);
  execution.precompiles = cost_rows(report.find(Section::precompiles), true);
  execution.frops = cost_rows(report.find(Section::frops), true);
  const Table* details = report.find(Section::memory_details);
  execution.memory = cost_rows(details != nullptr ? details : report.find(Section::memory_types), false);
  execution.warnings = report.warnings;
  return execution;
}

}  // namespace cyclegate::reports
