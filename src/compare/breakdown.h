#pragma once

#include <vector>

#include "compare/cell_plan.h"
#include "model/comparison.h"

namespace cyclegate::compare {

/// How cost splits by function (self), by opcode and precompile, and by memory class, per guest and executor, over the
/// cells that ran well on both sides. Where nothing has a cost (an executor without a cost model), functions are shown
/// by steps and opcodes by counts. Sums stop at 2^64 - 1. Ordered by guest, executor, kind.
std::vector<model::Breakdown> break_down(const CellPlan& plan);

/// The samples of every cell that has any, in the order in which they ran; by cell, then metric.
std::vector<model::Distribution> distributions(const CellPlan& plan, const std::vector<model::Metric>& metrics);

}  // namespace cyclegate::compare
