#pragma once

#include <set>
#include <vector>

#include "compare/acknowledgements.h"
#include "compare/cell_judge.h"
#include "model/comparison.h"

namespace cyclegate::compare {

/// Why verdict and status are what they are: one reason for each thing that happened, the most important first, each
/// with its count and its three worst (or best) examples. `comparison` has its verdicts and aggregates already.
std::vector<model::Reason> reasons_for(const model::Comparison& comparison, const JudgedList& judged,
                                       const Acknowledgements& acknowledgements,
                                       const std::set<const model::Acknowledgement*>& used_of_head);

}  // namespace cyclegate::compare
