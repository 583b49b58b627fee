#include "executors/command.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <fstream>

#include "executors/contained.h"
#include "model/output_unchecked.h"
#include "support/fake_clock.h"
#include "support/temporary_directory.h"
#include "system/files.h"
#include "system/sha256.h"

namespace {

using namespace cyclegate;
using Catch::Matchers::ContainsSubstring;
using executors::CommandExecutor;
namespace fs = std::filesystem;

model::PickedMetric picked(const std::string& name, model::MetricKind kind, const std::string& from,
                           const std::string& pattern) {
  model::PickedMetric metric;
  metric.metric = {.name = name, .unit = name, .kind = kind, .better = model::Better::lower};
  metric.from = from;
  metric.pattern = pattern;
  return metric;
}

/// A shell script as an emulator of somebody's own.
class CommandScene {
 public:
  CommandScene() {
    system::make_directories(bin());
    system::write_atomically(directory_.path() / "guest.elf", "guest");
    system::write_atomically(directory_.path() / "in.bin", "input bytes");
    settings.command = {"emulator", "{elf}", "{input}", "{output}", "{input_name}"};
    settings.output = "out.bin";
    settings.metrics = {picked("cycles", model::MetricKind::exact, "stdout", "cycles: ([0-9,]+)")};
  }

  fs::path bin() const { return directory_.path() / "bin"; }
  void program(const std::string& script) {
    system::write_atomically(bin() / "emulator", "#!/bin/sh\n" + script,
                             fs::perms::owner_all | fs::perms::group_read | fs::perms::group_exec);
  }
  CommandExecutor executor() {
    return CommandExecutor("mine", settings, processes,
                           {.variables = {{"PATH", bin().string() + ":/usr/bin:/bin"}, {"RPC", rpc}, {"OTHER", "x"}},
                            .cache = directory_.path() / "cache",
                            .clock = &clock,
                            .logs = directory_.path() / "logs"});
  }
  model::Execution execute() {
    CommandExecutor made = executor();
    return made.execute({.path = directory_.path() / "guest.elf", .identity = std::string(64, 'a')},
                        {.path = directory_.path() / "in.bin", .name = "client_net_7"}, {}, model::Detail::functions);
  }
  executors::TimedExecution execute_timed() {
    CommandExecutor made = executor();
    return made.execute_timed({.path = directory_.path() / "guest.elf", .identity = ""},
                              {.path = directory_.path() / "in.bin", .name = "client_net_7"}, {}, {});
  }
  fs::path path() const { return directory_.path(); }

  model::CommandSettings settings;
  std::string rpc = "there";
  test::FakeClock clock;
  system::SystemProcessRunner processes;

 private:
  test::TemporaryDirectory directory_;
};

}  // namespace

TEST_CASE("a command gets elf, input and output, and gives its metrics and the public output") {
  CommandScene scene;
  scene.program("[ \"$(cat $1)\" = guest ] || exit 9\necho 'cycles: 1,234'\ncp $2 $3\n[ $4 = client_net_7 ]\n");
  const model::Execution execution = scene.execute();
  INFO(execution.outcome.why);
  REQUIRE(execution.outcome.ok());
  CHECK(execution.metrics == std::map<std::string, std::uint64_t>{{"cycles", 1234}});
  CHECK(std::string(execution.output.begin(), execution.output.end()) == "input bytes");
  CHECK(fs::is_empty(scene.path() / "cache" / "work"));
}

TEST_CASE("a command sees the usual variables and those that are passed on purpose only") {
  CommandScene scene;
  scene.settings.output = "stdout";
  scene.settings.metrics.clear();
  scene.settings.environment = {"RPC"};
  scene.program("echo \"$RPC.$OTHER.\"");
  const model::Execution execution = scene.execute();
  CHECK(std::string(execution.output.begin(), execution.output.end()) == "there..\n");
}

