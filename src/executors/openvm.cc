#include "executors/openvm.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cstdlib>
#include <system_error>
#include <utility>

#include "executors/failure.h"
#include "executors/guest_runner.h"
#include "executors/program_finder.h"
#include "model/error.h"
#include "system/excerpt.h"
#include "system/files.h"
#include "system/process.h"
#include "system/sha256.h"
#include "system/work_directory.h"

namespace cyclegate::executors {
namespace {

namespace fs = std::filesystem;

using model::Outcome;
using model::OutcomeKind;

constexpr std::string_view program_name = "cargo-openvm";
constexpr std::uint64_t largest_openvm_input = std::uint64_t{256} << 20;
constexpr std::uint64_t most_openvm_output = std::uint64_t{128} << 20;
/// Address space that OpenVM itself may have: its keys, and the reservations of its threads and memory images.
constexpr std::uint64_t openvm_tool_bytes = std::uint64_t{32} << 30;
constexpr std::chrono::nanoseconds openvm_version_time = std::chrono::seconds(30);

/// A directory of our own with a manifest, which the command line wants even for a finished executable.
class WorkingPlace {
 public:
  WorkingPlace() {
    std::string name = (fs::temp_directory_path() / "cyclegate-openvm-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) {
      throw model::Error(model::ErrorKind::measurement, "no directory could be made for OpenVM's input: " +
                                                            std::error_code(errno, std::generic_category()).message());
    }
    path_ = name;
    system::write_atomically(path_ / "Cargo.toml",
                             "[package]\nname = \"guest\"\nversion = \"0.0.0\"\nedition = \"2021\"\n\n[workspace]\n");
    fs::create_directory(path_ / "src");
    system::write_atomically(path_ / "src/main.rs", "fn main() {}\n");
  }
  WorkingPlace(const WorkingPlace&) = delete;
  WorkingPlace& operator=(const WorkingPlace&) = delete;
  ~WorkingPlace() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

std::optional<std::uint64_t> whole_number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<std::string_view> after(std::string_view line, std::string_view prefix) {
  if (!line.starts_with(prefix)) return std::nullopt;
  return line.substr(prefix.size());
}

std::optional<std::vector<std::uint8_t>> byte_list(std::string_view text) {
  if (text.size() < 2 || text.front() != '[' || text.back() != ']') return std::nullopt;
  text = text.substr(1, text.size() - 2);
  std::vector<std::uint8_t> bytes;
  while (!text.empty()) {
    const std::size_t comma = std::min(text.find(", "), text.size());
    const auto value = whole_number(text.substr(0, comma));
    if (!value || *value > 255) return std::nullopt;
    bytes.push_back(static_cast<std::uint8_t>(*value));
    text.remove_prefix(std::min(comma + 2, text.size()));
  }
  return bytes;
}

/// The outcome of a run that did not end well.
Outcome process_failure(const system::ProcessResult& result, const Limits& limits) {
  switch (result.end) {
    case system::ProcessEnd::timed_out:
      return failure(OutcomeKind::limit,
                     fmt::format("still running after {} s", std::chrono::duration<double>(limits.max_time).count()));
    case system::ProcessEnd::signalled:
      return crashed(fmt::format("{} was ended by {}", program_name, system::signal_name(result.signal)),
                     static_cast<std::uint64_t>(result.signal));
    case system::ProcessEnd::not_started:
    case system::ProcessEnd::stopped:
      return crashed(fmt::format("{}: {}", program_name, result.why));
    case system::ProcessEnd::exited:
      break;
  }
  const std::string said = system::last_lines(result.standard_error, 4, 800);
  // The text of OpenVM's ExecutionError::FailedWithExitCode.
  constexpr std::string_view words = "failed with exit code ";
  if (const std::size_t at = said.find(words); at != std::string::npos) {
    const std::size_t begin = at + words.size();
    const auto code =
        whole_number(std::string_view(said).substr(begin, said.find_first_not_of("0123456789", begin) - begin));
    if (code) return failure(OutcomeKind::exit, fmt::format("the guest ended with exit code {}", *code), code);
  }
  return crashed(fmt::format("{} ended with status {}: {}", program_name, result.exit_status, said),
                 static_cast<std::uint64_t>(result.exit_status));
}

}  // namespace

std::expected<OpenvmReport, std::string> openvm_report(std::string_view text, std::string_view last) {
  while (text.ends_with('\n')) text.remove_suffix(1);
  std::array<std::string_view, 3> lines;
  for (std::size_t i = lines.size(); i-- > 0;) {
    const std::size_t start = text.find_last_of('\n');
    lines[i] = start == std::string_view::npos ? text : text.substr(start + 1);
    text = start == std::string_view::npos ? std::string_view{} : text.substr(0, start);
  }
  const auto list = after(lines[0], "Execution output: ");
  const auto output = list ? byte_list(*list) : std::nullopt;
  if (!output) return std::unexpected("its third line from the end is not `Execution output: [..]`");
  const auto executed = after(lines[1], "Number of instructions executed: ");
  const auto instructions = executed ? whole_number(*executed) : std::nullopt;
  if (!instructions) return std::unexpected("its second line from the end is not `Number of instructions executed: N`");
  const auto total = after(lines[2], fmt::format("{}: ", last));
  const auto number = total ? whole_number(*total) : std::nullopt;
  if (!number) return std::unexpected(fmt::format("its last line is not `{}: N`", last));
  return OpenvmReport{.output = *output, .instructions = *instructions, .last = *number};
}

std::expected<OpenvmExecutor::Program, std::string> OpenvmExecutor::find() const {
  if (world_.processes == nullptr) return std::unexpected("there is no way to start processes");
  const auto found = find_executor_program(program_name, world_.variables);
  if (!found) {
    return std::unexpected(found.error() +
                           "; `cargo install --locked --git https://github.com/openvm-org/openvm.git --tag "
                           "v2.0.1 cargo-openvm` installs it");
  }
  system::ProcessRequest request;
  request.arguments = {found->string(), "openvm", "--version"};
  request.environment = system::child_environment(world_.variables);
  request.time_limit = openvm_version_time;
  request.output_limit_bytes = 4096;
  const system::ProcessResult result = world_.processes->run(request);
  const std::string said = system::last_lines(result.standard_output, 1, 200);
  if (!result.ok() || said.empty()) {
    return std::unexpected(fmt::format("{} openvm --version failed: {}", found->string(), result.why));
  }
  try {
    return Program{
        .path = *found, .version = said.substr(said.find_first_of(' ') + 1), .digest = system::sha256_file(*found)};
  } catch (const model::Error& error) {
    return std::unexpected(error.what());
  }
}

const std::expected<OpenvmExecutor::Program, std::string>& OpenvmExecutor::program() {
  const std::scoped_lock guard(mutex_);
  if (!program_) program_ = find();
  return *program_;
}

Description OpenvmExecutor::describe() {
  const auto& found = program();
  return {.name = "openvm",
          .version = found ? found->version : "",
          .options = "",
          .cost_model = "",
          .metrics = {exact_metric("cycles", "cycles"), exact_metric("cells", "cells"),
                      exact_metric("segments", "segments")},
          .unavailable = found ? "" : found.error(),
          .program = found ? found->digest : ""};
}

model::Execution OpenvmExecutor::execute(const ArtifactFile& artifact, const InputFile& input, const Limits& limits,
                                         model::Detail /*detail*/) {
  model::Execution execution;
  const auto& found = program();
  if (!found) {
    execution.outcome = crashed(found.error());
    return execution;
  }
  const WorkingPlace place;
  system::ProcessRequest request;
  request.directory = place.path();
  request.environment = system::child_environment(world_.variables);
  request.time_limit = limits.max_time;
  request.memory_limit_bytes = limits.max_memory_bytes + openvm_tool_bytes;
  request.output_limit_bytes = most_openvm_output;
  const std::array<std::pair<const char*, const char*>, 2> modes{
      {{"meter", "Total cost"}, {"segment", "Total segments"}}};
  for (const auto& [mode, last] : modes) {
    request.arguments = {
        found->path.string(), "openvm", "run", "--exe", fs::absolute(artifact.path).string(), "--mode", mode,
        // Keys are made once for each version and stay.
        "--target-dir", (system::default_cache_root(world_.variables) / "openvm" / found->version).string()};
    if (!input.path.empty()) {
      const auto bytes = system::read_bytes(input.path, largest_openvm_input);
      // 01 stands for bytes (crates/cli/src/input.rs).
      std::string text = "{\"input\": [\"0x01";
      for (const std::uint8_t byte : bytes) fmt::format_to(std::back_inserter(text), "{:02x}", byte);
      text += "\"]}\n";
      system::write_atomically(place.path() / "input.json", text);
      request.arguments.insert(request.arguments.end(), {"--input", (place.path() / "input.json").string()});
    }
    const system::ProcessResult result = world_.processes->run(request);
    if (!result.ok()) {
      execution = {};
      execution.outcome = process_failure(result, limits);
      return execution;
    }
    const auto report = openvm_report(result.standard_output, last);
    if (!report) {
      execution = {};
      execution.outcome = crashed(fmt::format("{} gave no usable answer: {}", program_name, report.error()));
      return execution;
    }
    const bool first = execution.metrics.empty();
    if (!first && (report->instructions != execution.steps || report->output != execution.output)) {
      std::string why = report->instructions != execution.steps
                            ? fmt::format("{} ran {} instructions in mode {} and {} in mode {}", program_name,
                                          execution.steps, modes.front().first, report->instructions, mode)
                            : fmt::format("{} gave one output in mode {} and another in mode {}", program_name,
                                          modes.front().first, mode);
      execution = {};
      execution.outcome = crashed(std::move(why));
      return execution;
    }
    execution.output = report->output;
    execution.steps = report->instructions;
    execution.metrics["cycles"] = report->instructions;
    execution.metrics[mode == std::string_view("meter") ? "cells" : "segments"] = report->last;
  }
  return execution;
}

TimedExecution OpenvmExecutor::execute_timed(const ArtifactFile& /*artifact*/, const InputFile& /*input*/,
                                             const Limits& /*limits*/, const TimedSettings& /*settings*/) {
  throw model::Error(model::ErrorKind::measurement, "the executor openvm has no sampled metrics");
}

}  // namespace cyclegate::executors
