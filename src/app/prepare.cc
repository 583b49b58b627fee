#include "app/prepare.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <set>
#include <span>
#include <utility>

#include "app/changed_functions.h"
#include "app/command_executors.h"
#include "app/console.h"
#include "app/cost_models.h"
#include "app/guest_selection.h"
#include "app/input_store.h"
#include "build/builder.h"
#include "build/reproducible.h"
#include "compare/look_schedule.h"
#include "elf/toolchain.h"
#include "executors/command.h"
#include "executors/registry.h"
#include "model/error.h"
#include "system/child_environment.h"
#include "system/clock.h"
#include "system/environment.h"
#include "system/files.h"
#include "system/preflight.h"
#include "system/progress.h"
#include "system/sha256.h"
#include "system/work_directory.h"

namespace cyclegate::app {
namespace {

namespace fs = std::filesystem;

/// What one side brings into the plan.
struct Side {
  model::RunSet frame;
  const config::Config* config = nullptr;
  std::map<std::pair<std::string, std::string>, measure::PlannedArtifact> artifacts;  ///< by guest and build
};

std::span<const std::uint8_t> bytes_of(const std::string& text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

/// The programs whose versions a result depends on.
const std::vector<std::string>& recorded_programs() {
  static const std::vector<std::string> programs = {"cc",    "make", "riscv64-unknown-elf-gcc", "cargo", "rustc",
                                                    "clang", "go"};
  return programs;
}

/// What a build is expected to make: programs for this machine, anything for programs of the user's own, else a guest.
build::ArtifactKind artifact_kind(const config::GuestBuild& guest_build, const config::Config& config) {
  const auto all = [&](auto is) { return std::ranges::all_of(guest_build.executors, is); };
  // OpenVM runs .vmexe files, which are no ELFs.
  if (all([](const std::string& name) { return name == "native"; }) ||
      all([](const std::string& name) { return name == "openvm"; })) {
    return build::ArtifactKind::file;
  }
  const bool own = all([&](const std::string& name) { return name == "native" || config.executors.contains(name); });
  return own ? build::ArtifactKind::any : build::ArtifactKind::riscv_elf;
}

build::BuildRequest build_request(model::Side side, const std::string& guest_name, const config::Guest& guest,
                                  const std::string& build_name, const config::GuestBuild& guest_build,
                                  const config::Config& config, const git::Checkout& checkout, const Services& services,
                                  const std::map<std::string, std::string>& toolchain) {
  build::CommandLimits limits;
  limits.time = config.build.time;
  return {.side = side,
          .guest = guest_name,
          .build = build_name,
          .tree = checkout.directory,
          .command = guest_build.run,
          .elf = guest_build.elf,
          .kind = artifact_kind(guest_build, config),
          .source_state = checkout.state,
          .environment = system::child_environment(services.variables, config::environment_of(config, guest)),
          .toolchain = toolchain,
          .limits = limits};
}

void build_side(Side& side, const git::Checkout& checkout, const build::Builder& builder, const Invocation& invocation,
                Services& services) {
  std::vector<build::BuildRequest> requests;
  for (const auto& [guest_name, guest] : side.config->guests) {
    for (const auto& [build_name, guest_build] : guest.builds) {
      requests.push_back(build_request(side.frame.side, guest_name, guest, build_name, guest_build, *side.config,
                                       checkout, services, side.frame.environment.toolchain));
    }
  }
  side.frame.artifacts = builder.build_all(requests, jobs(invocation), services.console.progress());
  for (const model::Artifact& artifact : side.frame.artifacts) {
    if (artifact.failure) {
      services.console.note(
          fmt::format("{} of {}: {}", artifact.guest, model::to_string(side.frame.side), artifact.failure->why));
      continue;
    }
    const std::string file = system::read_text(artifact.path, std::uint64_t{1} << 30U);
    side.artifacts[{artifact.guest, artifact.build}] = {.file = {.path = artifact.path, .identity = artifact.identity},
                                                        .file_sha256 = system::sha256_hex(bytes_of(file)),
                                                        .toolchain = elf::toolchain(bytes_of(file))};
  }
}

/// Builds head's guests once more in another directory and marks the artefacts that load something else than the first
/// time (`not-reproducible`). A build that has been done before for the same state of the tree comes from the cache.
void check_reproducible(Side& head, const git::Checkout& again, const fs::path& cache, const fs::path& logs,
                        const Invocation& invocation, Services& services) {
  const build::Builder builder(services.processes, services.clock, cache, logs / "second-build");
  Side second;
  second.config = head.config;
  second.frame = {.side = model::Side::head, .environment = head.frame.environment};
  build_side(second, again, builder, invocation, services);
  for (std::size_t index = 0; index < head.frame.artifacts.size(); ++index) {
    model::Artifact& artifact = head.frame.artifacts[index];
    const model::Artifact& other = second.frame.artifacts[index];
    if (artifact.failure || artifact.identity == other.identity) continue;
    std::string message = fmt::format("build {} of {} is not reproducible: built again in another directory, ",
                                      artifact.build, artifact.guest);
    if (other.failure) {
      message += "it failed: " + other.failure->why;
    } else {
      const std::string one = system::read_text(artifact.path, std::uint64_t{1} << 30U);
      const std::string two = system::read_text(other.path, std::uint64_t{1} << 30U);
      message += "it differs first in " + build::first_difference(bytes_of(one), bytes_of(two));
    }
    artifact.warnings.push_back({.code = "not-reproducible", .message = message});
    head.frame.warnings.push_back({.code = "not-reproducible", .message = std::move(message)});
  }
}

/// Where a finding can point to: the guest's entry in cyclegate.yaml and, of artefacts that differ from base's, the
/// functions that the change touches.
void locate_changes(Side& head, const model::RunSet& base, const Change& change, const fs::path& tree) {
  std::set<std::pair<std::string, std::string>> same;
  for (const model::Artifact& artifact : base.artifacts) same.emplace(artifact.guest, artifact.identity);
  // A working tree that is dirty is no commit that a pull request could show.
  const git::ChangedLines changed =
      change.dirty ? git::ChangedLines{} : change.repository.changed_lines(change.base, change.head);
  for (model::Artifact& artifact : head.frame.artifacts) {
    artifact.configuration_line = head.config->guests.at(artifact.guest).position.line;
    if (artifact.failure || changed.empty() || same.contains({artifact.guest, artifact.identity})) continue;
    const std::string file = system::read_text(artifact.path, std::uint64_t{1} << 30U);
    artifact.changed_functions = changed_functions(bytes_of(file), tree, changed);
  }
}

void run_checks(Side& head, const git::Checkout& checkout, Services& services, const fs::path& logs) {
  std::size_t count = 0;
  for (const auto& [name, guest] : head.config->guests) count += guest.check.empty() ? 0U : 1U;
  if (count == 0) return;
  services.console.progress().begin(count, "checks of head");
  for (model::GuestInfo& info : head.frame.guests) {
    const config::Guest& guest = head.config->guests.at(info.name);
    if (guest.check.empty()) continue;
    services.console.progress().step(info.name);
    build::CommandLimits limits;
    limits.time = head.config->build.time;
    info.check = build::run_check(
        services.processes, services.clock,
        {.side = model::Side::head,
         .guest = info.name,
         .tree = checkout.directory,
         .command = guest.check,
         .environment = system::child_environment(services.variables, config::environment_of(*head.config, guest)),
         .limits = limits},
        logs, &services.console.progress());
  }
  services.console.progress().end();
}

/// Whether that side declares this input for this executor.
bool declares(const Side& side, const model::CellId& cell) {
  if (side.config == nullptr) return false;
  const auto guest = side.config->guests.find(cell.guest);
  return guest != side.config->guests.end() &&
         std::ranges::find(guest->second.inputs, cell.input, &config::Input::name) != guest->second.inputs.end() &&
         build_for(guest->second, cell.executor) != nullptr;
}

std::optional<measure::PlannedArtifact> planned(const Side& side, const model::CellId& cell) {
  if (!declares(side, cell)) return std::nullopt;
  const auto* build = build_for(side.config->guests.at(cell.guest), cell.executor);
  const auto found = side.artifacts.find({cell.guest, build->first});
  return found == side.artifacts.end() ? std::nullopt : std::optional(found->second);
}

std::vector<measure::PlannedCell> planned_cells(const Side& base, const Side& head, InputStore& inputs,
                                                const git::Checkout& checkout, Services& services) {
  std::vector<measure::PlannedCell> cells;
  std::string problems;
  for (const auto& [guest_name, guest] : head.config->guests) {
    const auto environment = system::child_environment(services.variables, config::environment_of(*head.config, guest));
    for (const config::Input& input : guest.inputs) {
      fs::path file;
      try {
        file = inputs.materialise(guest_name, input, checkout.directory, environment, head.config->build.time);
      } catch (const model::Error& error) {
        if (error.kind() != model::ErrorKind::configuration) throw;
        problems += (problems.empty() ? "" : "\n") + std::string(error.what());
        continue;
      }
      for (const auto& [build_name, guest_build] : guest.builds) {
        for (const std::string& executor : guest_build.executors) {
          measure::PlannedCell cell{.cell = {.guest = guest_name, .input = input.name, .executor = executor},
                                    .input = {.path = file, .name = input.name},
                                    .input_sha256 = input.sha256,
                                    .work = input.work};
          cell.base = planned(base, cell.cell);
          cell.head = planned(head, cell.cell);
          cells.push_back(std::move(cell));
        }
      }
    }
  }
  if (!problems.empty()) throw model::Error(model::ErrorKind::configuration, problems);
  return cells;
}

measure::Settings settings(const config::Config& config, const Invocation& invocation) {
  return {.warmups = config.measure.warmup,
          .min_runs = config.measure.min_runs,
          .max_runs = config.measure.max_runs,
          .budget = config.measure.budget,
          .cooldown = config.measure.cooldown,
          .exact_repetitions = 2,
          .jobs = jobs(invocation),
          .timed = config.measure.timed && !invocation.has("--no-time"),
          .controls = config.measure.calibrate,
          .core = system::timing_core(),
          .work_unit = config.measure.work_unit,
          .seed = std::nullopt};
}

void require_executors(const config::Config& config, Services& services) {
  for (const auto& [guest_name, guest] : config.guests) {
    for (const auto& [build_name, guest_build] : guest.builds) {
      for (const std::string& executor : guest_build.executors) services.executors.get(executor);
    }
  }
}

std::string duration_text(std::chrono::milliseconds duration) {
  const auto count = duration.count();
  if (count % 60'000 == 0) return fmt::format("{} min", count / 60'000);
  return count % 1000 == 0 ? fmt::format("{} s", count / 1000) : fmt::format("{} ms", count);
}

/// The `measure:` section and the executors of one's own as the RunSet carries it, so that a change of it can be named.
std::map<std::string, std::string> measure_rules(const config::Config& config) {
  const config::Measure& measure = config.measure;
  const auto yes = [](bool value) { return std::string(value ? "true" : "false"); };
  std::map<std::string, std::string> rules = {{"budget", duration_text(measure.budget)},
                                              {"calibrate", yes(measure.calibrate)},
                                              {"cooldown", duration_text(measure.cooldown)},
                                              {"limits.max_steps", std::to_string(measure.limits.max_steps)},
                                              {"limits.memory", fmt::format("{} bytes", measure.limits.memory)},
                                              {"limits.time", duration_text(measure.limits.time)},
                                              {"runs.max", std::to_string(measure.max_runs)},
                                              {"runs.min", std::to_string(measure.min_runs)},
                                              {"timed", yes(measure.timed)},
                                              {"warmup", std::to_string(measure.warmup)},
                                              {"work_unit", measure.work_unit}};
  for (const auto& [name, settings] : config.executors) {
    rules["executors." + name] = executors::definition(settings);
  }
  return rules;
}

void carry_warnings(model::RunSet& frame, const config::Config& config, const git::Checkout& checkout) {
  frame.warnings.insert(frame.warnings.end(), config.warnings.begin(), config.warnings.end());
  for (const std::string& path : checkout.left_out) {
    frame.warnings.push_back(
        {"left-out", fmt::format("{} is a repository of its own and was left out, as git does", path)});
  }
}

}  // namespace

std::vector<model::GuestInfo> guest_infos(const config::Config& config) {
  std::vector<model::GuestInfo> infos;
  for (const auto& [name, guest] : config.guests) {
    model::GuestInfo info{.name = name, .has_check = !guest.check.empty(), .check_command = guest.check};
    for (const config::Input& input : guest.inputs) {
      info.inputs.push_back({.name = input.name,
                             .sha256 = input.sha256,
                             .weight = input.weight,
                             .description = input.description,
                             .work = input.work});
    }
    std::set<std::string> executors;
    for (const auto& [build_name, guest_build] : guest.builds)
      executors.insert(guest_build.executors.begin(), guest_build.executors.end());
    info.executors.assign(executors.begin(), executors.end());
    infos.push_back(std::move(info));
  }
  return infos;
}

SessionFacts session_facts(const Invocation& invocation, Services& services) {
  SessionFacts facts;
  facts.environment = system::gather_environment(invocation.has("--hide-hostname"));
  facts.environment.toolchain =
      system::tool_versions(services.processes, recorded_programs(), system::child_environment(services.variables));
  facts.session.started = system::iso_time(services.clock.now());
  facts.session.machine = system::machine_fingerprint(facts.environment);
  const std::string unique =
      fmt::format("{} {} {}", facts.session.started, services.clock.monotonic().count(), facts.session.machine);
  facts.session.id = system::sha256_hex(bytes_of(unique)).substr(0, 16);
  return facts;
}

measure::Plan prepare_plan(const Invocation& invocation, Services& services, const Change& change,
                           const fs::path& out) {
  const config::Config& head_config = *change.head_configuration.config;
  add_command_executors(services, change.base_configuration.config ? &*change.base_configuration.config : nullptr,
                        head_config, out / "logs");
  // How to measure is base's word where it has one, like the rest of the rules; so are the prices.
  const SideConfiguration& rules_of =
      change.base_configuration.config ? change.base_configuration : change.head_configuration;
  if (!rules_of.config->cost_model.empty()) use_cost_model(services, *rules_of.cost_model);
  require_executors(head_config, services);
  const fs::path cache = system::default_cache_root(services.variables);
  if (const std::size_t removed = system::remove_stale_work(cache); removed > 0) {
    services.console.note(fmt::format("removed {} director{} that an earlier run left when it was killed", removed,
                                      removed == 1 ? "y" : "ies"));
  }
  const system::WorkDirectory work(cache, change.repository.scratch_name(), services.clock,
                                   [&](const std::string& line) { services.console.note(line); });
  const fs::path tree = work.path() / "tree";
  const fs::path logs = out / "logs";
  const build::Builder builder(services.processes, services.clock, cache, logs);
  const SessionFacts facts = session_facts(invocation, services);

  Side base;
  base.frame = {.side = model::Side::base,
                .commit = git::to_model(change.base, false),
                .session = facts.session,
                .environment = facts.environment};
  std::string base_state;
  if (change.base_configuration.config) {
    base.config = &*change.base_configuration.config;
    base.frame.policy = base.config->policy;
    base.frame.guests = guest_infos(*base.config);
    base.frame.measure = measure_rules(*base.config);
    services.console.detail(fmt::format("base is {} ({})", change.base.id, change.why_base));
    const git::Checkout checkout = change.repository.check_out(change.base, tree);
    base_state = checkout.state;
    carry_warnings(base.frame, *base.config, checkout);
    build_side(base, checkout, builder, invocation, services);
  } else {
    base.frame.warnings.push_back(
        {"no-base-configuration", change.base_configuration.problem.empty()
                                      ? "base has no cyclegate.yaml: everything is new"
                                      : "base's cyclegate.yaml cannot be read, so everything counts as new: " +
                                            change.base_configuration.problem});
  }

  Side head;
  head.config = &head_config;
  head.frame = {.side = model::Side::head,
                .commit = git::to_model(change.head, change.dirty),
                .session = facts.session,
                .environment = facts.environment,
                .policy = head_config.policy};
  head.frame.guests = guest_infos(head_config);
  head.frame.measure = measure_rules(head_config);
  const git::Checkout checkout = change.working_tree && change.dirty ? change.repository.copy_working_tree(tree)
                                                                     : change.repository.check_out(change.head, tree);
  carry_warnings(head.frame, head_config, checkout);
  build_side(head, checkout, builder, invocation, services);
  if (head_config.build.check_reproducible || invocation.has("--check-reproducible")) {
    // A name of another length: a path that reaches the program moves what is behind it.
    const fs::path elsewhere = work.path() / "tree-of-the-second-build";
    check_reproducible(head,
                       change.working_tree && change.dirty ? change.repository.copy_working_tree(elsewhere)
                                                           : change.repository.check_out(change.head, elsewhere),
                       cache, logs, invocation, services);
  }
  locate_changes(head, base.frame, change, tree);
  if (checkout.state != base_state) run_checks(head, checkout, services, logs);

  const fs::path offline = invocation.has("--inputs") ? located(services, *invocation.get("--inputs")) : fs::path();
  InputStore inputs(services.processes, cache, offline);
  measure::Plan plan;
  plan.cells = planned_cells(base, head, inputs, checkout, services);
  const config::Config& rules = *rules_of.config;
  plan.settings = settings(rules, invocation);
  plan.limits = {.max_steps = rules.measure.limits.max_steps,
                 .max_memory_bytes = rules.measure.limits.memory,
                 .max_time = rules.measure.limits.time};
  if (plan.settings.timed) {
    // Written into the result, so that `compare` knows of every look that there might have been.
    base.frame.schedule.looks =
        compare::planned_looks(rules.policy.methodology, plan.settings.min_runs, plan.settings.max_runs);
    head.frame.schedule.looks = base.frame.schedule.looks;
  }
  plan.base = std::move(base.frame);
  plan.head = std::move(head.frame);
  reprice(plan, {.base = rules_of.cost_model, .head = change.head_configuration.cost_model}, services);
  return plan;
}

}  // namespace cyclegate::app
