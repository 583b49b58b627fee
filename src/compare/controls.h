#pragma once

#include <vector>

#include "model/comparison.h"
#include "model/policy.h"
#include "model/run_set.h"

namespace cyclegate::compare {

/// What the control cells of a session showed (model::Control), by `wall_time`, as the methodology `robust` judges
/// them: one family, so that any false alarm among them has at most 5 %. They are no cells of the change: they decide
/// nothing and correct nothing. Ordered by slow-down.
std::vector<model::ControlResult> judge_controls(const model::RunSet& base, const model::RunSet& head,
                                                 const model::Policy& policy);

}  // namespace cyclegate::compare
