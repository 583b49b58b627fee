#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/cell.h"
#include "model/execution.h"
#include "model/metric.h"
#include "model/outcome.h"
#include "model/policy.h"
#include "model/preflight.h"
#include "model/warning.h"
#include "model/wide.h"

namespace cyclegate::model {

/// base or head.
enum class Side { base, head };

/// One observation of a sampled metric: one fresh process.
struct Sample {
  std::uint32_t block = 0;  ///< randomised block it belongs to, from 0
  std::uint32_t order = 0;  ///< place within the session's order of runs, from 0
  std::int64_t value = 0;   ///< in the metric's unit (ns or bytes)

  bool operator==(const Sample&) const = default;
};

/// What must be equal for two results to be comparable, as named fields, so that a difference can be named. Without the
/// artefact, which is what a change is about.
struct Comparability {
  std::string input_sha256;
  std::string executor;  ///< name
  std::string executor_version;
  std::string executor_options;  ///< canonical text of everything that changes a result
  std::string cost_model;        ///< name and version; empty where there is none
  /// sha256 of the program that is the executor; empty where it is none (embedded), or where version and options say
  /// which it is. Part of the reuse key alone: two builds of one version may differ, and are comparable all the same.
  std::string executor_program = {};
  /// The compilers that the artefact names; empty where it names none. Decides only between results of different
  /// sessions, whose artefacts differ: within one, a compiler that changes is part of the change.
  std::string toolchain = {};
  std::string machine;  ///< fingerprint; decides for sampled metrics only
  std::string session;  ///< decides for sampled metrics only

  bool operator==(const Comparability&) const = default;
};

/// A stage of the pipeline that did not do its work; shown, never dropped.
struct StageFailure {
  std::string stage;    ///< `build`, `check`, `input`, `execute`
  std::string why;      ///< one sentence with where and what would be right
  std::string excerpt;  ///< last lines of the log, capped

  bool operator==(const StageFailure&) const = default;
};

/// Where the change from base touches a function of an artefact, by the artefact's own debug information.
struct ChangedFunction {
  std::string name;  ///< demangled, as in FunctionCost
  std::string file;  ///< relative to the repository's root, in head
  std::uint32_t line = 0;

  bool operator==(const ChangedFunction&) const = default;
};

/// What a build made.
struct Artifact {
  std::string guest;
  std::string build;               ///< name of the build within the guest, e.g. `zisk`
  std::string identity;            ///< sha256 over loaded segments and entry; empty when the build failed
  std::uint64_t loaded_bytes = 0;  ///< size of the loaded segments
  std::string path;                ///< where the read-only copy lies on this machine
  std::optional<StageFailure> failure;
  bool from_cache = false;
  std::uint32_t configuration_line = 0;            ///< of the guest in its side's cyclegate.yaml; 0: not known
  std::vector<ChangedFunction> changed_functions;  ///< head only: by name, then file and line; a line of each file
  std::vector<Warning> warnings;

  bool operator==(const Artifact&) const = default;
};

/// An input as the plan had it.
struct InputInfo {
  std::string name;
  std::string sha256;
  std::uint64_t weight = 1;  ///< frequency in production, 1 to 1,000,000
  std::string description;
  std::uint64_t work = 0;  ///< what one run on it gets done, in the file's `work_unit`; 0: not declared

  bool operator==(const InputInfo&) const = default;
};

/// A guest as the plan had it: every combination of inputs and executors is a cell that must appear.
struct GuestInfo {
  std::string name;
  std::vector<InputInfo> inputs;
  std::vector<std::string> executors;
  bool has_check = false;
  std::string check_command;          ///< the guest's own `check:`, so that a change of it is noticed
  std::optional<StageFailure> check;  ///< set when the guest's own `check:` command failed on this side

