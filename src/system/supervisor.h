#pragma once

#include <sys/types.h>

#include <cstdint>

namespace cyclegate::system {

/// What the supervising process needs; everything is made ready before fork, because a forked copy of a program with
/// threads may not allocate.
struct SupervisorPlan {
  const char* program = nullptr;
  char* const* arguments = nullptr;    ///< ends with nullptr
  char* const* environment = nullptr;  ///< ends with nullptr
  const char* directory = nullptr;     ///< nullptr: ours
  int standard_input = -1;
  int standard_output = -1;
  int standard_error = -1;
  int report = -1;              ///< where the SupervisorReport is written
  std::int64_t time_limit = 0;  ///< ns; 0: none
  std::int64_t grace = 0;       ///< ns between SIGTERM and SIGKILL
  std::uint64_t memory_limit = 0;
  std::uint64_t file_size_limit = 0;
  int core = -1;                ///< -1: any
  std::uint64_t slow_down = 0;  ///< millionths of the wall time, see ProcessRequest::slow_down
  pid_t owner = 0;
};

/// What could not be done to start the program.
enum class StartStep : std::int32_t { none, fork, directory, memory_limit, file_size_limit, core, program };

/// Written once by the supervising process; smaller than PIPE_BUF, so it arrives whole.
struct SupervisorReport {
  StartStep failed_step = StartStep::none;
  std::int32_t error = 0;   ///< errno of the failed step
  std::int32_t status = 0;  ///< as wait4 gave it
  std::int32_t timed_out = 0;
  std::int64_t wall = 0;    ///< ns
  std::int64_t user = 0;    ///< ns
  std::int64_t system = 0;  ///< ns
  std::uint64_t max_rss = 0;
  std::uint64_t max_rss_floor = 0;
};

/// The life of the supervising process; to be called right after fork with all signals blocked. Starts the program,
/// waits for it, ends whatever it started, writes the report and exits. SIGTERM (also sent by the kernel when the owner
/// dies) ends the program early. Uses async-signal-safe functions only.
[[noreturn]] void supervise(const SupervisorPlan& requested);

}  // namespace cyclegate::system
