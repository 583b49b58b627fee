#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "app/command_line.h"

namespace cyclegate::executors {
class Registry;
}
namespace cyclegate::system {
class Clock;
class ProcessRunner;
}  // namespace cyclegate::system

namespace cyclegate::app {

class Console;

/// What every command gets of the world.
struct Services {
  system::Clock& clock;
  system::ProcessRunner& processes;
  executors::Registry& executors;
  Console& console;
  std::map<std::string, std::string> variables;  ///< our own environment
  std::filesystem::path directory;               ///< where the command works: --directory or the current one
};

/// `path` as seen from the command's directory.
std::filesystem::path located(const Services& services, const std::string& path);
/// Where the output directory is, `--out` or `out`; nothing is made.
std::filesystem::path output_path(const Services& services, const Invocation& invocation);
/// The file that `option` names, to be written. Throws model::Error{usage} where its directory does not exist, so that
/// a typo makes no tree, or where it is a directory itself: call it before anything costs time. Only the output
/// directory is made where it is missing.
std::optional<std::filesystem::path> output_file(const Services& services, const Invocation& invocation,
                                                 const std::string& option = "--output");
/// The output directory, made when it is not there: before anything costs time, and with a .gitignore
/// of its own, so that results never make the working tree dirty. One that is there already, below the top of a
/// repository and without a .gitignore, gets one that names the results only: what else lies in it may be tracked.
std::filesystem::path output_directory(const Services& services, const Invocation& invocation);

}  // namespace cyclegate::app
