#include "executors/guest_runner.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>
#include <utility>

#include "elf/image.h"
#include "executors/failure.h"
#include "executors/program_finder.h"
#include "model/error.h"
#include "system/excerpt.h"
#include "system/files.h"
#include "system/process.h"
#include "system/sha256.h"

namespace cyclegate::executors {
namespace {

namespace fs = std::filesystem;

using model::Outcome;
using model::OutcomeKind;

/// Time the runner gets beyond the guest's own limit to start, to load and to answer.
constexpr std::chrono::nanoseconds runner_allowance = std::chrono::seconds(30);
constexpr std::chrono::nanoseconds runner_version_time = std::chrono::seconds(30);
constexpr std::uint64_t version_bytes = 4096;
constexpr std::uint64_t most_guest_output = std::uint64_t{16} << 20;

/// The outcome of a runner that did not end as it should.
Outcome runner_failure(std::string_view name, const system::ProcessResult& result, const Limits& limits) {
  const auto seconds = std::chrono::duration<double>(limits.max_time).count();
  switch (result.end) {
    case system::ProcessEnd::timed_out:
      return {.kind = OutcomeKind::limit,
              .code = {},
              .pc = {},
              .why = fmt::format("still running after {} s, and {} did not stop it", seconds, name)};
    case system::ProcessEnd::signalled:
      return crashed(fmt::format("{} was ended by {}", name, system::signal_name(result.signal)),
                     static_cast<std::uint64_t>(result.signal));
    case system::ProcessEnd::not_started:
    case system::ProcessEnd::stopped:
      return crashed(fmt::format("{}: {}", name, result.why));
    case system::ProcessEnd::exited:
      break;
  }
  const std::string said = system::last_lines(result.standard_error, 2, 500);
  return crashed(fmt::format("{} ended with status {}{}{}", name, result.exit_status, said.empty() ? "" : ": ", said),
                 static_cast<std::uint64_t>(result.exit_status));
}

std::string absolute_text(const fs::path& path) {
  return fs::absolute(path).string();
}

void sort_rows(std::vector<model::CostRow>& rows) {
  std::ranges::sort(rows, [](const model::CostRow& x, const model::CostRow& y) {
    return std::tie(y.cost, y.count, x.name) < std::tie(x.cost, x.count, y.name);
  });
}

}  // namespace

GuestRunner::GuestRunner(std::string_view program, World world) : name_(program), world_(std::move(world)) {
  if (const PinnedProgram* pinned = find_pinned_program(program)) version_ = pinned->version;
}

std::expected<GuestRunner::Program, std::string> GuestRunner::find() const {
  if (world_.processes == nullptr) return std::unexpected("there is no way to start processes");
  auto found = find_executor_program(name_, world_.variables);
  if (!found) return std::unexpected(found.error());
  system::ProcessRequest request;
  request.arguments = {found->string(), "--version"};
  request.environment = {{"LC_ALL", "C"}};
  request.time_limit = runner_version_time;
  request.output_limit_bytes = version_bytes;
  const system::ProcessResult result = world_.processes->run(request);
  const PinnedProgram* pinned = find_pinned_program(name_);
  const std::string install = pinned == nullptr ? "" : install_command(*pinned);
  if (!result.ok()) {
    return std::unexpected(fmt::format("{} does not say its version: {}; `{}` installs one that does", found->string(),
                                       result.why, install));
  }
  const std::string said = system::last_lines(result.standard_output, 1, 200);
  // `sp1-run 0.1.0 (SP1 6.10.0, ...)`: the zkVM's version stands behind its name and ends at a comma or a parenthesis.
  const std::size_t at = said.find(" " + version_);
  const std::size_t end = at == std::string::npos ? at : at + 1 + version_.size();
  if (version_.empty() || end == std::string::npos || end >= said.size() || (said[end] != ',' && said[end] != ')')) {
    return std::unexpected(fmt::format("{} is '{}'; version {} of its zkVM is needed: `{}` installs it",
                                       found->string(), said, version_, install));
  }
  if (pinned != nullptr && !said.starts_with(fmt::format("{} {} (", name_, pinned->crate_version))) {
    return std::unexpected(fmt::format("{} is '{}'; {} {} is needed: `{}` installs it", found->string(), said, name_,
                                       pinned->crate_version, install));
  }
  try {
    return Program{.path = *found, .version = said, .digest = system::sha256_file(*found)};
  } catch (const model::Error& error) {
    return std::unexpected(error.what());
  }
}

std::expected<GuestRunner::Program, std::string> GuestRunner::program() {
  const std::scoped_lock guard(mutex_);
  if (!program_) program_ = find();
  return *program_;
}

std::string GuestRunner::unavailable() {
  const auto found = program();
  return found ? std::string() : found.error();
}

std::string GuestRunner::build() {
  const auto found = program();
  return found ? found->version : std::string();
}

std::string GuestRunner::digest() {
  const auto found = program();
  return found ? found->digest : std::string();
}

std::vector<std::string> GuestRunner::arguments(const fs::path& program, const ArtifactFile& artifact,
                                                const InputFile& input, const Limits& limits,
                                                const std::vector<std::string>& extra) const {
  const auto milliseconds = std::chrono::ceil<std::chrono::milliseconds>(limits.max_time).count();
  std::vector<std::string> words{program.string(), "--elf", absolute_text(artifact.path)};
  if (!input.path.empty()) words.insert(words.end(), {"--input", absolute_text(input.path)});
  words.insert(words.end(), {"--max-steps", fmt::to_string(limits.max_steps), "--max-memory",
                             fmt::to_string(limits.max_memory_bytes), "--max-time-ms", fmt::to_string(milliseconds),
                             "--max-output", fmt::to_string(most_guest_output)});
  words.insert(words.end(), extra.begin(), extra.end());
  return words;
}

GuestRun GuestRunner::read(const system::ProcessResult& result, const Limits& limits) const {
  GuestRun failed;
  if (!result.ok()) {
    failed.outcome = runner_failure(name_, result, limits);
    return failed;
  }
  if (result.output_truncated) {
    failed.outcome = crashed(fmt::format("the answer of {} is longer than {} bytes", name_, max_guest_run_bytes));
    return failed;
  }
  auto run = guest_run_from_json(result.standard_output);
  if (run) return std::move(*run);
  failed.outcome = crashed(fmt::format("{} gave no usable answer: {}", name_, run.error()));
  return failed;
}

GuestRun GuestRunner::run(const ArtifactFile& artifact, const InputFile& input, const Limits& limits,
                          std::span<const FunctionRange> ranges, const std::vector<std::string>& extra) {
  const auto found = program();
  if (!found) {
    GuestRun failed;
    failed.outcome = crashed(found.error());
    return failed;
  }
  system::ProcessRequest request;
  request.arguments = arguments(found->path, artifact, input, limits, extra);
  // An empty environment but for the locale: what the libraries read there changes gas.
  request.environment = {{"LC_ALL", "C"}};
  request.directory = "/";
  request.time_limit = limits.max_time + runner_allowance;
  request.output_limit_bytes = max_guest_run_bytes;
  if (!ranges.empty()) {
    request.arguments.insert(request.arguments.end(), {"--functions", "-"});
    request.standard_input = ranges_text(ranges);
  }
  return read(world_.processes->run(request), limits);
}

TimedExecution GuestRunner::run_timed(const ArtifactFile& artifact, const InputFile& input, const Limits& limits,
                                      const TimedSettings& settings, const std::vector<std::string>& extra) {
  TimedExecution timed;
  const auto found = program();
  if (!found) {
    timed.outcome = crashed(found.error());
    return timed;
  }
  system::ProcessRequest request;
  request.arguments = arguments(found->path, artifact, input, limits, extra);
  request.arguments.emplace_back("--counts-only");
  request.environment = {{"LC_ALL", "C"}};
  request.directory = "/";
  request.time_limit = limits.max_time + runner_allowance;
  request.output_limit_bytes = max_guest_run_bytes;
  request.pin_to_core = settings.core;
  request.slow_down = settings.slow_down;
  const system::ProcessResult result = world_.processes->run(request);
  GuestRun run = read(result, limits);
  timed.outcome = std::move(run.outcome);
  timed.steps = run.steps;
  if (!timed.outcome.ok()) return timed;
  timed.output_sha256 = system::sha256_hex(run.output);
  if (result.max_rss_bytes <= result.max_rss_floor_bytes) {
    timed.warnings.push_back(
        {"memory-floor", fmt::format("peak_memory is only known to be at most {} MiB, the size of cyclegate itself",
                                     result.max_rss_bytes >> 20U)});
  }
  timed.samples = {{"wall_time", result.wall.count()},
                   {"user_sys_time", (result.user + result.system).count()},
                   {"peak_memory", static_cast<std::int64_t>(result.max_rss_bytes)}};
  return timed;
}

std::vector<model::CostRow> cost_rows(const std::map<std::string, GuestCalls>& calls) {
  std::vector<model::CostRow> rows;
  rows.reserve(calls.size());
  for (const auto& [name, call] : calls) rows.push_back({.name = name, .count = call.count, .cost = call.cycles});
  sort_rows(rows);
  return rows;
}

std::vector<model::CostRow> cost_rows(const std::map<std::string, std::uint64_t>& counts) {
  std::vector<model::CostRow> rows;
  rows.reserve(counts.size());
  for (const auto& [name, count] : counts) rows.push_back({.name = name, .count = count, .cost = 0});
  sort_rows(rows);
  return rows;
}

model::Execution execution_of(GuestRun run, const CallTree& tree) {
  model::Execution execution;
  execution.outcome = std::move(run.outcome);
  execution.steps = run.steps;
  execution.metrics = std::move(run.metrics);
  execution.opcodes = cost_rows(run.opcodes);
  execution.precompiles = cost_rows(run.syscalls);
  execution.output = std::move(run.output);
  execution.console = std::move(run.console);
  if (run.console_truncated) {
    execution.warnings.push_back({"console-cut", "the guest printed more than is kept"});
  }
  if (tree.truncated) {
    execution.warnings.push_back({"call-tree-cut",
                                  "calls deeper than 4096, or beyond a million places, are counted "
                                  "where they were called from"});
  }
  return execution;
}

model::Metric exact_metric(std::string_view name, std::string_view unit) {
  return {.name = std::string(name),
          .unit = std::string(unit),
          .kind = model::MetricKind::exact,
          .better = model::Better::lower};
}

std::vector<FunctionRange> ranges_of(const ArtifactFile& artifact) {
  try {
    auto ranges = function_ranges(system::read_bytes(artifact.path, elf::max_image_bytes));
    return ranges ? std::move(*ranges) : std::vector<FunctionRange>{};
  } catch (const model::Error&) {
    return {};  // the runner says what is wrong with the file
  }
}

}  // namespace cyclegate::executors
