#include "executors/known_executors.h"

#include <memory>

#include "executors/embedded.h"
#include "executors/native.h"
#include "executors/registry.h"
#include "system/work_directory.h"

namespace cyclegate::executors {

void add_executors(Registry& registry, const World& world) {
  registry.add("embedded", [world] { return std::make_unique<EmbeddedExecutor>(world.program, world.processes); });
  if (world.processes != nullptr && world.clock != nullptr) {
    registry.add("native", [world] {
      return std::make_unique<NativeExecutor>(NativePlace{.processes = world.processes,
                                                          .clock = world.clock,
                                                          .variables = world.variables,
                                                          .cache = system::default_cache_root(world.variables)});
    });
  }
}

}  // namespace cyclegate::executors
