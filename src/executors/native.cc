#include "executors/native.h"

#include <fmt/format.h>
#include <gnu/libc-version.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <csignal>
#include <cstddef>
#include <expected>
#include <map>
#include <span>
#include <utility>
#include <vector>

#include "executors/exact_metrics.h"
#include "executors/failure.h"
#include "executors/native_program.h"
#include "model/error.h"
#include "model/text.h"
#include "system/files.h"
#include "system/process.h"
#include "system/sha256.h"
#include "system/work_directory.h"

namespace cyclegate::executors {
namespace {

namespace fs = std::filesystem;

using model::Better;
using model::MetricKind;
using model::Outcome;
using model::OutcomeKind;

constexpr std::uint64_t largest_native_input = std::uint64_t{1} << 30U;
constexpr std::uint64_t most_native_output = std::uint64_t{16} << 20U;
/// Address space that valgrind or perf may have beside the guest's own, for their code, tables and translations.
constexpr std::uint64_t native_tool_bytes = std::uint64_t{2} << 30U;
constexpr std::uint64_t max_profile_bytes = std::uint64_t{256} << 20U;

/// Signals by which the program itself went wrong.
constexpr std::array guest_signals = {SIGILL, SIGSEGV, SIGBUS, SIGFPE, SIGTRAP, SIGABRT, SIGSYS};

/// What the program and the tools around it see. Its size moves the stack, and with it a few instructions of the
/// dynamic linker: it must not depend on who started us.
const std::map<std::string, std::string> fixed_environment = {{"LC_ALL", "C"}};

/// The instruction sets by which libraries choose code, as far as valgrind has them.
std::string instruction_sets() {
#if defined(__x86_64__)
  std::string sets = "x86-64";
  if (__builtin_cpu_supports("sse4.2") != 0) sets += " sse4.2";
  if (__builtin_cpu_supports("avx") != 0) sets += " avx";
  if (__builtin_cpu_supports("avx2") != 0) sets += " avx2";
  if (__builtin_cpu_supports("bmi") != 0) sets += " bmi";
  if (__builtin_cpu_supports("bmi2") != 0) sets += " bmi2";
  return sets;
#elif defined(__aarch64__)
  return "aarch64";
#else
  return "other";
#endif
}

std::string input_of(const InputFile& input) {
  return input.path.empty() ? std::string() : system::read_text(input.path, largest_native_input);
}

Outcome outcome_of(const system::ProcessResult& result, const Limits& limits) {
  const std::string words = model::to_line(result.standard_error.substr(0, 400), 200);
  const std::string said = words.empty() ? "" : ": " + words;
  switch (result.end) {
    case system::ProcessEnd::exited:
      if (result.exit_status == 0) break;
      return failure(OutcomeKind::exit, fmt::format("the guest ended with exit code {}{}", result.exit_status, said),
                     static_cast<std::uint64_t>(result.exit_status));
    case system::ProcessEnd::signalled: {
      const bool own = std::ranges::find(guest_signals, result.signal) != guest_signals.end();
      return failure(own ? OutcomeKind::trap : OutcomeKind::crashed,
                     fmt::format("ended by {}{}", system::signal_name(result.signal), said),
                     own ? std::nullopt : std::optional(static_cast<std::uint64_t>(result.signal)));
    }
    case system::ProcessEnd::timed_out:
      return failure(OutcomeKind::limit,
                     fmt::format("took longer than {} s",
                                 std::chrono::duration_cast<std::chrono::seconds>(limits.max_time).count()));
    case system::ProcessEnd::stopped:
    case system::ProcessEnd::not_started:
      return failure(OutcomeKind::rejected, result.why);
  }
  if (result.output_truncated) {
    return failure(OutcomeKind::limit, fmt::format("its output is longer than {} MiB", most_native_output >> 20U));
  }
  return {};
}

/// A run in a fresh directory in which the program has always the same name.
class Place {
 public:
  Place(const NativePlace& place, const ArtifactFile& artifact) : directory_(place.cache, "native", *place.clock) {
    std::error_code error;
    fs::create_symlink(fs::absolute(artifact.path), path() / "guest", error);
    if (error) {
      throw model::Error(model::ErrorKind::measurement,
                         fmt::format("{}: {}", (path() / "guest").string(), error.message()));
    }
  }
  const fs::path& path() const { return directory_.path(); }

  system::ProcessRequest request(std::vector<std::string> before, std::string input, const Limits& limits) const {
    system::ProcessRequest request;
    request.arguments = std::move(before);
    request.arguments.emplace_back("./guest");
    request.directory = path();
    request.environment = fixed_environment;
    request.memory_limit_bytes = limits.max_memory_bytes + (request.arguments.size() > 1 ? native_tool_bytes : 0);
    request.standard_input = std::move(input);
    request.time_limit = limits.max_time;
    request.file_size_limit_bytes = max_profile_bytes;
    request.output_limit_bytes = most_native_output;
    return request;
  }

