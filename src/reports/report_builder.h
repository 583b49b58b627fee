#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "reports/ziskemu_report.h"

namespace cyclegate::reports {

/// Collects a report table by table and holds it to the limits. Errors are model::Error (configuration)
/// `ORIGIN:LINE: ...`.
class ReportBuilder {
 public:
  ReportBuilder(std::string_view origin, Layout layout);

  /// Opens a table and gives its index.
  std::size_t open(Table table);
  /// Adds a row to the table of that index, or to the one opened last.
  void add(std::size_t table, Row row);
  void add(Row row);
  ZiskemuReport& report() { return report_; }
  /// Checks the sums and gives the report away.
  ZiskemuReport finish();

 private:
  std::string origin_;
  ZiskemuReport report_;
  std::size_t rows_ = 0;
};

/// Throws model::Error (configuration) `ORIGIN:LINE: MESSAGE`.
[[noreturn]] void refuse(std::string_view origin, std::uint64_t line, std::string_view message);

}  // namespace cyclegate::reports
