#include "system/supervisor.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <ctime>
#include <optional>

#include "model/wide.h"

namespace cyclegate::system {
namespace {

constexpr std::int64_t second = 1'000'000'000;

std::int64_t monotonic() {
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return std::int64_t{time.tv_sec} * second + time.tv_nsec;
}

std::int64_t processor_time(const timeval& time) {
  return std::int64_t{time.tv_sec} * second + time.tv_usec * 1000;
}

/// What the program's process tells the supervisor before it becomes the program.
struct Start {
  StartStep failed_step = StartStep::none;
  std::int32_t error = 0;
  std::int64_t time = 0;
  std::uint64_t max_rss = 0;
};

template <typename Message>
void send(int descriptor, const Message& message) {
  while (write(descriptor, &message, sizeof(message)) < 0 && errno == EINTR) continue;
}

bool limit(__rlimit_resource resource, std::uint64_t value) {
  rlimit current{};
  if (getrlimit(resource, &current) != 0) return false;
  // Only root may raise a hard limit; the smaller one counts.
  const rlim_t allowed = std::min<rlim_t>(value, current.rlim_max);
  const rlimit wanted{.rlim_cur = allowed, .rlim_max = allowed};
  return setrlimit(resource, &wanted) == 0;
}

bool pin(int core) {
  cpu_set_t cores;
  CPU_ZERO(&cores);
  if (core >= CPU_SETSIZE) {
    errno = EINVAL;
    return false;
  }
  CPU_SET(static_cast<std::size_t>(core), &cores);
  return sched_setaffinity(0, sizeof(cores), &cores) == 0;
}

void hand_on_no_descriptor() {
  constexpr unsigned cloexec = 1U << 2U;  // CLOSE_RANGE_CLOEXEC, Linux 5.11
  if (syscall(SYS_close_range, 3U, ~0U, cloexec) == 0) return;
  for (int descriptor = 3; descriptor < 4096; ++descriptor) fcntl(descriptor, F_SETFD, FD_CLOEXEC);
}

[[noreturn]] void become_program(const SupervisorPlan& plan, int start_pipe, pid_t supervisor) {
  Start start;
  const auto give_up = [&](StartStep step) {
    start.failed_step = step;
    start.error = errno;
    send(start_pipe, start);
    _exit(127);
  };
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != supervisor) _exit(127);
  // A session of its own: one group to be killed, and no terminal at which a tool could ask for a password.
  setsid();
  umask(022);
  dup2(plan.standard_input, 0);
  dup2(plan.standard_output, 1);
  dup2(plan.standard_error, 2);
  hand_on_no_descriptor();
  if (plan.directory != nullptr && chdir(plan.directory) != 0) give_up(StartStep::directory);
  if (plan.core >= 0 && !pin(plan.core)) give_up(StartStep::core);
  limit(RLIMIT_CORE, 0);
  if (plan.file_size_limit != 0 && !limit(RLIMIT_FSIZE, plan.file_size_limit)) give_up(StartStep::file_size_limit);
  if (plan.memory_limit != 0 && !limit(RLIMIT_AS, plan.memory_limit)) give_up(StartStep::memory_limit);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  start.max_rss = static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
  start.time = monotonic();
  send(start_pipe, start);
  execve(plan.program, plan.arguments, plan.environment);
  give_up(StartStep::program);
  _exit(127);
}

/// Sends `signal` to every process that is now our child, but not to `except`. After the program's end these are what
/// it left behind, since orphans become ours (PR_SET_CHILD_SUBREAPER).
void signal_children(int signal, pid_t except) {
  char path[64] = "/proc/self/task/";
  char digits[20];
  std::size_t length = 0;
  for (auto number = static_cast<unsigned>(getpid()); number != 0; number /= 10) {
    digits[length++] = static_cast<char>('0' + number % 10);
  }
  char* end = std::reverse_copy(digits, digits + length, path + 16);
  constexpr char tail[] = "/children";
  std::copy(tail, tail + sizeof(tail), end);
  const int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return;  // A kernel without CONFIG_PROC_CHILDREN: what left the group is out of reach.
  char text[4096];
  pid_t number = 0;
  for (ssize_t size = read(file, text, sizeof(text)); size > 0; size = read(file, text, sizeof(text))) {
    for (ssize_t i = 0; i < size; ++i) {
      if (text[i] >= '0' && text[i] <= '9') {
        number = number * 10 + (text[i] - '0');
        continue;
      }
      if (number > 0 && number != except) kill(number, signal);
      number = 0;
    }
  }
  close(file);
}

/// Reaps orphans that have ended; the program itself is only looked at. Whether it has ended.
bool program_ended(pid_t program) {
  for (;;) {
    siginfo_t info{};
    if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) != 0) return errno == ECHILD;
    if (info.si_pid == 0) return false;
    if (info.si_pid == program) return true;
    waitpid(info.si_pid, nullptr, 0);
  }
}

enum class Wake { child, told_to_end, time };

/// Waits until a child changes, we are told to end, or `until` (monotonic ns) has come.
Wake wait_for_signal(const sigset_t& signals, std::optional<std::int64_t> until) {
  for (;;) {
    timespec timeout{};
    if (until) {
      const std::int64_t left = std::max<std::int64_t>(*until - monotonic(), 0);
      timeout = {.tv_sec = left / second, .tv_nsec = left % second};
    }
    const int signal = sigtimedwait(&signals, nullptr, until ? &timeout : nullptr);
    if (signal == SIGCHLD) return Wake::child;
    if (signal == SIGTERM) return Wake::told_to_end;
    if (errno == EAGAIN) return Wake::time;
  }
}

