#pragma once

#include <map>
#include <string>

#include "config/mistakes.h"
#include "config/yaml_tree.h"
#include "model/command_settings.h"

namespace cyclegate::config {

/// Reads the mapping behind `executors:`: those of one's own, and what the embedded one counts by into `cost_model`.
/// Patterns are checked where they are used (executors::pattern_problem).
std::map<std::string, model::CommandSettings> read_executors(const YamlNode& node, std::string& cost_model,
                                                             Mistakes& mistakes);

}  // namespace cyclegate::config
