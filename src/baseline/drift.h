#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "baseline/baseline.h"
#include "model/policy.h"
#include "model/run_set.h"

namespace cyclegate::baseline {

/// How one metric of one cell stands against what is pinned.
enum class DriftKind : std::uint8_t {
  unchanged,         ///< equal
  better,            ///< by any amount
  within_budget,     ///< worse, but not by more than the drift budget; any amount when there is no budget
  beyond_budget,     ///< worse by more than the drift budget
  output_changed,    ///< the public output is another one
  incomparable,      ///< something else than the artefact differs; `why` names the field
  nondeterministic,  ///< repetitions of the same run differ
  failed,            ///< pinned, but the run failed now
  not_pinned,        ///< runs, but nothing is pinned
  gone,              ///< pinned, but no such cell any more
  unmeasured,        ///< pinned, but its executor is not here: nothing is known of the guest
  not_asked,         ///< pinned on an executor that the guest does not declare (in this configuration)
};

std::string_view to_string(DriftKind kind);

/// One row of `cyclegate baseline check`.
struct Drift {
  model::CellId cell;
  std::string metric;  ///< `output` for what is wrong with it; the deciding metric for events of the whole cell
  DriftKind kind = DriftKind::unchanged;
  bool deciding = false;  ///< the policy's deciding metric of this executor; others inform
  std::optional<std::uint64_t> pinned;
  std::optional<std::uint64_t> now;
  std::string why;
  bool other_toolchain = false;  ///< incomparable, since another compiler made the artefact: no change of the guest

  bool operator==(const Drift&) const = default;
};

/// Compares a RunSet with what is pinned, cell by cell in the order of cells, exact metric by exact metric. The budget
/// is policy.drift_budget. Pinned cells of guests that the set does not have are left out: they were not asked for.
std::vector<Drift> check(const Baseline& baseline, const model::RunSet& set, const model::Policy& policy);

/// What a check says as a whole, in cells.
struct DriftSummary {
  bool fails = false;  ///< a deciding metric beyond its budget or nondeterministic, another output, or a failed run
  std::size_t compared = 0;         ///< held against what is pinned, in at least one metric
  std::size_t unmeasured = 0;       ///< of them nothing is known, good or bad
  std::size_t not_compared = 0;     ///< incomparable in what decides, or gone
  std::size_t other_toolchain = 0;  ///< incomparable, since another compiler made them

  /// Everything that had to be compared was: a check of nothing is no pass.
  bool complete() const { return unmeasured + not_compared == 0 && compared + other_toolchain > 0; }
};

DriftSummary summarise(const std::vector<Drift>& rows);

}  // namespace cyclegate::baseline