TEST_CASE("exit statuses, signals and missing metrics become outcomes") {
  CommandScene scene;
  scene.settings.output = "";
  scene.settings.exits = {{3, model::OutcomeKind::limit}};
  scene.program("echo 'out of gas' >&2; exit 3\n");
  CHECK(scene.execute().outcome.kind == model::OutcomeKind::limit);
  CHECK_THAT(scene.execute().outcome.why, ContainsSubstring("exit status 3: out of gas"));
  scene.program("exit 4\n");
  CHECK(scene.execute().outcome.kind == model::OutcomeKind::exit);
  CHECK(scene.execute().outcome.code == 4);
  scene.program("kill -SEGV $$\n");
  CHECK(scene.execute().outcome.kind == model::OutcomeKind::crashed);
  CHECK_THAT(scene.execute().outcome.why, ContainsSubstring("SIGSEGV"));
  scene.program("echo hello\n");
  CHECK(scene.execute().outcome.kind == model::OutcomeKind::crashed);
  CHECK_THAT(scene.execute().outcome.why, ContainsSubstring("gave no cycles: its pattern finds nothing"));
  scene.settings.output = "out.bin";
  scene.program("echo 'cycles: 1'\n");
  CHECK_THAT(scene.execute().outcome.why, ContainsSubstring("gave no public output"));
}

TEST_CASE("a run whose output nobody sees says so, and asks its user for an output or a program that checks it") {
  CommandScene scene;
  scene.program("echo 'cycles: 1'\n");
  scene.settings.output = "stdout";
  const std::string seen = scene.executor().describe().options;
  CHECK(scene.execute().warnings.empty());
  scene.settings.output = "";
  const std::string unseen = scene.executor().describe().options;
  const model::Execution execution = scene.execute();
  REQUIRE(execution.warnings.size() == 1);
  CHECK(execution.warnings[0].code == model::output_unchecked);
  CHECK_THAT(execution.warnings[0].message, ContainsSubstring("executors.mine names no `output`"));
  scene.settings.checks_output = true;
  CHECK(scene.execute().warnings.empty());
  const std::string checked = scene.executor().describe().options;
  CHECK(seen != unseen);
  CHECK(seen != checked);
  CHECK(unseen != checked);
}

TEST_CASE("timed runs are pinned to one core unless the program is said to need all") {
  CommandScene scene;
  CHECK(!scene.executor().describe().takes_all_cores);
  const std::string pinned = scene.executor().describe().options;
  scene.settings.all_cores = true;
  CHECK(scene.executor().describe().takes_all_cores);
  CHECK(scene.executor().describe().options != pinned);
}

TEST_CASE("a public output that leads out of the run's directory is not read") {
  CommandScene scene;
  scene.program("echo 'cycles: 1'\nln -s /etc/passwd $3\n");
  CHECK(scene.execute().outcome.kind == model::OutcomeKind::crashed);
}

TEST_CASE("a program that is not there is a mistake with its name") {
  CommandScene scene;
  CommandExecutor executor = scene.executor();
  CHECK_THAT(executor.describe().unavailable, ContainsSubstring("emulator"));
  const auto contained = executors::contained(std::make_unique<CommandExecutor>(
      "mine", scene.settings, scene.processes,
      executors::CommandPlace{.variables = {}, .cache = scene.path() / "cache", .clock = &scene.clock, .logs = {}}));
  const model::Execution execution = contained->execute({.path = scene.path() / "guest.elf", .identity = ""},
                                                        {.path = scene.path() / "in.bin"}, {}, model::Detail::totals);
  CHECK(execution.outcome.kind == model::OutcomeKind::crashed);
  CHECK_THAT(execution.outcome.why, ContainsSubstring("emulator"));
}

TEST_CASE("a log that cannot be written is a crash of that run") {
  CommandScene scene;
  scene.program("echo 'cycles: 1'; cp $2 $3\n");
  scene.settings.log = true;
  system::write_atomically(scene.path() / "logs", "a file where the folder should be");
  const auto contained = executors::contained(std::make_unique<CommandExecutor>(
      "mine", scene.settings, scene.processes,
      executors::CommandPlace{.variables = {{"PATH", scene.bin().string() + ":/usr/bin:/bin"}},
                              .cache = scene.path() / "cache",
                              .clock = &scene.clock,
                              .logs = scene.path() / "logs"}));
  const executors::TimedExecution timed = contained->execute_timed({.path = scene.path() / "guest.elf", .identity = ""},
                                                                   {.path = scene.path() / "in.bin"}, {}, {});
  CHECK(timed.outcome.kind == model::OutcomeKind::crashed);
  CHECK_THAT(timed.outcome.why, ContainsSubstring("logs"));
}