/// SIGTERM, and after the grace SIGKILL, until the program itself has ended.
void end_program(pid_t program, const sigset_t& signals, std::int64_t grace) {
  kill(-program, SIGTERM);
  signal_children(SIGTERM, program);
  const std::int64_t until = monotonic() + grace;
  while (!program_ended(program)) {
    if (wait_for_signal(signals, until) == Wake::time) break;
  }
  while (!program_ended(program)) {
    kill(-program, SIGKILL);
    wait_for_signal(signals, monotonic() + second / 100);
  }
}

/// Kills whatever is left of ours, for at most five seconds: a process that hangs in the kernel cannot be killed.
void end_leftovers(const sigset_t& signals) {
  const std::int64_t until = monotonic() + 5 * second;
  for (std::int64_t pause = second / 1000; monotonic() < until; pause = std::min(pause * 2, second / 20)) {
    while (waitpid(-1, nullptr, WNOHANG) > 0) continue;
    if (waitpid(-1, nullptr, WNOHANG) < 0 && errno == ECHILD) return;
    signal_children(SIGKILL, 0);
    wait_for_signal(signals, monotonic() + pause);
  }
}

/// Reads what the program's process says before exec; the pipe closes by exec or by its end.
Start read_start(int pipe) {
  Start start;
  for (;;) {
    Start next;
    const ssize_t size = read(pipe, &next, sizeof(next));
    if (size < 0 && errno == EINTR) continue;
    if (size != static_cast<ssize_t>(sizeof(next))) return start;
    start = next;
  }
}

/// Keeps a core busy from `wall` ns after `start` until that time and the fraction `millionths` of it have passed; how
/// long that took in ns.
std::int64_t keep_busy(std::int64_t start, std::int64_t wall, std::uint64_t millionths) {
  const auto further = static_cast<std::int64_t>(static_cast<model::Wide>(wall) * millionths / model::one_million);
  std::int64_t now = monotonic();
  while (now < start + wall + further) now = monotonic();
  return now - start - wall;
}

/// Descriptors 0 to 2 are about to be replaced, so ours must lie above them.
int above_standard(int descriptor) {
  return descriptor > 2 ? descriptor : fcntl(descriptor, F_DUPFD_CLOEXEC, 3);
}

}  // namespace

void supervise(const SupervisorPlan& requested) {
  SupervisorPlan plan = requested;
  plan.report = above_standard(plan.report);
  plan.standard_input = above_standard(plan.standard_input);
  plan.standard_output = above_standard(plan.standard_output);
  plan.standard_error = above_standard(plan.standard_error);
  setpgid(0, 0);  // Ctrl-C at the terminal is for the owner, who then tells us.
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (getppid() != plan.owner) _exit(1);
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  for (int signal = 1; signal < NSIG; ++signal) {
    struct sigaction standard{};
    standard.sa_handler = SIG_DFL;
    sigaction(signal, &standard, nullptr);
  }
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGCHLD);
  sigaddset(&signals, SIGTERM);

  SupervisorReport report;
  int start_pipe[2] = {-1, -1};
  const pid_t self = getpid();
  const pid_t program = pipe2(start_pipe, O_CLOEXEC) == 0 ? fork() : -1;
  if (program < 0) {
    report.failed_step = StartStep::fork;
    report.error = errno;
    send(plan.report, report);
    _exit(1);
  }
  if (program == 0) become_program(plan, start_pipe[1], self);

  // Nothing else may be held open here: locks of the owner must go when it dies, pipes when the program closes them.
  const int report_pipe = plan.report;
  const int start_read = start_pipe[0];
  for (int descriptor = 0; descriptor < 3; ++descriptor) close(descriptor);
  dup2(report_pipe, 0);
  dup2(start_read, 1);
  if (syscall(SYS_close_range, 3U, ~0U, 0U) != 0) {
    for (int descriptor = 3; descriptor < 4096; ++descriptor) close(descriptor);
  }

  const Start start = read_start(1);
  const std::optional<std::int64_t> deadline =
      plan.time_limit > 0 ? std::optional(start.time + plan.time_limit) : std::nullopt;
  bool told_to_end = false;
  while (!told_to_end && report.timed_out == 0 && !program_ended(program)) {
    const Wake wake = wait_for_signal(signals, deadline);
    told_to_end = wake == Wake::told_to_end;
    if (wake == Wake::time && !program_ended(program)) report.timed_out = 1;
  }
  report.wall = monotonic() - start.time;
  if (told_to_end || report.timed_out != 0) {
    end_program(program, signals, plan.grace);
    report.wall = monotonic() - start.time;
  }
  std::int64_t busy = 0;
  if (plan.slow_down != 0 && !told_to_end && report.timed_out == 0) {
    if (plan.core >= 0) pin(plan.core);
    busy = keep_busy(start.time, report.wall, plan.slow_down);
    report.wall += busy;
  }
  // The ended program is reaped only after this, so that its number cannot belong to another group yet.
  kill(-program, SIGKILL);
  rusage usage{};
  int status = 0;
  while (wait4(program, &status, 0, &usage) < 0 && errno == EINTR) continue;
  end_leftovers(signals);
  report.failed_step = start.failed_step;
  report.error = start.error;
  report.status = status;
  report.user = processor_time(usage.ru_utime) + busy;
  report.system = processor_time(usage.ru_stime);
  report.max_rss = static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
  report.max_rss_floor = start.max_rss;
  send(0, report);
  _exit(0);
}

}  // namespace cyclegate::system
