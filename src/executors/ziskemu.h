#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "executors/executor.h"
#include "executors/known_executors.h"

namespace cyclegate::system {
struct ProcessResult;
}

namespace cyclegate::executors {

class RunDirectories;
class RunDirectory;
struct ListedSteps;

/// The program ziskemu, found by find_executor_program. Cost comes from the snapshot that `-X --save-stats` writes,
/// never from standard output, on which the guest prints as well; function steps from `--disasm`, function cost from
/// `--profiler-output`. Each run has a directory of its own, an environment of one variable, and limits on time,
/// address space, file size and output.
class ZiskemuExecutor final : public Executor {
 public:
  explicit ZiskemuExecutor(const World& world);
  ~ZiskemuExecutor() override;

  /// Asks the program for its version, once.
  Description describe() override;
  /// Throws model::Error (measurement) when describe() says that ziskemu cannot run here. With Detail::functions the
  /// guest runs twice, unless it calls so much that the profile would be beyond its limit. Rows have steps only then,
  /// or when that run fails or ziskemu lost its call stack in it, and Detail::profile gives no call tree.
  model::Execution execute(const ArtifactFile& artifact, const InputFile& input, const Limits& limits,
                           model::Detail detail) override;
  TimedExecution execute_timed(const ArtifactFile& artifact, const InputFile& input, const Limits& limits,
                               const TimedSettings& settings) override;

 private:
  /// What the program is.
  struct Tool {
    std::filesystem::path path;
    std::string version;
    std::string digest;       ///< sha256 of the file
    std::string unavailable;  ///< empty when it can run
  };

  const Tool& tool();
  const Tool& usable_tool();
  Tool look() const;
  /// argv for one run in `directory`: the guest, its limits and what every run has in common.
  std::vector<std::string> command(const ArtifactFile& artifact, const InputFile& input, const Limits& limits,
                                   const RunDirectory& directory);
  system::ProcessResult run(std::vector<std::string> arguments, const Limits& limits, const RunDirectory& directory,
                            const TimedSettings& settings);
  model::Execution totals(const ArtifactFile& artifact, const InputFile& input, const Limits& limits);
  model::Execution counted(const ArtifactFile& artifact, const InputFile& input, const Limits& limits,
                           model::Detail detail);
  void add_functions(const ArtifactFile& artifact, const InputFile& input, const Limits& limits,
                     const RunDirectory& directory, model::Detail detail, model::Execution& execution);
  /// Runs the guest once more, with a profile. Why the functions have steps only.
  std::optional<std::string> add_function_costs(const ArtifactFile& artifact, const InputFile& input,
                                                const Limits& limits, const ListedSteps& listed, model::Detail detail,
                                                model::Execution& execution);

  World world_;
  std::unique_ptr<RunDirectories> directories_;
  std::mutex mutex_;
  std::optional<Tool> tool_;
};

}  // namespace cyclegate::executors
