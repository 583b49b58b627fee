#pragma once

#include <filesystem>
#include <vector>

#include "app/change.h"
#include "app/command_line.h"
#include "app/services.h"
#include "config/config.h"
#include "measure/plan.h"

namespace cyclegate::app {

/// Builds both sides (base first, then head, at the same path), runs head's checks, brings the inputs, and says what is
/// to be measured. Build failures are values in the plan's frames.
measure::Plan prepare_plan(const Invocation& invocation, Services& services, const Change& change,
                           const std::filesystem::path& out);

/// What one session of this machine is: a fresh id, the start time, the machine's fingerprint, the environment.
struct SessionFacts {
  model::Session session;
  model::Environment environment;
};
SessionFacts session_facts(const Invocation& invocation, Services& services);

/// The guests of a side as its RunSet declares them.
std::vector<model::GuestInfo> guest_infos(const config::Config& config);

}  // namespace cyclegate::app
