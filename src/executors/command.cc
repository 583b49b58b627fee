#include "executors/command.h"

#include <fmt/format.h>

#include <algorithm>
#include <expected>
#include <map>
#include <nlohmann/json.hpp>
#include <span>
#include <utility>
#include <vector>

#include "executors/exact_metrics.h"
#include "executors/failure.h"
#include "executors/pick_metric.h"
#include "executors/program_finder.h"
#include "model/error.h"
#include "model/output_unchecked.h"
#include "model/text.h"
#include "system/files.h"
#include "system/sha256.h"
#include "system/work_directory.h"

namespace cyclegate::executors {
namespace {

namespace fs = std::filesystem;

using model::MetricKind;
using model::Outcome;
using model::OutcomeKind;

constexpr std::uint64_t most_command_output = std::uint64_t{64} << 20U;
constexpr std::uint64_t max_file_bytes = std::uint64_t{1} << 30U;
constexpr std::uint64_t max_hashed_bytes = std::uint64_t{256} << 20U;  // larger files count by their size
constexpr std::string_view default_output_name = "output.bin";
constexpr const char* steps_name = "steps";  // of an exact metric; model::Execution has a place of its own for it

std::string filled(std::string text, const std::map<std::string, std::string>& placeholders) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    bool replaced = false;
    for (const auto& [name, value] : placeholders) {
      if (text.compare(at, name.size(), name) != 0) continue;
      out += value;
      at += name.size();
      replaced = true;
      break;
    }
    if (!replaced) out += text[at++];
  }
  return out;
}

/// The first line of the end of what it said, for a reason.
std::string last_words(const system::ProcessResult& result) {
  std::string_view text = result.standard_error.empty() ? result.standard_output : result.standard_error;
  while (text.ends_with('\n') || text.ends_with('\r')) text.remove_suffix(1);
  const std::string line = model::to_line(text.substr(text.rfind('\n') + 1), 200);
  return line.empty() ? line : ": " + line;
}

Outcome outcome_of(const system::ProcessResult& result, const Limits& limits, const std::map<int, OutcomeKind>& exits) {
  switch (result.end) {
    case system::ProcessEnd::timed_out:
      return failure(OutcomeKind::limit,
                     fmt::format("took longer than {} s",
                                 std::chrono::duration_cast<std::chrono::seconds>(limits.max_time).count()));
    case system::ProcessEnd::signalled:
      return failure(OutcomeKind::crashed,
                     fmt::format("ended by {}{}", system::signal_name(result.signal), last_words(result)),
                     static_cast<std::uint64_t>(result.signal));
    case system::ProcessEnd::not_started:
    case system::ProcessEnd::stopped:
      return failure(OutcomeKind::crashed, result.why);
    case system::ProcessEnd::exited:
      break;
  }
  const auto known = exits.find(result.exit_status);
  const OutcomeKind kind = known != exits.end()      ? known->second
                           : result.exit_status == 0 ? OutcomeKind::ok
                                                     : OutcomeKind::exit;
  if (kind == OutcomeKind::ok) return {};
  std::optional<std::uint64_t> code;
  if (kind == OutcomeKind::exit || kind == OutcomeKind::crashed) code = static_cast<std::uint64_t>(result.exit_status);
  return failure(kind, fmt::format("exit status {}{}", result.exit_status, last_words(result)), code);
}

/// Whether nobody sees what the guest gives.
bool output_unchecked(const model::CommandSettings& settings) {
  return settings.output.empty() && !settings.checks_output;
}

