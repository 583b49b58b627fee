#pragma once

#include <span>

#include "compare/cell_judge.h"
#include "model/comparison.h"

namespace cyclegate::compare {

/// What is decided of one guest.
struct GuestDecision {
  model::GuestVerdict verdict;
  bool doubt = false;  ///< nothing can be said on at least one of its executors, whatever the others give
};

/// The verdict on one guest, from its findings and aggregates: per executor by its deciding metric, then the first of
/// those in the order of precedence. Marks the findings that make the status fail (`gates`).
GuestDecision judge_guest(const std::string& guest, const JudgedRange& judged,
                          std::span<const model::Aggregate> aggregates, const model::Policy& policy);

}  // namespace cyclegate::compare
