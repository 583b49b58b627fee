#include "executors/ziskemu.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <utility>

#include "elf/image.h"
#include "executors/exact_metrics.h"
#include "executors/failure.h"
#include "executors/program_finder.h"
#include "executors/run_directory.h"
#include "executors/ziskemu_functions.h"
#include "executors/ziskemu_outcome.h"
#include "model/error.h"
#include "reports/ziskemu_csv.h"
#include "system/files.h"
#include "system/process.h"
#include "system/sha256.h"

namespace cyclegate::executors {
namespace {

using model::Outcome;

/// A version of ziskemu whose behaviour is known from real runs.
struct KnownVersion {
  std::string_view version;
  std::optional<std::uint64_t> cost_version;  ///< as the snapshot states it; absent: it does not
  bool random_seed;                           ///< has --random-seed
  bool sees_exit_codes;                       ///< a guest's exit code other than 0 is a failure
};
constexpr std::array known_versions = {
    KnownVersion{.version = "1.4.0-alpha", .cost_version = 1, .random_seed = true, .sees_exit_codes = true},
    KnownVersion{.version = "1.1.0-alpha", .cost_version = {}, .random_seed = false, .sees_exit_codes = false},
};

const KnownVersion* known(std::string_view version) {
  const auto* const found = std::ranges::find(known_versions, version, &KnownVersion::version);
  return found == known_versions.end() ? nullptr : found;
}

/// Address space beyond the guest's own memory limit: ziskemu 1.4.0-alpha reserves 1.2 GB before it runs anything.
constexpr std::uint64_t own_address_space = std::uint64_t{2} << 30;
constexpr std::uint64_t most_file_bytes = std::uint64_t{512} << 20;
constexpr std::uint64_t most_snapshot_bytes = std::uint64_t{16} << 20;
constexpr std::uint64_t most_output_bytes = std::uint64_t{64} << 10;
/// Kept of standard output: more than a console, so that the report behind it is found in all but absurd cases.
constexpr std::uint64_t most_printed_bytes = std::uint64_t{1} << 20;
constexpr std::size_t most_console_bytes = 65536;  // as the embedded executor
/// Calls, returns and jumps up to which a profile is asked for: about 60 bytes for each.
constexpr std::uint64_t most_profiled_jumps = 4'000'000;
constexpr std::string_view steps_label = "STEPS: ";

bool is_version(std::string_view text) {
  const auto plain = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' || c == '-' ||
           c == '+';
  };
  return !text.empty() && text.size() <= 64 && text.front() >= '0' && text.front() <= '9' &&
         std::ranges::all_of(text, plain);
}

/// `--steps` prints `STEPS: N` last, behind whatever the guest printed.
std::optional<std::uint64_t> printed_steps(const system::ProcessResult& result) {
  const std::string_view text = result.output_truncated ? result.output_tail : result.standard_output;
  const std::size_t at = text.rfind(steps_label);
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view digits = text.substr(at + steps_label.size());
  std::uint64_t steps = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), steps);
  if (error != std::errc()) return std::nullopt;
  // On a failure standard error follows in the tail; in standard output nothing may.
  const std::string_view rest(end, digits.data() + digits.size());
  if (!rest.starts_with('\n') || (!result.output_truncated && rest.size() != 1)) return std::nullopt;
  return steps;
}

/// What the guest printed: standard output without what ziskemu prints before it (with -S) and behind it.
std::string console_of(std::string_view printed) {
  for (const std::string_view start :
       {"Loading symbols from ELF file: ", "Loaded symbols from ELF file: ", "Loaded "}) {
    if (printed.starts_with(start)) printed.remove_prefix(std::min(printed.find('\n'), printed.size() - 1) + 1);
  }
  if (const std::size_t report = printed.rfind("\nREPORT"); report != std::string_view::npos) {
    printed = printed.substr(0, report);
  } else if (const std::size_t steps = printed.rfind(steps_label); steps != std::string_view::npos) {
    printed = printed.substr(0, steps);
  }
  return std::string(printed.substr(0, most_console_bytes));
}

