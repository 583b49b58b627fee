#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>

#include "app/command_line.h"
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

/// What --max-time says, where it is given.
std::optional<std::chrono::nanoseconds> max_time(const Invocation& invocation);

/// What GUEST and INPUT (built in the working tree as it is), or --elf and --input, name, with the limits of the
/// configuration and of --max-steps, --max-memory and --max-time. Throws model::Error{usage} where neither is there or
/// both are.
Target target_of(const Invocation& invocation, Services& services, const std::string& executor);

}  // namespace cyclegate::app
