// What an adapter costs beyond the executor's program alone: `executor_overhead [PAIRS] [--table FILE]`, from the
// repository's root. With --table it also writes the table into FILE, between the lines that mark its place.
// For each executor that is here, pairs of runs on the same guest and input: the bare program (posix_spawn, its output
// read to the end) and the adapter, now the one first, now the other. What is judged is the median of the differences
// within pairs, which a load that comes and goes moves little; their least and their quartiles tell how quiet the
// machine was. Exit status 1 when a median is above the 20 ms that are allowed, 3 when an executor did not work.
#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "executors/command.h"
#include "executors/executor.h"
#include "executors/known_executors.h"
#include "executors/program_finder.h"
#include "executors/registry.h"
#include "model/error.h"
#include "system/child_environment.h"
#include "system/clock.h"
#include "system/files.h"
#include "system/process.h"
#include "system/work_directory.h"

namespace {

using namespace cyclegate;
using Milliseconds = std::chrono::duration<double, std::milli>;

constexpr double allowed_ms = 20;
constexpr int warm_up_pairs = 2;

/// An executor with a guest and an input for it, and how the same is started by hand.
struct Subject {
  std::string executor;
  std::vector<std::string> bare;  ///< argv of the program alone
  std::filesystem::path elf;
  std::filesystem::path input;
  bool input_is_stdin = false;
  bool timed = false;   ///< execute_timed, where the exact run is another tool's
  std::string missing;  ///< why it cannot be measured here
};

std::vector<Subject> subjects(const std::filesystem::path& root, const system::Variables& variables) {
  const auto fixtures = root / "tests/fixtures";
  const auto runner = [&](const std::string& executor, const std::string& program, const std::string& input,
                          const std::string& elf_option, const std::string& input_option,
                          const std::vector<std::string>& more) {
    Subject subject{.executor = executor,
                    .bare = {},
                    .elf = fixtures / executor / "elf/fib.elf",
                    .input = fixtures / executor / "inputs" / input};
    const auto found = executors::find_executor_program(program, variables);
    if (found) {
      subject.bare = {found->string(), elf_option, subject.elf.string(), input_option, subject.input.string()};
      subject.bare.insert(subject.bare.end(), more.begin(), more.end());
    } else {
      subject.missing = found.error();
    }
    return subject;
  };
  const std::string cat = "/bin/cat";
  const std::filesystem::path text = fixtures / "ziskemu/inputs/in_k4.bin";
  return {runner("ziskemu", "ziskemu", "in_k4.bin", "-e", "-i", {"-X"}),
          runner("sp1", "sp1-run", "raw_k4.bin", "--elf", "--input", {}),
          runner("risc0", "r0-run", "raw_k4.bin", "--elf", "--input", {}),
          {.executor = "native", .bare = {cat}, .elf = cat, .input = text, .input_is_stdin = true, .timed = true},
          {.executor = "command", .bare = {cat, text.string()}, .elf = cat, .input = text}};
}

/// Wall time of the program alone in ms; nullopt when it did not end well.
std::optional<double> bare(const Subject& subject) {
  std::vector<std::string> words = subject.bare;
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  std::string locale = "LC_ALL=C";
  char* environment[] = {locale.data(), nullptr};
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return std::nullopt;
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  if (subject.input_is_stdin) posix_spawn_file_actions_addopen(&actions, 0, subject.input.c_str(), O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
  posix_spawn_file_actions_adddup2(&actions, ends[1], 2);
  // A session of its own, as adapters' programs have: the scheduler shares a busy machine out by sessions.
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID);
  const auto start = std::chrono::steady_clock::now();
  pid_t child = 0;
  const int failed = posix_spawn(&child, argv[0], &actions, &attributes, argv.data(), environment);
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
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
  return status == 0 ? std::optional(took.count()) : std::nullopt;
}

/// Wall time of the adapter's run in ms; nullopt when it did not end well.
std::optional<double> adapted(const Subject& subject, executors::Executor& executor) {
  const executors::ArtifactFile elf{.path = subject.elf, .identity = ""};
  const executors::InputFile input{.path = subject.input};
  const auto start = std::chrono::steady_clock::now();
  const model::Outcome outcome = subject.timed ? executor.execute_timed(elf, input, {}, {}).outcome
                                               : executor.execute(elf, input, {}, model::Detail::cost).outcome;
  const Milliseconds took = std::chrono::steady_clock::now() - start;
  if (!outcome.ok()) fmt::print(stderr, "{}: {}\n", subject.executor, outcome.why);
  return outcome.ok() ? std::optional(took.count()) : std::nullopt;
}

/// The value below which that fraction lies; `sorted` is not empty.
double quantile(const std::vector<double>& sorted, double fraction) {
  return sorted[static_cast<std::size_t>(fraction * static_cast<double>(sorted.size() - 1) + 0.5)];
}

constexpr std::string_view begin_mark = "<!-- executor overhead: begin -->\n";
constexpr std::string_view end_mark = "<!-- executor overhead: end -->";

/// Puts `table` between the marks of the file.
void write_table(const std::filesystem::path& path, const std::string& table) {
  std::string text = system::read_text(path, std::uint64_t{16} << 20U);
  const std::size_t begin = text.find(begin_mark);
  const std::size_t end = text.find(end_mark);
  if (begin == std::string::npos || end == std::string::npos || end < begin) {
    throw model::Error(model::ErrorKind::configuration, path.string() + " has no place for the table");
  }
  text.replace(begin + begin_mark.size(), end - begin - begin_mark.size(), table);
  system::write_atomically(path, text);
}

/// Adds one row; the exit status that it is worth.
int measure(const Subject& subject, executors::Executor& executor, int pairs, std::string& table) {
  std::vector<double> alone;
  std::vector<double> differences;
  for (int pair = -warm_up_pairs; pair < pairs; ++pair) {
    const bool bare_first = pair % 2 == 0;
    std::optional<double> without;
    if (bare_first) without = bare(subject);
    const std::optional<double> with = adapted(subject, executor);
    if (!bare_first) without = bare(subject);
    if (!without || !with) {
      fmt::print(stderr, "{}: {} did not end well\n", subject.executor, with ? "the bare program" : "the adapter");
      return 3;
    }
    if (pair < 0) continue;
    alone.push_back(*without);
    differences.push_back(*with - *without);
  }
  std::ranges::sort(alone);
  std::ranges::sort(differences);
  const double median = quantile(differences, 0.5);
  table += fmt::format("| {} | {:.2f} | {:.2f} | {:.2f} | {:.2f} | {:.2f} | {} |\n", subject.executor,
                       quantile(alone, 0.5), median, differences.front(), quantile(differences, 0.25),
                       quantile(differences, 0.75), median <= allowed_ms ? "yes" : "**no**");
  return median <= allowed_ms ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  int pairs = 51;
  std::filesystem::path file;
  for (int i = 1; i < argc; ++i) {
    if (std::string_view(argv[i]) == "--table" && i + 1 < argc) {
      file = argv[++i];
    } else {
      pairs = std::atoi(argv[i]);
    }
  }
  if (pairs < 1) {
    fmt::print(stderr, "usage: executor_overhead [PAIRS] [--table FILE]\n");
    return 2;
  }
  try {
    system::SystemProcessRunner processes;
    const auto variables = system::current_environment();
    system::SystemClock clock;
    executors::Registry registry;
    executors::add_executors(registry,
                             {.program = {}, .processes = &processes, .variables = variables, .clock = &clock});
    registry.add("command", [&] {
      model::CommandSettings settings;
      settings.command = {"/bin/cat", "{input}"};
      settings.output = "stdout";
      return std::make_unique<executors::CommandExecutor>(
          "command", settings, processes,
          executors::CommandPlace{
              .variables = variables, .cache = system::default_cache_root(variables), .clock = &clock, .logs = {}});
    });
    std::string table = fmt::format(
        "| executor | program alone, ms | adapter adds, median | least | lower quartile | upper quartile | at most {} "
        "|\n"
        "|---|--:|--:|--:|--:|--:|---|\n",
        allowed_ms);
    int status = 0;
    std::string missing;
    for (const Subject& subject : subjects(std::filesystem::current_path(), variables)) {
      if (!subject.missing.empty()) {
        missing += fmt::format("{} is not measured: {}\n", subject.executor, subject.missing);
        continue;
      }
      status = std::max(status, measure(subject, registry.get(subject.executor), pairs, table));
    }
    table += fmt::format("\n{} pairs of runs each.\n", pairs);
    fmt::print("{}{}", table, missing);
    if (!file.empty()) write_table(file, table);
    return status;
  } catch (const model::Error& error) {
    fmt::print(stderr, "executor_overhead: {}\n", error.what());
    return 3;
  }
}