/// A file that ziskemu left, or why it is not there.
std::expected<std::string, std::string> left_behind(const std::filesystem::path& path, std::uint64_t limit) {
  try {
    return system::read_text(path, limit);
  } catch (const model::Error& error) {
    return std::unexpected(error.what());
  }
}

/// The public output of a run that went well, or why there is none.
Outcome take_output(const RunDirectory& directory, std::vector<std::uint8_t>& output) {
  auto bytes = left_behind(directory / "output.bin", most_output_bytes);
  if (!bytes) return crashed("ziskemu ended well but left no public output: " + bytes.error());
  output.assign(bytes->begin(), bytes->end());
  return {};
}

}  // namespace

ZiskemuExecutor::ZiskemuExecutor(const World& world) : world_(world) {}

ZiskemuExecutor::~ZiskemuExecutor() = default;

ZiskemuExecutor::Tool ZiskemuExecutor::look() const {
  Tool tool;
  if (world_.processes == nullptr || world_.clock == nullptr) {
    tool.unavailable = "ziskemu cannot be started from here";
    return tool;
  }
  auto found = find_executor_program("ziskemu", world_.variables);
  if (!found) {
    tool.unavailable = std::move(found.error());
    return tool;
  }
  tool.path = std::move(*found);
  try {
    tool.digest = system::sha256_file(tool.path);
  } catch (const model::Error& error) {
    tool.unavailable = error.what();
    return tool;
  }
  system::ProcessRequest request;
  request.arguments = {tool.path.string(), "--version"};
  request.environment = {{"LC_ALL", "C"}};
  request.time_limit = std::chrono::seconds(30);
  request.output_limit_bytes = 4096;
  const system::ProcessResult result = world_.processes->run(request);
  // `ziskemu 1.4.0-alpha (...)`; what is in brackets differs with every build of the same version.
  std::string_view line = result.standard_output;
  line = line.substr(0, line.find('\n'));
  constexpr std::string_view name = "ziskemu ";
  if (line.starts_with(name)) {
    const std::string_view version = line.substr(name.size(), line.find(' ', name.size()) - name.size());
    if (is_version(version)) tool.version = version;
  }
  if (!result.ok() || tool.version.empty()) {
    tool.version.clear();
    tool.unavailable = fmt::format(
        "{} does not tell its version ({}); `ziskemu --version` should print `ziskemu {}`; `{}` installs that one",
        tool.path.string(), result.ok() ? fmt::format("it says '{}'", line.substr(0, 100)) : result.why,
        known_versions[0].version, install_command(*find_pinned_program("ziskemu")));
  }
  return tool;
}

const ZiskemuExecutor::Tool& ZiskemuExecutor::tool() {
  const std::scoped_lock guard(mutex_);
  if (!tool_) {
    Tool found = look();
    if (found.unavailable.empty()) {
      try {
        directories_ =
            std::make_unique<RunDirectories>(system::default_cache_root(world_.variables), "ziskemu", *world_.clock);
      } catch (const model::Error& error) {
        found.unavailable = error.what();
      }
    }
    tool_ = std::move(found);
  }
  return *tool_;
}

const ZiskemuExecutor::Tool& ZiskemuExecutor::usable_tool() {
  const Tool& found = tool();
  if (!found.unavailable.empty()) {
    throw model::Error(model::ErrorKind::measurement,
                       "the executor ziskemu is not available here: " + found.unavailable);
  }
  return found;
}

