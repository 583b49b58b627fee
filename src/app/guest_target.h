#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>

#include "app/command_line.h"
#include "config/config.h"
#include "executors/executor.h"

namespace cyclegate::app {

struct Services;

/// What is to be run.
struct Target {
  executors::ArtifactFile artifact;
  executors::InputFile input;
  executors::Limits limits;
};

/// Where the file is that the command line names, with --option or as a word. Throws model::Error{usage} where there is
/// none, or where it is a directory or another thing that is no regular file.
std::filesystem::path existing_file(const Services& services, const std::string& name, const std::string& option = "");

/// What --max-time says, where it is given: in the notation of cyclegate.yaml (`10s`), or in nanoseconds. Throws
/// model::Error{usage} for anything else.
std::optional<std::chrono::nanoseconds> max_time(const Invocation& invocation);
/// `limits` with what --max-steps (`1.5M`), --max-memory (`64MiB`) and --max-time say, in the notations of
/// cyclegate.yaml or as plain numbers. Throws model::Error{usage} for anything else.
executors::Limits limits_of(const Invocation& invocation, executors::Limits limits);

/// The guest and the input of the configuration that GUEST and INPUT name. Throws model::Error{usage} where there is
/// none.
std::pair<const config::Guest&, const config::Input&> require_target(const config::Config& config,
                                                                     const Invocation& invocation);

/// What becomes of a target.
enum class Purpose {
  run,    ///< the executor runs it: that it can here is asked before anything is built, unless cyclegate.yaml describes
          ///< it
  other,  ///< another program proves it, or whoever started us has asked
};

/// What GUEST and INPUT (built in the working tree as it is), or --elf and --input, name, with the limits of the
/// configuration and of --max-steps, --max-memory and --max-time. Throws model::Error{usage} where neither is there or
/// both are, and model::Error{measurement} where it is to run and the executor is not available here.
Target target_of(const Invocation& invocation, Services& services, const std::string& executor,
                 Purpose purpose = Purpose::run);

}  // namespace cyclegate::app
