#pragma once

#include <filesystem>

#include "config/config.h"

namespace cyclegate::app {

struct Services;

/// Makes the executors that a configuration describes known. Where both sides have one of a name, base's definition
/// counts: how to measure is base's word. `logs` is where runs may keep their logs; empty: nowhere. Throws model::Error
/// (configuration) for a pattern that is wrong.
void add_command_executors(const Services& services, const config::Config* base, const config::Config& head,
                           const std::filesystem::path& logs);

}  // namespace cyclegate::app