Description ZiskemuExecutor::describe() {
  const Tool& found = tool();
  Description description{.name = "ziskemu",
                          .version = found.version,
                          .options = "",
                          .cost_model = "",
                          .metrics = cost_model_metrics(),
                          .unavailable = found.unavailable,
                          .program = found.digest};
  // ziskemu counts by width and alignment of the word, not whether an access is aligned to its own width.
  std::erase_if(description.metrics, [](const model::Metric& metric) { return metric.name == "misaligned_accesses"; });
  const auto sampled = process_metrics();
  description.metrics.insert(description.metrics.end(), sampled.begin(), sampled.end());
  if (found.version.empty()) return description;
  const KnownVersion* facts = known(found.version);
  if (facts == nullptr || facts->random_seed) description.options = "random-seed=0";
  description.cost_model = "zisk-" + found.version;
  if (facts != nullptr && facts->cost_version) {
    description.cost_model += fmt::format(", cost version {}", *facts->cost_version);
  }
  return description;
}

std::vector<std::string> ZiskemuExecutor::command(const ArtifactFile& artifact, const InputFile& input,
                                                  const Limits& limits, const RunDirectory& directory) {
  const Tool& found = tool();
  std::vector<std::string> arguments{found.path.string(), "--elf", std::filesystem::absolute(artifact.path).string()};
  if (!input.path.empty()) {
    arguments.insert(arguments.end(), {"--inputs", std::filesystem::absolute(input.path).string()});
  }
  arguments.insert(arguments.end(),
                   {"--max-steps", fmt::to_string(limits.max_steps), "--output", (directory / "output.bin").string()});
  const KnownVersion* facts = known(found.version);
  // A guest that asks for random numbers gets the same ones in every run.
  if (facts == nullptr || facts->random_seed) arguments.insert(arguments.end(), {"--random-seed", "0"});
  return arguments;
}

system::ProcessResult ZiskemuExecutor::run(std::vector<std::string> arguments, const Limits& limits,
                                           const RunDirectory& directory, const TimedSettings& settings) {
  system::ProcessRequest request;
  request.arguments = std::move(arguments);
  request.directory = directory.path();
  request.environment = {{"LC_ALL", "C"}};
  request.time_limit = limits.max_time;
  request.memory_limit_bytes =
      limits.max_memory_bytes > ~std::uint64_t{0} - own_address_space ? 0 : limits.max_memory_bytes + own_address_space;
  request.file_size_limit_bytes = most_file_bytes;
  request.output_limit_bytes = most_printed_bytes;
  request.pin_to_core = settings.core;
  request.slow_down = settings.slow_down;
  return world_.processes->run(request);
}

model::Execution ZiskemuExecutor::totals(const ArtifactFile& artifact, const InputFile& input, const Limits& limits) {
  const RunDirectory directory = directories_->make();
  std::vector<std::string> arguments = command(artifact, input, limits, directory);
  arguments.emplace_back("--steps");
  const system::ProcessResult result = run(std::move(arguments), limits, directory, {});
  model::Execution execution;
  execution.outcome = ziskemu_outcome(result, limits);
  execution.console = console_of(result.standard_output);
  const auto steps = printed_steps(result);
  execution.steps = steps.value_or(0);
  if (!execution.outcome.ok()) return execution;
  if (!steps) {
    execution.outcome = crashed("ziskemu ended well but did not print the number of steps");
    return execution;
  }
  execution.outcome = take_output(directory, execution.output);
  return execution;
}

void ZiskemuExecutor::add_functions(const ArtifactFile& artifact, const InputFile& input, const Limits& limits,
                                    const RunDirectory& directory, model::Detail detail, model::Execution& execution) {
  const auto give_up = [&](const std::string& why) {
    execution.functions.clear();
    execution.warnings.push_back({.code = "no-functions", .message = "no table of functions: " + why});
  };
  const auto listing = left_behind(directory / "listing.txt", most_file_bytes);
  if (!listing) return give_up(listing.error());
  const auto image = elf::parse(system::read_bytes(artifact.path, elf::max_image_bytes));
  if (!image) return give_up(image.error().message);
  const auto listed = read_listing(*listing, *image);
  if (!listed) return give_up(listed.error());
  if (listed->steps != execution.steps) {
    return give_up(fmt::format("the listing counts {} steps, the run had {}", listed->steps, execution.steps));
  }
  execution.functions = function_rows(*listed, nullptr, 0);
  const auto why = add_function_costs(artifact, input, limits, *listed, detail, execution);
  if (!why) return;
  execution.warnings.push_back({.code = "function-steps-only", .message = "functions have steps and no cost: " + *why});
}

