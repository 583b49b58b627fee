#include "system/process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <string_view>

#include "model/error.h"
#include "system/descriptor.h"
#include "system/files.h"
#include "system/interrupt.h"
#include "system/supervisor.h"

namespace cyclegate::system {
namespace {

namespace fs = std::filesystem;
using model::Error;
using model::ErrorKind;

constexpr std::size_t tail_bytes = 16U << 10U;

[[noreturn]] void machine_refuses(std::string_view what) {
  throw Error(ErrorKind::measurement, fmt::format("cannot {}: {}", what, std::strerror(errno)));
}

struct Pipe {
  Descriptor read;
  Descriptor write;
};

Pipe make_pipe() {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) machine_refuses("make a pipe");
  Pipe pipe{Descriptor(ends[0]), Descriptor(ends[1])};
  fcntl(pipe.read.get(), F_SETFL, O_NONBLOCK);
  return pipe;
}

/// The input as a file in memory: nothing to feed while the program runs, and no broken pipe when it does not read.
Descriptor input_file(const std::string& bytes) {
  if (bytes.empty()) {
    Descriptor nothing(open("/dev/null", O_RDONLY | O_CLOEXEC));
    if (!nothing) machine_refuses("open /dev/null");
    return nothing;
  }
  Descriptor file(memfd_create("standard-input", MFD_CLOEXEC));
  if (!file) machine_refuses("make a file in memory");
  std::string_view rest = bytes;
  while (!rest.empty()) {
    const ssize_t written = write(file.get(), rest.data(), rest.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) machine_refuses("write a file in memory");
    rest.remove_prefix(static_cast<std::size_t>(written));
  }
  lseek(file.get(), 0, SEEK_SET);
  return file;
}

/// The log file of a run; stops growing at its limit or when the disk is full.
class Log {
 public:
  Log(const fs::path& path, std::uint64_t limit) : left_(limit) {
    if (path.empty()) return;
    if (path.has_parent_path()) make_directories(path.parent_path());
    file_ = Descriptor(open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644));
    if (!file_) machine_refuses("write " + path.string());
  }

  void append(std::string_view text) {
    if (!file_) return;
    const std::string_view fits = text.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(left_, text.size())));
    left_ -= fits.size();
    const bool written = put(fits);
    if (written && fits.size() == text.size()) return;
    truncated_ = true;
    put("\n[cyclegate: the log was cut here; there was more]\n");
    file_.reset();
  }

  bool truncated() const { return truncated_; }

 private:
  bool put(std::string_view text) {
    while (!text.empty()) {
      const ssize_t written = write(file_.get(), text.data(), text.size());
      if (written < 0 && errno == EINTR) continue;
      if (written <= 0) return false;
      text.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
  }

  Descriptor file_;
  std::uint64_t left_;
  bool truncated_ = false;
};

/// One of the program's outputs.
struct Stream {
  Descriptor descriptor;
  std::string* kept;
  bool* truncated;
};

/// Takes what is there now; closes the stream at its end. At most a mebibyte, so that limits are still looked at while
/// somebody writes without pause.
void take_available(Stream& stream, const ProcessRequest& request, Log& log, std::string& tail) {
  std::array<char, 1U << 16U> buffer;
  for (int round = 0; round < 16; ++round) {
    const ssize_t size = read(stream.descriptor.get(), buffer.data(), buffer.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0 && errno == EAGAIN) return;
    if (size <= 0) {
      stream.descriptor.reset();
      return;
    }
    const std::string_view text(buffer.data(), static_cast<std::size_t>(size));
    const std::uint64_t room =
        request.output_limit_bytes - std::min<std::uint64_t>(request.output_limit_bytes, stream.kept->size());
    if (text.size() > room) *stream.truncated = true;
    stream.kept->append(text.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(room, text.size()))));
    log.append(text);
    tail.append(text);
    if (tail.size() > 2 * tail_bytes) tail.erase(0, tail.size() - tail_bytes);
  }
}

/// The supervising process; told to end and waited for when something is thrown past it.
class Supervisor {
 public:
  explicit Supervisor(pid_t process) : process_(process) {}
  ~Supervisor() {
    if (process_ <= 0) return;
    tell_to_end();
    wait();
  }
  Supervisor(const Supervisor&) = delete;
  Supervisor& operator=(const Supervisor&) = delete;

  void tell_to_end() const { kill(process_, SIGTERM); }
  void wait() {
    while (waitpid(process_, nullptr, 0) < 0 && errno == EINTR) continue;
    process_ = 0;
  }

 private:
  pid_t process_;
};

