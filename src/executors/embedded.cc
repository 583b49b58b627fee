#include "executors/embedded.h"

#include <fmt/format.h>

#include <utility>

#include "executors/exact_metrics.h"
#include "executors/failure.h"
#include "executors/timed_answer.h"
#include "model/error.h"
#include "system/files.h"
#include "system/interrupt.h"
#include "system/process.h"
#include "system/sha256.h"
#include "vm/machine.h"

namespace cyclegate::executors {
namespace {

using model::Outcome;
using model::OutcomeKind;

/// Grows whenever the embedded executor's results may change for reasons that neither the cost model's name nor the
/// options tell.
constexpr std::string_view embedded_version = "1";
/// Base and head of two guests at a time: programs with debug information are large.
constexpr std::size_t programs_kept_to_profile = 4;
constexpr std::uint64_t largest_input = std::uint64_t{1} << 30;
/// Time the child gets beyond the guest's own limit to start, to decode and to answer.
constexpr std::chrono::nanoseconds child_allowance = std::chrono::seconds(30);
constexpr std::uint64_t max_answer_bytes = 64U << 10U;

/// The outcome of a child that did not end as it should.
Outcome child_failure(const system::ProcessResult& result, const Limits& limits) {
  if (result.end == system::ProcessEnd::timed_out) {
    return {.kind = OutcomeKind::limit,
            .code = {},
            .pc = {},
            .why = fmt::format("the timed run took longer than {} s",
                               std::chrono::duration_cast<std::chrono::seconds>(limits.max_time).count())};
  }
  const auto status = result.end == system::ProcessEnd::signalled ? result.signal : result.exit_status;
  return crashed(fmt::format("the process of the timed run did not answer: {}", result.why),
                 static_cast<std::uint64_t>(status));
}

}  // namespace

std::string identity(const vm::CostModel& cost_model) {
  if (vm::is_built_in(cost_model)) return cost_model.name;
  constexpr std::size_t digits = 32;
  system::Sha256 hash;
  hash.field("cyclegate cost model 1");
  for (const auto& [record, numbers] : cost_model.records) hash.field(record).field(numbers);
  return fmt::format("{} sha256:{}", cost_model.name, hash.finish_hex().substr(0, digits));
}

EmbeddedExecutor::EmbeddedExecutor(std::filesystem::path program, system::ProcessRunner* processes,
                                   const vm::CostModel& cost_model)
    : program_(std::move(program)),
      processes_(processes),
      cost_model_(identity(cost_model)),
      programs_(cost_model),
      programs_to_profile_(cost_model, programs_kept_to_profile, true) {}

Description EmbeddedExecutor::describe() {
  Description description{.name = "embedded",
                          .version = std::string(embedded_version),
                          .options = "",
                          .cost_model = cost_model_,
                          .metrics = cost_model_metrics(),
                          .unavailable = ""};
  if (processes_ != nullptr && !program_.empty()) {
    const auto sampled = process_metrics();
    description.metrics.insert(description.metrics.end(), sampled.begin(), sampled.end());
  }
  return description;
}

model::Execution EmbeddedExecutor::execute(const ArtifactFile& artifact, const InputFile& input, const Limits& limits,
                                           model::Detail detail) {
  const auto program = (detail == model::Detail::profile ? programs_to_profile_ : programs_).get(artifact);
  if (!program) {
    model::Execution refused;
    refused.outcome = program.error();
    return refused;
  }
  std::vector<std::uint8_t> bytes;
  if (!input.path.empty()) bytes = system::read_bytes(input.path, largest_input);
  model::Execution execution = vm::execute(*program, bytes,
                                           {.max_steps = limits.max_steps,
                                            .max_memory_bytes = limits.max_memory_bytes,
                                            .max_time = limits.max_time,
                                            .give_up = &system::interrupted},
                                           detail);
  if (execution.outcome.kind == OutcomeKind::limit) system::throw_if_interrupted();
  if (execution.profile) {
    execution.profile->origin = fmt::format("{} {} on embedded", artifact.path.filename().string(),
                                            input.path.empty() ? "without input" : input.path.filename().string());
  }
  return execution;
}

std::vector<std::string> EmbeddedExecutor::timed_command(const ArtifactFile& artifact, const InputFile& input,
                                                         const Limits& limits) const {
  std::vector<std::string> arguments{program_.string(),     "execute", "--timed", "--executor", "embedded", "--elf",
                                     artifact.path.string()};
  if (!input.path.empty()) arguments.insert(arguments.end(), {"--input", input.path.string()});
  arguments.insert(arguments.end(),
                   {"--max-steps", fmt::to_string(limits.max_steps), "--max-memory",
                    fmt::to_string(limits.max_memory_bytes), "--max-time", fmt::to_string(limits.max_time.count())});
  return arguments;
}

TimedExecution EmbeddedExecutor::execute_timed(const ArtifactFile& artifact, const InputFile& input,
                                               const Limits& limits, const TimedSettings& settings) {
  if (processes_ == nullptr || program_.empty()) {
    throw model::Error(model::ErrorKind::measurement,
                       "the embedded executor was made without a way to start processes");
  }
  system::ProcessRequest request;
  request.arguments = timed_command(artifact, input, limits);
  // An empty environment but for the locale: what the child takes must not depend on who started us.
  request.environment = {{"LC_ALL", "C"}};
  request.time_limit = limits.max_time + child_allowance;
  request.output_limit_bytes = max_answer_bytes;
  request.pin_to_core = settings.core;
  request.slow_down = settings.slow_down;
  const system::ProcessResult result = processes_->run(request);

  TimedExecution timed;
  if (!result.ok()) {
    timed.outcome = child_failure(result, limits);
    return timed;
  }
  auto answer = timed_answer_from_json(result.standard_output);
  if (!answer) {
    timed.outcome = crashed("the process of the timed run gave no usable answer: " + answer.error());
    return timed;
  }
  timed.outcome = std::move(answer->outcome);
  timed.steps = answer->steps;
  timed.output_sha256 = std::move(answer->output_sha256);
  if (timed.outcome.ok()) {
    std::uint64_t peak = result.max_rss_bytes;
    if (peak <= result.max_rss_floor_bytes) {
      // Linux has counted the forked copy of this program, which was larger than the child ever became.
      if (answer->peak_memory_bytes != 0) {
        peak = answer->peak_memory_bytes;
      } else {
        timed.warnings.push_back(
            {"memory-floor",
             fmt::format("peak_memory is only known to be at most {} MiB, the size of cyclegate itself", peak >> 20U)});
      }
    }
    timed.samples = {{"wall_time", result.wall.count()},
                     {"user_sys_time", (result.user + result.system).count()},
                     {"peak_memory", static_cast<std::int64_t>(peak)}};
  }
  return timed;
}

}  // namespace cyclegate::executors
