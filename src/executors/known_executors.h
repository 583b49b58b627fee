#pragma once

#include <filesystem>
#include <memory>

#include "system/child_environment.h"

namespace cyclegate::system {
class Clock;
class ProcessRunner;
}  // namespace cyclegate::system

namespace cyclegate::vm {
struct CostModel;
}

namespace cyclegate::executors {

class Executor;
class Registry;

/// What executors need of the world.
struct World {
  std::filesystem::path program;               ///< this program, to start it again as the child of a timed run
  system::ProcessRunner* processes = nullptr;  ///< outlives the registry; null: no timed runs
  system::Variables variables;                 ///< our own environment: where programs and the cache are
  system::Clock* clock = nullptr;              ///< outlives the registry; null: only the embedded executor runs
};

/// Fills a registry with every executor of this program: one line each.
void add_executors(Registry& registry, const World& world);

/// The embedded executor with that cost model in place of its own.
std::unique_ptr<Executor> embedded_with(const World& world, const vm::CostModel& cost_model);

}  // namespace cyclegate::executors
