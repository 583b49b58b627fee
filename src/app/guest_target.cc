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
#include "model/error.h"
#include "system/child_environment.h"
#include "system/files.h"
#include "system/work_directory.h"

namespace cyclegate::app {
namespace {

namespace fs = std::filesystem;

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

std::optional<std::chrono::nanoseconds> max_time(const Invocation& invocation) {
  constexpr std::uint64_t longest = 365ULL * 24 * 3600 * 1'000'000'000;
  const auto time = invocation.number("--max-time", 1, longest);
  if (!time) return std::nullopt;
  return std::chrono::nanoseconds(static_cast<std::int64_t>(*time));
}

Target target_of(const Invocation& invocation, Services& services, const std::string& executor) {
  Target target;
  if (const auto elf = invocation.get("--elf")) {
    if (invocation.has("GUEST")) refuse("give either GUEST and INPUT or --elf FILE, not both");
    target.artifact.path = existing_file(services, *elf, "--elf");
    if (const auto input = invocation.get("--input")) target.input.path = existing_file(services, *input, "--input");
  } else if (invocation.has("GUEST")) {
    if (invocation.has("--input"))
      refuse("--input FILE goes with --elf FILE; a configured guest's input is the second word");
    target = configured_target(invocation, services, executor);
  } else {
    refuse(fmt::format("what is to run? Give GUEST and INPUT, or --elf FILE; see cyclegate {} --help",
                       invocation.command));
  }
  constexpr std::uint64_t any = ~std::uint64_t{0};
  if (const auto steps = invocation.number("--max-steps", 1, any)) target.limits.max_steps = *steps;
  if (const auto bytes = invocation.number("--max-memory", 1, any)) target.limits.max_memory_bytes = *bytes;
  if (const auto time = max_time(invocation)) target.limits.max_time = *time;
  return target;
}

}  // namespace cyclegate::app
