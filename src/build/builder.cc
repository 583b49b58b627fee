#include "build/builder.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>

#include "elf/image.h"
#include "model/error.h"
#include "system/files.h"
#include "system/progress.h"
#include "system/sha256.h"

namespace cyclegate::build {
namespace {

namespace fs = std::filesystem;

std::string name_of(const BuildRequest& request) {
  return fmt::format("build {} of {} ({})", request.build, request.guest, to_string(request.side));
}

model::Artifact unfinished(const BuildRequest& request) {
  model::Artifact artifact;
  artifact.guest = request.guest;
  artifact.build = request.build;
  return artifact;
}

model::Artifact finished(const BuildRequest& request, const StoredArtifact& stored, bool from_cache) {
  model::Artifact artifact = unfinished(request);
  artifact.identity = stored.identity;
  artifact.loaded_bytes = stored.loaded_bytes;
  artifact.path = stored.path.string();
  artifact.from_cache = from_cache;
  return artifact;
}

model::Artifact failed(const BuildRequest& request, std::string why) {
  model::Artifact artifact = unfinished(request);
  artifact.failure = model::StageFailure{"build", fmt::format("{}: {}", name_of(request), why), {}};
  return artifact;
}

/// Requests that must not run side by side, as indices in their order.
std::vector<std::vector<std::size_t>> queues(const std::vector<BuildRequest>& requests) {
  std::map<std::pair<fs::path, std::string>, std::size_t> place;
  std::vector<std::vector<std::size_t>> result;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    const auto [entry, is_new] = place.try_emplace({requests[i].tree, requests[i].guest}, result.size());
    if (is_new) result.emplace_back();
    result[entry->second].push_back(i);
  }
  return result;
}

}  // namespace

std::string build_key(const BuildRequest& request) {
  system::Sha256 hash;
  hash.field("cyclegate.build/1");
  // The path is part of what a compiler sees: it ends up in __FILE__ and in panic messages.
  hash.field(request.source_state).field(request.tree.string()).field(request.command).field(request.elf);
  hash.field(request.kind == ArtifactKind::riscv_elf ? "riscv_elf"
             : request.kind == ArtifactKind::any     ? "any"
                                                     : "file");
  for (const auto* variables : {&request.environment, &request.toolchain}) {
    hash.field(std::to_string(variables->size()));
    for (const auto& [name, value] : *variables) hash.field(name).field(value);
  }
  return hash.finish_hex();
}

Builder::Builder(system::ProcessRunner& runner, system::Clock& clock, fs::path cache_root, fs::path log_directory)
    : runner_(runner), clock_(clock), store_(std::move(cache_root)), logs_(std::move(log_directory)) {}

model::Artifact Builder::build(const BuildRequest& request, system::Progress* progress) const {
  const std::string key = build_key(request);
  if (!request.source_state.empty()) {
    if (const std::optional<StoredArtifact> stored = store_.find(key)) return finished(request, *stored, true);
  }
  return run_build(request, key, progress);
}

model::Artifact Builder::run_build(const BuildRequest& request, const std::string& key,
                                   system::Progress* progress) const {
  CommandRequest command;
  command.stage = "build";
  command.subject = name_of(request);
  command.command = request.command;
  command.tree = request.tree;
  command.environment = request.environment;
  command.log = logs_ / log_name("build", request.side, request.guest, request.build);
  command.limits = request.limits;
  model::Artifact artifact = unfinished(request);
  artifact.failure = run_command(runner_, clock_, command, progress);
  if (artifact.failure) return artifact;

  std::vector<std::uint8_t> bytes;
  try {
    // Looked at only now: the command decides what links there are.
    const fs::path elf = system::contained_path(request.tree, request.elf);
    std::error_code error;
    if (!fs::exists(elf, error)) {
      return failed(request,
                    fmt::format("the command succeeded but made no {}; `elf:` must name the file that it makes; "
                                "log: {}",
                                request.elf, command.log.string()));
    }
    bytes = system::read_bytes(elf, elf::max_image_bytes);
  } catch (const model::Error& error) {
    return failed(request, error.what());
  }
  const std::expected<StoredArtifact, std::string> stored = store_.add(bytes, request.kind);
  if (!stored) return failed(request, fmt::format("{} is no guest: {}", request.elf, stored.error()));
  if (!request.source_state.empty()) store_.remember(key, *stored);
  return finished(request, *stored, false);
}

std::vector<model::Artifact> Builder::build_all(const std::vector<BuildRequest>& requests, std::size_t jobs,
                                                system::Progress& progress) const {
  const std::vector<std::vector<std::size_t>> work = queues(requests);
  std::vector<model::Artifact> artifacts(requests.size());
  std::atomic<std::size_t> next{0};
  std::mutex mutex;
  std::exception_ptr problem;
  const auto take_work = [&] {
    for (std::size_t queue = next.fetch_add(1); queue < work.size(); queue = next.fetch_add(1)) {
      try {
        for (const std::size_t i : work[queue]) {
          progress.step(fmt::format("{} {} ({})", requests[i].guest, requests[i].build, to_string(requests[i].side)));
          artifacts[i] = build(requests[i], &progress);
        }
      } catch (...) {
        const std::lock_guard guard(mutex);
        if (!problem) problem = std::current_exception();
        next.store(work.size());
      }
    }
  };
  progress.begin(requests.size(), "builds");
  {
    std::vector<std::jthread> others;
    const std::size_t wanted = std::min(std::max<std::size_t>(jobs, 1), work.size());
    for (std::size_t i = 1; i < wanted; ++i) others.emplace_back(take_work);
    take_work();
  }
  progress.end();
  if (problem) std::rethrow_exception(problem);
  return artifacts;
}

std::optional<model::StageFailure> verify(const model::Artifact& artifact) {
  if (artifact.failure) return artifact.failure;
  const std::optional<std::string> why = mismatch(artifact.path, artifact.identity);
  if (!why) return std::nullopt;
  return model::StageFailure{"build",
                             fmt::format("build {} of {}: the artefact was changed after it was built: {}",
                                         artifact.build, artifact.guest, *why),
                             {}};
}

std::optional<model::StageFailure> run_check(system::ProcessRunner& runner, system::Clock& clock,
                                             const CheckRequest& request, const fs::path& log_directory,
                                             system::Progress* progress) {
  CommandRequest command;
  command.stage = "check";
  command.subject = fmt::format("check of {} ({})", request.guest, to_string(request.side));
  command.command = request.command;
  command.tree = request.tree;
  command.environment = request.environment;
  command.log = log_directory / log_name("check", request.side, request.guest, "");
  command.limits = request.limits;
  return run_command(runner, clock, command, progress);
}

}  // namespace cyclegate::build
