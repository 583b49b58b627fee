// execute and prove: one run of one guest.
#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <ostream>
#include <span>

#include "app/commands.h"
#include "app/console.h"
#include "app/cost_models.h"
#include "app/guest_selection.h"
#include "app/guest_target.h"
#include "app/services.h"
#include "app/working_tree.h"
#include "executors/executor.h"
#include "executors/prover.h"
#include "executors/registry.h"
#include "executors/timed_answer.h"
#include "model/error.h"
#include "model/execution_json.h"
#include "render/execution_text.h"
#include "system/environment.h"
#include "system/files.h"
#include "system/sha256.h"
#include "vm/cost_model.h"

namespace cyclegate::app {
namespace {

constexpr std::uint64_t largest_cost_model = std::uint64_t{1} << 20U;

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
  const auto output = output_file(services, invocation);
  const auto cost_model = invocation.get("--cost-model");
  if (cost_model && name != "embedded")
    refuse("--cost-model prices runs of the embedded executor; " + name + " has prices of its own");
  // The child of a timed run does not look again for what its parent has found.
  const bool timed = invocation.has("--timed");
  const Target target = target_of(invocation, services, name, timed ? Purpose::other : Purpose::run);
  if (cost_model) {
    use_cost_model(services, vm::parse_cost_model(system::read_text(located(services, *cost_model), largest_cost_model),
                                                  *cost_model));
  }
  executors::Executor& executor = services.executors.get(name);
  if (timed) {
    // The child of a timed run: how the guest ended is data for the parent, whatever it is.
    const model::Execution execution =
        executor.execute(target.artifact, target.input, target.limits, model::Detail::totals);
    // Other executors run guests in processes of their own: this one's memory says nothing of theirs.
    const std::uint64_t peak = name == "embedded" ? system::peak_memory_bytes() : 0;
    services.console.out() << executors::timed_answer_to_json(executors::timed_answer(execution, peak));
    return ExitCode::success;
  }
  const model::Execution execution =
      executor.execute(target.artifact, target.input, target.limits, detail_of(invocation));
  if (output && execution.outcome.ok()) {
    system::write_atomically(
        *output, std::string_view(reinterpret_cast<const char*>(execution.output.data()), execution.output.size()));
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
  const WorkingTree tree = open_working_tree(invocation, services);  // makes the executors of cyclegate.yaml known
  services.executors.get(name);                                      // an unknown executor is a mistake of its own
  const executors::World world{
      .program = {}, .processes = &services.processes, .variables = services.variables, .clock = &services.clock};
  executors::ProveSettings settings;
  settings.require_gpu = invocation.has("--require-gpu");
  if (const auto file = output_file(services, invocation, "--proof")) settings.keep = *file;
  if (const auto time = max_time(invocation)) settings.max_time = *time;
  model::Proof proof;
  // Told before anything is built.
  proof.why = executors::first_missing(name, world, settings);
  if (proof.why.empty()) {
    const Target target = target_of(invocation, services, name, Purpose::other);
    proof = executors::prove(name, world, target.artifact, target.input, settings);
  } else {
    input_named(guest_named(tree.config, *invocation.get("GUEST")), *invocation.get("GUEST"), *invocation.get("INPUT"));
  }
  const std::string what = *invocation.get("GUEST") + "/" + *invocation.get("INPUT");
  if (services.console.json()) {
    nlohmann::ordered_json metrics = nlohmann::ordered_json::object();
    if (proof.end == model::ProofEnd::proven) {
      metrics = {{"proving_time", proof.proving_time_ns}, {"proof_size", proof.proof_size_bytes}};
    }
    const nlohmann::ordered_json whole{{"guest", *invocation.get("GUEST")},
                                       {"input", *invocation.get("INPUT")},
                                       {"executor", name},
                                       {"end", std::string(model::to_string(proof.end))},
                                       {"why", proof.why},
                                       {"prover", proof.prover},
                                       {"setup_time_ns", proof.setup_time_ns},
                                       {"metrics", metrics}};
    services.console.out() << whole.dump(1, ' ', false, nlohmann::json::error_handler_t::replace) << '\n';
  } else if (proof.end == model::ProofEnd::proven) {
    services.console.out() << fmt::format("{} is proven\n  proving_time  {:.3f} s\n  proof_size    {} bytes\n", what,
                                          static_cast<double>(proof.proving_time_ns) / 1e9, proof.proof_size_bytes);
    if (proof.setup_time_ns > 0) {
      services.console.out() << fmt::format("  setup         {:.3f} s, once for each program\n",
                                            static_cast<double>(proof.setup_time_ns) / 1e9);
    }
  }
  if (proof.end == model::ProofEnd::missing) {
    throw model::Error(model::ErrorKind::measurement,
                       fmt::format("{} cannot be proven here; what is missing first is {}", what, proof.why));
  }
  if (proof.end != model::ProofEnd::proven) {
    services.console.note(fmt::format("{} was not proven ({}): {}", what, model::to_string(proof.end), proof.why));
    return ExitCode::gate_failed;
  }
  return ExitCode::success;
}

}  // namespace cyclegate::app
