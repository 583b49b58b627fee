#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>

#include "measure/plan.h"
#include "model/run_set.h"
#include "system/preflight.h"

namespace cyclegate::executors {
class Registry;
}
namespace cyclegate::model {
class StoppingRule;
}
namespace cyclegate::system {
class Clock;
class Progress;
}  // namespace cyclegate::system

namespace cyclegate::measure {

class ResultStore;

/// What measuring needs of the world; all of it outlives the call.
struct World {
  executors::Registry& executors;
  system::Clock& clock;
  system::Progress& progress;
  model::StoppingRule& rule;           ///< asked after each round of blocks from Settings::min_runs on
  ResultStore* store = nullptr;        ///< consulted for base cells; null: nothing is stored
  std::filesystem::path machine_lock;  ///< held while anything runs; empty: the caller holds it
  std::function<system::PreflightFacts()> preflight =
      {};  ///< called when the lock is held and timing is next; may be empty
};

/// What measuring gave.
struct Measured {
  model::RunSet base;
  model::RunSet head;
  std::uint64_t executed = 0;    ///< processes and executions of this start, warm-ups included
  std::uint64_t resumed = 0;     ///< runs taken from the journal of an earlier start
  std::uint64_t same = 0;        ///< cells with the same artefact on both sides, in which nothing ran
  std::uint64_t stored = 0;      ///< base cells taken from the store
  std::uint64_t stored_run = 0;  ///< of these, run all the same
};

/// Measures the plan and leaves OUT/base.runs.json and OUT/head.runs.json.
///
/// Exact metrics first: each side of each cell `exact_repetitions` times, the first time with functions, `jobs` at a
/// time. A cell whose reuse keys are equal on both sides does not run; both sides then have the stored result, or no
/// numbers and the warning `same-artifact`. A base cell that the store knows does not run, unless head's numbers are
/// others: then base runs once, for the functions, opcodes and memory classes that a store does not hold; should its
/// numbers not be the stored ones, they are used instead, with the warning `base-differs-from-baseline` of the run set.
/// Then, alone, the timed runs of the cells that differ (timing.h). A failed guest becomes an Outcome; so does an
/// artefact or input that is not the one that was planned.
///
/// Where the plan has an executor under head's cost model (Plan::repricing), its cells that both sides have run under
/// both models, the same artefact or not: RunSet::runs under base's, RunSet::repriced under head's.
///
/// Every run is in OUT/runs.journal as soon as it is done. With `resume` the runs in there are not run again; the
/// result is the same as without the interruption, but for what a clock or a noisy executor said. Timing that was
/// interrupted starts again with the first block of every cell, after new warm-ups: what it had is in the journal and
/// counts for nothing, so that no cell mixes times of two starts.
///
/// With Settings::controls two more cells ride along in the blocks (model::Control): the shortest timed cell's base
/// against itself, and the same with head's runs made 3 % longer.
///
/// Cells of an executor that is not available here are not measured, whether their artefacts differ or not, unless a
/// stored result is known: their runs have the warning `executor-unavailable` with its reason, so have the run sets,
/// and the others go on.
///
/// Throws model::Error: configuration (plan, unknown executor, a journal of another plan), measurement (no executor of
/// the plan is available, file system), interrupted.
Measured measure(Plan plan, const World& world, const std::filesystem::path& out, bool resume);

}  // namespace cyclegate::measure
