#include "app/profile_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <string_view>

#include "app/console.h"
#include "app/guest_target.h"
#include "app/services.h"
#include "app/working_tree.h"
#include "executors/executor.h"
#include "executors/registry.h"
#include "model/error.h"
#include "profile/read.h"

namespace cyclegate::app {
namespace {

namespace fs = std::filesystem;

/// As files are called that profile, flamegraph, view and doctor read.
bool is_called_as_a_file(std::string_view name) {
  constexpr std::array endings = {".json",  ".gz",     ".pb",  ".folded", ".collapsed", ".perf", ".prof",
                                  ".pprof", ".stdout", ".txt", ".log",    ".csv",       ".svg",  ".html"};
  return name.contains('/') || std::ranges::any_of(endings, [&](const char* ending) { return name.ends_with(ending); });
}

/// The word for a pipe in place of a file.
constexpr std::string_view standard_input = "-";

bool is_configured(const std::string& guest, const Invocation& invocation, Services& services) {
  // A configuration that cannot be read is told as such.
  return configured_directory(invocation, services) &&
         open_working_tree(invocation, services).config.guests.contains(guest);
}

bool says_why(std::string_view code) {
  return code == "no-call-stacks" || code == "no-functions" || code == "function-steps-only";
}

}  // namespace

bool names_file(const Invocation& invocation, Services& services) {
  const auto name = invocation.get("GUEST");
  if (!name || invocation.has("INPUT")) return false;
  if (*name == standard_input) return true;
  std::error_code ignored;
  const fs::file_status status = fs::status(located(services, *name), ignored);
  if (is_called_as_a_file(*name) || fs::is_regular_file(status)) return true;
  // Guests often have a directory of their name.
  return fs::is_directory(status) && !is_configured(*name, invocation, services);
}

model::Profile read_profile(const Services& services, const std::string& name) {
  std::ifstream file;
  const bool piped = name == standard_input;
  if (!piped) {
    file.open(existing_file(services, name), std::ios::binary);
    if (!file) throw model::Error(model::ErrorKind::usage, fmt::format("{}: cannot be opened", name));
  }
  const std::string origin = piped ? "standard input" : name;
  model::Profile profile = profile::demangled(profile::read(piped ? std::cin : file, origin));
  for (const auto& warning : profile.warnings) services.console.note(fmt::format("{}: {}", origin, warning.message));
  return profile;
}

void require_source(const Invocation& invocation, Services& services) {
  const auto guest = invocation.get("GUEST");
  if (names_file(invocation, services)) {
    if (*guest != standard_input) existing_file(services, *guest);
  } else if (guest) {
    require_target(open_working_tree(invocation, services).config, invocation);
  } else {
    target_of(invocation, services, "embedded", Purpose::other);  // a file, or a mistake: nothing is built for either
  }
}

model::Profile base_profile(const Invocation& invocation, const Services& services) {
  const std::string name = *invocation.get("--diff");
  if (name == standard_input && invocation.get("GUEST") == name)
    throw model::Error(model::ErrorKind::usage, "--diff -: standard input can be one of the two profiles, not both");
  return read_profile(services, name);
}

model::Profile profile_of(const Invocation& invocation, Services& services) {
  const auto guest = invocation.get("GUEST");
  if (names_file(invocation, services)) {
    for (const char* option :
         {"--executor", "--elf", "--input", "--max-steps", "--max-memory", "--max-time", "--config"}) {
      if (invocation.has(option))
        throw model::Error(
            model::ErrorKind::usage,
            fmt::format("{} is a file, for which nothing is run: {} does not go with it", *guest, option));
    }
    return read_profile(services, *guest);
  }
  const std::string name = invocation.get("--executor").value_or("embedded");
  const Target target = target_of(invocation, services, name);  // brings the configuration's executors and cost model
  executors::Executor& executor = services.executors.get(name);
  model::Execution execution = executor.execute(target.artifact, target.input, target.limits, model::Detail::profile);
  const std::string what =
      guest ? fmt::format("{}/{}", *guest, invocation.get("INPUT").value_or("")) : invocation.get("--elf").value_or("");
  if (!execution.outcome.ok())
    throw model::Error(model::ErrorKind::measurement,
                       fmt::format("{} on {}: {}; only a run that succeeds has a profile", what, name,
                                   model::describe(execution.outcome)));
  if (!execution.profile) {
    // Why, where the executor could have: `no call stacks: ...`.
    std::string why = "this executor keeps no call stacks";
    for (const auto& warning : execution.warnings) {
      if (says_why(warning.code)) why = warning.message;
    }
    throw model::Error(model::ErrorKind::measurement,
                       fmt::format("{} on {}: {}; `--executor embedded` keeps them for every ZisK guest, `sp1` and "
                                   "`risc0` do for theirs",
                                   what, name, why));
  }
  for (const auto& warning : execution.profile->warnings) {
    services.console.note(fmt::format("{} on {}: {}", what, name, warning.message));
  }
  execution.profile->origin = fmt::format("{} on {}", what, name);
  return profile::demangled(std::move(*execution.profile));
}

}  // namespace cyclegate::app
