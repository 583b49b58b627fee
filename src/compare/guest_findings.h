#pragma once

#include <vector>

#include "compare/cell_judge.h"
#include "compare/cell_plan.h"
#include "model/policy.h"

namespace cyclegate::compare {

/// The metric name of an artefact's loaded bytes: exact, informing.
inline constexpr const char* artifact_size = "artifact_size";

/// Findings about a guest as a whole (their cell has no input): `check` rejected where head's own tests fail, `build`
/// failed where a build of head failed though no cell shows it, `input` for inputs whose bytes changed, `artifact_size`
/// of each build.
std::vector<Judged> judge_guest_facts(const GuestPair& guest, bool base_has_policy);

/// `drift` findings: by guest and executor, head's weighted sum of the deciding metric against the pinned baseline's,
/// over the cells that both have and that are comparable, where it grew by more than the drift budget. Gates unless
/// head is no worse than base there: who did not make it worse does not pay for it.
std::vector<Judged> judge_drift(const CellPlan& plan, const model::RunSet& pinned, const model::Policy& policy,
                                const MetricTable& metrics);

}  // namespace cyclegate::compare
