#include "app/profile_source.h"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <string_view>

#include "app/console.h"
#include "app/guest_target.h"
#include "app/services.h"
#include "executors/executor.h"
#include "executors/registry.h"
#include "model/error.h"
#include "profile/read.h"

namespace cyclegate::app {
namespace {

namespace fs = std::filesystem;

bool is_file(const fs::path& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored);
}

bool says_why(std::string_view code) {
  return code == "no-call-stacks" || code == "no-functions" || code == "function-steps-only";
}

}  // namespace

model::Profile read_profile(const Services& services, const std::string& name) {
  const fs::path path = located(services, name);
  if (!is_file(path)) throw model::Error(model::ErrorKind::usage, fmt::format("{}: there is no such file", name));
  std::ifstream stream(path, std::ios::binary);
  if (!stream) throw model::Error(model::ErrorKind::usage, fmt::format("{}: cannot be opened", name));
  model::Profile profile = profile::demangled(profile::read(stream, name));
  for (const auto& warning : profile.warnings) services.console.note(fmt::format("{}: {}", name, warning.message));
  return profile;
}

model::Profile profile_of(const Invocation& invocation, Services& services) {
  const auto guest = invocation.get("GUEST");
  if (guest && !invocation.has("INPUT") && !invocation.has("--elf") &&
      (is_file(located(services, *guest)) || guest->find('/') != std::string::npos))
    return read_profile(services, *guest);
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
