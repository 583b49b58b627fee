#include "measure/exact.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>

#include "executors/exact_metrics.h"
#include "measure/journal.h"
#include "model/executor_unavailable.h"
#include "model/nondeterministic_output.h"
#include "model/output_unchecked.h"
#include "system/interrupt.h"
#include "system/progress.h"
#include "system/sha256.h"

namespace cyclegate::measure {
namespace {

using model::CellRun;
using model::Outcome;
using model::OutcomeKind;

Outcome rejected(std::string why) {
  return {.kind = OutcomeKind::rejected, .code = {}, .pc = {}, .why = std::move(why)};
}

void add_warning(std::vector<model::Warning>& warnings, const model::Warning& warning) {
  if (std::ranges::find(warnings, warning) == warnings.end()) warnings.push_back(warning);
}

/// The fold takes the first repetition's tables; the others would only make the journal longer.
void drop_tables(CellRun& run) {
  run.opcodes.clear();
  run.precompiles.clear();
  run.memory.clear();
  run.functions.clear();
  run.function_kinds = {};
}

/// Runs the missing repetitions of one task.
std::uint64_t run_task(const Plan& plan, ExactTask& task, Journal& journal) {
  const PlannedCell& cell = plan.cells[task.cell];
  const PlannedArtifact& artifact = *cell.artifact(task.side);
  std::uint64_t executed = 0;
  while (!task.complete(plan.settings.exact_repetitions)) {
    system::throw_if_interrupted();
    const auto number = static_cast<std::uint32_t>(task.done.size());
    CellRun run;
    if (auto changed = changed_since_planned(cell, artifact)) {
      run.warnings.push_back({.code = "changed-since-planned", .message = changed->why});
      run.outcome = std::move(*changed);
    } else {
      const auto detail = number == 0 && !task.repriced ? model::Detail::functions : model::Detail::cost;
      run = repetition(task.executor->execute(artifact.file, cell.input, plan.limits, detail), task.metrics);
      ++executed;
    }
    if (number > 0) drop_tables(run);
    JournalRecord record;
    record.exact =
        ExactRecord{.cell = task.cell, .side = task.side, .repetition = number, .run = run, .repriced = task.repriced};
    journal.add(record);
    task.done.push_back(std::move(run));
  }
  return executed;
}

}  // namespace

std::optional<Outcome> changed_since_planned(const PlannedCell& cell, const PlannedArtifact& artifact) {
  if (const auto now = system::sha256_file(artifact.file.path); now != artifact.file_sha256) {
    return rejected(fmt::format("the artefact {} has changed since it was built: its sha256 is {}, it was {}",
                                artifact.file.path.string(), now, artifact.file_sha256));
  }
  if (cell.input.path.empty()) return std::nullopt;
  if (const auto now = system::sha256_file(cell.input.path); now != cell.input_sha256) {
    return rejected(fmt::format("the input {} is not the pinned one: its sha256 is {}, pinned is {}",
                                cell.input.path.string(), now, cell.input_sha256));
  }
  return std::nullopt;
}

CellRun repetition(const model::Execution& execution, const std::vector<model::Metric>& metrics) {
  CellRun run;
  run.outcome = execution.outcome;
  run.warnings = execution.warnings;
  if (!execution.outcome.ok()) return run;
  if (std::ranges::find(run.warnings, model::output_unchecked, &model::Warning::code) == run.warnings.end()) {
    run.output_sha256 = system::sha256_hex(execution.output);
  }
  for (const auto& [name, value] : executors::exact_values(execution)) {
    if (find_metric(metrics, name) != nullptr) run.exact[name] = {value};
  }
  run.opcodes = execution.opcodes;
  run.precompiles = execution.precompiles;
  run.memory = execution.memory;
  run.functions = execution.functions;
  run.function_kinds = execution.function_kinds;
  return run;
}

CellRun fold(std::vector<CellRun> repetitions) {
  CellRun whole;
  bool first = true;
  for (CellRun& run : repetitions) {
    for (const model::Warning& warning : run.warnings) add_warning(whole.warnings, warning);
    if (!run.outcome.ok()) {
      if (whole.outcome.ok()) whole.outcome = run.outcome;
      continue;
    }
    for (const auto& [name, values] : run.exact) {
      auto& all = whole.exact[name];
      all.insert(all.end(), values.begin(), values.end());
    }
    if (first) {
      whole.output_sha256 = run.output_sha256;
      whole.opcodes = std::move(run.opcodes);
      whole.precompiles = std::move(run.precompiles);
      whole.memory = std::move(run.memory);
      whole.functions = std::move(run.functions);
      whole.function_kinds = std::move(run.function_kinds);
      first = false;
    } else if (run.output_sha256 != whole.output_sha256) {
      add_warning(whole.warnings,
                  {.code = std::string(model::nondeterministic_output),
                   .message = fmt::format("two runs of the same artefact gave different outputs, sha256 {} and {}",
                                          whole.output_sha256, run.output_sha256)});
    }
  }
  return whole;
}

bool is_unavailable(const std::vector<model::Warning>& warnings) {
  return std::ranges::find(warnings, model::executor_unavailable, &model::Warning::code) != warnings.end();
}

bool ExactTask::complete(std::uint32_t repetitions) const {
  return done.size() >= (for_tables ? 1 : repetitions) || (!done.empty() && !done.back().outcome.ok());
}

void ExactTask::forget_unavailable() {
  if (!done.empty() && is_unavailable(done.back().warnings)) done.pop_back();
}

std::uint64_t run_exact(const Plan& plan, std::vector<ExactTask>& tasks, Journal& journal, system::Progress& progress) {
  std::vector<ExactTask*> open;
  for (ExactTask& task : tasks) {
    if (!task.complete(plan.settings.exact_repetitions)) open.push_back(&task);
  }
  if (open.empty()) return 0;
  progress.begin(open.size(), "exact runs");
  std::atomic<std::size_t> next = 0;
  std::atomic<bool> stop = false;
  std::atomic<std::uint64_t> executed = 0;
  std::mutex mutex;
  std::size_t failed_at = open.size();
  std::exception_ptr failure;

  const auto work = [&] {
    while (!stop) {
      const std::size_t index = next++;
      if (index >= open.size()) return;
      ExactTask& task = *open[index];
      try {
        progress.step(fmt::format("{} {}{}", to_string(plan.cells[task.cell].cell), to_string(task.side),
                                  task.repriced ? " under head's cost model" : ""));
        executed += run_task(plan, task, journal);
      } catch (...) {
        stop = true;
        const std::scoped_lock guard(mutex);
        if (index < failed_at) {
          failed_at = index;
          failure = std::current_exception();
        }
      }
    }
  };

  const std::size_t jobs = std::clamp<std::size_t>(plan.settings.jobs, 1, open.size());
  {
    std::vector<std::jthread> helpers;
    for (std::size_t job = 1; job < jobs; ++job) helpers.emplace_back(work);
    work();
  }
  progress.end();
  if (failure) std::rethrow_exception(failure);
  return executed;
}

}  // namespace cyclegate::measure
