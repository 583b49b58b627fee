#include "app/measuring.h"

#include "app/console.h"
#include "compare/look_schedule.h"
#include "compare/stopping_rule.h"
#include "system/child_environment.h"
#include "system/lock.h"
#include "system/preflight.h"

namespace cyclegate::app {

measure::World measuring_world(Services& services, model::StoppingRule& rule, measure::ResultStore* store) {
  return {.executors = services.executors,
          .clock = services.clock,
          .progress = services.console.progress(),
          .rule = rule,
          .store = store,
          .machine_lock = system::machine_lock_path(services.variables),
          .preflight = [&services] {
            return system::preflight({.clock = services.clock,
                                      .processes = &services.processes,
                                      .variables = system::child_environment(services.variables)});
          }};
}

std::unique_ptr<model::StoppingRule> stopping_rule(const model::Policy& policy, const measure::Settings& settings) {
  return std::make_unique<compare::SequentialLooks>(
      policy, compare::planned_looks(policy.methodology, settings.min_runs, settings.max_runs));
}

}  // namespace cyclegate::app
