#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "measure/plan.h"
#include "model/execution.h"
#include "model/run_set.h"

namespace cyclegate::system {
class Progress;
}

namespace cyclegate::measure {

class Journal;

/// Why the files of that side of the cell are not those that were planned, as an Outcome (kind `rejected`); nullopt
/// when they are. Hashes both files.
std::optional<model::Outcome> changed_since_planned(const PlannedCell& cell, const PlannedArtifact& artifact);

/// What one execution gave, as a CellRun without cell, artefact and keys, with the exact metrics that its executor
/// describes (`metrics`). A failed execution gives its outcome and warnings only, because numbers of half a run compare
/// with nothing.
model::CellRun repetition(const model::Execution& execution, const std::vector<model::Metric>& metrics);

/// All repetitions of one cell and side in one: exact values side by side, tables and functions of the first. Differing
/// outputs get the warning `nondeterministic-output`.
model::CellRun fold(std::vector<model::CellRun> repetitions);

/// Whether the machine lacked something for the run with those warnings (model::executor_unavailable).
bool is_unavailable(const std::vector<model::Warning>& warnings);

/// The exact runs of one side of one cell.
struct ExactTask {
  std::uint32_t cell = 0;  ///< index within the plan
  model::Side side = model::Side::base;
  executors::Executor* executor = nullptr;
  std::vector<model::Metric> metrics = {};  ///< the executor's
  std::vector<model::CellRun> done;         ///< repetitions so far
  bool repriced = false;                    ///< under head's cost model (Plan::repricing): no functions are asked for
  bool for_tables = false;  ///< the numbers are stored: one run is enough, for what a store does not hold

  /// Nothing is left to run: all repetitions are there, or one failed.
  bool complete(std::uint32_t repetitions) const;
  /// Drops a last repetition that the machine could not make, so that it is made again.
  void forget_unavailable();
};

/// Runs what is left of the tasks, `Settings::jobs` tasks at a time, and adds each run to the journal. Results do not
/// depend on the number of jobs. Returns the number of executions. The error of the first task (in their order) that
/// threw is thrown, after the tasks under way have ended their run.
std::uint64_t run_exact(const Plan& plan, std::vector<ExactTask>& tasks, Journal& journal, system::Progress& progress);

}  // namespace cyclegate::measure
