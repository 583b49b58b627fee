// executors: what can run guests here, and what is missing.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <ostream>

#include "app/commands.h"
#include "app/console.h"
#include "app/services.h"
#include "app/working_tree.h"
#include "executors/executor.h"
#include "executors/program_finder.h"
#include "executors/prover.h"
#include "executors/registry.h"

namespace cyclegate::app {
namespace {

nlohmann::ordered_json metrics_json(const std::vector<model::Metric>& metrics) {
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  for (const model::Metric& metric : metrics) {
    rows.push_back({{"name", metric.name},
                    {"unit", metric.unit},
                    {"kind", std::string(model::to_string(metric.kind))},
                    {"better", std::string(model::to_string(metric.better))}});
  }
  return rows;
}

std::string metric_names(const std::vector<model::Metric>& metrics, model::MetricKind kind) {
  std::string names;
  for (const model::Metric& metric : metrics) {
    if (metric.kind == kind) names += (names.empty() ? "" : ", ") + metric.name;
  }
  return names;
}

}  // namespace

ExitCode run_executors(const Invocation& invocation, Services& services) {
  // Makes the executors of cyclegate.yaml known. One that cannot be read is told: without its executors the list would
  // be wrong.
  if (invocation.has("--config") || configured_directory(invocation, services)) open_working_tree(invocation, services);
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  std::string text;
  for (const std::string& name : services.executors.names()) {
    executors::Description description = services.executors.get(name).describe();
    const bool available = description.unavailable.empty();
    if (!available) {
      // These would be those of the program that is wanted, which is not here.
      description.version.clear();
      description.cost_model.clear();
      description.options.clear();
    }
    const auto& programs = executors::pinned_programs();
    const auto pinned = std::ranges::find(programs, name, &executors::PinnedProgram::executor);
    std::string program;
    std::string install;
    if (pinned != programs.end()) {
      if (const auto found = executors::find_executor_program(pinned->name, services.variables))
        program = found->string();
      if (!available) install = executors::install_command(*pinned);
    }
    nlohmann::ordered_json proving = nlohmann::ordered_json::object();
    std::string proving_text;
    const bool proves = model::find_metric(description.metrics, "proving_time") != nullptr;
    if (const executors::Prover* prover = executors::find_prover(name); prover != nullptr && !proves) {
      const auto found = executors::find_executor_program(prover->program, services.variables);
      proving = {{"prover", prover->program},
                 {"program", found ? found->string() : ""},
                 {"missing", found ? "" : fmt::format("{}; {}", found.error(), prover->install)},
                 {"metrics", metrics_json(executors::proof_metrics())}};
      proving_text = found ? fmt::format("by {}", found->string())
                           : fmt::format("not here: {}; {}", found.error(), prover->install);
    }
    rows.push_back({{"name", description.name},
                    {"version", description.version},
                    {"program", program},
                    {"cost_model", description.cost_model},
                    {"options", description.options},
                    {"available", available},
                    {"why_not", description.unavailable},
                    {"limited", description.limited},
                    {"install", install},
                    {"metrics", metrics_json(description.metrics)},
                    {"proving", proving}});
    text += fmt::format("{}{}{}\n", description.name, description.version.empty() ? "" : " ", description.version);
    if (!available) text += fmt::format("  not available: {}\n", description.unavailable);
    if (!description.limited.empty()) text += fmt::format("  limited:       {}\n", description.limited);
    if (!install.empty()) text += fmt::format("  install:       {}\n", install);
    if (!program.empty()) text += fmt::format("  program:       {}\n", program);
    if (!description.cost_model.empty()) text += fmt::format("  cost model:    {}\n", description.cost_model);
    text += fmt::format("  exact:         {}\n", metric_names(description.metrics, model::MetricKind::exact));
    if (const auto sampled = metric_names(description.metrics, model::MetricKind::sampled); !sampled.empty()) {
      text += fmt::format("  sampled:       {}\n", sampled);
    }
    if (!proving_text.empty()) text += fmt::format("  proving:       {}\n", proving_text);
  }
  services.console.out() << (services.console.json() ? rows.dump(1) + "\n" : text);
  return ExitCode::success;
}

}  // namespace cyclegate::app
