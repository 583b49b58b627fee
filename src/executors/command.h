#pragma once

#include <filesystem>
#include <mutex>
#include <optional>
#include <string>

#include "executors/executor.h"
#include "model/command_settings.h"
#include "system/child_environment.h"
#include "system/process.h"

namespace cyclegate::system {
class Clock;
}

namespace cyclegate::executors {

/// Where a command executor's runs take place.
struct CommandPlace {
  system::Variables variables;     ///< our own environment
  std::filesystem::path cache;     ///< each run gets a fresh directory below its work/, which goes again
  system::Clock* clock = nullptr;  ///< never null
  std::filesystem::path logs;      ///< of runs, when they are kept; empty: nowhere
};

/// The settings in a line, so that a change of them can be named: the command and a digest of all of it.
std::string definition(const model::CommandSettings& settings);

/// Any program as an executor: in-house emulators, provers, block replayers. It is started once per run with a clean
/// environment, without a shell, in a fresh directory; its metrics are picked from what it wrote. Exact metrics come
/// from untimed runs, sampled ones and the process's own time and memory from timed ones. A program that does not give
/// a configured metric has crashed: a number that is missing is never 0.
class CommandExecutor final : public Executor {
 public:
  /// `settings` is what config::parse_config accepted. `processes` outlives the executor.
  CommandExecutor(std::string name, model::CommandSettings settings, system::ProcessRunner& processes,
                  CommandPlace place);

  Description describe() override;
  model::Execution execute(const ArtifactFile& artifact, const InputFile& input, const Limits& limits,
                           model::Detail detail) override;
  TimedExecution execute_timed(const ArtifactFile& artifact, const InputFile& input, const Limits& limits,
                               const TimedSettings& settings) override;

 private:
  struct Run;
  Run run(const ArtifactFile& artifact, const InputFile& input, const Limits& limits, const TimedSettings* timed) const;
  /// What changes a result beside the settings: the files that arguments name (interpreters' scripts) and the values of
  /// the variables passed on; canonical text.
  std::string surroundings() const;
  std::string version_of(const std::filesystem::path& program) const;

  std::string name_;
  model::CommandSettings settings_;
  system::ProcessRunner& processes_;
  CommandPlace place_;
  std::mutex mutex_;
  std::optional<Description> description_;
};

}  // namespace cyclegate::executors
