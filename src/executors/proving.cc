#include "executors/proving.h"

#include <fmt/format.h>

#include <filesystem>
#include <utility>

#include "executors/program_finder.h"
#include "model/error.h"
#include "model/executor_unavailable.h"
#include "model/output_unchecked.h"
#include "model/text.h"
#include "system/child_environment.h"
#include "system/excerpt.h"
#include "system/process.h"
#include "system/sha256.h"

namespace cyclegate::executors {
namespace {

using model::OutcomeKind;
using model::ProofEnd;

/// Outcome and warnings of a run that ended so. A machine that lacks something says nothing of the guest.
template <class Run>
void tell_end(const std::string& executor, const model::Proof& proof, Run& run) {
  if (proof.end == ProofEnd::proven) return;
  const bool missing = proof.end == ProofEnd::missing;
  run.outcome = {.kind = proof.timed_out ? OutcomeKind::limit : OutcomeKind::crashed,
                 .code = {},
                 .pc = {},
                 .why = missing ? fmt::format("the executor {} is no longer available here: {}", executor, proof.why)
                                : model::to_line(proof.why, 600)};
  if (missing) run.warnings.push_back({.code = std::string(model::executor_unavailable), .message = run.outcome.why});
}

}  // namespace

ProvingExecutor::ProvingExecutor(std::string name, World world, ProveSettings settings)
    : name_(std::move(name)), world_(std::move(world)), settings_(std::move(settings)) {}

const ProvingExecutor::Program& ProvingExecutor::program() {
  const std::scoped_lock guard(mutex_);
  if (!program_.digest.empty()) return program_;
  const auto found = find_executor_program(find_prover(name_)->program, world_.variables);
  if (!found) return program_;
  const std::string digest = system::sha256_file(*found);
  program_.key = key_identity(name_, world_);
  program_.digest = digest;
  system::ProcessRequest request;
  request.arguments = {found->string(), "--version"};
  request.environment = system::child_environment(world_.variables);
  request.time_limit = std::chrono::seconds(30);
  request.output_limit_bytes = 4096;
  const system::ProcessResult result = world_.processes->run(request);
  const std::string said = result.ok() ? system::last_lines(result.standard_output, 1, 200) : std::string();
  program_.version = said.empty() ? "sha256:" + program_.digest.substr(0, 16) : said;
  return program_;
}

Description ProvingExecutor::describe() {
  Description description{.name = name_,
                          .version = "",
                          .options = "",
                          .cost_model = "",
                          .metrics = proof_metrics(),
                          .unavailable = first_missing(name_, world_, settings_),
                          .takes_all_cores = true};
  if (!description.unavailable.empty()) return description;
  try {
    const Program& known = program();
    description.version = known.version;
    description.program = known.digest;
    if (!known.key.empty()) description.options = "proving_key=sha256:" + known.key.substr(0, 16);
  } catch (const model::Error& error) {
    if (error.kind() != model::ErrorKind::measurement) throw;
    description.unavailable = fmt::format("the prover: {}", error.what());
  }
  return description;
}

model::Proof ProvingExecutor::prove(const ArtifactFile& artifact, const InputFile& input, const Limits& limits,
                                    model::Millionths slow_down) {
  const std::scoped_lock guard(mutex_);
  ProveSettings settings = settings_;
  settings.max_time = limits.max_time;
  settings.slow_down = slow_down;
  const std::string key = artifact.identity.empty() ? artifact.path.string() : artifact.identity;
  settings.set_up = set_up_.contains(key);
  model::Proof proof = executors::prove(name_, world_, artifact, input, settings);
  if (proof.end == ProofEnd::proven) set_up_.insert(key);
  return proof;
}

model::Execution ProvingExecutor::execute(const ArtifactFile& artifact, const InputFile& input, const Limits& limits,
                                          model::Detail /*detail*/) {
  const model::Proof proof = prove(artifact, input, limits, {});
  model::Execution execution;
  tell_end(name_, proof, execution);
  if (execution.outcome.ok()) {
    execution.metrics = {{"proof_size", proof.proof_size_bytes}};
    execution.warnings.push_back(
        {.code = std::string(model::output_unchecked),
         .message = fmt::format("{} does not tell what the guest gives as its public output", name_)});
  }
  return execution;
}

TimedExecution ProvingExecutor::execute_timed(const ArtifactFile& artifact, const InputFile& input,
                                              const Limits& limits, const TimedSettings& settings) {
  const model::Proof proof = prove(artifact, input, limits, settings.slow_down);
  TimedExecution timed;
  tell_end(name_, proof, timed);
  if (!timed.outcome.ok()) return timed;
  timed.samples = {{"proving_time", proof.proving_time_ns}};
  return timed;
}

}  // namespace cyclegate::executors
