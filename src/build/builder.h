#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "build/artifact_store.h"
#include "build/command.h"
#include "model/run_set.h"

namespace cyclegate::build {

/// One build of one guest on one side, with everything that its result may depend on.
struct BuildRequest {
  model::Side side = model::Side::head;
  std::string guest;
  std::string build;           ///< name of the build within the guest, e.g. `zisk`
  std::filesystem::path tree;  ///< the checked-out tree; the same absolute path for both sides
  std::string command;         ///< the guest's own `run:` line
  std::string elf;             ///< what it makes, relative to the tree
  ArtifactKind kind = ArtifactKind::riscv_elf;
  std::string source_state;                        ///< hash of the tree's content; empty: never from the cache
  std::map<std::string, std::string> environment;  ///< complete; from system::child_environment
  std::map<std::string, std::string> toolchain;    ///< program to version line; a new compiler is a new build
  CommandLimits limits;
};

/// Builds guests, or finds that they have been built before.
class Builder {
 public:
  /// Artefacts and records lie below `cache_root`, logs in `log_directory`. The references must outlive the builder.
  Builder(system::ProcessRunner& runner, system::Clock& clock, std::filesystem::path cache_root,
          std::filesystem::path log_directory);

  /// The artefact. A command that fails, hangs or fills the disk, a missing ELF and a file that is no ELF are a failure
  /// in the artefact (stage `build`). Throws model::Error{interrupted}, and {measurement} when the cache or the logs
  /// cannot be written.
  model::Artifact build(const BuildRequest& request, system::Progress* progress = nullptr) const;

  /// All of them, in the order of the requests, at most `jobs` at a time. Builds of one guest in one tree run one after
  /// the other, because they often write the same files. The first error (model::Error) is thrown once all have ended.
  std::vector<model::Artifact> build_all(const std::vector<BuildRequest>& requests, std::size_t jobs,
                                         system::Progress& progress) const;

 private:
  model::Artifact run_build(const BuildRequest& request, const std::string& key, system::Progress* progress) const;

  system::ProcessRunner& runner_;
  system::Clock& clock_;
  ArtifactStore store_;
  std::filesystem::path logs_;
};

/// sha256 over everything in the request that the result may depend on; two equal keys mean one build.
std::string build_key(const BuildRequest& request);

/// Hashes an artefact's file again, to be called before each run: what ran must be what was built. Empty when it is.
std::optional<model::StageFailure> verify(const model::Artifact& artifact);

/// A guest's own `check:` command on one side.
struct CheckRequest {
  model::Side side = model::Side::head;
  std::string guest;
  std::filesystem::path tree;
  std::string command;
  std::map<std::string, std::string> environment;
  CommandLimits limits;
};

/// Runs the check; nullopt when it passed, else a failure of stage `check`. Its log goes to `log_directory`.
std::optional<model::StageFailure> run_check(system::ProcessRunner& runner, system::Clock& clock,
                                             const CheckRequest& request, const std::filesystem::path& log_directory,
                                             system::Progress* progress = nullptr);

}  // namespace cyclegate::build
