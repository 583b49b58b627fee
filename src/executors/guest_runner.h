#pragma once

#include <expected>
#include <filesystem>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "executors/executor.h"
#include "executors/function_ranges.h"
#include "executors/guest_run.h"
#include "executors/known_executors.h"

namespace cyclegate::system {
struct ProcessResult;
}

namespace cyclegate::executors {

/// One of our runner programs, from finding it to its answer. May be used from several threads at once.
class GuestRunner {
 public:
  /// `program` is one of program_finder's table, e.g. `sp1-run`.
  GuestRunner(std::string_view program, World world);

  /// Empty when the program is here and of the version that belongs to this one; else why not, and the one command
  /// that installs it. Asks the program once.
  std::string unavailable();
  /// The zkVM's version, as the table of programs pins it.
  const std::string& version() const { return version_; }

  /// What the program says of itself: our crate's version, the library's, and how it was built (SP1: `native` or
  /// `portable`). Belongs to what makes results comparable. Empty when it is not available.
  std::string build();

  /// sha256 of the program's file; empty when it is not available.
  std::string digest();

  /// Runs the guest. `ranges`: also a call tree of these functions. `extra` are further arguments. Whatever goes wrong,
  /// with the guest or with the runner, is in the outcome.
  GuestRun run(const ArtifactFile& artifact, const InputFile& input, const Limits& limits,
               std::span<const FunctionRange> ranges, const std::vector<std::string>& extra = {});
  /// Runs the guest without anything but counting, in processes that are observed.
  TimedExecution run_timed(const ArtifactFile& artifact, const InputFile& input, const Limits& limits,
                           const TimedSettings& settings, const std::vector<std::string>& extra = {});

 private:
  struct Program {
    std::filesystem::path path;
    std::string version;  ///< the line that it answers to `--version`
    std::string digest;   ///< sha256 of the file
  };
  std::expected<Program, std::string> program();
  std::expected<Program, std::string> find() const;
  std::vector<std::string> arguments(const std::filesystem::path& program, const ArtifactFile& artifact,
                                     const InputFile& input, const Limits& limits,
                                     const std::vector<std::string>& extra) const;
  GuestRun read(const system::ProcessResult& result, const Limits& limits) const;

  std::string name_;
  std::string version_;
  World world_;
  std::mutex mutex_;
  std::optional<std::expected<Program, std::string>> program_;
};

/// The rows of syscalls or opcodes, falling cost, then falling count, then name.
std::vector<model::CostRow> cost_rows(const std::map<std::string, GuestCalls>& calls);
std::vector<model::CostRow> cost_rows(const std::map<std::string, std::uint64_t>& counts);

/// What all runners' executions have in common: everything but functions and profile. `tree` is the run's call tree.
model::Execution execution_of(GuestRun run, const CallTree& tree);

/// An exact metric that is better when lower.
model::Metric exact_metric(std::string_view name, std::string_view unit);

/// The ranges of an artefact's functions; a file that cannot be read as an ELF has none.
std::vector<FunctionRange> ranges_of(const ArtifactFile& artifact);

}  // namespace cyclegate::executors
