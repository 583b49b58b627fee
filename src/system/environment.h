#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "model/run_set.h"
#include "model/warning.h"

namespace cyclegate::system {

class ProcessRunner;

/// Facts about this machine from /proc and /etc below `root` (another root is for tests). What cannot be read stays
/// empty or 0; never throws for that. `toolchain` is left empty.
model::Environment gather_environment(bool hide_hostname, const std::filesystem::path& root = "/");

/// sha256 over CPU model, cores, memory (to the nearest GiB, because kernels keep varying parts of it) and operating
/// system: equal for two machines of one kind, and nothing can be read back from it. The hostname is not part of it.
std::string machine_fingerprint(const model::Environment& environment);

/// What makes timing on this machine doubtful right now (requirements R21), each only where it can be read below
/// `root`: `high-load` (load average above half a core per core in use), `low-memory` (less than a tenth or 512 MiB
/// available), `governor` (not `performance`), `turbo` (frequency boost on), `throttled` (thermal throttling has
/// happened since boot), `hot` (a thermal zone at 90 degrees Celsius or more).
std::vector<model::Warning> preflight_warnings(const std::filesystem::path& root = "/");

/// The first line that each program prints for `--version`, by program; programs that are not there are left out.
std::map<std::string, std::string> tool_versions(ProcessRunner& runner, const std::vector<std::string>& programs,
                                                 const std::map<std::string, std::string>& variables);

}  // namespace cyclegate::system
