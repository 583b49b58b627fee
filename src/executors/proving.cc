#include "executors/proving.h"

#include <filesystem>
#include <span>
#include <utility>

#include "executors/program_finder.h"
#include "model/text.h"
#include "system/child_environment.h"
#include "system/excerpt.h"
#include "system/process.h"
#include "system/sha256.h"

namespace cyclegate::executors {
namespace {

using model::Outcome;
using model::OutcomeKind;
using model::ProofEnd;

Outcome outcome_of(const model::Proof& proof) {
  if (proof.end == ProofEnd::proven) return {};
  return {
      .kind = proof.timed_out ? OutcomeKind::limit : OutcomeKind::crashed,
      .code = {},
      .pc = {},
      .why = proof.end == ProofEnd::missing ? "what is missing first is " + proof.why : model::to_line(proof.why, 600)};
}

}  // namespace

ProvingExecutor::ProvingExecutor(std::string name, World world, ProveSettings settings)
    : name_(std::move(name)), world_(std::move(world)), settings_(std::move(settings)) {}

const ProvingExecutor::Program& ProvingExecutor::program() {
  const std::scoped_lock guard(mutex_);
  if (!program_.digest.empty()) return program_;
  const auto found = find_executor_program(find_prover(name_)->program, world_.variables);
  if (!found) return program_;
  program_.digest = system::sha256_file(*found);
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
                          .unavailable = first_missing(name_, world_, settings_)};
  if (description.unavailable.empty()) {
    description.version = program().version;
    description.program = program().digest;
  }
  return description;
}

model::Proof ProvingExecutor::prove(const ArtifactFile& artifact, const InputFile& input, const Limits& limits,
                                    const TimedSettings& process) {
  const std::scoped_lock guard(mutex_);
  ProveSettings settings = settings_;
  settings.max_time = limits.max_time;
  settings.process = process;
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
  execution.outcome = outcome_of(proof);
  if (execution.outcome.ok()) execution.metrics = {{"proof_size", proof.proof_size_bytes}};
  return execution;
}

TimedExecution ProvingExecutor::execute_timed(const ArtifactFile& artifact, const InputFile& input,
                                              const Limits& limits, const TimedSettings& settings) {
  const model::Proof proof = prove(artifact, input, limits, settings);
  TimedExecution timed;
  timed.outcome = outcome_of(proof);
  if (!timed.outcome.ok()) return timed;
  timed.output_sha256 = system::sha256_hex(std::span<const std::uint8_t>());
  timed.samples = {{"proving_time", proof.proving_time_ns}};
  return timed;
}

}  // namespace cyclegate::executors
