#pragma once

#include <vector>

#include "compare/cell_plan.h"
#include "model/attribution.h"
#include "model/comparison.h"
#include "model/warning.h"

namespace cyclegate::compare {

/// How the change of `cost` splits into guest, cost model and interaction (model::AttributionRow), for every cell that
/// ran on both sides under base's cost model and under head's: every guest with its inputs together, then each of
/// them. Exact; a cell whose four runs do not fit together (a failed run, values that do not repeat, another artefact
/// or output under one model than under the other) is left out and said in `warnings`. Empty where both sides have one
/// model.
std::vector<model::Attribution> attribute(const CellPlan& plan, const model::RunSet& base, const model::RunSet& head,
                                          std::vector<model::Warning>& warnings);

/// What the attributions mean for the verdict, which is made under base's cost model alone: the reason
/// `cost-model-changed`, before it `cost-model-decides` where a cell is worse under one model and not under the other.
std::vector<model::Reason> cost_model_reasons(const std::vector<model::Attribution>& attributions);

}  // namespace cyclegate::compare