/// Everything of the settings that changes a result, as text: part of what makes results comparable.
std::string canonical(const model::CommandSettings& settings) {
  nlohmann::ordered_json json;
  json["command"] = settings.command;
  json["environment"] = settings.environment;
  json["output"] = settings.output;
  if (output_unchecked(settings)) json["output"] = nullptr;  // older results say that an empty output was seen
  // Named only where they are set, so that results from before these keys stay comparable.
  if (settings.checks_output) json["checks_output"] = true;
  if (settings.all_cores) json["all_cores"] = true;
  for (const auto& [status, kind] : settings.exits) json["exits"][std::to_string(status)] = model::to_string(kind);
  for (const model::PickedMetric& metric : settings.metrics) {
    json["metrics"].push_back({metric.metric.name, metric.metric.unit, model::to_string(metric.metric.kind),
                               model::to_string(metric.metric.better), metric.from, metric.pattern, metric.pointer,
                               metric.size, static_cast<int>(metric.match), metric.scale});
  }
  return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

/// A name that is safe in a file's name.
std::string safe(std::string name) {
  for (char& c : name) {
    const bool right =
        (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' || c == '_' || c == '-';
    if (!right) c = '_';
  }
  return name.substr(0, 100);
}

}  // namespace

/// What one run gave, before it is told as exact or timed.
struct CommandExecutor::Run {
  Outcome outcome;
  system::ProcessResult process;
  std::map<std::string, std::uint64_t> values;
  std::vector<std::uint8_t> output;
};

std::string definition(const model::CommandSettings& settings) {
  std::string text;
  for (const std::string& word : settings.command) text += (text.empty() ? "" : " ") + word;
  return fmt::format("{} (definition {})", model::to_line(text, 200),
                     system::sha256_hex(canonical(settings)).substr(0, 12));
}

CommandExecutor::CommandExecutor(std::string name, model::CommandSettings settings, system::ProcessRunner& processes,
                                 CommandPlace place)
    : name_(std::move(name)), settings_(std::move(settings)), processes_(processes), place_(std::move(place)) {}

std::string CommandExecutor::version_of(const fs::path& program) const {
  if (settings_.version.empty()) {
    return "sha256:" + system::sha256_file(program).substr(0, 16);
  }
  system::ProcessRequest request;
  request.arguments = settings_.version;
  const auto teller = find_executor_program(settings_.version[0], place_.variables);
  if (!teller) return "";
  request.arguments[0] = teller->string();
  request.environment = system::child_environment(place_.variables);
  request.time_limit = std::chrono::seconds(30);
  request.output_limit_bytes = 64U << 10U;
  const system::ProcessResult result = processes_.run(request);
  if (!result.ok()) return "";
  return model::to_line(std::string_view(result.standard_output).substr(0, result.standard_output.find('\n')), 100);
}

std::string CommandExecutor::surroundings() const {
  nlohmann::ordered_json json = nlohmann::ordered_json::object();
  for (const std::string& word : std::span(settings_.command).subspan(1)) {
    const std::size_t at = word.starts_with('/') ? 0 : word.find("=/") + 1;  // --script=/there/it.py
    if (word.find('/') == std::string::npos || (at == 0 && !word.starts_with('/'))) continue;
    const std::string path = word.substr(at);
    std::error_code error;
    if (!fs::is_regular_file(path, error)) continue;
    const std::uint64_t size = fs::file_size(path, error);
    if (error) continue;
    json["files"][path] = size > max_hashed_bytes ? fmt::format("{} bytes", size) : system::sha256_file(path);
  }
  if (!settings_.environment.empty()) {
    const system::Variables usual = system::child_environment(place_.variables);
    system::Sha256 hash;
    for (const auto& [name, value] : system::child_environment(place_.variables, settings_.environment)) {
      if (!usual.contains(name)) hash.field(name).field(value);
    }
    json["environment"] = hash.finish_hex();
  }
  return json.empty() ? "" : json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

Description CommandExecutor::describe() {
  const std::scoped_lock guard(mutex_);
  if (description_) return *description_;
  Description description{.name = name_,
                          .version = "",
                          .options = canonical(settings_),
                          .cost_model = "",
                          .metrics = {},
                          .unavailable = "",
                          .takes_all_cores = settings_.all_cores};
  description.options += surroundings();
  description.sees_input_name =
      std::ranges::any_of(settings_.command, [](const std::string& word) { return word.contains("{input_name}"); });
  for (const model::PickedMetric& picked : settings_.metrics) description.metrics.push_back(picked.metric);
  const std::vector<model::Metric> sampled = process_metrics();
  for (const model::Metric& metric : sampled) {
    if (model::find_metric(description.metrics, metric.name) == nullptr) description.metrics.push_back(metric);
  }
  const auto program = find_executor_program(settings_.command[0], place_.variables);
  if (!program) {
    description.unavailable = program.error();
  } else {
    description.version = version_of(*program);
    // Programs of one version may differ all the same: they share no stored numbers, and stay comparable.
    if (!settings_.version.empty()) {
      try {
        description.program = system::sha256_file(*program);
      } catch (const model::Error& error) {  // it may be run, and not be read
        description.unavailable = fmt::format("its program has to be readable: {}", error.what());
      }
    }
    if (description.version.empty()) {
      description.unavailable =
          fmt::format("{} does not tell its version: `version` of executors.{} fails", program->string(), name_);
    }
  }
  description_ = description;
  return description;
}

CommandExecutor::Run CommandExecutor::run(const ArtifactFile& artifact, const InputFile& input, const Limits& limits,
                                          const TimedSettings* timed) const {
  Run run;
  const auto program = find_executor_program(settings_.command[0], place_.variables);
  if (!program)
    throw model::Error(model::ErrorKind::measurement, fmt::format("executor {}: {}", name_, program.error()));
  const system::WorkDirectory directory(place_.cache, "command", *place_.clock);
  const std::string input_name = input.name.empty() ? input.path.filename().string() : input.name;
  const std::string output_name =
      settings_.output.empty() || settings_.output == "stdout" ? std::string(default_output_name) : settings_.output;
  const std::map<std::string, std::string> placeholders = {{"{elf}", artifact.path.string()},
                                                           {"{input}", input.path.string()},
                                                           {"{input_name}", input_name},
                                                           {"{output}", (directory.path() / output_name).string()},
                                                           {"{work}", directory.path().string()}};
  system::ProcessRequest request;
  request.arguments = {program->string()};
  for (const std::string& argument : std::span(settings_.command).subspan(1)) {
    if (input.path.empty() && argument.contains("{input}")) {
      run.outcome = failure(OutcomeKind::rejected, "the command wants an {input}, and there is none");
      return run;
    }
    request.arguments.push_back(filled(argument, placeholders));
  }
  request.directory = directory.path();
  request.environment = system::child_environment(place_.variables, settings_.environment);
  request.time_limit = limits.max_time;
  request.memory_limit_bytes = 0;  // a prover maps far more than it uses; the limit is the guest's, not the program's
  request.file_size_limit_bytes = max_file_bytes;
  request.output_limit_bytes = most_command_output;
  if (timed != nullptr) {
    request.pin_to_core = timed->core;
    request.slow_down = timed->slow_down;
  }
  if (settings_.log && !place_.logs.empty()) {
    const fs::path folder = place_.logs / name_;
    system::make_directories(folder);
    request.log = folder / fmt::format("{}-{}.log", safe(input_name.empty() ? "no-input" : input_name),
                                       artifact.identity.empty() ? safe(artifact.path.filename().string())
                                                                 : artifact.identity.substr(0, 12));
  }
  run.process = processes_.run(request);
  run.outcome = outcome_of(run.process, limits, settings_.exits);
  if (!run.outcome.ok()) return run;

  const auto text_of = [&](const std::string& from) -> std::expected<std::string, std::string> {
    if (from == "stdout") {
      if (run.process.output_truncated)
        return std::unexpected(fmt::format("standard output is longer than {} MiB", most_command_output >> 20U));
      return run.process.standard_output;
    }
    if (from == "stderr") {
      if (run.process.error_truncated)
        return std::unexpected(fmt::format("standard error is longer than {} MiB", most_command_output >> 20U));
      return run.process.standard_error;
    }
    try {
      return system::read_text(system::contained_path(directory.path(), from), max_file_bytes);
    } catch (const model::Error& error) {
      return std::unexpected(fmt::format("it did not write {}: {}", from, error.what()));
    }
  };
  for (const model::PickedMetric& picked : settings_.metrics) {
    // Untimed runs know nothing of time; timed ones need nothing else but steps, which show that they did the same.
    const bool wanted = (picked.metric.kind == MetricKind::sampled) == (timed != nullptr);
    if (!wanted && picked.metric.name != steps_name) continue;
    const auto text = text_of(picked.from);
    std::expected<std::uint64_t, std::string> value = !text ? std::unexpected(text.error())
                                                      : picked.size
                                                          ? std::expected<std::uint64_t, std::string>(text->size())
                                                          : pick_metric(*text, picked);
    if (!value) {
      run.outcome = failure(OutcomeKind::crashed,
                            fmt::format("it ended well but gave no {}: {}", picked.metric.name, value.error()), 0);
      return run;
    }
    run.values[picked.metric.name] = *value;
  }
  if (!settings_.output.empty()) {
    const auto output = text_of(settings_.output);
    if (!output) {
      run.outcome = failure(OutcomeKind::crashed, "it ended well but gave no public output: " + output.error(), 0);
      return run;
    }
    run.output.assign(output->begin(), output->end());
  }
  return run;
}

model::Execution CommandExecutor::execute(const ArtifactFile& artifact, const InputFile& input, const Limits& limits,
                                          model::Detail /*detail*/) {
  Run run = this->run(artifact, input, limits, nullptr);
  model::Execution execution;
  execution.outcome = std::move(run.outcome);
  execution.console = model::to_line(run.process.output_tail, 16U << 10U);
  if (!execution.outcome.ok()) return execution;
  execution.metrics = std::move(run.values);
  if (const auto steps = execution.metrics.find(steps_name); steps != execution.metrics.end()) {
    execution.steps = steps->second;
    execution.metrics.erase(steps);
  }
  execution.output = std::move(run.output);
  if (output_unchecked(settings_)) {
    execution.warnings.push_back(
        {.code = std::string(model::output_unchecked),
         .message =
             fmt::format("executors.{} names no `output`, and does not say `checks_output: true` either", name_)});
  }
  return execution;
}

TimedExecution CommandExecutor::execute_timed(const ArtifactFile& artifact, const InputFile& input,
                                              const Limits& limits, const TimedSettings& settings) {
  Run run = this->run(artifact, input, limits, &settings);
  TimedExecution timed;
  timed.outcome = std::move(run.outcome);
  if (!timed.outcome.ok()) return timed;
  timed.output_sha256 = system::sha256_hex(run.output);
  if (const auto steps = run.values.find(steps_name); steps != run.values.end()) {
    timed.steps = steps->second;
    run.values.erase(steps);
  }
  timed.samples = {{"wall_time", run.process.wall.count()},
                   {"user_sys_time", (run.process.user + run.process.system).count()},
                   {"peak_memory", static_cast<std::int64_t>(run.process.max_rss_bytes)}};
  if (run.process.max_rss_bytes <= run.process.max_rss_floor_bytes) {
    timed.warnings.push_back(
        {"memory-floor", fmt::format("peak_memory is only known to be at most {} MiB, the size of cyclegate itself",
                                     run.process.max_rss_bytes >> 20U)});
  }
  for (const auto& [name, value] : run.values) timed.samples[name] = static_cast<std::int64_t>(value);
  return timed;
}

}  // namespace cyclegate::executors
