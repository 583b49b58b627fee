#pragma once

#include <string>
#include <vector>

#include "app/command_line.h"
#include "config/config.h"

namespace cyclegate::app {

/// Keeps only the guests and inputs that --guest and --input name. Throws Error{usage} for a name that neither
/// configuration has, listing those that exist. `other` may be nullptr.
void select_guests(const Invocation& invocation, config::Config& config, config::Config* other);

/// The guest of that name; throws Error{usage} listing those that exist.
const config::Guest& guest_named(const config::Config& config, const std::string& name);

/// The input of that name; throws Error{usage} listing those that exist.
const config::Input& input_named(const config::Guest& guest, const std::string& guest_name, const std::string& name);

/// The build that makes the guest's artefact for an executor, or nullptr.
const std::pair<const std::string, config::GuestBuild>* build_for(const config::Guest& guest,
                                                                  const std::string& executor);

}  // namespace cyclegate::app
