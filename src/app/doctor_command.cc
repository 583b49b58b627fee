// doctor: which functions ought to be a precompile, and what else is odd.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <ostream>
#include <sstream>

#include "app/commands.h"
#include "app/console.h"
#include "app/guest_target.h"
#include "app/profile_source.h"
#include "app/services.h"
#include "config/patch_coverage.h"
#include "config/quantity.h"
#include "doctor/coverage_files.h"
#include "doctor/diagnosis.h"
#include "executors/executor.h"
#include "executors/registry.h"
#include "model/error.h"
#include "profile/read.h"
#include "render/function_name.h"
#include "render/safe_text.h"
#include "reports/ziskemu_text.h"
#include "system/files.h"

namespace cyclegate::app {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t largest_text = std::uint64_t{64} << 20;
constexpr std::uint64_t largest_cargo_file = std::uint64_t{16} << 20;
constexpr std::size_t most_manifests = 500;
constexpr int deepest_manifest = 5;

fs::path existing(const Services& services, const std::string& option, const std::string& name) {
  const fs::path path = located(services, name);
  std::error_code ignored;
  if (!fs::is_regular_file(path, ignored)) refuse(fmt::format("{} {}: there is no such file", option, name));
  return path;
}

/// The zkVM whose guests an executor runs; empty for one that says nothing about it.
std::string zkvm_of_executor(const std::string& executor) {
  if (executor == "embedded" || executor == "ziskemu") return "zisk";
  if (executor == "sp1" || executor == "risc0" || executor == "openvm") return executor;
  return "";
}

model::PatchCoverage coverage_of(const Invocation& invocation, const Services& services) {
  if (const auto name = invocation.get("--coverage")) {
    return config::read_patch_coverage(system::read_text(existing(services, "--coverage", *name), largest_cargo_file),
                                       *name);
  }
  const model::EmbeddedFile& file = doctor::coverage_files::embedded_files().front();
  return config::read_patch_coverage(file.bytes, file.name);
}

/// What a whole report of ziskemu says beside its functions: the exact cost that they are shares of, and precompiles.
void add_report(doctor::Hotspots& hotspots, const std::string& text) {
  const model::Execution execution = reports::to_execution(reports::read_ziskemu_text(text, hotspots.origin));
  if (execution.cost && hotspots.unit == "cost") hotspots.sum = execution.cost->variable();
  hotspots.steps = execution.steps;
  hotspots.precompiles_known = execution.cost.has_value();
  for (const model::CostRow& row : execution.precompiles) {
    if (row.count > 0) hotspots.precompiles.push_back(row.name);
  }
}

/// What says how to run a guest says nothing about a file that is there already.
void refuse_options_of_runs(const Invocation& invocation, const std::string& file) {
  constexpr std::array options = {"--elf", "--input", "--max-steps", "--max-memory", "--max-time", "--config"};
  for (const std::string option : options) {
    if (invocation.has(option)) refuse(fmt::format("{} is for running a guest, and {} is a file", option, file));
  }
  const std::string executor = invocation.get("--executor").value_or("embedded");
  if (zkvm_of_executor(executor).empty()) {
    refuse(fmt::format("--executor {} is for running a guest, and {} is a file; --zkvm says whose patches are meant",
                       executor, file));
  }
}

/// A profile in any format, or lines of text.
doctor::Hotspots hotspots_from_file(const Invocation& invocation, const Services& services, const std::string& name) {
  refuse_options_of_runs(invocation, name);
  if (name == "-") refuse("-: doctor reads files; `cyclegate profile -` reads standard input");
  const fs::path path = existing_file(services, name);
  std::ifstream stream(path, std::ios::binary);
  std::error_code ignored;
  const bool may_be_text =
      stream.peek() != 0x1F && stream.peek() != '{' && fs::file_size(path, ignored) <= largest_text;
  if (may_be_text) {
    const std::string text = system::read_text(path, largest_text);
    if (doctor::is_function_list(text) || !profile::recognise(std::string_view(text).substr(0, 4096))) {
      if (invocation.has("--column")) {
        refuse(fmt::format("--column {}: {} is a list of functions, which has no columns; a profile has",
                           *invocation.get("--column"), name));
      }
      doctor::Hotspots hotspots = doctor::hotspots_from_text(text, name);
      if (text.find("COST DISTRIBUTION") != std::string::npos) add_report(hotspots, text);
      return hotspots;
    }
  }
  return doctor::hotspots_of(profile::demangled(profile::read(stream, name)), invocation.get("--column").value_or(""));
}

/// `embedded (ZisK)`.
std::string ran_on(const std::string& executor, const model::PatchCoverage& coverage) {
  const std::string zkvm = zkvm_of_executor(executor);
  const auto known = std::ranges::find(coverage.zkvms, zkvm, &model::ZkvmCoverage::name);
  const std::string title = known == coverage.zkvms.end() ? zkvm : known->title;
  return title.empty() ? executor : fmt::format("{} ({})", executor, title);
}

/// What a run took, and the directory of the program that ran.
struct Run {
  doctor::Hotspots hotspots;
  fs::path directory;
};

Run run_once(const Invocation& invocation, Services& services, const model::PatchCoverage& coverage) {
  const std::string name = invocation.get("--executor").value_or("embedded");
  const Target target = target_of(invocation, services, name);
  executors::Executor& executor = services.executors.get(name);
  const model::Execution execution =
      executor.execute(target.artifact, target.input, target.limits, model::Detail::profile);
  const std::string guest = invocation.has("GUEST") ? *invocation.get("GUEST") : *invocation.get("--elf");
  const std::string input = invocation.has("INPUT") ? *invocation.get("INPUT") : invocation.get("--input").value_or("");
  const std::string what = input.empty() ? guest : guest + " on " + input;
  if (!execution.outcome.ok()) {
    throw model::Error(model::ErrorKind::measurement, fmt::format("{}, run by {}: {}; half a run explains nothing",
                                                                  what, name, model::describe(execution.outcome)));
  }
  if (!execution.profile && execution.functions.empty()) {
    refuse(fmt::format("the executor {} tells no functions; give a profile file, or take --executor embedded", name));
  }
  for (const model::Warning& warning : execution.warnings) {
    services.console.note(fmt::format("{} on {}: {}", what, name, warning.message));
  }
  Run run{.hotspots = doctor::hotspots_of(execution, what),
          .directory = fs::absolute(target.artifact.path).lexically_normal().parent_path()};
  if (const auto column = invocation.get("--column")) {
    if (!execution.profile) {
      refuse(fmt::format("--column {}: the executor {} keeps no call stacks, and so has no columns", *column, name));
    }
    doctor::Hotspots hotspots = doctor::hotspots_of(*execution.profile, *column);
    hotspots.precompiles = run.hotspots.precompiles;
    hotspots.precompiles_known = run.hotspots.precompiles_known;
    hotspots.misaligned_accesses = run.hotspots.misaligned_accesses;
    hotspots.steps = run.hotspots.steps;
    hotspots.origin = run.hotspots.origin;
    run.hotspots = std::move(hotspots);
  }
  run.hotspots.ran_on = ran_on(name, coverage);
  return run;
}

/// Cargo.lock of the directory or the nearest one above it.
fs::path nearest_lock(fs::path directory) {
  std::error_code ignored;
  for (;; directory = directory.parent_path()) {
    if (fs::is_regular_file(directory / "Cargo.lock", ignored)) return directory / "Cargo.lock";
    if (directory == directory.parent_path() || fs::exists(directory / ".git", ignored)) return {};
  }
}

/// Cargo.toml of the directory, then those below it in the order of their paths; build output and hidden directories
/// are passed over, and so are links, which may lead anywhere.
std::vector<fs::path> manifests_below(const fs::path& directory) {
  std::vector<fs::path> found;
  std::error_code failed;
  for (auto at = fs::recursive_directory_iterator(directory, fs::directory_options::skip_permission_denied, failed);
       !failed && at != fs::recursive_directory_iterator(); at.increment(failed)) {
    const std::string name = at->path().filename().string();
    std::error_code ignored;
    if (at->is_symlink(ignored)) continue;
    if (at->is_directory(ignored)) {
      if (name.starts_with('.') || name == "target" || name == "node_modules" || at.depth() >= deepest_manifest) {
        at.disable_recursion_pending();
      }
    } else if (name == "Cargo.toml" && at->is_regular_file(ignored)) {
      found.push_back(at->path());
      if (found.size() > most_manifests) break;
    }
  }
  const auto depth = [](const fs::path& path) { return std::distance(path.begin(), path.end()); };
  std::ranges::sort(found, [&](const fs::path& left, const fs::path& right) {
    return depth(left) != depth(right) ? depth(left) < depth(right) : left < right;
  });
  return found;
}

/// Cargo.lock that --lock names, else the nearest one of the guest's directory (where a guest ran), else that of the
/// directory in which the command works, with the manifests beside and below it.
doctor::CargoFiles cargo_files(const Invocation& invocation, const Services& services, const fs::path& guest) {
  doctor::CargoFiles files;
  const fs::path here = fs::absolute(services.directory).lexically_normal();
  const auto name = [&](const fs::path& path) {
    const fs::path relative = path.lexically_relative(here);
    return relative.empty() ? path.generic_string() : relative.generic_string();
  };
  fs::path lock;
  if (const auto named = invocation.get("--lock")) {
    lock = existing(services, "--lock", *named);
  } else {
    if (!guest.empty()) lock = nearest_lock(guest);
    if (lock.empty()) {
      lock = nearest_lock(here);
      const std::string places = guest.empty() || guest == here ? here.string() : name(guest) + " or " + here.string();
      files.no_lock = fmt::format("no Cargo.lock in {} or above; --lock FILE names one", places);
      if (!lock.empty() && !guest.empty() && guest != here) {
        services.console.note(
            fmt::format("no Cargo.lock in {} or above: taking {}; --lock FILE names another", name(guest), name(lock)));
      }
    }
  }
  if (lock.empty()) return files;
  files.lock = doctor::read_lock(system::read_text(lock, largest_cargo_file), name(lock));
  for (const fs::path& manifest : manifests_below(lock.parent_path())) {
    try {
      files.manifests.push_back(doctor::read_manifest(system::read_text(manifest, largest_cargo_file), name(manifest)));
    } catch (const model::Error& error) {
      // One of many, perhaps a fixture that is wrong on purpose: what it says is not checked.
      if (error.kind() == model::ErrorKind::interrupted) throw;
      doctor::CargoManifest unread;
      unread.origin = name(manifest);
      unread.unread = error.what();
      services.console.note(unread.unread + "; it is not checked");
      files.manifests.push_back(std::move(unread));
    }
  }
  return files;
}

/// What --zkvm says, else the one that the executor runs.
std::string zkvm_of(const Invocation& invocation) {
  if (const auto named = invocation.get("--zkvm")) return *named;
  const std::string zkvm = zkvm_of_executor(invocation.get("--executor").value_or("embedded"));
  return zkvm.empty() ? "zisk" : zkvm;
}

/// Names come from anywhere: what a terminal or a job's log would obey is made visible.
std::string safe_lines(const std::string& text) {
  constexpr std::size_t most_lines = 1'000'000;
  constexpr std::size_t longest_line = 8192;
  return render::without_workflow_commands(render::clean_lines(text, most_lines, longest_line)) + "\n";
}

/// `0.1%` or `0.1` in millionths.
model::Millionths share_from(std::string text) {
  if (text.ends_with('%')) text.pop_back();
  std::istringstream stream(text);
  stream.imbue(std::locale::classic());
  double percent = 0;
  if (!(stream >> percent) || !stream.eof() || !(percent >= 0) || percent > 100) {
    refuse(fmt::format("--min-share {}: right is a percentage such as 0.1%", text));
  }
  return {.value = std::llround(percent * 10'000)};
}

}  // namespace

ExitCode run_doctor(const Invocation& invocation, Services& services) {
  const model::PatchCoverage coverage = coverage_of(invocation, services);
  doctor::DoctorOptions options{
      .zkvm = zkvm_of(invocation), .exclude = invocation.all("--exclude"), .least_share = {.value = 1000}};
  if (const auto least = invocation.get("--min-share")) options.least_share = share_from(*least);
  if (const auto lock = invocation.get("--lock")) existing(services, "--lock", *lock);  // before a run takes time
  const auto guest = invocation.get("GUEST");
  const Run run = names_file(invocation, services)
                      ? Run{.hotspots = hotspots_from_file(invocation, services, *guest), .directory = {}}
                      : run_once(invocation, services, coverage);
  const doctor::CargoFiles files = cargo_files(invocation, services, run.directory);
  const doctor::Diagnosis diagnosis = doctor::examine(run.hotspots, coverage, files, options);
  services.console.out() << (services.console.json()
                                 ? render::json_without_workflow_commands(doctor::diagnosis_json(diagnosis))
                                 : safe_lines(doctor::diagnosis_text(diagnosis, render::shorten_function)));
  return ExitCode::success;
}

}  // namespace cyclegate::app