  bool operator==(const GuestInfo&) const = default;
};

/// One cell on one side: all repetitions.
struct CellRun {
  CellId cell;
  std::string artifact;   ///< identity of the artefact that ran
  std::string reuse_key;  ///< sha256; equal means that the stored number is used and nothing runs
  Comparability comparability;
  Outcome outcome;  ///< of the first repetition that failed, else ok
  std::string output_sha256;
  std::map<std::string, std::vector<std::uint64_t>> exact;  ///< every repetition, so that equality is shown
  std::map<std::string, std::vector<Sample>> sampled;
  std::vector<CostRow> opcodes;
  std::vector<CostRow> precompiles;
  std::vector<CostRow> memory;
  std::vector<FunctionCost> functions;
  CostKinds function_kinds;  ///< what FunctionCost::split counts
  bool reused = false;       ///< numbers come from a store, nothing ran
  std::vector<Warning> warnings;

  bool operator==(const CellRun&) const = default;
};

/// Which commit a side is.
struct Commit {
  std::string id;       ///< 40 hex digits; empty for files without a repository
  std::string subject;  ///< first line of the message, capped
  std::string date;     ///< ISO 8601 UTC
  bool dirty = false;   ///< the working tree had uncommitted changes and was measured as it was

  bool operator==(const Commit&) const = default;
};

/// One machine in one go.
struct Session {
  std::string id;
  std::string started;  ///< ISO 8601 UTC
  std::string machine;  ///< fingerprint

  bool operator==(const Session&) const = default;
};

/// The order in which things ran, so that it can be repeated.
struct Schedule {
  std::uint64_t seed = 0;
  std::uint32_t warmups = 3;
  std::uint32_t blocks = 0;  ///< randomised blocks completed
  std::uint32_t exact_repetitions = 2;
  bool resumed = false;
  /// The looks that were planned: after how many blocks timing might stop, rising; the last is the most.
  std::vector<std::uint32_t> looks;
  std::optional<std::uint32_t> core;  ///< the core of timed runs, but for those of provers, which take all
  std::uint64_t timing_ns = 0;        ///< wall time that timing took, warm-ups included, waiting not

  bool operator==(const Schedule&) const = default;
};

/// Facts about the machine (requirements R20).
struct Environment {
  std::string hostname;  ///< empty when hidden
  std::string cpu;
  std::uint32_t cores = 0;
  std::uint64_t memory_bytes = 0;
  std::string os;
  std::string kernel;
  std::map<std::string, std::string> toolchain;  ///< program name to version line
  std::optional<Preflight> preflight;            ///< absent when nothing was timed

  bool operator==(const Environment&) const = default;
};

/// A cell that measures the measuring and no change: base's artefact runs on both sides, in the same blocks as the
/// change's cells.
struct Control {
  Millionths slow_down{0};  ///< by which head's runs were really made longer; 0: an A/A control
  CellRun run;              ///< of this side; sampled metrics only

  bool operator==(const Control&) const = default;
};

/// Everything one side's machine time gave. All that follows is pure and can be replayed from it.
struct RunSet {
  Side side = Side::head;
  Commit commit;
  Session session;
  Schedule schedule;
  Environment environment;
  std::optional<Policy> policy;  ///< that side's rules; absent when the side has no cyclegate.yaml
  /// That side's `measure:` section with its defaults, name to value as text: how to measure is a rule, too.
  std::map<std::string, std::string> measure;
  std::vector<Metric> metrics;
  std::vector<GuestInfo> guests;
  std::vector<Artifact> artifacts;
  std::vector<CellRun> runs;      ///< ordered by cell
  std::vector<Control> controls;  ///< the same on both sides, ordered by cell
  /// Where head brings another cost model: cells of `runs`, which are under base's model on both sides, once more under
  /// head's. Exact metrics only, without functions; ordered by cell.
  std::vector<CellRun> repriced;
  std::vector<Warning> warnings;

  bool operator==(const RunSet&) const = default;
};

/// The run of that cell, or nullptr.
const CellRun* find_run(const RunSet& set, const CellId& cell);
/// The guest of that name, or nullptr.
const GuestInfo* find_guest(const RunSet& set, std::string_view name);

std::string_view to_string(Side side);

}  // namespace cyclegate::model
