// execute and prove: one run of one guest.
#include <fmt/format.h>

#include <ostream>
#include <span>

#include "app/commands.h"
#include "app/console.h"
#include "app/guest_selection.h"
#include "app/guest_target.h"
#include "app/services.h"
#include "app/working_tree.h"
#include "executors/executor.h"
#include "executors/registry.h"
#include "executors/timed_answer.h"
#include "model/error.h"
#include "model/execution_json.h"
#include "render/execution_text.h"
#include "system/files.h"
#include "system/sha256.h"

namespace cyclegate::app {
namespace {

[[noreturn]] void refuse(const std::string& message) {
  throw model::Error(model::ErrorKind::usage, message);
}

model::Detail detail_of(const Invocation& invocation) {
  const std::string level = invocation.get("--detail").value_or("functions");
  if (level == "totals") return model::Detail::totals;
  if (level == "cost") return model::Detail::cost;
  if (level == "functions") return model::Detail::functions;
  refuse("--detail " + level + ": must be totals, cost or functions");
}

}  // namespace

ExitCode run_execute(const Invocation& invocation, Services& services) {
  const std::string name = invocation.get("--executor").value_or("embedded");
  executors::Executor& executor = services.executors.get(name);
  const Target target = target_of(invocation, services, name);
  if (invocation.has("--timed")) {
    // The child of a timed run: how the guest ended is data for the parent, whatever it is.
    const model::Execution execution =
        executor.execute(target.artifact, target.input, target.limits, model::Detail::totals);
    services.console.out() << executors::timed_answer_to_json(executors::timed_answer(execution));
    return ExitCode::success;
  }
  const model::Execution execution =
      executor.execute(target.artifact, target.input, target.limits, detail_of(invocation));
  if (const auto file = invocation.get("--output"); file && execution.outcome.ok()) {
    system::write_atomically(
        located(services, *file),
        std::string_view(reinterpret_cast<const char*>(execution.output.data()), execution.output.size()));
  }
  const std::string digest = execution.outcome.ok() ? system::sha256_hex(std::span(execution.output)) : std::string();
  if (services.console.json()) {
    services.console.out() << model::to_json(execution, digest);
  } else {
    const std::uint64_t top = invocation.number("--top", 1, 1'000'000).value_or(15);
    services.console.out() << render::execution_text(execution, digest, top);
  }
  return execution.outcome.ok() ? ExitCode::success : ExitCode::gate_failed;
}

ExitCode run_prove(const Invocation& invocation, Services& services) {
  const std::string name = invocation.get("--executor").value_or("embedded");
  services.executors.get(name);  // an unknown executor is a mistake of its own
  const WorkingTree tree = open_working_tree(invocation, services);
  const config::Guest& guest = guest_named(tree.config, *invocation.get("GUEST"));
  input_named(guest, *invocation.get("GUEST"), *invocation.get("INPUT"));
  throw model::Error(
      model::ErrorKind::measurement,
      fmt::format("{} cannot be proven here: the executor {} executes only; it has no prover. A ZisK proof needs the "
                  "program cargo-zisk, its proving key and a machine that can hold them",
                  *invocation.get("GUEST"), name));
}

}  // namespace cyclegate::app
