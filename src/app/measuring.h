#pragma once

#include "app/services.h"
#include "measure/measurer.h"

namespace cyclegate::app {

/// The world in which commands measure: this machine, its lock and its state before timing. `rule` and `store` outlive
/// it; so do the services.
measure::World measuring_world(Services& services, model::StoppingRule& rule, measure::ResultStore* store = nullptr);

}  // namespace cyclegate::app