std::optional<std::string> ZiskemuExecutor::add_function_costs(const ArtifactFile& artifact, const InputFile& input,
                                                               const Limits& limits, const ListedSteps& listed,
                                                               model::Detail detail, model::Execution& execution) {
  if (listed.jumps > most_profiled_jumps) {
    return fmt::format("more than {} calls and returns are too many for ziskemu's profile", most_profiled_jumps);
  }
  const RunDirectory directory = directories_->make();
  std::vector<std::string> arguments = command(artifact, input, limits, directory);
  const std::filesystem::path file = directory / "profile.json";
  // Tables of one row: the end of the report stays within what is kept of a long output.
  arguments.insert(arguments.end(),
                   {"--stats", "--read-symbols", "--top-roi", "1", "--profiler-output", file.string()});
  const system::ProcessResult result = run(std::move(arguments), limits, directory, {});
  if (const Outcome outcome = ziskemu_outcome(result, limits); !outcome.ok()) {
    return "the run with a profile failed: " + model::describe(outcome);
  }
  if (auto lost = lost_call_stack(result)) return lost;
  const auto text = left_behind(file, most_file_bytes);
  if (!text) return text.error();
  const auto profile = read_profile(*text);
  if (!profile) return profile.error();
  const std::uint64_t variable = execution.cost->variable();
  auto rows = function_rows(listed, &*profile, variable);
  if (rows.empty()) return "ziskemu's profile has more cost than its report";
  execution.functions = std::move(rows);
  const std::uint64_t cost_of_step = execution.steps == 0 ? 0 : execution.cost->parts.main / execution.steps;
  if (const auto jumped = jumped_to(execution.functions, cost_of_step)) {
    execution.warnings.push_back(
        {.code = "functions-jumped-to",
         .message = fmt::format("ziskemu counts what functions cost that are jumped to instead of called (here {}) for "
                                "those that jump to them; their steps are their own",
                                *jumped)});
  }
  if (detail != model::Detail::profile) return std::nullopt;
  auto tree = read_call_tree(*text, variable);
  if (tree) {
    execution.profile = std::move(*tree);
  } else {
    execution.warnings.push_back({.code = "no-call-stacks", .message = "no call stacks: " + tree.error()});
  }
  return std::nullopt;
}

model::Execution ZiskemuExecutor::counted(const ArtifactFile& artifact, const InputFile& input, const Limits& limits,
                                          model::Detail detail) {
  const bool functions = detail >= model::Detail::functions;
  const RunDirectory directory = directories_->make();
  std::vector<std::string> arguments = command(artifact, input, limits, directory);
  const std::filesystem::path snapshot = directory / "stats.csv";
  arguments.insert(arguments.end(), {"--stats", "--mem-stats", "--mem-full-stats", "--save-stats", snapshot.string()});
  if (functions) {
    arguments.insert(arguments.end(), {"--read-symbols", "--disasm", (directory / "listing.txt").string()});
  }
  const system::ProcessResult result = run(std::move(arguments), limits, directory, {});
  model::Execution execution;
  execution.outcome = ziskemu_outcome(result, limits);
  if (!execution.outcome.ok()) {
    execution.console = console_of(result.standard_output);
    return execution;
  }
  const auto text = left_behind(snapshot, most_snapshot_bytes);
  if (!text) {
    execution.outcome = crashed("ziskemu ended well but left no statistics: " + text.error());
    return execution;
  }
  try {
    const reports::ZiskemuReport report = reports::read_ziskemu_csv(*text, "ziskemu's statistics");
    if (const auto wrong = reports::check_sums(report)) {
      execution.outcome = crashed("ziskemu's statistics do not add up: " + *wrong);
      return execution;
    }
    const KnownVersion* facts = known(tool().version);
    if (facts != nullptr && report.cost_version != facts->cost_version) {
      execution.outcome = crashed(fmt::format("ziskemu {} reports cost version {} where {} is known", facts->version,
                                              report.cost_version.value_or(0), facts->cost_version.value_or(0)));
      return execution;
    }
    execution = reports::to_execution(report);
  } catch (const model::Error& error) {
    execution.outcome = crashed(fmt::format("ziskemu's statistics cannot be read: {}", error.what()));
    return execution;
  }
  if (!execution.cost) {
    execution.outcome = crashed("ziskemu's statistics have no cost");
    return execution;
  }
  execution.console = console_of(result.standard_output);
  execution.outcome = take_output(directory, execution.output);
  if (execution.outcome.ok() && functions) add_functions(artifact, input, limits, directory, detail, execution);
  return execution;
}

