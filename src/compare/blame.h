#pragma once

#include <vector>

#include "compare/cell_plan.h"
#include "model/blame.h"
#include "model/warning.h"

namespace cyclegate::compare {

/// Which functions the changes of cost come from (of steps, where an executor has no cost), from the functions in both
/// sides' runs: every executor's guests together, each guest with its inputs together, each cell; sums are weighted by
/// the inputs' weights. Only where a function changed. A cell is left out, and said in `warnings`, where its functions
/// do not sum to its metric exactly on both sides, so that nothing is ever unattributed.
std::vector<model::Blame> blame_cells(const CellPlan& plan, std::vector<model::Warning>& warnings);

}  // namespace cyclegate::compare
