#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/command_settings.h"
#include "model/policy.h"
#include "model/warning.h"

namespace cyclegate::config {

/// Where the file says something, both from 1; 0 when it says nothing. Two files that say the same are equal wherever
/// they say it, so positions never make a difference.
struct SourcePosition {
  std::uint32_t line = 0;
  std::uint32_t column = 0;

  bool operator==(const SourcePosition&) const { return true; }
};

/// One way to build a guest, and what runs the result.
struct GuestBuild {
  std::string run;                     ///< shell command, run in the checkout's root; empty: the ELF lies in the tree
  std::string elf;                     ///< what the command makes, relative to the checkout's root
  std::vector<std::string> executors;  ///< names, in the file's order; the registry in `executors` knows them
  SourcePosition position;

  bool operator==(const GuestBuild&) const = default;
};

/// An input made by a program: `run` gets the seed as its last argument and writes the bytes to standard output.
struct Generator {
  std::string run;
  std::uint64_t seed = 0;

  bool operator==(const Generator&) const = default;
};

/// One pinned input. Exactly one of path, url and generate is set.
struct Input {
  std::string name;                   ///< unique within the guest
  std::string path;                   ///< relative to the checkout's root
  std::string url;                    ///< https:// or http://; the bytes are cached by their sha256
  std::optional<Generator> generate;  ///< a documented, fixed seed (requirements R3)
  std::string sha256;                 ///< of the bytes: 64 lower-case hex digits
  std::uint64_t weight = 1;           ///< frequency in production, 1 to 1,000,000
  std::string description;
  std::uint64_t work = 0;  ///< what one run on it gets done, in Measure::work_unit; 0: not said
  SourcePosition position;

  bool operator==(const Input&) const = default;
};

/// A guest program.
struct Guest {
  std::map<std::string, GuestBuild> builds;  ///< by name; never empty
  std::string check;                         ///< the guest's own tests, a shell command; empty: none
  std::vector<Input> inputs;                 ///< in the file's order; never empty
  std::vector<std::string> environment;      ///< variables that its commands may see beside build.environment
  SourcePosition position;

  bool operator==(const Guest&) const = default;
};

/// What holds for every build, check and generator command.
struct BuildSettings {
  std::vector<std::string> environment;  ///< variables passed on to the commands; all others stay outside
  std::chrono::milliseconds time = std::chrono::minutes(30);  ///< limit of one command
  bool check_reproducible = false;  ///< head's guests are built once more, in another directory, and compared

  bool operator==(const BuildSettings&) const = default;
};

/// What one execution of a guest may take.
struct Limits {
  std::uint64_t max_steps = 0xF'FFFF'FFFF;  ///< ziskemu's own default for --max-steps
  std::chrono::milliseconds time = std::chrono::minutes(10);
  std::uint64_t memory = std::uint64_t{4} << 30;  ///< bytes

  bool operator==(const Limits&) const = default;
};

/// How often and for how long measurements run (requirements R21).
struct Measure {
  bool timed = true;  ///< sampled metrics too; false: exact ones only
  std::uint32_t warmup = 3;
  std::uint32_t min_runs = 10;  ///< timed runs per cell and side
  std::uint32_t max_runs = 40;
  std::chrono::milliseconds budget = std::chrono::minutes(10);  ///< for all timed runs together
  std::chrono::milliseconds cooldown{0};                        ///< before each guest; 60 s by default in `classic`
  Limits limits;
  bool calibrate = false;          ///< an A/A cell and one with a known slow-down ride along in every gate
  std::string work_unit = "work";  ///< of Input::work; `throughput` is this per second

  bool operator==(const Measure&) const = default;
};

/// Where reports leave their pictures on GitHub.
struct Publish {
  std::string branch = "cyclegate-reports";
  std::uint32_t keep_days = 90;        ///< older pictures leave the branch's tip
  std::uint32_t keep_pictures = 2000;  ///< of more, the oldest leave

  bool operator==(const Publish&) const = default;
};

/// One side's cyclegate.yaml, complete with defaults.
struct Config {
  std::uint32_t version = 1;
  std::map<std::string, Guest> guests;                      ///< by name; never empty
  std::map<std::string, model::CommandSettings> executors;  ///< programs of the user's own, by the executor's name
  /// What the embedded executor counts by: the name of a model that is built in, or a file's path relative to the
  /// checkout's root; empty: the default.
  std::string cost_model;
  BuildSettings build;
  Measure measure;
  Publish publish;
  model::Policy policy;                  ///< with `acknowledged`
  std::vector<model::Warning> warnings;  ///< `few-inputs`, `few-runs`, `few-warmups`

  bool operator==(const Config&) const = default;
};

/// The name of the file in a repository's root.
inline constexpr std::string_view file_name = "cyclegate.yaml";

/// Reads cyclegate.yaml. `origin` names the text in messages. What is not said gets the defaults of
/// docs/configuration.md. Text from anywhere is safe to read: size, depth and node count are capped, and anchors,
/// aliases and tags are refused. Throws model::Error (configuration) with one line per mistake, `ORIGIN:LINE:COLUMN:
/// WHAT; WHAT WOULD BE RIGHT`, at most 20 of them, in the file's order.
Config parse_config(std::string_view text, std::string_view origin);

/// What is allowed but weak and is said beside the result (requirements R3 and R21): `few-inputs` per guest, `few-runs`
/// and `few-warmups` where there are timed runs.
std::vector<model::Warning> weaknesses(const Config& config);

/// Every variable that the commands of this guest may see: build.environment and its own, sorted, each once.
std::vector<std::string> environment_of(const Config& config, const Guest& guest);

}  // namespace cyclegate::config
