#include "app/command_executors.h"

#include <fmt/format.h>

#include <memory>

#include "app/console.h"
#include "app/services.h"
#include "executors/command.h"
#include "executors/pick_metric.h"
#include "executors/registry.h"
#include "model/error.h"
#include "system/work_directory.h"

namespace cyclegate::app {
namespace {

void require_patterns(const std::string& name, const model::CommandSettings& settings) {
  for (const model::PickedMetric& metric : settings.metrics) {
    if (metric.pattern.empty()) continue;
    const std::string problem = executors::pattern_problem(metric.pattern);
    if (problem.empty()) continue;
    throw model::Error(
        model::ErrorKind::configuration,
        fmt::format("the pattern of metric {} of executor {} is wrong: {}; write an RE2 expression with at "
                    "most one group: cycles: ([0-9,]+)",
                    metric.metric.name, name, problem));
  }
}

}  // namespace

void add_command_executors(const Services& services, const config::Config* base, const config::Config& head,
                           const std::filesystem::path& logs) {
  std::map<std::string, model::CommandSettings> all = head.executors;
  if (base != nullptr) {
    for (const auto& [name, settings] : base->executors) {
      if (const auto found = all.find(name); found != all.end() && !(found->second == settings)) {
        services.console.note(fmt::format(
            "head defines the executor {} otherwise; base's definition counts, head's takes effect once merged", name));
      }
      all[name] = settings;
    }
  }
  if (all.empty()) return;
  const std::filesystem::path cache = system::default_cache_root(services.variables);
  for (const auto& [name, settings] : all) {
    require_patterns(name, settings);
    services.executors.add(
        name, [name, settings, &processes = services.processes,
               place = executors::CommandPlace{
                   .variables = services.variables, .cache = cache, .clock = &services.clock, .logs = logs}] {
          return std::make_unique<executors::CommandExecutor>(name, settings, processes, place);
        });
  }
}

}  // namespace cyclegate::app
