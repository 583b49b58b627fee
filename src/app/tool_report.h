#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <variant>

#include "reports/hyperfine.h"
#include "reports/ziskemu_report.h"

namespace cyclegate::app {

/// What another tool wrote about a run.
using ToolReport = std::variant<reports::ZiskemuReport, reports::HyperfineResults>;

/// `a report of ziskemu`, `a result of hyperfine`.
std::string_view kind_of(const ToolReport& report);

/// Whether the file looks like a tool's report and not like one of our own JSON files: text or CSV, or JSON without one
/// of our schemas. Told by its first bytes; a file that cannot be opened is none.
bool is_tool_report(const std::filesystem::path& path);

/// Reads a report of ziskemu (text or CSV) or a result of hyperfine, as the content says. Throws model::Error
/// (configuration) with FILE:LINE.
ToolReport read_tool_report(const std::filesystem::path& path);

}  // namespace cyclegate::app