/// Pointers into `strings`, ended by nullptr, as execve wants them.
std::vector<char*> pointers(std::vector<std::string>& strings) {
  std::vector<char*> result;
  result.reserve(strings.size() + 1);
  for (std::string& text : strings) result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

pid_t fork_supervisor(const SupervisorPlan& plan) {
  // Blocked, so that no handler of ours ever runs in the copy; supervise() wants them blocked.
  sigset_t all;
  sigset_t former;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &former);
  const pid_t process = fork();
  if (process == 0) supervise(plan);
  const int error = errno;
  pthread_sigmask(SIG_SETMASK, &former, nullptr);
  errno = error;
  if (process < 0) machine_refuses("start a process");
  return process;
}

std::string show_duration(std::chrono::nanoseconds duration) {
  const auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(duration).count();
  if (milliseconds % 1000 != 0) return fmt::format("{} ms", milliseconds);
  return fmt::format("{} s", milliseconds / 1000);
}

std::string_view show_step(StartStep step) {
  switch (step) {
    case StartStep::fork:
      return "no process could be made";
    case StartStep::directory:
      return "its working directory cannot be entered";
    case StartStep::memory_limit:
      return "its memory could not be limited";
    case StartStep::file_size_limit:
      return "its file size could not be limited";
    case StartStep::core:
      return "it could not be pinned to its core";
    case StartStep::none:
    case StartStep::program:
      break;
  }
  return "it cannot be executed";
}

std::string show_signal(int signal) {
  switch (signal) {
    case SIGKILL:
      return "killed by SIGKILL (out of memory?)";
    case SIGXFSZ:
      return "killed by SIGXFSZ: it wrote a file beyond the limit";
    default:
      return "killed by " + signal_name(signal);
  }
}

ProcessResult not_started(const ProcessRequest& request, std::string_view why) {
  ProcessResult result;
  result.why = fmt::format("cannot start {}: {}", request.arguments.empty() ? "nothing" : request.arguments[0], why);
  return result;
}

bool has_nul(const ProcessRequest& request) {
  const auto nul = [](const std::string& text) { return text.find('\0') != std::string::npos; };
  return std::ranges::any_of(request.arguments, nul) || nul(request.directory.native()) ||
         std::ranges::any_of(request.environment,
                             [&](const auto& entry) { return nul(entry.first) || nul(entry.second); });
}

/// Fills in how it ended; the outputs are there already.
void judge(ProcessResult& result, const ProcessRequest& request, const SupervisorReport& report,
           const std::optional<std::string>& stopped) {
  if (report.failed_step != StartStep::none) {
    result.end = ProcessEnd::not_started;
    const std::string where = report.failed_step == StartStep::directory ? " " + request.directory.string() : "";
    result.why = fmt::format("cannot start {}: {}{}: {}", request.arguments[0], show_step(report.failed_step), where,
                             std::strerror(report.error));
    return;
  }
  result.wall = std::chrono::nanoseconds(report.wall);
  result.user = std::chrono::nanoseconds(report.user);
  result.system = std::chrono::nanoseconds(report.system);
  result.max_rss_bytes = report.max_rss;
  result.max_rss_floor_bytes = report.max_rss_floor;
  if (stopped) {
    result.end = ProcessEnd::stopped;
    result.why = *stopped;
  } else if (report.timed_out != 0) {
    result.end = ProcessEnd::timed_out;
    result.why = fmt::format("killed after {}, its time limit", show_duration(request.time_limit));
  } else if (WIFSIGNALED(report.status)) {
    result.end = ProcessEnd::signalled;
    result.signal = WTERMSIG(report.status);
    result.why = show_signal(result.signal);
  } else {
    result.end = ProcessEnd::exited;
    result.exit_status = WEXITSTATUS(report.status);
    if (result.exit_status != 0) result.why = fmt::format("exit status {}", result.exit_status);
  }
}

}  // namespace

