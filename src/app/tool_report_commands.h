#pragma once

#include <filesystem>

#include "app/exit_code.h"

namespace cyclegate::app {

struct Services;

/// `compare` of two reports of another tool: prints the numbers side by side. There is no verdict: such files carry no
/// rules.
ExitCode compare_tool_reports(Services& services, const std::filesystem::path& baseline,
                              const std::filesystem::path& current);

}  // namespace cyclegate::app
