#pragma once

#include <string>
#include <string_view>

namespace cyclegate::vm {

struct CostModel;

/// The cost model of that name that this program was built with, e.g. `zisk-1.4.0-alpha`. Throws model::Error (usage)
/// that lists the known names.
const CostModel& cost_model(std::string_view name);

/// Reads a cost model from its text format (src/vm/cost-models/README.md). Throws model::Error (configuration) whose
/// message starts with `origin:line:`.
CostModel parse_cost_model(std::string_view text, std::string_view origin);

}  // namespace cyclegate::vm
