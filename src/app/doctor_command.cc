// doctor: which functions ought to be a precompile, and what else is odd.
#include <fmt/format.h>

#include <algorithm>
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

[[noreturn]] void refuse(const std::string& message) {
  throw model::Error(model::ErrorKind::usage, message);
}

fs::path existing(const Services& services, const std::string& option, const std::string& name) {
  const fs::path path = located(services, name);
  std::error_code ignored;
  if (!fs::is_regular_file(path, ignored)) refuse(fmt::format("{} {}: there is no such file", option, name));
  return path;
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
  for (const model::CostRow& row : execution.precompiles) {
    if (row.count > 0) hotspots.precompiles.push_back(row.name);
  }
}

/// A profile in any format, or lines of text.
doctor::Hotspots hotspots_from_file(const Invocation& invocation, const Services& services, const std::string& name) {
  const fs::path path = existing_file(services, name);
  std::ifstream stream(path, std::ios::binary);
  std::error_code ignored;
  const bool may_be_text =
      stream.peek() != 0x1F && stream.peek() != '{' && fs::file_size(path, ignored) <= largest_text;
  if (may_be_text) {
    const std::string text = system::read_text(path, largest_text);
    if (doctor::is_function_list(text) || !profile::recognise(std::string_view(text).substr(0, 4096))) {
      doctor::Hotspots hotspots = doctor::hotspots_from_text(text, name);
      if (text.find("COST DISTRIBUTION") != std::string::npos) add_report(hotspots, text);
      return hotspots;
    }
  }
  return doctor::hotspots_of(profile::demangled(profile::read(stream, name)), invocation.get("--column").value_or(""));
}

doctor::Hotspots hotspots_from_run(const Invocation& invocation, Services& services) {
  const std::string name = invocation.get("--executor").value_or("embedded");
  const Target target = target_of(invocation, services, name);
  executors::Executor& executor = services.executors.get(name);
  const model::Execution execution =
      executor.execute(target.artifact, target.input, target.limits, model::Detail::profile);
  if (!execution.outcome.ok()) {
    throw model::Error(model::ErrorKind::measurement,
                       "the guest did not succeed, and half a run explains nothing; see cyclegate execute");
  }
  if (!execution.profile && execution.functions.empty()) {
    refuse(fmt::format("the executor {} tells no functions; give a profile file, or take --executor embedded", name));
  }
  const std::string guest = invocation.has("GUEST") ? *invocation.get("GUEST") : *invocation.get("--elf");
  const std::string input = invocation.has("INPUT") ? *invocation.get("INPUT") : invocation.get("--input").value_or("");
  if (execution.profile && invocation.has("--column")) {
    doctor::Hotspots hotspots = doctor::hotspots_of(*execution.profile, *invocation.get("--column"));
    const doctor::Hotspots facts = doctor::hotspots_of(execution, guest);
    hotspots.precompiles = facts.precompiles;
    hotspots.misaligned_accesses = facts.misaligned_accesses;
    hotspots.steps = facts.steps;
    hotspots.origin = facts.origin;
    return hotspots;
  }
  return doctor::hotspots_of(execution, input.empty() ? guest : guest + " on " + input);
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

doctor::CargoFiles cargo_files(const Invocation& invocation, const Services& services) {
  doctor::CargoFiles files;
  const fs::path lock = invocation.has("--lock") ? existing(services, "--lock", *invocation.get("--lock"))
                                                 : nearest_lock(fs::absolute(services.directory));
  if (lock.empty()) return files;
  const auto name = [&](const fs::path& path) {
    const fs::path relative = path.lexically_relative(fs::absolute(services.directory));
    return relative.empty() ? path.generic_string() : relative.generic_string();
  };
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
  const std::string executor = invocation.get("--executor").value_or("embedded");
  const bool is_of_another = executor == "sp1" || executor == "risc0" || executor == "openvm";
  return is_of_another ? executor : "zisk";
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
  const doctor::CargoFiles files = cargo_files(invocation, services);
  const auto guest = invocation.get("GUEST");
  const doctor::Hotspots hotspots = names_file(invocation, services) ? hotspots_from_file(invocation, services, *guest)
                                                                     : hotspots_from_run(invocation, services);
  const doctor::Diagnosis diagnosis = doctor::examine(hotspots, coverage, files, options);
  services.console.out() << (services.console.json()
                                 ? render::json_without_workflow_commands(doctor::diagnosis_json(diagnosis))
                                 : safe_lines(doctor::diagnosis_text(diagnosis)));
  return ExitCode::success;
}

}  // namespace cyclegate::app
