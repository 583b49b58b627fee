#pragma once

#include <filesystem>

#include "app/command_line.h"
#include "app/services.h"
#include "model/comparison.h"

namespace cyclegate::app {

/// Writes report.json and every report of the comparison below `out`, shows the summary (or with --json report.json) on
/// standard output.
void write_reports(const Invocation& invocation, Services& services, const model::Comparison& comparison,
                   const std::filesystem::path& out, bool with_report_json);

}  // namespace cyclegate::app
