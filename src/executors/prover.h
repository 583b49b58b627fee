#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "executors/executor.h"
#include "executors/known_executors.h"
#include "model/metric.h"
#include "model/proof.h"

namespace cyclegate::executors {

/// A prover that is a program of its own. In the commands `{program}`, `{elf}`, `{input}`, `{key}` and `{proof}` stand
/// for paths; a word that is `{input}` goes, with the option before it, when the guest has no input.
struct Prover {
  std::string program;                   ///< found by find_executor_program
  std::string install;                   ///< how one gets it, as a clause: `` `ziskup` installs it ``
  std::string key_variable;              ///< environment variable that names the proving key; empty: there is no key
  std::string key_default;               ///< its place below the home directory
  std::uint64_t least_memory_bytes = 0;  ///< of memory that is available now
  std::vector<std::vector<std::string>> setup;  ///< once for each program, before proving
  std::vector<std::string> prove;               ///< leaves a file, or a directory with one of `proof_files`, at {proof}
  std::vector<std::string> proof_files;         ///< within the directory {proof}; empty: {proof} is the file
};

/// The prover of an executor's guests: cargo-zisk for embedded, ziskemu and zisk-prover, r0vm for risc0 and
/// risc0-prover; nullptr where there is none that is a program.
const Prover* find_prover(std::string_view executor);

/// How proving is done.
struct ProveSettings {
  std::chrono::nanoseconds max_time = std::chrono::hours(24);  ///< of each of the prover's commands
  bool require_gpu = false;                                    ///< a machine without a GPU is missing something
  bool set_up = false;                                         ///< the prover's setup is done for this program already
  model::Millionths slow_down{0};                              ///< of the prover, see TimedSettings::slow_down
  std::filesystem::path keep;                                  ///< where the proof is copied to; empty: nowhere
  std::filesystem::path system_root = "/";                     ///< of proc and dev; another root is for tests
};

/// `proving_time` (ns, sampled) and `proof_size` (bytes, exact).
std::vector<model::Metric> proof_metrics();

/// The first thing that this machine lacks for proving that executor's guests, as a clause: a prover at all, its
/// program, its proving key, a GPU (where required), memory. Empty when nothing is missing. Starts nothing.
std::string first_missing(std::string_view executor, const World& world, const ProveSettings& settings);

/// What tells one proving key of that executor's prover from another: a digest of the names and sizes of its files (it
/// is tens of GB, too much to read). Empty when there is no key. Throws model::Error (measurement) when it cannot be
/// listed.
std::string key_identity(std::string_view executor, const World& world);

/// Proves the guest on the input with the executor's prover, which runs in a directory of its own with the environment
/// of a build, unless something is missing. Throws model::Error (measurement) when the file system refuses, and
/// {interrupted}.
model::Proof prove(std::string_view executor, const World& world, const ArtifactFile& artifact, const InputFile& input,
                   const ProveSettings& settings);

}  // namespace cyclegate::executors
