#include "app/working_tree.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <ostream>
#include <system_error>

#include "app/change.h"
#include "app/command_executors.h"
#include "app/commands.h"
#include "app/console.h"
#include "app/cost_models.h"
#include "app/guest_selection.h"
#include "build/command.h"
#include "model/error.h"
#include "system/child_environment.h"
#include "system/files.h"
#include "system/process.h"

namespace cyclegate::app {
namespace {

namespace fs = std::filesystem;

}  // namespace

std::optional<fs::path> configured_directory(const Invocation& invocation, const Services& services) {
  const std::string name = configuration_path(invocation);
  std::error_code ignored;
  for (fs::path directory = services.directory.lexically_normal(); !directory.empty();
       directory = directory.parent_path()) {
    if (fs::is_regular_file(directory / name, ignored)) return directory;
    if (directory == directory.parent_path()) break;
  }
  return std::nullopt;
}

WorkingTree open_working_tree(const Invocation& invocation, Services& services) {
  const std::string name = configuration_path(invocation);
  const auto directory = configured_directory(invocation, services);
  if (!directory) {
    throw model::Error(
        model::ErrorKind::configuration,
        fmt::format("no {} in {} or above; `cyclegate init` writes a starter", name, services.directory.string()));
  }
  const fs::path file = *directory / name;
  WorkingTree tree{.root = *directory,
                   .configuration_file = file,
                   .configuration_text = system::read_text(file, largest_configuration_bytes)};
  tree.config = config::parse_config(tree.configuration_text, file.string());
  add_command_executors(services, nullptr, tree.config, *directory / "out" / "logs");
  if (!tree.config.cost_model.empty())
    use_cost_model(services, cost_model_of(tree.config, file_in_tree(*directory), ""));
  return tree;
}

void build_in_place(const WorkingTree& tree, const std::string& guest_name, const std::string& build_name,
                    Services& services) {
  const config::Guest& guest = guest_named(tree.config, guest_name);
  const config::GuestBuild& guest_build = guest.builds.at(build_name);
  if (guest_build.run.empty()) return;
  build::CommandLimits limits;
  limits.time = tree.config.build.time;
  services.console.detail(fmt::format("{}: {}", guest_name, guest_build.run));
  const auto failure = build::run_command(
      services.processes, services.clock,
      {.stage = "build",
       .subject = fmt::format("build {} of {}", build_name, guest_name),
       .command = guest_build.run,
       .tree = tree.root,
       .environment = system::child_environment(services.variables, config::environment_of(tree.config, guest)),
       .log = {},
       .limits = limits});
  if (failure) throw model::Error(model::ErrorKind::measurement, failure->why + "\n" + failure->excerpt);
}

ExitCode run_build(const Invocation& invocation, Services& services) {
  const WorkingTree tree = open_working_tree(invocation, services);
  const auto wanted = invocation.get("GUEST");
  const auto executor = invocation.get("--executor");
  if (wanted) guest_named(tree.config, *wanted);
  nlohmann::json rows = nlohmann::json::array();
  std::size_t built = 0;
  for (const auto& [guest_name, guest] : tree.config.guests) {
    if (wanted && guest_name != *wanted) continue;
    for (const auto& [build_name, guest_build] : guest.builds) {
      if (executor && build_for(guest, *executor) == nullptr) continue;
      if (executor && build_for(guest, *executor)->first != build_name) continue;
      build_in_place(tree, guest_name, build_name, services);
      const std::string elf = (tree.root / guest_build.elf).string();
      rows.push_back({{"guest", guest_name}, {"build", build_name}, {"elf", elf}});
      if (!services.console.json()) services.console.out() << elf << '\n';
      ++built;
    }
  }
  if (built == 0) {
    throw model::Error(model::ErrorKind::usage, fmt::format("no build is for the executor {}", executor.value_or("")));
  }
  if (services.console.json()) services.console.out() << rows.dump() << '\n';
  return ExitCode::success;
}

}  // namespace cyclegate::app
