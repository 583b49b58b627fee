#include "app/guest_target.h"

#include <fmt/format.h>

#include <cstdint>
#include <filesystem>

#include "app/console.h"
#include "app/guest_selection.h"
#include "app/input_store.h"
#include "app/prepare.h"
#include "app/services.h"
#include "app/working_tree.h"
#include "config/quantity.h"
#include "executors/registry.h"
#include "model/error.h"
#include "system/child_environment.h"
#include "system/files.h"
#include "system/work_directory.h"

namespace cyclegate::app {
namespace {

namespace fs = std::filesystem;

void require_executor(Services& services, const std::string& name, Purpose purpose) {
  if (purpose != Purpose::run) return;
  const executors::Description description = services.executors.get(name).describe();
  if (description.unavailable.empty()) return;
  throw model::Error(model::ErrorKind::measurement,
                     fmt::format("the executor {} is not available here: {}", name, description.unavailable));
}

/// A guest and an input of the configuration, built in the working tree as it is.
Target configured_target(const Invocation& invocation, Services& services, const std::string& executor,
                         Purpose purpose) {
  const WorkingTree tree = open_working_tree(invocation, services);
  const std::string guest_name = *invocation.get("GUEST");
  const auto& [guest, input] = require_target(tree.config, invocation);
  const auto* build = build_for(guest, executor);
  if (build == nullptr)
    refuse(fmt::format("no build of {} is for the executor {}; see `executors:` of its builds", guest_name, executor));
  // The program of a described executor may be what the build makes.
  const bool described = tree.config.executors.contains(executor);
  if (!described) require_executor(services, executor, purpose);
  build_in_place(tree, guest_name, build->first, services);
  if (described) require_executor(services, executor, purpose);
  const auto environment = system::child_environment(services.variables, config::environment_of(tree.config, guest));
  InputStore inputs(services.processes, system::default_cache_root(services.variables), {});
  return {.artifact = {.path = system::contained_path(tree.root, build->second.elf), .identity = ""},
          .input = {.path = inputs.materialise(guest_name, input, tree.root, environment, tree.config.build.time),
                    .name = input.name},
          .limits = {.max_steps = tree.config.measure.limits.max_steps,
                     .max_memory_bytes = tree.config.measure.limits.memory,
                     .max_time = tree.config.measure.limits.time}};
}

}  // namespace

fs::path existing_file(const Services& services, const std::string& name, const std::string& option) {
  const fs::path path = located(services, name);
  std::error_code ignored;
  const fs::file_status status = fs::status(path, ignored);
  if (fs::is_regular_file(status)) return path;
  const char* why = fs::is_directory(status) ? "is a directory, not a file"
                    : fs::exists(status)     ? "is no regular file"
                                             : "there is no such file";
  refuse(fmt::format("{}{}{}: {}", option, option.empty() ? "" : " ", name, why));
}

std::pair<const config::Guest&, const config::Input&> require_target(const config::Config& config,
                                                                     const Invocation& invocation) {
  const std::string guest_name = *invocation.get("GUEST");
  const config::Guest& guest = guest_named(config, guest_name);
  const auto input_name = invocation.get("INPUT");
  if (!input_name) {
    std::string names;
    for (const config::Input& input : guest.inputs) names += (names.empty() ? "" : ", ") + input.name;
    refuse(fmt::format("which input of {}? There are: {}", guest_name, names));
  }
  return {guest, input_named(guest, guest_name, *input_name)};
}

std::optional<std::chrono::nanoseconds> max_time(const Invocation& invocation) {
  const auto text = invocation.get("--max-time");
  if (!text) return std::nullopt;
  constexpr std::uint64_t longest = 365ULL * 24 * 3600 * 1'000'000'000;
  std::uint64_t nanoseconds = config::parse_integer(*text).value_or(0);
  if (const auto time = config::parse_duration(*text); time && nanoseconds == 0) {
    nanoseconds = static_cast<std::uint64_t>(std::chrono::nanoseconds(*time).count());
  }
  if (nanoseconds == 0 || nanoseconds > longest)
    refuse(
        fmt::format("--max-time {}: must be a time as 500ms, 10s, 5m or 1h; without a unit it is nanoseconds", *text));
  return std::chrono::nanoseconds(static_cast<std::int64_t>(nanoseconds));
}

executors::Limits limits_of(const Invocation& invocation, executors::Limits limits) {
  if (const auto text = invocation.get("--max-steps")) {
    const std::uint64_t steps = config::parse_integer(*text).value_or(config::parse_amount(*text).value_or(0));
    if (steps == 0) refuse(fmt::format("--max-steps {}: must be a number of steps as 5000, 500k, 1.5M or 2G", *text));
    limits.max_steps = steps;
  }
  if (const auto text = invocation.get("--max-memory")) {
    const std::uint64_t bytes = config::parse_integer(*text).value_or(config::parse_size(*text).value_or(0));
    if (bytes == 0) refuse(fmt::format("--max-memory {}: must be a size as 512KiB, 64MiB, 1GiB or bytes", *text));
    limits.max_memory_bytes = bytes;
  }
  if (const auto time = max_time(invocation)) limits.max_time = *time;
  return limits;
}

Target target_of(const Invocation& invocation, Services& services, const std::string& executor, Purpose purpose) {
  Target target;
  if (const auto elf = invocation.get("--elf")) {
    if (invocation.has("GUEST")) refuse("give either GUEST and INPUT or --elf FILE, not both");
    target.artifact.path = existing_file(services, *elf, "--elf");
    if (const auto input = invocation.get("--input")) target.input.path = existing_file(services, *input, "--input");
    require_executor(services, executor, purpose);
  } else if (invocation.has("GUEST")) {
    if (invocation.has("--input"))
      refuse("--input FILE goes with --elf FILE; a configured guest's input is the second word");
    target = configured_target(invocation, services, executor, purpose);
  } else {
    refuse(fmt::format("what is to run? Give GUEST and INPUT, or --elf FILE; see cyclegate {} --help",
                       invocation.command));
  }
  target.limits = limits_of(invocation, target.limits);
  return target;
}

}  // namespace cyclegate::app
