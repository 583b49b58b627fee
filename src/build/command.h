#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "model/run_set.h"

namespace cyclegate::system {
class Clock;
class ProcessRunner;
class Progress;
}  // namespace cyclegate::system

namespace cyclegate::build {

/// How much a command of a guest's repository may use.
struct CommandLimits {
  std::chrono::nanoseconds time{std::chrono::minutes{30}};  ///< 0: none
  /// How much the tree may grow, and the largest file. 0: none.
  std::uint64_t disk_bytes = std::uint64_t{20} << 30U;
  /// The command is stopped when the tree's file system has less than this left.
  std::uint64_t free_bytes = std::uint64_t{256} << 20U;
  std::chrono::nanoseconds disk_interval{std::chrono::seconds{2}};  ///< between two looks at the disk
};

/// A command line of a guest's repository (`run:`, `check:`). It is code of its own side: it may do what its author may
/// do, but gets limits and no secrets.
struct CommandRequest {
  std::string stage;                               ///< `build` or `check`, for the failure
  std::string subject;                             ///< what messages call it, e.g. `build zisk of block-hash (base)`
  std::string command;                             ///< given to `sh -e -c`
  std::filesystem::path tree;                      ///< where it runs
  std::map<std::string, std::string> environment;  ///< complete; from system::child_environment
  std::filesystem::path log;                       ///< its whole output (capped)
  CommandLimits limits;
};

/// Runs the command to its end. Everything it does wrong is a value with the last lines of its output; nullopt: exit
/// status 0. Throws as system::ProcessRunner does.
std::optional<model::StageFailure> run_command(system::ProcessRunner& runner, system::Clock& clock,
                                               const CommandRequest& request, system::Progress* progress = nullptr);

/// A name for a log file that is made of names somebody else chose: other characters than letters, digits, `-`, `_` and
/// `.` become `_`.
std::string log_name(const std::string& stage, model::Side side, const std::string& guest, const std::string& build);

}  // namespace cyclegate::build
