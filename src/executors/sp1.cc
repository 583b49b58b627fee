#include "executors/sp1.h"

#include <utility>

#include "executors/exact_metrics.h"

namespace cyclegate::executors {

Description Sp1Executor::describe() {
  Description description{.name = "sp1",
                          .version = runner_.version(),
                          // Gas depends on where the library cuts its trace; sp1-run keeps its default.
                          .options = "gas-trace-chunk=134217728, " + runner_.build(),
                          .cost_model = "sp1-gas-" + runner_.version(),
                          .metrics = {exact_metric("gas", "gas"), exact_metric("steps", "steps"),
                                      exact_metric("trace_area", "cells"), exact_metric("complexity", "complexity")},
                          .unavailable = runner_.unavailable(),
                          .program = runner_.digest()};
  const auto sampled = process_metrics();
  description.metrics.insert(description.metrics.end(), sampled.begin(), sampled.end());
  return description;
}

model::Execution Sp1Executor::execute(const ArtifactFile& artifact, const InputFile& input, const Limits& limits,
                                      model::Detail detail) {
  // Gas is computed at every detail: only that pass sees what the native executor lets through (an access below 2^16),
  // and the outcome must not depend on the detail.
  std::vector<FunctionRange> ranges;
  const bool profile = detail == model::Detail::profile;
  if (profile || detail == model::Detail::functions) ranges = ranges_of(artifact);
  GuestRun run = runner_.run(artifact, input, limits, ranges);
  if (const auto gas = run.metrics.find("gas");
      run.outcome.ok() && run.steps > 0 && gas != run.metrics.end() && gas->second == 0) {
    // Every instruction costs gas; the library says nothing, and sp1-run 0, when it did not compute any.
    model::Execution failed;
    failed.outcome = {.kind = model::OutcomeKind::crashed,
                      .code = {},
                      .pc = {},
                      .why = "gas is missing: sp1-run answered 0 for a run that took steps"};
    return failed;
  }
  const CallTree tree = std::move(run.call_tree);
  model::Execution execution = execution_of(std::move(run), tree);
  execution.functions = function_costs(tree, ranges, false);
  if (profile && !tree.nodes.empty()) execution.profile = call_tree_profile(tree, ranges, "steps", "steps");
  return execution;
}

TimedExecution Sp1Executor::execute_timed(const ArtifactFile& artifact, const InputFile& input, const Limits& limits,
                                          const TimedSettings& settings) {
  return runner_.run_timed(artifact, input, limits, settings);
}

}  // namespace cyclegate::executors
