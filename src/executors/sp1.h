#pragma once

#include "executors/executor.h"
#include "executors/guest_runner.h"

namespace cyclegate::executors {

/// SP1 by its own executor, through the program sp1-run (executors/sp1-run). Its deciding metric is `gas`.
class Sp1Executor final : public Executor {
 public:
  explicit Sp1Executor(World world) : runner_("sp1-run", std::move(world)) {}

  Description describe() override;
  model::Execution execute(const ArtifactFile& artifact, const InputFile& input, const Limits& limits,
                           model::Detail detail) override;
  TimedExecution execute_timed(const ArtifactFile& artifact, const InputFile& input, const Limits& limits,
                               const TimedSettings& settings) override;

 private:
  GuestRunner runner_;
};

}  // namespace cyclegate::executors
