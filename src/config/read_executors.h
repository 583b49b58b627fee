#pragma once

#include <map>
#include <string>

#include "config/mistakes.h"
#include "config/yaml_tree.h"
#include "model/command_settings.h"

namespace cyclegate::config {

/// Reads the mapping behind `executors:`. Patterns are checked where they are used (executors::pattern_problem).
std::map<std::string, model::CommandSettings> read_executors(const YamlNode& node, Mistakes& mistakes);

}  // namespace cyclegate::config
