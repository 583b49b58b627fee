#pragma once

#include <span>

#include "compare/cell_judge.h"
#include "model/comparison.h"

namespace cyclegate::compare {

/// The verdict on one guest, from its findings and aggregates: per executor by its deciding metric, then the first of
/// those in the order of precedence. Marks the findings that make the status fail (`gates`).
model::GuestVerdict judge_guest(const std::string& guest, const JudgedRange& judged,
                                std::span<const model::Aggregate> aggregates, const model::Policy& policy);

}  // namespace cyclegate::compare