model::Execution ZiskemuExecutor::execute(const ArtifactFile& artifact, const InputFile& input, const Limits& limits,
                                          model::Detail detail) {
  const Tool& found = usable_tool();
  model::Execution execution;
  try {
    execution =
        detail == model::Detail::totals ? totals(artifact, input, limits) : counted(artifact, input, limits, detail);
  } catch (const model::Error& error) {
    // What the file system refuses ends this run and no other.
    if (error.kind() == model::ErrorKind::interrupted) throw;
    execution = {};
    execution.outcome = crashed(error.what());
  }
  const KnownVersion* facts = known(found.version);
  if (facts == nullptr) {
    execution.warnings.push_back({.code = "untested-executor",
                                  .message = fmt::format("cyclegate knows the ways of ziskemu {}, not of {}",
                                                         known_versions[0].version, found.version)});
  } else if (!facts->sees_exit_codes) {
    execution.warnings.push_back(
        {.code = "exit-codes-unseen",
         .message = fmt::format("ziskemu {} takes a guest that ends with another exit code than 0 for a success",
                                found.version)});
  }
  return execution;
}

TimedExecution ZiskemuExecutor::execute_timed(const ArtifactFile& artifact, const InputFile& input,
                                              const Limits& limits, const TimedSettings& settings) {
  usable_tool();
  TimedExecution timed;
  try {
    const RunDirectory directory = directories_->make();
    std::vector<std::string> arguments = command(artifact, input, limits, directory);
    arguments.emplace_back("--steps");
    const system::ProcessResult result = run(std::move(arguments), limits, directory, settings);
    timed.outcome = ziskemu_outcome(result, limits);
    const auto steps = printed_steps(result);
    timed.steps = steps.value_or(0);
    if (!timed.outcome.ok()) return timed;
    if (!steps) {
      timed.outcome = crashed("ziskemu ended well but did not print the number of steps");
      return timed;
    }
    std::vector<std::uint8_t> output;
    timed.outcome = take_output(directory, output);
    if (!timed.outcome.ok()) return timed;
    timed.output_sha256 = system::sha256_hex(output);
    if (result.max_rss_bytes <= result.max_rss_floor_bytes) {
      timed.warnings.push_back({.code = "memory-floor",
                                .message = fmt::format("peak_memory is only known to be at most {} MiB, the size of "
                                                       "cyclegate itself",
                                                       result.max_rss_bytes >> 20U)});
    }
    timed.samples = {{"wall_time", result.wall.count()},
                     {"user_sys_time", (result.user + result.system).count()},
                     {"peak_memory", static_cast<std::int64_t>(result.max_rss_bytes)}};
  } catch (const model::Error& error) {
    if (error.kind() == model::ErrorKind::interrupted) throw;
    timed = {};
    timed.outcome = crashed(error.what());
  }
  return timed;
}

}  // namespace cyclegate::executors
