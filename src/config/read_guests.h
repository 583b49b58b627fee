#pragma once

#include <map>
#include <string>

#include "config/config.h"
#include "config/mistakes.h"
#include "config/yaml_tree.h"

namespace cyclegate::config {

/// Reads the mapping behind `guests:`.
std::map<std::string, Guest> read_guests(const YamlNode& node, Mistakes& mistakes);

}  // namespace cyclegate::config
