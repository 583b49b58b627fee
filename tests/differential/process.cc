#include "differential/process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <stdexcept>

namespace cyclegate::differential {
namespace {

constexpr std::size_t kLargestOutput = 1 << 20;

/// Reads the pipe to its end; false when the deadline passed or too much came.
bool drain(int descriptor, std::chrono::seconds patience, std::string& output) {
  using std::chrono::steady_clock;
  const auto deadline = steady_clock::now() + patience;
  std::array<char, 65536> buffer{};
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - steady_clock::now());
    if (left.count() <= 0) return false;
    pollfd wait{descriptor, POLLIN, 0};
    if (poll(&wait, 1, static_cast<int>(left.count())) <= 0) continue;
    const ssize_t count = read(descriptor, buffer.data(), buffer.size());
    if (count <= 0) return true;
    output.append(buffer.data(), static_cast<std::size_t>(count));
    if (output.size() > kLargestOutput) return false;
  }
}

}  // namespace

FinishedProcess run_process(const std::vector<std::string>& arguments, std::chrono::seconds patience,
                            std::string_view remedy) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error(fmt::format("pipe2: {}", strerror(errno)));
  std::vector<std::string> owned = arguments;  // posix_spawn wants words it could write to
  std::vector<char*> words;
  words.reserve(owned.size() + 1);
  for (std::string& argument : owned) words.push_back(argument.data());
  words.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  pid_t child = 0;
  const int error = posix_spawnp(&child, words[0], &actions, nullptr, words.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  if (error != 0) {
    close(ends[0]);
    throw std::runtime_error(fmt::format("cannot run {}: {}. Remedy: {}", arguments.front(), strerror(error), remedy));
  }
  FinishedProcess finished;
  finished.timed_out = !drain(ends[0], patience, finished.output);
  close(ends[0]);
  if (finished.timed_out) kill(child, SIGKILL);
  waitpid(child, &finished.status, 0);
  return finished;
}

}  // namespace cyclegate::differential
