#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "executors/executor.h"
#include "model/run_set.h"

namespace cyclegate::measure {

/// An artefact as the build left it. It is hashed again before each run.
struct PlannedArtifact {
  executors::ArtifactFile file;
  std::string file_sha256;     ///< of the file's bytes
  std::string toolchain = {};  ///< the compilers that the file names (elf::toolchain)
};

/// One cell of the plan, with what either side runs in it.
struct PlannedCell {
  model::CellId cell;
  executors::InputFile input;           ///< the same bytes for both sides
  std::string input_sha256;             ///< of the bytes; of no bytes when the cell has no input
  std::optional<PlannedArtifact> base;  ///< absent: the side does not have the guest, or could not build it
  std::optional<PlannedArtifact> head;
  model::Millionths slow_down{0};  ///< by which head's timed runs are really made longer; calibration only
  std::uint64_t work = 0;          ///< what one run gets done (model::InputInfo::work); 0: no throughput

  const std::optional<PlannedArtifact>& artifact(model::Side side) const {
    return side == model::Side::base ? base : head;
  }
};

/// How to measure (the `measure:` section of cyclegate.yaml and the command line).
struct Settings {
  std::uint32_t warmups = 3;                                   ///< untimed runs a side before a cell's first block
  std::uint32_t min_runs = 10;                                 ///< timed runs a side, at least
  std::uint32_t max_runs = 40;                                 ///< timed runs a side, at most
  std::chrono::nanoseconds budget = std::chrono::minutes(10);  ///< for all timed runs together, waiting not; 0: none
  std::chrono::nanoseconds cooldown{0};                        ///< wait whenever the guest under the clock changes
  std::uint32_t exact_repetitions = 2;
  std::uint32_t jobs = 1;             ///< exact runs at a time; never changes a result
  bool timed = true;                  ///< false: exact metrics only
  bool controls = false;              ///< one A/A cell and one with a known slow-down ride along (model::Control)
  std::optional<int> core;            ///< the one core of timed runs but provers'; absent: any
  std::string work_unit = "work";     ///< of PlannedCell::work
  std::optional<std::uint64_t> seed;  ///< of the order within blocks; absent: derived from plan and session
};

/// All that is to be measured, on both sides.
struct Plan {
  model::RunSet base;              ///< frame of the base's RunSet: all but metrics, runs and schedule
  model::RunSet head;              ///< likewise; its session is that of both sides
  std::vector<PlannedCell> cells;  ///< any order, each cell once
  executors::Limits limits;
  Settings settings;
  /// By an executor's name, the same one under head's cost model, where that is another than base's. Base's model is
  /// that of the executor in the registry and decides; cells that both sides have run once more under head's.
  std::map<std::string, std::shared_ptr<executors::Executor>> repricing = {};
};

/// Brings the cells into their order; throws model::Error (configuration) when a cell is there twice or a setting
/// cannot be met.
void normalise(Plan& plan);

/// sha256 over everything that results depend on: both commits, cells, artefacts, inputs, limits, settings but `jobs`
/// and `core`, the machine, and the executors as `descriptions` (one per executor name, sorted) have them. Not over
/// session, paths and frames' other facts, so that the same work started again has the same identity.
std::string identity(const Plan& plan, const std::vector<executors::Description>& descriptions);

}  // namespace cyclegate::measure
