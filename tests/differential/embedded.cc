#include "differential/embedded.h"

#include <span>

#include "elf/image.h"
#include "model/outcome.h"
#include "vm/cost_model.h"
#include "vm/machine.h"
#include "vm/program.h"

namespace cyclegate::differential {
namespace {

/// Programs end after a few thousand steps; a broken executor must not run for ever.
constexpr std::uint64_t kMostSteps = 1'000'000;

}  // namespace

EmbeddedRun run_embedded(const Program& program, model::Detail detail) {
  const std::string file = write_elf(program);
  const std::vector<std::uint8_t> bytes(file.begin(), file.end());
  const auto image = elf::parse(bytes);
  if (!image) return {.why = "elf: " + image.error().message};
  const auto loaded = vm::load(*image, vm::cost_model("zisk-1.4.0-alpha"));
  if (!loaded) return {.why = model::describe(loaded.error())};

  vm::Limits limits;
  limits.max_steps = kMostSteps;
  EmbeddedRun result;
  result.data.resize(kDataSize);
  bool readable = false;
  const model::Execution execution = vm::execute(*loaded, {}, limits, detail, [&](const vm::MachineView& machine) {
    readable = machine.read(kDataAddress, result.data);
  });
  result.steps = execution.steps;
  result.ok = execution.outcome.ok() && readable;
  if (!execution.outcome.ok())
    result.why = model::describe(execution.outcome);
  else if (!readable)
    result.why = "its data segment is not readable at the end";
  return result;
}

}  // namespace cyclegate::differential
