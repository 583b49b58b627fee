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
};

std::string_view to_string(DriftKind kind);

/// One row of `cyclegate baseline check`.
struct Drift {
  model::CellId cell;
  std::string metric;  ///< `output` for output_changed; the deciding metric for events of the whole cell
  DriftKind kind = DriftKind::unchanged;
  bool deciding = false;  ///< the policy's deciding metric of this executor; others inform
  std::optional<std::uint64_t> pinned;
  std::optional<std::uint64_t> now;
  std::string why;

  bool operator==(const Drift&) const = default;
};

/// Compares a RunSet with what is pinned, cell by cell in the order of cells, exact metric by exact metric. The budget
/// is policy.drift_budget. Pinned cells of guests that the set does not have are left out: they were not asked for.
std::vector<Drift> check(const Baseline& baseline, const model::RunSet& set, const model::Policy& policy);

/// The cells that could not be measured: of them nothing is known, good or bad.
std::size_t unmeasured_cells(const std::vector<Drift>& rows);

/// Whether the rows say that the gate must fail: a deciding metric beyond its budget or nondeterministic, another
/// output, or a failed run.
bool exceeds_budget(const std::vector<Drift>& rows);

}  // namespace cyclegate::baseline
