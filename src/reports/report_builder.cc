#include "reports/report_builder.h"

#include <fmt/format.h>

#include "model/error.h"

namespace cyclegate::reports {

ReportBuilder::ReportBuilder(std::string_view origin, Layout layout) : origin_(origin) {
  report_.layout = layout;
}

std::size_t ReportBuilder::open(Table table) {
  // A table costs memory too: each counts as a row.
  if (++rows_ > max_report_rows) refuse(origin_, table.line, fmt::format("more than {} rows", max_report_rows));
  table.rows.reserve(16);
  report_.tables.push_back(std::move(table));
  return report_.tables.size() - 1;
}

void ReportBuilder::add(Row row) {
  add(report_.tables.size() - 1, std::move(row));
}

void ReportBuilder::add(std::size_t table, Row row) {
  if (++rows_ > max_report_rows) refuse(origin_, row.line, fmt::format("more than {} rows", max_report_rows));
  report_.tables[table].rows.push_back(std::move(row));
}

ZiskemuReport ReportBuilder::finish() {
  if (const auto wrong = check_sums(report_)) {
    throw model::Error(model::ErrorKind::configuration, fmt::format("{}:{}", origin_, *wrong));
  }
  return std::move(report_);
}

void refuse(std::string_view origin, std::uint64_t line, std::string_view message) {
  throw model::Error(model::ErrorKind::configuration, fmt::format("{}:{}: {}", origin, line, message));
}

}  // namespace cyclegate::reports
