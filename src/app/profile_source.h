#pragma once

#include <string>

#include "app/command_line.h"
#include "model/profile.h"

namespace cyclegate::app {

struct Services;

/// Reads a profile file in any format that profile::read knows, with its names demangled. Throws model::Error{usage}
/// where there is no such file.
model::Profile read_profile(const Services& services, const std::string& name);

/// The profile that GUEST names: a file where there is one and INPUT is not given, else one run of GUEST on INPUT (or
/// of
/// --elf on --input) on --executor with its call stacks. Throws model::Error where the guest fails, since half a run
/// explains nothing, and where the executor keeps no call stacks.
model::Profile profile_of(const Invocation& invocation, Services& services);

}  // namespace cyclegate::app
