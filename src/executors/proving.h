#pragma once

#include <mutex>
#include <set>
#include <string>

#include "executors/executor.h"
#include "executors/known_executors.h"
#include "executors/prover.h"

namespace cyclegate::executors {

/// A prover as an executor, so that a gate measures proving as it measures anything: `zisk-prover`, `risc0-prover`. Its
/// metrics are proof_metrics(): `proof_size` from execute(), `proving_time` from execute_timed(). It has no steps and
/// no public output, which the warning `output-unchecked` of its runs says. One proof at a time, on all cores: provers
/// take the whole machine. What the machine lacks by then leaves a run unmeasured (`executor-unavailable`).
class ProvingExecutor final : public Executor {
 public:
  /// `name` is one that find_prover knows. `settings` but for its limits.
  ProvingExecutor(std::string name, World world, ProveSettings settings = {});

  /// Not available with the first thing that is missing, looked for anew each time: memory comes and goes.
  Description describe() override;
  model::Execution execute(const ArtifactFile& artifact, const InputFile& input, const Limits& limits,
                           model::Detail detail) override;
  TimedExecution execute_timed(const ArtifactFile& artifact, const InputFile& input, const Limits& limits,
                               const TimedSettings& settings) override;

 private:
  /// What the program says of itself, asked once.
  struct Program {
    std::string version;
    std::string digest;  ///< sha256 of the file
    std::string key;     ///< key_identity
  };
  model::Proof prove(const ArtifactFile& artifact, const InputFile& input, const Limits& limits,
                     model::Millionths slow_down);
  /// Throws model::Error (measurement) when program or key cannot be read.
  const Program& program();

  std::string name_;
  World world_;
  ProveSettings settings_;
  std::mutex mutex_;
  std::set<std::string> set_up_;  ///< artefacts whose setup is done
  Program program_;
};

}  // namespace cyclegate::executors
