#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "model/execution.h"
#include "model/metric.h"
#include "model/warning.h"
#include "model/wide.h"

namespace cyclegate::executors {

/// A built guest as it lies on this machine.
struct ArtifactFile {
  std::filesystem::path path;
  std::string identity;  ///< sha256 over loaded segments and entry; empty when nobody computed it
};

/// An input as it lies on this machine.
struct InputFile {
  std::filesystem::path path;  ///< empty: the guest gets no input
  std::string name = {};       ///< as cyclegate.yaml has it; empty when it is a file that somebody named
};

/// What one execution may use; a run that needs more ends with an Outcome of kind `limit`.
struct Limits {
  std::uint64_t max_steps = (std::uint64_t{1} << 36) - 1;     ///< ziskemu's default
  std::uint64_t max_memory_bytes = std::uint64_t{1} << 30;    ///< guest memory
  std::chrono::nanoseconds max_time = std::chrono::hours(1);  ///< wall-clock time of one execution

  bool operator==(const Limits&) const = default;
};

/// What an executor is and what it can give on this machine.
struct Description {
  std::string name;
  std::string version;
  std::string options;                 ///< canonical text of everything that changes a result
  std::string cost_model;              ///< name and version; empty where there is none
  std::vector<model::Metric> metrics;  ///< in the order reports show them
  std::string unavailable;             ///< why it cannot run here and what would help; empty when it can
  bool sees_input_name = false;        ///< an input's name can change a result, not its bytes alone
  std::string program = {};            ///< sha256 of the program, where version and options do not say which it is
  std::string limited = {};            ///< which metrics it cannot give here, why, and what would help; empty: none
  bool takes_all_cores = false;        ///< its timed runs are pinned to no core, whatever TimedSettings::core says
};

/// How the process of a timed run is treated.
struct TimedSettings {
  std::optional<int> core;         ///< the one core it may run on; absent: any
  model::Millionths slow_down{0};  ///< a known slow-down of the run, see system::ProcessRequest::slow_down

  bool operator==(const TimedSettings&) const = default;
};

/// What a fresh process that ran a guest once gave: nothing in it was instrumented.
struct TimedExecution {
  model::Outcome outcome;
  std::uint64_t steps = 0;
  std::string output_sha256;                    ///< of the public output; empty when the guest failed
  std::map<std::string, std::int64_t> samples;  ///< sampled metric to value in its unit; empty when the guest failed
  std::vector<model::Warning> warnings;
};

/// One way to run guests. A failed guest is a value; model::Error is thrown only when the machine or a file did not let
/// it run at all. Every function may be called from several threads at once.
class Executor {
 public:
  Executor() = default;
  Executor(const Executor&) = delete;
  Executor& operator=(const Executor&) = delete;
  virtual ~Executor() = default;

  virtual Description describe() = 0;
  /// Runs the guest once. Steps, output and outcome do not depend on `detail`.
  virtual model::Execution execute(const ArtifactFile& artifact, const InputFile& input, const Limits& limits,
                                   model::Detail detail) = 0;
  /// Runs the guest once, uninstrumented, in a process of its own, and observes that process. Called only when
  /// describe() lists sampled metrics.
  virtual TimedExecution execute_timed(const ArtifactFile& artifact, const InputFile& input, const Limits& limits,
                                       const TimedSettings& settings) = 0;
};

}  // namespace cyclegate::executors
