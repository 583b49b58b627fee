#include "executors/known_executors.h"

#include <memory>

#include "executors/embedded.h"
#include "executors/native.h"
#include "executors/openvm.h"
#include "executors/proving.h"
#include "executors/registry.h"
#include "executors/risc0.h"
#include "executors/sp1.h"
#include "executors/ziskemu.h"
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
  registry.add("openvm", [world] { return std::make_unique<OpenvmExecutor>(world); });
  if (world.processes != nullptr && world.clock != nullptr) {
    for (const char* name : {"risc0-prover", "zisk-prover"}) {
      registry.add(name, [world, name] { return std::make_unique<ProvingExecutor>(name, world); });
    }
  }
  registry.add("risc0", [world] { return std::make_unique<Risc0Executor>(world); });
  registry.add("sp1", [world] { return std::make_unique<Sp1Executor>(world); });
  registry.add("ziskemu", [world] { return std::make_unique<ZiskemuExecutor>(world); });
}

std::unique_ptr<Executor> embedded_with(const World& world, const vm::CostModel& cost_model) {
  return std::make_unique<EmbeddedExecutor>(world.program, world.processes, cost_model);
}

}  // namespace cyclegate::executors