TEST_CASE("steps are an exact metric that timed runs give, too") {
  CommandScene scene;
  scene.settings.output = "";
  scene.settings.metrics = {picked("steps", model::MetricKind::exact, "stdout", "steps: ([0-9]+)")};
  scene.program("echo 'steps: 77'\n");
  CHECK(scene.execute().steps == 77);
  const executors::TimedExecution timed = scene.execute_timed();
  CHECK(timed.outcome.ok());
  CHECK(timed.steps == 77);
  CHECK(!timed.samples.contains("steps"));
}

TEST_CASE("a script that an argument names and the values of passed variables are part of what is compared") {
  CommandScene scene;
  const fs::path script = scene.path() / "replay.sh";
  system::write_atomically(script, "echo 1\n");
  scene.settings.command = {"sh", script.string()};
  const std::string first = scene.executor().describe().options;
  CHECK(scene.executor().describe().options == first);
  CHECK(!scene.executor().describe().sees_input_name);
  system::write_atomically(script, "echo 2\n");
  const std::string second = scene.executor().describe().options;
  CHECK(second != first);
  scene.settings.command = {"sh", "--script=" + script.string(), "{input_name}"};
  const executors::Description third = scene.executor().describe();
  CHECK(third.sees_input_name);
  CHECK_THAT(third.options, ContainsSubstring(system::sha256_file(script)));
  scene.settings.environment = {"RPC"};
  const std::string there = scene.executor().describe().options;
  scene.rpc = "elsewhere";
  CHECK(scene.executor().describe().options != there);
  CHECK(!there.contains("\"there\""));
}

TEST_CASE("the program's digest is its version unless it tells one, and its settings are part of what is compared") {
  CommandScene scene;
  scene.program("echo one\n");
  const executors::Description one = scene.executor().describe();
  CHECK(one.unavailable.empty());
  CHECK(one.version.starts_with("sha256:"));
  CHECK(one.metrics.front().name == "cycles");
  CHECK(model::find_metric(one.metrics, "wall_time") != nullptr);
  scene.program("echo two\n");
  CHECK(scene.executor().describe().version != one.version);
  CHECK(scene.executor().describe().program.empty());
  scene.settings.version = {"emulator", "--version"};
  CHECK(scene.executor().describe().version == "two");
  const std::string program = scene.executor().describe().program;
  CHECK(program == system::sha256_file(scene.bin() / "emulator"));
  scene.program("echo two # built again\n");
  CHECK(scene.executor().describe().version == "two");
  CHECK(scene.executor().describe().program != program);
  scene.settings.command.emplace_back("--fast");
  CHECK(scene.executor().describe().options != one.options);
}

TEST_CASE("sampled metrics come from timed runs, exact ones from the others") {
  CommandScene scene;
  scene.settings.output = "";
  scene.settings.metrics.push_back(picked("proving_time", model::MetricKind::sampled, "stderr", "proved in ([0-9.]+)"));
  scene.settings.metrics.back().scale = 1'000'000'000;
  scene.program("echo 'cycles: 5'; echo 'proved in 1.5 s' >&2\n");
  CHECK(scene.execute().metrics == std::map<std::string, std::uint64_t>{{"cycles", 5}});
  const executors::TimedExecution timed = scene.execute_timed();
  REQUIRE(timed.outcome.ok());
  CHECK(timed.samples.at("proving_time") == 1'500'000'000);
  CHECK(timed.samples.at("wall_time") > 0);
  CHECK(!timed.samples.contains("cycles"));
}

TEST_CASE("the size of a file is a metric, and a log is kept by input") {
  CommandScene scene;
  scene.settings.log = true;
  scene.settings.metrics = {picked("proof_size", model::MetricKind::exact, "proof.bin", "")};
  scene.settings.metrics[0].size = true;
  scene.program("echo working; printf 12345 > proof.bin; cp $2 $3\n");
  CHECK(scene.execute().metrics == std::map<std::string, std::uint64_t>{{"proof_size", 5}});
  const std::string log =
      system::read_text(scene.path() / "logs" / "mine" / "client_net_7-aaaaaaaaaaaa.log", 1U << 20U);
  CHECK_THAT(log, ContainsSubstring("working"));
}