ProcessResult SystemProcessRunner::run(const ProcessRequest& request) {
  throw_if_interrupted();
  if (request.arguments.empty() || request.arguments[0].empty()) return not_started(request, "no program is named");
  if (has_nul(request)) return not_started(request, "an argument or variable has a NUL byte");
  const auto search_path = request.environment.find("PATH");
  const std::optional<fs::path> program =
      find_program(request.arguments[0], search_path == request.environment.end() ? "" : search_path->second);
  if (!program) return not_started(request, "no such program in PATH");

  std::vector<std::string> arguments = request.arguments;
  std::vector<std::string> variables;
  variables.reserve(request.environment.size());
  for (const auto& [name, value] : request.environment) variables.push_back(fmt::format("{}={}", name, value));
  const std::vector<char*> argument_pointers = pointers(arguments);
  const std::vector<char*> variable_pointers = pointers(variables);

  ProcessResult result;
  Log log(request.log, request.log_limit_bytes);
  Descriptor input = input_file(request.standard_input);
  Pipe output = make_pipe();
  Pipe error = make_pipe();
  Pipe report_pipe = make_pipe();
  const SupervisorPlan plan{.program = program->c_str(),
                            .arguments = argument_pointers.data(),
                            .environment = variable_pointers.data(),
                            .directory = request.directory.empty() ? nullptr : request.directory.c_str(),
                            .standard_input = input.get(),
                            .standard_output = output.write.get(),
                            .standard_error = request.join_outputs ? output.write.get() : error.write.get(),
                            .report = report_pipe.write.get(),
                            .time_limit = request.time_limit.count(),
                            .grace = grace_.count(),
                            .memory_limit = request.memory_limit_bytes,
                            .file_size_limit = request.file_size_limit_bytes,
                            .core = request.pin_to_core.value_or(-1),
                            .slow_down = static_cast<std::uint64_t>(std::max<std::int64_t>(request.slow_down.value, 0)),
                            .owner = getpid()};
  Supervisor supervisor(fork_supervisor(plan));
  input.reset();
  output.write.reset();
  error.write.reset();
  report_pipe.write.reset();

  std::array<Stream, 2> streams = {Stream{std::move(output.read), &result.standard_output, &result.output_truncated},
                                   Stream{std::move(error.read), &result.standard_error, &result.error_truncated}};
  std::string tail;
  const auto take_outputs = [&] {
    for (Stream& stream : streams) {
      if (stream.descriptor) take_available(stream, request, log, tail);
    }
  };
  bool was_interrupted = false;
  std::optional<std::string> stopped;
  auto next_watch = std::chrono::steady_clock::now() + request.watch_interval;
  for (;;) {
    std::array<pollfd, 4> polled = {pollfd{report_pipe.read.get(), POLLIN, 0},
                                    pollfd{streams[0].descriptor.get(), POLLIN, 0},
                                    pollfd{streams[1].descriptor.get(), POLLIN, 0},
                                    pollfd{was_interrupted ? -1 : interrupt_descriptor(), POLLIN, 0}};
    int timeout = -1;
    if (request.watch && !stopped) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(next_watch - std::chrono::steady_clock::now());
      timeout = static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 3'600'000));
    }
    if (poll(polled.data(), polled.size(), timeout) < 0 && errno != EINTR) machine_refuses("wait for a process");
    take_outputs();
    if (polled[0].revents != 0) break;
    if (!was_interrupted && interrupted()) {
      was_interrupted = true;
      supervisor.tell_to_end();
    }
    if (request.watch && !stopped && std::chrono::steady_clock::now() >= next_watch) {
      stopped = request.watch();
      if (stopped) supervisor.tell_to_end();
      next_watch = std::chrono::steady_clock::now() + request.watch_interval;
    }
  }
  SupervisorReport report;
  const bool reported = read(report_pipe.read.get(), &report, sizeof(report)) == static_cast<ssize_t>(sizeof(report));
  supervisor.wait();
  // All writers are gone, so that everything is in the pipes by now; a pipe holds less than one round takes.
  take_outputs();
  result.log_truncated = log.truncated();
  result.output_tail = tail.size() > tail_bytes ? tail.substr(tail.size() - tail_bytes) : std::move(tail);
  if (was_interrupted) throw_if_interrupted();
  if (!reported) {
    result.end = ProcessEnd::signalled;
    result.signal = SIGKILL;
    result.why = "its supervising process was killed (out of memory?)";
    return result;
  }
  judge(result, request, report, stopped);
  return result;
}

std::optional<fs::path> find_program(const std::string& name, const std::string& search_path) {
  if (name.find('/') != std::string::npos) return fs::path(name);
  std::string_view rest = search_path;
  while (!rest.empty()) {
    const std::string_view directory = rest.substr(0, rest.find(':'));
    rest.remove_prefix(std::min(directory.size() + 1, rest.size()));
    // A relative entry would find different programs in different directories.
    if (!directory.starts_with('/')) continue;
    fs::path candidate = fs::path(directory) / name;
    struct stat status{};
    if (stat(candidate.c_str(), &status) == 0 && S_ISREG(status.st_mode) && access(candidate.c_str(), X_OK) == 0) {
      return candidate;
    }
  }
  return std::nullopt;
}

std::string signal_name(int signal) {
  const char* name = sigabbrev_np(signal);
  return name == nullptr ? fmt::format("signal {}", signal) : fmt::format("SIG{}", name);
}

}  // namespace cyclegate::system
