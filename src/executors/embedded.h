#pragma once

#include <expected>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "executors/executor.h"
#include "executors/program_cache.h"

namespace cyclegate::system {
class ProcessRunner;
}

namespace cyclegate::executors {

/// The executor that is part of this program: ZisK 1.4.0-alpha's machine and cost model (module vm).
class EmbeddedExecutor final : public Executor {
 public:
  /// `program` is this program's path and `processes` starts it as the child of a timed run; without them (empty, null)
  /// there are no sampled metrics. `cost_model` names one of vm's.
  EmbeddedExecutor(std::filesystem::path program, system::ProcessRunner* processes,
                   std::string_view cost_model = "zisk-1.4.0-alpha");

  Description describe() override;
  /// Throws model::Error (interrupted) when SIGINT or SIGTERM arrives while the guest runs.
  model::Execution execute(const ArtifactFile& artifact, const InputFile& input, const Limits& limits,
                           model::Detail detail) override;
  TimedExecution execute_timed(const ArtifactFile& artifact, const InputFile& input, const Limits& limits,
                               const TimedSettings& settings) override;

  /// argv of the child of a timed run: `PROGRAM execute --timed --executor embedded --elf FILE [--input FILE]
  /// --max-steps N --max-memory BYTES --max-time NANOSECONDS`. The child executes once with Detail::totals, prints
  /// timed_answer_to_json and exits with 0 whatever became of the guest.
  std::vector<std::string> timed_command(const ArtifactFile& artifact, const InputFile& input,
                                         const Limits& limits) const;

 private:
  std::filesystem::path program_;
  system::ProcessRunner* processes_;
  std::string cost_model_;
  ProgramCache programs_;
  ProgramCache programs_to_profile_;
};

}  // namespace cyclegate::executors
