#pragma once

#include <expected>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "executors/executor.h"
#include "executors/program_cache.h"
#include "vm/cost_model.h"

namespace cyclegate::system {
class ProcessRunner;
}

namespace cyclegate::executors {

/// The cost model of the embedded executor where nobody names another.
inline constexpr std::string_view default_cost_model = "zisk-1.4.0-alpha";

/// By what a cost model is known in results: its name where it was built into this program, else `NAME sha256:DIGEST`
/// with 32 hex digits over its prices, so that two price lists never pass for one.
std::string identity(const vm::CostModel& cost_model);

/// The executor that is part of this program: ZisK 1.4.0-alpha's machine and, unless another is given, cost model
/// (module vm).
class EmbeddedExecutor final : public Executor {
 public:
  /// `program` is this program's path and `processes` starts it as the child of a timed run; without them (empty, null)
  /// there are no sampled metrics. The child of a timed run counts no cost, so that it needs no cost model.
  EmbeddedExecutor(std::filesystem::path program, system::ProcessRunner* processes,
                   const vm::CostModel& cost_model = vm::cost_model(default_cost_model));

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
