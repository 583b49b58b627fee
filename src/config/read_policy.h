#pragma once

#include <map>
#include <string>

#include "config/config.h"
#include "config/mistakes.h"
#include "config/yaml_tree.h"
#include "model/policy.h"

namespace cyclegate::config {

/// Reads the mapping behind `policy:` and the list behind `acknowledged:`; either may be nullptr. Acknowledgements must
/// name guests and inputs that exist.
model::Policy read_policy(const YamlNode* policy, const YamlNode* acknowledged,
                          const std::map<std::string, Guest>& guests, Mistakes& mistakes);

}  // namespace cyclegate::config
