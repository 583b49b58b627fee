#pragma once

#include <memory>

#include "app/services.h"
#include "measure/measurer.h"
#include "model/stopping_rule.h"

namespace cyclegate::app {

/// The world in which commands measure: this machine, its lock and its state before timing. `rule` and `store` outlive
/// it; so do the services.
measure::World measuring_world(Services& services, model::StoppingRule& rule, measure::ResultStore* store = nullptr);

/// When timing may stop under these rules.
std::unique_ptr<model::StoppingRule> stopping_rule(const model::Policy& policy, const measure::Settings& settings);

}  // namespace cyclegate::app
