#include "measure/plan.h"

#include <fmt/format.h>

#include <algorithm>

#include "model/error.h"
#include "system/sha256.h"

namespace cyclegate::measure {
namespace {

[[noreturn]] void refuse_plan(const std::string& message) {
  throw model::Error(model::ErrorKind::configuration, message);
}

void add_number(system::Sha256& hash, std::uint64_t number) {
  hash.field(fmt::to_string(number));
}

void add_side(system::Sha256& hash, const std::optional<PlannedArtifact>& artifact) {
  hash.field(artifact ? artifact->file.identity : "absent");
}

}  // namespace

void normalise(Plan& plan) {
  std::ranges::sort(plan.cells, {}, &PlannedCell::cell);
  const auto twice = std::ranges::adjacent_find(plan.cells, {}, &PlannedCell::cell);
  if (twice != plan.cells.end()) {
    refuse_plan(fmt::format("the cell {} is planned twice; names must be unique", to_string(twice->cell)));
  }
  const Settings& settings = plan.settings;
  if (settings.exact_repetitions < 1) refuse_plan("measure: at least one exact repetition is needed");
  if (settings.timed && settings.min_runs < 2) refuse_plan("measure.runs.min must be at least 2, one block");
  if (settings.max_runs < settings.min_runs) {
    refuse_plan(fmt::format("measure.runs.max is {}, but must be at least measure.runs.min, which is {}",
                            settings.max_runs, settings.min_runs));
  }
}

std::string identity(const Plan& plan, const std::vector<executors::Description>& descriptions) {
  system::Sha256 hash;
  hash.field("cyclegate plan 2");
  for (const model::RunSet* side : {&plan.base, &plan.head}) {
    hash.field(side->commit.id).field(side->commit.dirty ? "dirty" : "clean").field(side->session.machine);
  }
  add_number(hash, descriptions.size());
  for (const executors::Description& executor : descriptions) {
    hash.field(executor.name).field(executor.version).field(executor.options).field(executor.cost_model);
    hash.field(executor.program);
    add_number(hash, executor.metrics.size());
    for (const model::Metric& metric : executor.metrics) hash.field(metric.name).field(metric.unit);
  }
  for (const auto& [name, executor] : plan.repricing) hash.field(name).field(executor->describe().cost_model);
  add_number(hash, plan.cells.size());
  for (const PlannedCell& cell : plan.cells) {
    hash.field(cell.cell.guest).field(cell.cell.input).field(cell.cell.executor).field(cell.input_sha256);
    add_number(hash, static_cast<std::uint64_t>(cell.slow_down.value));
    add_number(hash, cell.work);
    add_side(hash, cell.base);
    add_side(hash, cell.head);
  }
  const Settings& settings = plan.settings;
  for (const std::uint64_t number :
       {plan.limits.max_steps, plan.limits.max_memory_bytes, static_cast<std::uint64_t>(plan.limits.max_time.count()),
        std::uint64_t{settings.warmups}, std::uint64_t{settings.min_runs}, std::uint64_t{settings.max_runs},
        static_cast<std::uint64_t>(settings.budget.count()), static_cast<std::uint64_t>(settings.cooldown.count()),
        std::uint64_t{settings.exact_repetitions}, std::uint64_t{settings.timed ? 1U : 0U},
        std::uint64_t{settings.controls ? 1U : 0U}, std::uint64_t{settings.seed ? 1U : 0U},
        settings.seed.value_or(0)}) {
    add_number(hash, number);
  }
  hash.field(settings.work_unit);
  return hash.finish_hex();
}

}  // namespace cyclegate::measure
