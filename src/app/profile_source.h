#pragma once

#include <string>

#include "app/command_line.h"
#include "model/profile.h"

namespace cyclegate::app {

struct Services;

/// Whether GUEST, without INPUT, names a file and not a guest of the configuration: there is such a file, it has a `/`
/// in it or the ending of such files, or it is a directory and no guest; or it is `-`, standard input.
bool names_file(const Invocation& invocation, Services& services);

/// Reads a profile file, or standard input (`-`), in any format that profile::read knows, with its names demangled.
/// Throws model::Error{usage} where there is no such file, or it is a directory.
model::Profile read_profile(const Services& services, const std::string& name);

/// The profile that --diff names, read likewise. Throws model::Error{usage} where both are to come from standard input.
model::Profile base_profile(const Invocation& invocation, const Services& services);

/// Throws model::Error as profile_of does where GUEST, INPUT, --elf or --input name nothing that is there; nothing is
/// built or run.
void require_source(const Invocation& invocation, Services& services);

/// The profile that GUEST names: a file (names_file), else one run of GUEST on INPUT (or of --elf on --input) on
/// --executor with its call stacks. Throws model::Error where the guest fails, since half a run explains nothing, and
/// where the executor keeps no call stacks.
model::Profile profile_of(const Invocation& invocation, Services& services);

}  // namespace cyclegate::app
