// execute and prove: one run of one guest.
#include <fmt/format.h>

#include <chrono>
#include <ostream>
#include <span>

#include "app/commands.h"
#include "app/console.h"
#include "app/guest_selection.h"
#include "app/input_store.h"
#include "app/prepare.h"
#include "app/services.h"
#include "app/working_tree.h"
#include "executors/executor.h"
#include "executors/registry.h"
#include "executors/timed_answer.h"
#include "model/error.h"
#include "model/execution_json.h"
#include "render/execution_text.h"
#include "system/child_environment.h"
#include "system/files.h"
#include "system/sha256.h"
#include "system/work_directory.h"

namespace cyclegate::app {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void refuse(const std::string& message) {
  throw model::Error(model::ErrorKind::usage, message);
}

/// What is to be run.
struct Target {
  executors::ArtifactFile artifact;
  executors::InputFile input;
  executors::Limits limits;
};

model::Detail detail_of(const Invocation& invocation) {
  const std::string level = invocation.get("--detail").value_or("functions");
  if (level == "totals") return model::Detail::totals;
  if (level == "cost") return model::Detail::cost;
  if (level == "functions") return model::Detail::functions;
  refuse("--detail " + level + ": must be totals, cost or functions");
}

fs::path existing_file(const Services& services, const std::string& option, const std::string& name) {
  const fs::path path = located(services, name);
  std::error_code ignored;
  if (!fs::is_regular_file(path, ignored)) refuse(fmt::format("{} {}: there is no such file", option, name));
  return path;
}

/// A guest and an input of the configuration, built in the working tree as it is.
Target configured_target(const Invocation& invocation, Services& services, const std::string& executor) {
  const WorkingTree tree = open_working_tree(invocation, services);
  const std::string guest_name = *invocation.get("GUEST");
  const config::Guest& guest = guest_named(tree.config, guest_name);
  const auto input_name = invocation.get("INPUT");
  if (!input_name) {
    std::string names;
    for (const config::Input& input : guest.inputs) names += (names.empty() ? "" : ", ") + input.name;
    refuse(fmt::format("which input of {}? There are: {}", guest_name, names));
  }
  const config::Input& input = input_named(guest, guest_name, *input_name);
  const auto* build = build_for(guest, executor);
  if (build == nullptr)
    refuse(fmt::format("no build of {} is for the executor {}; see `executors:` of its builds", guest_name, executor));
  build_in_place(tree, guest_name, build->first, services);
  const auto environment = system::child_environment(services.variables, config::environment_of(tree.config, guest));
  InputStore inputs(services.processes, system::default_cache_root(services.variables), {});
  return {.artifact = {.path = system::contained_path(tree.root, build->second.elf), .identity = ""},
          .input = {.path = inputs.materialise(guest_name, input, tree.root, environment, tree.config.build.time),
                    .name = input.name},
          .limits = {.max_steps = tree.config.measure.limits.max_steps,
                     .max_memory_bytes = tree.config.measure.limits.memory,
                     .max_time = tree.config.measure.limits.time}};
}

Target target_of(const Invocation& invocation, Services& services, const std::string& executor) {
  Target target;
  if (const auto elf = invocation.get("--elf")) {
    if (invocation.has("GUEST")) refuse("give either GUEST and INPUT or --elf FILE, not both");
    target.artifact.path = existing_file(services, "--elf", *elf);
    if (const auto input = invocation.get("--input")) target.input.path = existing_file(services, "--input", *input);
  } else if (invocation.has("GUEST")) {
    if (invocation.has("--input"))
      refuse("--input FILE goes with --elf FILE; a configured guest's input is the second word");
    target = configured_target(invocation, services, executor);
  } else {
    refuse("what is to run? Give GUEST and INPUT, or --elf FILE; see cyclegate execute --help");
  }
  constexpr std::uint64_t any = ~std::uint64_t{0};
  constexpr std::uint64_t longest = 365ULL * 24 * 3600 * 1'000'000'000;
  if (const auto steps = invocation.number("--max-steps", 1, any)) target.limits.max_steps = *steps;
  if (const auto bytes = invocation.number("--max-memory", 1, any)) target.limits.max_memory_bytes = *bytes;
  if (const auto time = invocation.number("--max-time", 1, longest)) {
    target.limits.max_time = std::chrono::nanoseconds(static_cast<std::int64_t>(*time));
  }
  return target;
}

}  // namespace

ExitCode run_execute(const Invocation& invocation, Services& services) {
  const std::string name = invocation.get("--executor").value_or("embedded");
  const Target target = target_of(invocation, services, name);
  executors::Executor& executor = services.executors.get(name);
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
