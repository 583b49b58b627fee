#pragma once

#include "executors/executor.h"
#include "executors/guest_runner.h"

namespace cyclegate::executors {

/// RISC Zero by its circuit's executor, through the program r0-run (executors/r0-run). Its deciding metric is `cycles`,
/// the sum of user and paging cycles: the total is a sum of powers of two and jumps.
class Risc0Executor final : public Executor {
 public:
  explicit Risc0Executor(World world) : runner_("r0-run", std::move(world)) {}

  Description describe() override;
  model::Execution execute(const ArtifactFile& artifact, const InputFile& input, const Limits& limits,
                           model::Detail detail) override;
  TimedExecution execute_timed(const ArtifactFile& artifact, const InputFile& input, const Limits& limits,
                               const TimedSettings& settings) override;

 private:
  GuestRunner runner_;
};

}  // namespace cyclegate::executors
