#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "executors/registry.h"
#include "measure/block_order.h"
#include "measure/measurer.h"
#include "measure/plan.h"
#include "model/run_set_json.h"
#include "model/stopping_rule.h"
#include "support/fake_clock.h"
#include "support/scripted_executor.h"
#include "support/temporary_directory.h"
#include "system/progress.h"
#include "system/sha256.h"

namespace cyclegate::test {

/// The executor's name in these tests.
inline constexpr const char* scripted = "scripted";

/// A guest's execution with that many steps, and a cost that goes with them.
inline model::Execution execution(std::uint64_t steps, const std::string& output = "out") {
  model::Execution execution;
  execution.steps = steps;
  execution.cost = model::Cost{
      .parts = {.main = steps * 10, .opcodes = steps, .precompiles = 0, .memory = steps * 2}, .base = 1000, .frops = 5};
  execution.opcodes = {{.name = "add", .count = steps, .cost = steps}};
  execution.functions = {{.name = "main",
                          .calls = 1,
                          .steps_self = steps,
                          .steps_total = steps,
                          .self = execution.cost->parts,
                          .total = execution.cost->parts}};
  execution.output.assign(output.begin(), output.end());
  return execution;
}

/// What the timed run of that execution gives.
inline executors::TimedExecution timed(const model::Execution& execution, std::int64_t wall) {
  executors::TimedExecution timed;
  timed.outcome = execution.outcome;
  timed.steps = execution.steps;
  timed.output_sha256 = system::sha256_hex(execution.output);
  timed.samples = {{"wall_time", wall}, {"peak_memory", 1 << 20}};
  return timed;
}

/// The rule that looks at no result: enough is a fixed number of runs a side.
class FixedRuns final : public model::StoppingRule {
 public:
  explicit FixedRuns(std::uint32_t runs_a_side) : runs_a_side_(runs_a_side) {}
  bool enough(const model::RunSet& /*base*/, const model::RunSet& /*head*/, std::uint32_t blocks) override {
    return blocks * measure::block_runs_a_side >= runs_a_side_;
  }

 private:
  std::uint32_t runs_a_side_;
};

/// Two sides of scripted guests in a directory of their own.
class Bench {
 public:
  Bench() {
    world.description = {.name = scripted,
                         .version = "1",
                         .options = "",
                         .cost_model = "table",
                         .metrics = {{.name = "cost", .unit = "cost"},
                                     {.name = "steps", .unit = "steps"},
                                     {.name = "cost_total", .unit = "cost"},
                                     {.name = "wall_time", .unit = "ns", .kind = model::MetricKind::sampled},
                                     {.name = "peak_memory", .unit = "bytes", .kind = model::MetricKind::sampled}},
                         .unavailable = ""};
    for (model::RunSet* set : {&plan.base, &plan.head}) {
      set->session = {.id = "session-1", .started = "2026-11-21T10:24:09Z", .machine = "machine-1"};
      set->environment = {.hostname = "", .cpu = "test", .cores = 2, .memory_bytes = 1 << 30, .os = "", .kernel = ""};
    }
    plan.base.side = model::Side::base;
    plan.base.commit.id = std::string(40, 'b');
    plan.head.commit.id = std::string(40, 'a');
    restart();
  }

  /// As a new process would find the world: nothing remembered but the files.
  void restart() {
    registry = std::make_unique<executors::Registry>();
    registry->add(scripted, [this] { return std::make_unique<ScriptedExecutor>(world); });
    for (ScriptedWorld* other : others) {
      registry->add(other->description.name, [other] { return std::make_unique<ScriptedExecutor>(*other); });
    }
    world.calls.clear();
  }

  measure::PlannedArtifact artifact(const std::string& identity) const {
    const auto path = directory.write("artifacts/" + identity, "bytes of " + identity);
    return {.file = {.path = path, .identity = identity}, .file_sha256 = system::sha256_file(path)};
  }

  /// A cell of artefacts with those identities; an empty one is absent on its side.
  measure::PlannedCell& add_cell(const std::string& guest, const std::string& input, const std::string& base,
                                 const std::string& head) {
    const auto path = directory.write("inputs/" + input, "bytes of " + input);
    measure::PlannedCell cell;
    cell.cell = {.guest = guest, .input = input, .executor = scripted};
    cell.input.path = path;
    cell.input_sha256 = system::sha256_file(path);
    if (!base.empty()) cell.base = artifact(base);
    if (!head.empty()) cell.head = artifact(head);
    plan.cells.push_back(std::move(cell));
    return plan.cells.back();
  }

  /// A cell whose sides differ and whose scripts are filled in.
  void add_changed_cell(const std::string& guest, const std::string& input, std::uint64_t base_steps,
                        std::uint64_t head_steps) {
    add_cell(guest, input, guest + "-base", guest + "-head");
    script(guest + "-base", input, base_steps);
    script(guest + "-head", input, head_steps);
  }

  Script& script(const std::string& artifact, const std::string& input, std::uint64_t steps) {
    const model::Execution answer = execution(steps);
    return world.scripts[{artifact, input}] = {.answers = {answer},
                                               .times = {timed(answer, static_cast<std::int64_t>(steps) * 1000)}};
  }

  measure::Measured measure(bool resume = false, const std::string& out = "out") {
    restart();
    FixedRuns fixed(plan.settings.min_runs);
    return measure::measure(plan,
                            {.executors = *registry,
                             .clock = clock,
                             .progress = *progress,
                             .rule = rule != nullptr ? *rule : fixed,
                             .store = store,
                             .machine_lock = machine_lock,
                             .preflight = preflight},
                            directory / out, resume);
  }

  TemporaryDirectory directory;
  ScriptedWorld world;
  std::vector<ScriptedWorld*> others;  ///< further executors by their description's name
  FakeClock clock;
  std::unique_ptr<system::Progress> progress = system::quiet_progress();
  std::unique_ptr<executors::Registry> registry;
  measure::ResultStore* store = nullptr;
  model::StoppingRule* rule = nullptr;
  std::filesystem::path machine_lock;
  std::function<system::PreflightFacts()> preflight;
  measure::Plan plan;
};

/// Both RunSets as their files would be.
inline std::string bytes(const measure::Measured& measured) {
  return to_json(measured.base) + to_json(measured.head);
}

}  // namespace cyclegate::test
