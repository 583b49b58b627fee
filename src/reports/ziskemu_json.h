#pragma once

#include <string>

#include "reports/ziskemu_report.h"

namespace cyclegate::reports {

/// The report as JSON, one member a line: `type` (`ziskemu`), `layout`, `cost_version` (null where the report names
/// none), `steps`, `cost_distribution` {name: {cost, percent}} with FROPS and the usage rows, `opcodes`, `precompiles`
/// and `frops` [{name, count, cost, percent}], `top_functions` [{name, cost, percent, calls}] and `top_step_functions`
/// likewise, and `tables`: every table as printed, with every number in it. Numbers keep their digits.
std::string to_json(const ZiskemuReport& report);

}  // namespace cyclegate::reports
