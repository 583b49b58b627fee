#pragma once

#include <filesystem>
#include <mutex>
#include <optional>
#include <string>

#include "executors/executor.h"
#include "system/child_environment.h"

namespace cyclegate::system {
class Clock;
class ProcessRunner;
}  // namespace cyclegate::system

namespace cyclegate::executors {

/// What the native executor needs of the world.
struct NativePlace {
  system::ProcessRunner* processes = nullptr;  ///< never null
  system::Clock* clock = nullptr;              ///< never null
  system::Variables variables;                 ///< our own environment: where valgrind and perf are looked for
  std::filesystem::path cache;                 ///< runs take place below its work/
};

/// A guest built as a program of this machine: standard input is the input file, standard output the public output, the
/// exit status the guest's code.
///
/// `instructions` is exact: those that `valgrind --tool=callgrind` counts in user mode, with an environment of one
/// variable, a name and a directory that are always the same, and addresses that are not randomised. It depends on the
/// C library and on the instruction sets of the processor, because libraries choose code by them: both are part of what
/// makes results comparable. A guest that starts further processes has crashed. Time and memory are sampled from the
/// bare program; `cpu_cycles` and `retired_instructions` by `perf stat` from a further run, where the kernel has such
/// counters.
class NativeExecutor final : public Executor {
 public:
  explicit NativeExecutor(NativePlace place);

  Description describe() override;
  model::Execution execute(const ArtifactFile& artifact, const InputFile& input, const Limits& limits,
                           model::Detail detail) override;
  TimedExecution execute_timed(const ArtifactFile& artifact, const InputFile& input, const Limits& limits,
                               const TimedSettings& settings) override;

 private:
  /// What of the machine is used, found out once.
  struct Tools {
    std::filesystem::path valgrind;  ///< empty: not here
    std::string valgrind_version;
    std::filesystem::path setarch;  ///< empty: addresses stay as the kernel lays them out
    std::filesystem::path perf;     ///< empty: no counters
    std::string missing;            ///< what is not here, and what would help
  };
  const Tools& tools();
  Tools find_tools() const;

  NativePlace place_;
  std::mutex mutex_;
  std::optional<Tools> tools_;
};

/// The instructions of a callgrind output file (its `summary:` or `totals:` line); nullopt when it has none.
std::optional<std::uint64_t> callgrind_total(std::string_view text);

}  // namespace cyclegate::executors
