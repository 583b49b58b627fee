#pragma once

#include <vector>

#include "compare/cell_judge.h"
#include "model/comparison.h"

namespace cyclegate::compare {

/// Sums over a guest's inputs, by executor and metric, of the findings whose two values are comparable: integer sums
/// for exact metrics; for sampled ones the weighted geometric mean of head/base with its stratified interval (robust),
/// or the ratio of weighted means (classic). `judged` are one guest's findings.
std::vector<model::Aggregate> aggregate_guest(const JudgedRange& judged);

}  // namespace cyclegate::compare
