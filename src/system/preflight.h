#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "model/preflight.h"
#include "model/warning.h"

namespace cyclegate::system {

class Clock;
class ProcessRunner;

/// The machine just before timing, and what of it speaks against timing.
struct PreflightFacts {
  model::Preflight preflight;
  std::vector<model::Warning> warnings;
};

/// What tells the state of a machine.
struct PreflightSources {
  Clock& clock;
  ProcessRunner* processes = nullptr;            ///< to ask nvidia-smi, where there is one; null: nobody is asked
  std::map<std::string, std::string> variables;  ///< environment of nvidia-smi; its PATH finds it
  std::filesystem::path root = "/";              ///< of proc and sys; another root is for tests
};

/// Looks at the machine (requirements R21). It watches /proc/stat for a quarter of a second, in which the caller must
/// be idle: the load average alone would blame the builds that have just ended. Never throws for what cannot be read.
PreflightFacts preflight(const PreflightSources& sources);

/// What makes timing doubtful, each with its value and with what would be right: `high-load` (others keep more than a
/// tenth of a core busy; where that is not known, a load average above half the cores), `low-memory` (less than a tenth
/// or 512 MiB available), `governor` (not `performance`), `turbo` (frequency boost on), `throttled` (thermal throttling
/// since boot), `hot` (a thermal zone at 90 degrees Celsius or more), `gpu-hot` (a GPU at 50 degrees or more).
std::vector<model::Warning> preflight_warnings(const model::Preflight& facts, std::uint32_t cores,
                                               std::uint64_t memory_bytes);

/// The core to which timed runs are pinned: the last one that this process may use, because interrupts and whatever
/// else was started first tend to sit on the first ones. Absent when the kernel does not say.
std::optional<int> timing_core();

}  // namespace cyclegate::system
