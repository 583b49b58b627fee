#pragma once

#include <string>
#include <vector>

#include "model/run_set.h"

namespace cyclegate::compare {

/// What head changes in the rules, one sentence each: thresholds, tolerances, methodology, mode, drift budget, deciding
/// metrics, acknowledgements; guests, inputs and executors that it takes away; weights and input bytes. Empty where the
/// rules are the same, or where base has none.
std::vector<std::string> gate_changes(const model::RunSet& base, const model::RunSet& head);

}  // namespace cyclegate::compare
