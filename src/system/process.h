#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "model/wide.h"

namespace cyclegate::system {

/// One program to run, with all that it may use. No shell is involved: `arguments` is its argv.
struct ProcessRequest {
  /// [0] is a path (a relative one counts from `directory`), or a name looked up in `environment`'s PATH.
  std::vector<std::string> arguments;
  std::filesystem::path directory;                 ///< working directory; empty: ours
  std::map<std::string, std::string> environment;  ///< complete; nothing of ours is inherited
  std::string standard_input;                      ///< the bytes it can read (as a seekable file); empty: /dev/null
  std::chrono::nanoseconds time_limit{0};          ///< wall time until it is killed; 0: none
  std::uint64_t memory_limit_bytes = 0;            ///< RLIMIT_AS of each process; 0: none
  std::uint64_t file_size_limit_bytes = 0;         ///< RLIMIT_FSIZE, the largest file it may write; 0: none
  std::uint64_t output_limit_bytes = 16U << 20U;   ///< kept of standard output, and of standard error, each
  bool join_outputs = false;       ///< standard error goes into standard output, so that the order of both is kept
  std::optional<int> pin_to_core;  ///< the one core it may run on
  /// A known slow-down: when the program has ended by itself, its supervising process keeps the core busy for this
  /// further fraction of the wall time that the program took before it looks at the clock. Wall and user time both have
  /// it. 0: none.
  model::Millionths slow_down{0};
  std::filesystem::path log;                   ///< both outputs also go here as they come; empty: nowhere
  std::uint64_t log_limit_bytes = 64U << 20U;  ///< the log says that it was cut and grows no further
  /// Called on the caller's thread about every `watch_interval` while the program runs. A returned sentence stops the
  /// program (ProcessEnd::stopped).
  std::function<std::optional<std::string>()> watch;
  std::chrono::nanoseconds watch_interval{std::chrono::milliseconds{250}};
};

/// How a program ended.
enum class ProcessEnd {
  exited,       ///< by itself, with `exit_status`
  signalled,    ///< by a signal that we did not send, `signal`
  timed_out,    ///< killed at its time limit
  stopped,      ///< killed because `watch` said so
  not_started,  ///< could not be started: no such program, no such directory, ...
};

/// What one program did.
struct ProcessResult {
  ProcessEnd end = ProcessEnd::not_started;
  int exit_status = 0;  ///< exited only
  int signal = 0;       ///< signalled only
  std::string why;      ///< one sentence unless exited with status 0
  std::string standard_output;
  std::string standard_error;
  bool output_truncated = false;       ///< standard output was longer than the limit
  bool error_truncated = false;        ///< standard error was longer than the limit
  bool log_truncated = false;          ///< the log was longer than the limit, or the disk was full
  std::string output_tail;             ///< the last 16 KiB of both outputs, about in the order in which they came
  std::chrono::nanoseconds wall{0};    ///< from just before exec until the program's end was seen
  std::chrono::nanoseconds user{0};    ///< of the program and the descendants that it waited for (wait4)
  std::chrono::nanoseconds system{0};  ///< likewise
  std::uint64_t max_rss_bytes = 0;     ///< peak resident set of the largest of these processes (wait4)
  /// Linux counts the forked copy of our own process towards `max_rss_bytes`. A peak that is not above this floor only
  /// says that the program needed at most that much.
  std::uint64_t max_rss_floor_bytes = 0;

  bool ok() const { return end == ProcessEnd::exited && exit_status == 0; }
};

/// Starts programs; the one way in which this project does so.
class ProcessRunner {
 public:
  ProcessRunner() = default;
  ProcessRunner(const ProcessRunner&) = delete;
  ProcessRunner& operator=(const ProcessRunner&) = delete;
  virtual ~ProcessRunner() = default;

  /// Runs the program to its end; whatever the program does is a value. Throws model::Error{interrupted} after SIGINT
  /// or SIGTERM, with the program and its descendants gone, and model::Error{measurement} when the machine refuses
  /// pipes or processes. May be called from several threads at once.
  virtual ProcessResult run(const ProcessRequest& request) = 0;
};

/// Runs real processes. Each gets a session (and so a process group) of its own below a supervising process of ours,
/// which ends every descendant, also those that left the group: with SIGTERM and then SIGKILL when the time is up, when
/// `watch` says so, when we are interrupted and when we die ourselves, even by SIGKILL; with SIGKILL what the program
/// left running when it ended. No descriptor but 0, 1 and 2 is handed on, core dumps are off, and the umask is 022.
class SystemProcessRunner final : public ProcessRunner {
 public:
  /// `grace` is the time between SIGTERM and SIGKILL.
  explicit SystemProcessRunner(std::chrono::nanoseconds grace = std::chrono::milliseconds{500}) : grace_(grace) {}
  ProcessResult run(const ProcessRequest& request) override;

 private:
  std::chrono::nanoseconds grace_;
};

/// The program's path as execvp would find it: `name` itself when it has a slash, else the first executable regular
/// file of that name in the colon-separated `search_path`. nullopt when there is none.
std::optional<std::filesystem::path> find_program(const std::string& name, const std::string& search_path);

/// `SIGSEGV` for 11; `signal 99` for one without a name.
std::string signal_name(int signal);

}  // namespace cyclegate::system
