#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "model/run_set.h"

namespace cyclegate::system {

class ProcessRunner;

/// Facts about this machine from /proc and /etc below `root` (another root is for tests). What cannot be read stays
/// empty or 0; never throws for that. `toolchain` is left empty.
model::Environment gather_environment(bool hide_hostname, const std::filesystem::path& root = "/");

/// The peak resident set of this process since it became this program, from /proc below `root`; 0 when not known.
std::uint64_t peak_memory_bytes(const std::filesystem::path& root = "/");

/// sha256 over CPU model, cores, memory (to the nearest GiB, because kernels keep varying parts of it) and operating
/// system: equal for two machines of one kind, and nothing can be read back from it. The hostname is not part of it.
std::string machine_fingerprint(const model::Environment& environment);

/// The first line that each program prints for `--version`, by program; programs that are not there are left out.
std::map<std::string, std::string> tool_versions(ProcessRunner& runner, const std::vector<std::string>& programs,
                                                 const std::map<std::string, std::string>& variables);

}  // namespace cyclegate::system
