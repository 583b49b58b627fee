#include "app/baseline_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "baseline/baseline_file.h"
#include "model/error.h"

namespace cyclegate::app {

baseline::Baseline baselines_of(const git::Repository& repository, const git::Commit& commit) {
  try {
    return baseline::load_commit(repository, commit);
  } catch (const model::Error& error) {
    if (error.kind() != model::ErrorKind::configuration) throw;
    return {.guests = {},
            .warnings = {{"damaged-baseline", fmt::format("nothing of base's baselines/ is used: {}", error.what())}}};
  }
}

BaselineStore::BaselineStore(baseline::Baseline baseline) : baseline_(std::move(baseline)), index_(baseline_) {}

std::optional<model::CellRun> BaselineStore::lookup(const model::CellId& cell, const std::string& reuse_key) {
  std::optional<model::CellRun> run = index_.lookup(reuse_key);
  // Another guest may have the same artefact and input; the numbers hold, the name does not.
  if (run) run->cell = cell;
  return run;
}

std::optional<model::RunSet> pinned_run_set(const git::Repository& repository, const git::Commit& commit) {
  const baseline::Baseline baseline = baselines_of(repository, commit);
  if (baseline.guests.empty()) return std::nullopt;
  model::RunSet set;
  set.side = model::Side::base;
  set.commit = git::to_model(commit, false);
  set.warnings = baseline.warnings;
  for (const auto& [name, guest] : baseline.guests) {
    for (const baseline::PinnedCell& cell : guest.cells) {
      model::CellRun run{.cell = {.guest = name, .input = cell.input, .executor = cell.executor},
                         .artifact = cell.artifact,
                         .reuse_key = cell.reuse_key,
                         .comparability = cell.comparability,
                         .output_sha256 = cell.output_sha256,
                         .reused = true};
      for (const auto& [metric, value] : cell.exact) run.exact[metric] = {value};
      set.runs.push_back(std::move(run));
    }
  }
  std::ranges::sort(set.runs, {}, &model::CellRun::cell);
  return set;
}

}  // namespace cyclegate::app
