#pragma once

#include <vector>

#include "compare/metric_table.h"
#include "model/comparison.h"
#include "model/policy.h"
#include "model/run_set.h"

namespace cyclegate::compare {

/// What the controls that rode along with the measurement show, each for itself, as cells are judged. They decide
/// nothing. In the run sets' order, by metric within a control; a control that one side does not have is left out.
std::vector<model::ControlResult> judge_controls(const model::RunSet& base, const model::RunSet& head,
                                                 const model::Policy& policy, const MetricTable& metrics);

}  // namespace cyclegate::compare
