// calibrate: base against base through the whole procedure, and a known slow-down that must be found.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <ostream>
#include <utility>

#include "app/calibration.h"
#include "app/commands.h"
#include "app/console.h"
#include "app/guest_selection.h"
#include "app/input_store.h"
#include "app/machine_noise.h"
#include "app/measuring.h"
#include "app/prepare.h"
#include "app/services.h"
#include "app/working_tree.h"
#include "compare/compare.h"
#include "compare/look_schedule.h"
#include "config/quantity.h"
#include "elf/identity.h"
#include "elf/image.h"
#include "executors/registry.h"
#include "measure/measurer.h"
#include "model/calibration.h"
#include "model/comparison_json.h"
#include "model/error.h"
#include "system/child_environment.h"
#include "system/files.h"
#include "system/preflight.h"
#include "system/sha256.h"
#include "system/work_directory.h"

namespace cyclegate::app {
namespace {

namespace fs = std::filesystem;

constexpr const char* metric = "wall_time";

struct Request {
  std::uint64_t cells = 20;
  std::uint64_t per_change = 20;
  std::uint64_t simulations = 200;
  std::optional<model::Millionths> inject = model::Millionths{30'000};
  std::uint64_t seed = 0;
};

Request request_of(const Invocation& invocation, const model::Session& session) {
  Request request;
  request.cells = invocation.number("--cells", 1, 100'000).value_or(request.cells);
  request.per_change = invocation.number("--per-change", 1, 10'000).value_or(request.per_change);
  request.simulations = invocation.number("--simulations", 0, 1'000'000).value_or(request.simulations);
  if (const auto text = invocation.get("--inject")) {
    const auto value = config::parse_percentage(*text);
    if (!value || value->value > model::one_million) {
      throw model::Error(model::ErrorKind::usage,
                         fmt::format("--inject {}: must be a percentage from 0% (none) to 100%, such as 3%", *text));
    }
    request.inject = value->value == 0 ? std::nullopt : value;
  }
  // 52 bits, so that every JSON reader keeps them.
  constexpr std::uint64_t largest_seed = (std::uint64_t{1} << 52U) - 1;
  const std::uint64_t derived = std::stoull(system::Sha256().field(session.id).finish_hex().substr(0, 13), nullptr, 16);
  request.seed = invocation.number("--seed", 0, largest_seed).value_or(derived);
  return request;
}

/// Artefacts as the working tree's builds leave them.
measure::PlannedArtifact planned_artifact(const fs::path& path) {
  const auto bytes = system::read_bytes(path, elf::max_image_bytes);
  const auto image = elf::parse(bytes);
  // What is no ELF has another executor, which knows it by its bytes.
  const std::string identity = image ? system::sha256_hex(elf::identity_bytes(*image)) : system::sha256_hex(bytes);
  return {.file = {.path = path, .identity = identity}, .file_sha256 = system::sha256_hex(bytes)};
}

bool has_time(executors::Executor& executor) {
  const executors::Description description = executor.describe();
  const model::Metric* found = find_metric(description.metrics, metric);
  return description.unavailable.empty() && found != nullptr && found->kind == model::MetricKind::sampled;
}

/// One A/A cell for each guest, input and executor that can be timed here.
std::vector<measure::PlannedCell> cells_to_imitate(const WorkingTree& tree, Services& services) {
  InputStore inputs(services.processes, system::default_cache_root(services.variables), {});
  std::vector<measure::PlannedCell> templates;
  for (const auto& [guest_name, guest] : tree.config.guests) {
    const auto environment = system::child_environment(services.variables, config::environment_of(tree.config, guest));
    for (const auto& [build_name, build] : guest.builds) {
      std::vector<std::string> executors;
      for (const std::string& name : build.executors) {
        if (has_time(services.executors.get(name))) executors.push_back(name);
      }
      if (executors.empty()) continue;
      build_in_place(tree, guest_name, build_name, services);
      const measure::PlannedArtifact artifact = planned_artifact(system::contained_path(tree.root, build.elf));
      for (const config::Input& input : guest.inputs) {
        const fs::path file = inputs.materialise(guest_name, input, tree.root, environment, tree.config.build.time);
        for (const std::string& executor : executors) {
          measure::PlannedCell cell{.cell = {.guest = guest_name, .input = input.name, .executor = executor},
                                    .input = {.path = file},
                                    .input_sha256 = input.sha256};
          cell.base = artifact;
          cell.head = artifact;
          // What is known to be the same artefact is called unchanged without a look at its times.
          cell.head->file.identity += "-twin";
          templates.push_back(std::move(cell));
        }
      }
    }
  }
  if (templates.empty()) {
    throw model::Error(model::ErrorKind::measurement,
                       "no configured executor can be timed here; `cyclegate executors` says what each can do");
  }
  std::ranges::sort(templates, {}, &measure::PlannedCell::cell);
  return templates;
}

/// Everything that the changes of one calibration share.
class Calibrator {
 public:
  Calibrator(const Invocation& invocation, Services& services)
      : services_(services),
        tree_(open_working_tree(invocation, services)),
        facts_(session_facts(invocation, services)),
        request_(request_of(invocation, facts_.session)) {
    select_guests(invocation, tree_.config, nullptr);
    out_ = output_directory(services, invocation);
    policy_ = tree_.config.policy;
    policy_.acknowledged.clear();
    templates_ = cells_to_imitate(tree_, services);
    for (const measure::PlannedCell& cell : templates_) policy_.deciding[cell.cell.executor] = metric;
    result_.session = facts_.session;
    result_.environment = facts_.environment;
    result_.methodology = policy_.methodology;
    result_.metric = metric;
    result_.seed = request_.seed;
    result_.cells_per_change = std::min(request_.per_change, request_.cells);
  }

  model::Calibration run() {
    std::uint64_t number = 0;
    for (std::uint64_t first = 0; first < request_.cells; first += request_.per_change) {
      const std::uint64_t count = std::min(request_.per_change, request_.cells - first);
      measure_change(++number, calibration_cells(templates_, first, count), nullptr);
    }
    if (request_.inject) {
      auto cells = calibration_cells(templates_, 0, result_.cells_per_change);
      cells.front().slow_down = *request_.inject;
      const model::CellId slowed = cells.front().cell;
      measure_change(++number, std::move(cells), &slowed);
    }
    simulate();
    conclude(result_);
    system::write_atomically(out_ / "calibration.json", model::to_json(result_));
    return std::move(result_);
  }

 private:
  measure::Plan plan_of(std::uint64_t number, std::vector<measure::PlannedCell> cells) const {
    measure::Plan plan;
    for (model::RunSet* frame : {&plan.base, &plan.head}) {
      frame->session = facts_.session;
      frame->environment = facts_.environment;
      frame->policy = policy_;
      frame->guests = calibration_guests(cells);
    }
    plan.base.schedule.looks =
        compare::planned_looks(policy_.methodology, tree_.config.measure.min_runs, tree_.config.measure.max_runs);
    plan.head.schedule.looks = plan.base.schedule.looks;
    plan.base.side = model::Side::base;
    plan.head.side = model::Side::head;
    plan.cells = std::move(cells);
    const config::Measure& measure = tree_.config.measure;
    plan.limits = {.max_steps = measure.limits.max_steps,
                   .max_memory_bytes = measure.limits.memory,
                   .max_time = measure.limits.time};
    plan.settings = {.warmups = measure.warmup,
                     .min_runs = measure.min_runs,
                     .max_runs = measure.max_runs,
                     .budget = measure.budget,
                     .cooldown = measure.cooldown,
                     .exact_repetitions = 1,
                     .jobs = 1,
                     .core = system::timing_core(),
                     .seed = request_.seed + number};
    return plan;
  }

  void measure_change(std::uint64_t number, std::vector<measure::PlannedCell> cells, const model::CellId* slowed) {
    measure::Plan plan = plan_of(number, std::move(cells));
    const auto rule = stopping_rule(policy_, plan.settings);
    const fs::path out = out_ / fmt::format("change-{:03}", number);
    const measure::World world = measuring_world(services_, *rule);
    const measure::Measured measured = measure::measure(std::move(plan), world, out, false);
    const model::Comparison comparison =
        compare::compare(measured.base, measured.head, {.today = facts_.session.started.substr(0, 10)});
    system::write_atomically(out / "report.json", model::to_json(comparison));
    count_change(comparison, measured.base, measured.head, slowed, result_);
    if (slowed != nullptr)
      result_.injected = judge_injected(comparison, measured.head, *slowed, *request_.inject, metric);
    if (slowed == nullptr) {
      for (CellNoise& cell : noise_of(measured.base, measured.head, metric)) noise_.push_back(std::move(cell));
    }
    result_.core = measured.head.schedule.core;
    if (number == 1) result_.environment.preflight = measured.head.environment.preflight;
    for (const model::Warning& warning : measured.head.warnings) {
      if (std::ranges::find(result_.warnings, warning.code, &model::Warning::code) == result_.warnings.end())
        result_.warnings.push_back(warning);
    }
    services_.console.note(
        fmt::format("change {}: {} A/A cells so far, {} called worse", number, result_.cells, result_.false_cells));
  }

  void simulate() {
    result_.variation = typical_variation(noise_);
    if (request_.simulations == 0 || noise_.empty()) return;
    if (policy_.methodology != model::Methodology::robust) {
      result_.warnings.push_back({"no-simulation", "the smallest effect is only simulated for methodology robust"});
      return;
    }
    services_.console.note("looking for the smallest effect that is seen 95 % of the time");
    const SmallestEffect smallest = smallest_effect(noise_, {.cells = result_.cells_per_change,
                                                             .min_runs = tree_.config.measure.min_runs,
                                                             .max_runs = tree_.config.measure.max_runs,
                                                             .simulations = request_.simulations,
                                                             .seed = request_.seed,
                                                             .policy = policy_});
    result_.smallest_effect = smallest.effect;
    result_.smallest_effect_power = smallest.power;
    result_.simulations = request_.simulations;
  }

  Services& services_;
  WorkingTree tree_;
  SessionFacts facts_;
  Request request_;
  fs::path out_;
  model::Policy policy_;
  std::vector<measure::PlannedCell> templates_;
  std::vector<CellNoise> noise_;
  model::Calibration result_;
};

}  // namespace

ExitCode run_calibrate(const Invocation& invocation, Services& services) {
  const model::Calibration calibration = Calibrator(invocation, services).run();
  if (services.console.json()) {
    services.console.out() << model::to_json(calibration);
  } else {
    services.console.out() << calibration_text(calibration, services.console.columns(), services.console.color());
  }
  return calibration.passed ? ExitCode::success : ExitCode::gate_failed;
}

}  // namespace cyclegate::app
