#include "executors/known_executors.h"

#include <memory>

#include "executors/embedded.h"
#include "executors/registry.h"
#include "executors/ziskemu.h"

namespace cyclegate::executors {

void add_executors(Registry& registry, const World& world) {
  registry.add("embedded", [world] { return std::make_unique<EmbeddedExecutor>(world.program, world.processes); });
  registry.add("ziskemu", [world] { return std::make_unique<ZiskemuExecutor>(world); });
}

}  // namespace cyclegate::executors
