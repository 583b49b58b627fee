// What an adapter costs beyond the executor's program alone: `executor_overhead [RUNS]`, from the repository's root.
// For each executor that is here, runs alternate between the bare program (posix_spawn, its output read to the end) and
// the adapter (one execution with Detail::cost), on the same guest and input; the table has the medians and their
// difference. Exit status 1 when a difference is above the 20 ms that are allowed.
#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "executors/executor.h"
#include "executors/known_executors.h"
#include "executors/program_finder.h"
#include "executors/registry.h"
#include "model/error.h"
#include "system/child_environment.h"
#include "system/process.h"

namespace {

using namespace cyclegate;
using Milliseconds = std::chrono::duration<double, std::milli>;

constexpr double allowed_ms = 20;

/// An executor with a guest and an input for it, and how its program is started by hand.
struct Subject {
  std::string executor;
  std::string program;
  std::filesystem::path elf;
  std::filesystem::path input;
  std::vector<std::string> words;  ///< after the program's name; {elf} and {input} are filled in
};

std::vector<Subject> subjects(const std::filesystem::path& root) {
  const auto fixtures = root / "tests/fixtures";
  return {{.executor = "ziskemu",
           .program = "ziskemu",
           .elf = fixtures / "ziskemu/elf/fib.elf",
           .input = fixtures / "ziskemu/inputs/in_k4.bin",
           .words = {"-e", "{elf}", "-i", "{input}", "-X"}},
          {.executor = "sp1",
           .program = "sp1-run",
           .elf = fixtures / "sp1/elf/fib.elf",
           .input = fixtures / "sp1/inputs/raw_k4.bin",
           .words = {"--elf", "{elf}", "--input", "{input}"}},
          {.executor = "risc0",
           .program = "r0-run",
           .elf = fixtures / "risc0/elf/fib.elf",
           .input = fixtures / "risc0/inputs/raw_k4.bin",
           .words = {"--elf", "{elf}", "--input", "{input}"}}};
}

/// Wall time of the program alone, or a negative number when it could not be run.
double bare(const std::filesystem::path& program, const Subject& subject) {
  std::vector<std::string> words{program.string()};
  for (const std::string& word : subject.words) {
    words.push_back(word == "{elf}" ? subject.elf.string() : word == "{input}" ? subject.input.string() : word);
  }
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  std::string locale = "LC_ALL=C";
  char* environment[] = {locale.data(), nullptr};
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return -1;
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
  posix_spawn_file_actions_adddup2(&actions, ends[1], 2);
  const auto start = std::chrono::steady_clock::now();
  pid_t child = 0;
  const int failed = posix_spawn(&child, argv[0], &actions, nullptr, argv.data(), environment);
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  int status = -1;
  if (failed == 0) {
    char buffer[4096];
    while (read(ends[0], buffer, sizeof buffer) > 0) {
    }
    waitpid(child, &status, 0);
  }
  close(ends[0]);
  const Milliseconds took = std::chrono::steady_clock::now() - start;
  return status == 0 ? took.count() : -1;
}

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::ranges::nth_element(values, middle);
  return *middle;
}

/// Prints one row; false when the adapter costs too much or does not work.
bool measure(const Subject& subject, executors::Executor& executor, const std::filesystem::path& program, int runs) {
  std::vector<double> alone;
  std::vector<double> adapted;
  for (int i = -2; i < runs; ++i) {  // two of each to warm up
    const double without = bare(program, subject);
    const auto start = std::chrono::steady_clock::now();
    const auto execution =
        executor.execute({.path = subject.elf, .identity = ""}, {.path = subject.input}, {}, model::Detail::cost);
    const Milliseconds with = std::chrono::steady_clock::now() - start;
    if (without < 0 || !execution.outcome.ok()) {
      fmt::print(stderr, "{}: {}\n", subject.executor, without < 0 ? "the program failed" : execution.outcome.why);
      return false;
    }
    if (i < 0) continue;
    alone.push_back(without);
    adapted.push_back(with.count());
  }
  const double difference = median(adapted) - median(alone);
  fmt::print("{:<10} {:>12.2f} {:>12.2f} {:>12.2f} {}\n", subject.executor, median(alone), median(adapted), difference,
             difference <= allowed_ms ? "" : "too much");
  return difference <= allowed_ms;
}

}  // namespace

int main(int argc, char** argv) {
  const int runs = argc > 1 ? std::atoi(argv[1]) : 51;
  if (runs < 1) {
    fmt::print(stderr, "usage: executor_overhead [RUNS]\n");
    return 2;
  }
  try {
    system::SystemProcessRunner processes;
    const auto variables = system::current_environment();
    executors::Registry registry;
    executors::add_executors(registry, {.program = {}, .processes = &processes, .variables = variables});
    const auto names = registry.names();
    fmt::print("{:<10} {:>12} {:>12} {:>12}   (medians of {} runs each, in ms)\n", "executor", "bare", "adapter",
               "difference", runs);
    bool good = true;
    for (const Subject& subject : subjects(std::filesystem::current_path())) {
      const auto program = executors::find_executor_program(subject.program, variables);
      if (!program || std::ranges::find(names, subject.executor) == names.end()) {
        fmt::print("{:<10} not measured: {}\n", subject.executor, program ? "no such executor" : program.error());
        continue;
      }
      good = measure(subject, registry.get(subject.executor), *program, runs) && good;
    }
    return good ? 0 : 1;
  } catch (const model::Error& error) {
    fmt::print(stderr, "executor_overhead: {}\n", error.what());
    return 3;
  }
}
