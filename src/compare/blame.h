#pragma once

#include <vector>

#include "compare/cell_plan.h"
#include "model/blame.h"
#include "model/policy.h"
#include "model/warning.h"

namespace cyclegate::compare {

/// Which functions the changes of the deciding metric come from, from the functions in both sides' runs: every
/// executor's guests together, each guest with its inputs together, each cell; sums are weighted by the inputs'
/// weights. Where functions do not have the deciding metric (SP1's gas), another that they have is blamed and said to
/// inform only. Only where a function changed, and only cells that can be compared. A cell is left out, and said in
/// `warnings`, where its functions do not sum to the metric exactly on both sides, so that nothing is ever
/// unattributed.
std::vector<model::Blame> blame_cells(const CellPlan& plan, const model::Policy& policy,
                                      std::vector<model::Warning>& warnings);

}  // namespace cyclegate::compare
