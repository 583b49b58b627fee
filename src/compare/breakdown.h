#pragma once

#include <vector>

#include "compare/cell_plan.h"
#include "model/comparison.h"
#include "model/policy.h"

namespace cyclegate::compare {

/// How cost splits by function (self), by opcode and precompile, and by memory class, per guest and executor, over the
/// inputs that ran well on both sides, each times its weight (the cell's, as in verdict and blame). Functions are split
/// by the metric that blame takes, which is the deciding one where they have it. Where nothing has a cost (an executor
/// without a cost model), or a run has none, functions are shown by steps and opcodes by counts. Ordered by guest,
/// executor, kind.
std::vector<model::Breakdown> break_down(const CellPlan& plan, const model::Policy& policy);

/// The samples of every cell that has any, in the order in which they ran; by cell, then metric.
std::vector<model::Distribution> distributions(const CellPlan& plan, const std::vector<model::Metric>& metrics);

}  // namespace cyclegate::compare
