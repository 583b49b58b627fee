#include "executors/risc0.h"

#include <algorithm>
#include <utility>

#include "executors/exact_metrics.h"

namespace cyclegate::executors {
namespace {

/// The kernel (v1compat) that carries out system calls lies from here on, above every guest.
constexpr std::uint64_t kernel_start = 0xc000'0000;
constexpr std::uint64_t kernel_end = 0x1'0000'0000;

std::vector<FunctionRange> ranges_with_kernel(const ArtifactFile& artifact) {
  auto ranges = ranges_of(artifact);
  if (ranges.empty()) return ranges;
  std::erase_if(ranges, [](const FunctionRange& range) { return range.start >= kernel_start; });
  if (!ranges.empty()) ranges.back().end = std::min(ranges.back().end, kernel_start);
  ranges.push_back({.start = kernel_start, .end = kernel_end, .name = "[kernel]"});
  return ranges;
}

}  // namespace

Description Risc0Executor::describe() {
  Description description{.name = "risc0",
                          .version = runner_.version(),
                          .options = "segment-limit-po2=20, " + runner_.build(),
                          .cost_model = "",
                          .metrics = {exact_metric("cycles", "cycles"), exact_metric("user_cycles", "cycles"),
                                      exact_metric("paging_cycles", "cycles"), exact_metric("total_cycles", "cycles"),
                                      exact_metric("segments", "segments")},
                          .unavailable = runner_.unavailable(),
                          .program = runner_.digest()};
  const auto sampled = process_metrics();
  description.metrics.insert(description.metrics.end(), sampled.begin(), sampled.end());
  return description;
}

model::Execution Risc0Executor::execute(const ArtifactFile& artifact, const InputFile& input, const Limits& limits,
                                        model::Detail detail) {
  std::vector<FunctionRange> ranges;
  const bool profile = detail == model::Detail::profile;
  if (profile || detail == model::Detail::functions) ranges = ranges_with_kernel(artifact);
  GuestRun run = runner_.run(artifact, input, limits, ranges, {"--po2", "20"});
  run.metrics.erase("reserved_cycles");  // total_cycles - cycles: what the segments' sizes leave over
  // User cycles stand where ZisK has MAIN, paging cycles where it has MEMORY: a function's cost is in cycles.
  const CallTree tree = std::move(run.call_tree);
  model::Execution execution = execution_of(std::move(run), tree);
  execution.functions = function_costs(tree, ranges, true);
  if (profile && !tree.nodes.empty()) execution.profile = call_tree_profile(tree, ranges, "cycles", "cycles");
  return execution;
}

TimedExecution Risc0Executor::execute_timed(const ArtifactFile& artifact, const InputFile& input, const Limits& limits,
                                            const TimedSettings& settings) {
  return runner_.run_timed(artifact, input, limits, settings, {"--po2", "20"});
}

}  // namespace cyclegate::executors
