#pragma once

#include <optional>
#include <string>

#include "model/comparison.h"
#include "model/run_set.h"

namespace cyclegate::compare {

/// What the answer depends on besides the two run sets.
struct Options {
  std::string today;  ///< ISO date (YYYY-MM-DD); acknowledgements hold through their `until`
  bool trust_head_acknowledgements =
      false;  ///< head is a branch of the same repository: its acknowledgements count too
  /// Pinned baseline for the drift budget (its exact metrics), and for how noisy a sampled one is known to be; may be
  /// absent.
  const model::RunSet* pinned = nullptr;
  std::optional<model::Methodology> methodology;  ///< in place of the policy's
};

/// Findings, aggregates, verdicts, status and reasons of head against base, by the base's rules (head's are only
/// compared with them). Pure: equal arguments give equal answers, whatever the order of cells in them. Every declared
/// cell and every metric that either side has of it appears as a finding. Besides cells' findings there are such of a
/// whole guest, whose cell has an empty input: `check` and `build` (failures), `artifact_size` (its executor field
/// names the build), `drift` (pinned baseline), and with an empty executor `input` (its bytes changed).
model::Comparison compare(const model::RunSet& base, const model::RunSet& head, const Options& options);

}  // namespace cyclegate::compare