 private:
  system::WorkDirectory directory_;
};

/// What valgrind says where it did not come to start the guest, e.g. because the file is cut off: it opens a log first
/// thing when it does. Empty for a guest that ran.
std::string not_started(const fs::path& directory, const system::ProcessResult& result) {
  if (result.end != system::ProcessEnd::exited || result.exit_status == 0) return {};
  for (const fs::directory_entry& entry : fs::directory_iterator(directory)) {
    if (entry.path().filename().string().starts_with("valgrind.log.")) return {};
  }
  const std::string words = model::to_line(result.standard_error.substr(0, 400), 200);
  return fmt::format("the program could not be started: {}",
                     words.empty() ? fmt::format("valgrind ended with status {}", result.exit_status) : words);
}

/// The instructions of the one process that ran in the directory. valgrind opens a log for each process the moment it
/// is forked, also for one that then becomes another program or is killed, and writes a total when it ends.
std::expected<std::uint64_t, std::string> counted(const fs::path& directory) {
  std::vector<fs::path> totals;
  std::size_t logs = 0;
  for (const fs::directory_entry& entry : fs::directory_iterator(directory)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with("callgrind.out.")) totals.push_back(entry.path());
    if (name.starts_with("valgrind.log.")) ++logs;
  }
  if (logs > 1 || totals.size() > 1) {
    return std::unexpected(
        "the guest started another process, whose instructions would not count; a guest must be a single process");
  }
  if (totals.empty()) return std::unexpected("valgrind wrote no callgrind.out");
  const auto total = callgrind_total(system::read_text(totals.front(), max_profile_bytes));
  if (!total) return std::unexpected("valgrind wrote a callgrind.out without a total");
  return *total;
}

fs::path on_path(const system::Variables& variables, const std::string& name) {
  const auto search = variables.find("PATH");
  return system::find_program(name, search == variables.end() ? "/usr/bin:/bin" : search->second).value_or(fs::path());
}

/// `1234,,cycles:u,...` of `perf stat -x,`: the count of an event, as far as it was counted.
std::optional<std::int64_t> perf_count(std::string_view text, std::string_view event) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    std::int64_t value = 0;
    const auto [stop, error] = std::from_chars(line.data(), line.data() + line.size(), value);
    if (error != std::errc() || stop == line.data() + line.size() || *stop != ',') continue;
    if (line.contains(fmt::format(",{},", event))) return value;
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::uint64_t> callgrind_total(std::string_view text) {
  for (const std::string_view word : {"\nsummary: ", "\ntotals: "}) {
    const std::size_t at = text.find(word);
    if (at == std::string_view::npos) continue;
    const std::string_view digits = text.substr(at + word.size());
    std::uint64_t total = 0;
    const auto [stop, error] = std::from_chars(digits.data(), digits.data() + digits.size(), total);
    if (error == std::errc() && stop != digits.data() + digits.size() && *stop == '\n') return total;
  }
  return std::nullopt;
}

NativeExecutor::NativeExecutor(NativePlace place) : place_(std::move(place)) {}

NativeExecutor::Tools NativeExecutor::find_tools() const {
  Tools tools;
  const auto ask = [&](std::vector<std::string> arguments) {
    system::ProcessRequest request;
    request.arguments = std::move(arguments);
    request.environment = fixed_environment;
    request.environment["PATH"] = "/usr/bin:/bin";
    request.time_limit = std::chrono::seconds(20);
    return place_.processes->run(request);
  };
  tools.valgrind = on_path(place_.variables, "valgrind");
  if (!tools.valgrind.empty()) {
    const system::ProcessResult result = ask({tools.valgrind.string(), "--version"});
    tools.valgrind_version = model::to_line(result.standard_output.substr(0, result.standard_output.find('\n')), 40);
    if (!result.ok() || tools.valgrind_version.empty()) tools.valgrind.clear();
  }
  if (tools.valgrind.empty()) tools.missing = "no metric instructions: valgrind is not here; apt-get install valgrind";
  tools.setarch = on_path(place_.variables, "setarch");
  if (!tools.setarch.empty() && !ask({tools.setarch.string(), "-R", "/bin/true"}).ok()) tools.setarch.clear();
  tools.perf = on_path(place_.variables, "perf");
  std::string why;
  if (tools.perf.empty()) {
    why = "perf is not here; apt-get install linux-perf";
  } else {
    const system::ProcessResult result =
        ask({tools.perf.string(), "stat", "-x,", "-e", "instructions:u,cycles:u", "/bin/true"});
    if (!result.ok() || !perf_count(result.standard_error, "instructions:u")) {
      why =
          "the kernel gives perf no counters here (a virtual machine, a container, or kernel.perf_event_paranoid above "
          "2)";
      tools.perf.clear();
    }
  }
  if (!why.empty()) {
    tools.missing +=
        fmt::format("{}no metrics cpu_cycles and retired_instructions: {}", tools.missing.empty() ? "" : ". ", why);
  }
  return tools;
}

const NativeExecutor::Tools& NativeExecutor::tools() {
  const std::scoped_lock guard(mutex_);
  if (!tools_) tools_ = find_tools();
  return *tools_;
}

Description NativeExecutor::describe() {
  const Tools& found = tools();
  Description description{
      .name = "native", .version = "1", .options = "", .cost_model = "", .metrics = {}, .unavailable = ""};
  if (!found.valgrind.empty()) {
    description.metrics.push_back(
        {.name = "instructions", .unit = "instructions", .kind = MetricKind::exact, .better = Better::lower});
    description.options =
        fmt::format("{}{}, libc {}, {}", found.valgrind_version, found.setarch.empty() ? ", addresses randomised" : "",
                    gnu_get_libc_version(), instruction_sets());
  }
  for (const model::Metric& metric : process_metrics()) description.metrics.push_back(metric);
  if (!found.perf.empty()) {
    // Not `cycles`, which is an exact metric of zkVMs.
    description.metrics.push_back(
        {.name = "cpu_cycles", .unit = "cycles", .kind = MetricKind::sampled, .better = Better::lower});
    description.metrics.push_back({.name = "retired_instructions",
                                   .unit = "retired_instructions",
                                   .kind = MetricKind::sampled,
                                   .better = Better::lower});
  }
  description.limited = found.missing;
  return description;
}

model::Execution NativeExecutor::execute(const ArtifactFile& artifact, const InputFile& input, const Limits& limits,
                                         model::Detail /*detail*/) {
  if (std::string why = unfit_program(artifact.path); !why.empty()) {
    model::Execution execution;
    execution.outcome = failure(OutcomeKind::rejected, std::move(why));
    return execution;
  }
  const Tools& found = tools();
  const Place place(place_, artifact);
  std::vector<std::string> before;
  if (!found.valgrind.empty()) {
    if (!found.setarch.empty()) before = {found.setarch.string(), "-R"};
    before.insert(before.end(),
                  {found.valgrind.string(), "--tool=callgrind", "--quiet", "--trace-children=no",
                   "--log-file=valgrind.log.%p", "--callgrind-out-file=callgrind.out.%p", "--error-limit=no"});
  }
  const system::ProcessResult result = place_.processes->run(place.request(std::move(before), input_of(input), limits));
  model::Execution execution;
  execution.outcome = outcome_of(result, limits);
  if (!found.valgrind.empty()) {
    if (std::string why = not_started(place.path(), result); !why.empty()) {
      execution.outcome = failure(OutcomeKind::rejected, std::move(why));
    }
  }
  execution.console = model::to_line(result.standard_error, 16U << 10U);
  if (!execution.outcome.ok()) return execution;
  if (!found.valgrind.empty()) {
    const auto total = counted(place.path());
    if (!total) {
      execution.outcome = failure(OutcomeKind::crashed, total.error(), 0);
      return execution;
    }
    execution.steps = *total;
    execution.metrics["instructions"] = *total;
  }
  execution.output.assign(result.standard_output.begin(), result.standard_output.end());
  return execution;
}

TimedExecution NativeExecutor::execute_timed(const ArtifactFile& artifact, const InputFile& input, const Limits& limits,
                                             const TimedSettings& settings) {
  if (std::string why = unfit_program(artifact.path); !why.empty()) {
    TimedExecution timed;
    timed.outcome = failure(OutcomeKind::rejected, std::move(why));
    return timed;
  }
  const Tools& found = tools();
  const Place place(place_, artifact);
  const std::string bytes = input_of(input);
  system::ProcessRequest request = place.request({}, bytes, limits);
  request.pin_to_core = settings.core;
  request.slow_down = settings.slow_down;
  const system::ProcessResult result = place_.processes->run(request);
  TimedExecution timed;
  timed.outcome = outcome_of(result, limits);
  if (!timed.outcome.ok()) return timed;
  timed.output_sha256 = system::sha256_hex(std::string_view(result.standard_output));
  timed.samples = {{"wall_time", result.wall.count()},
                   {"user_sys_time", (result.user + result.system).count()},
                   {"peak_memory", static_cast<std::int64_t>(result.max_rss_bytes)}};
  if (result.max_rss_bytes <= result.max_rss_floor_bytes) {
    timed.warnings.push_back(
        {"memory-floor", fmt::format("peak_memory is only known to be at most {} MiB, the size of cyclegate itself",
                                     result.max_rss_bytes >> 20U)});
  }
  if (!found.perf.empty()) {
    // A run of its own, so that perf's start does not count as the guest's time.
    system::ProcessRequest counted = place.request(
        {found.perf.string(), "stat", "-x,", "-e", "instructions:u,cycles:u", "-o", "perf.csv", "--"}, bytes, limits);
    counted.pin_to_core = settings.core;
    if (place_.processes->run(counted).ok()) {
      const std::string text = system::read_text(place.path() / "perf.csv", 1U << 20U);
      if (const auto cycles = perf_count(text, "cycles:u")) timed.samples["cpu_cycles"] = *cycles;
      if (const auto retired = perf_count(text, "instructions:u")) timed.samples["retired_instructions"] = *retired;
    }
  }
  return timed;
}

}  // namespace cyclegate::executors
