// The adapters of SP1 and RISC Zero on what the real runners answered (tests/fixtures/{sp1,risc0}/answers, recorded by
// tests/e2e/test_guest_runners.py), against captures that other programs made on the same libraries (NAME.stdout).

#include "executors/guest_runner.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "executors/risc0.h"
#include "executors/sp1.h"
#include "support/fake_process_runner.h"
#include "support/temporary_directory.h"
#include "system/sha256.h"

using namespace cyclegate;
using model::OutcomeKind;
using nlohmann::json;
using test::exited;
using test::FakeProcessRunner;

namespace {

namespace fs = std::filesystem;

const fs::path all_fixtures = fs::path(CYCLEGATE_SOURCE_DIR) / "tests/fixtures";
constexpr std::string_view sp1_version = "sp1-run 0.1.0 (SP1 6.10.0, sp1-core-executor 6.10.0, native)\n";
constexpr std::string_view risc0_version = "r0-run 0.1.0 (RISC Zero 3.0.5, risc0-circuit-rv32im 4.0.5)\n";

/// A runner that answers with a text, and to `--version` as the real one does.
class FakeRunner {
 public:
  explicit FakeRunner(system::ProcessResult answer, std::string version = std::string(sp1_version))
      : processes_([answer = std::move(answer), version = std::move(version)](const system::ProcessRequest& request) {
          return request.arguments.back() == "--version" ? exited(0, version) : answer;
        }) {}

  executors::World world() {
    return {.program = {},
            .processes = &processes_,
            .variables = {{"CYCLEGATE_SP1_RUN", "/bin/true"}, {"CYCLEGATE_R0_RUN", "/bin/true"}}};
  }
  const system::ProcessRequest& last() const { return processes_.requests.back(); }

 private:
  FakeProcessRunner processes_;
};

executors::ArtifactFile artifact() {
  return {.path = all_fixtures / "sp1/elf/fib.elf", .identity = ""};
}

model::Execution sp1(FakeRunner& fake, model::Detail detail = model::Detail::cost) {
  return executors::Sp1Executor(fake.world()).execute(artifact(), {}, {}, detail);
}

system::ProcessResult signalled(int signal) {
  system::ProcessResult result;
  result.end = system::ProcessEnd::signalled;
  result.signal = signal;
  result.why = "ended by a signal";
  return result;
}

struct Row {
  std::string name;
  std::string status;
  std::string command;
};

std::vector<Row> rows(const std::string& zkvm) {
  std::vector<Row> all;
  std::istringstream lines(test::read_file(all_fixtures / zkvm / "runs.tsv"));
  for (std::string line; std::getline(lines, line);) {
    const auto first = line.find('\t');
    const auto second = line.find('\t', first + 1);
    all.push_back({.name = line.substr(0, first),
                   .status = line.substr(first + 1, second - first - 1),
                   .command = line.substr(second + 1)});
  }
  return all;
}

std::string hex(const std::vector<std::uint8_t>& bytes) {
  std::string text;
  for (const std::uint8_t byte : bytes) {
    text += "0123456789abcdef"[byte >> 4U];
    text += "0123456789abcdef"[byte & 15U];
  }
  return text;
}

/// How each failing case of runs.tsv ends.
const std::map<std::string, OutcomeKind> sp1_failures{
    {"exit3", OutcomeKind::exit},           {"exit3.counts", OutcomeKind::exit},
    {"nullw", OutcomeKind::trap},           {"err_trap", OutcomeKind::trap},
    {"err_maxcycles", OutcomeKind::limit},  {"err_noelf", OutcomeKind::rejected},
    {"err_notelf", OutcomeKind::rejected},  {"err_noinput", OutcomeKind::rejected},
    {"err_wrongelf", OutcomeKind::rejected}};
const std::map<std::string, OutcomeKind> risc0_failures{
    {"exit3", OutcomeKind::exit},           {"err_trap", OutcomeKind::trap},      {"err_nullw", OutcomeKind::trap},
    {"err_maxcycles", OutcomeKind::limit},  {"err_noelf", OutcomeKind::rejected}, {"err_notelf", OutcomeKind::rejected},
    {"err_noinput", OutcomeKind::rejected}, {"err_elf64", OutcomeKind::rejected}};

OutcomeKind expected(const std::map<std::string, OutcomeKind>& failures, const std::string& name) {
  const auto found = failures.find(name);
  return found == failures.end() ? OutcomeKind::ok : found->second;
}

}  // namespace

TEST_CASE("every run of SP1's captures gives their numbers and the stated outcome") {
  std::size_t compared = 0;
  for (const Row& row : rows("sp1")) {
    // The portable executor is another build of the library; its profiles belong to the profile's readers.
    if (row.command.contains("sp1-run-profiling")) continue;
    INFO(row.name);
    FakeRunner fake(exited(0, test::read_file(all_fixtures / "sp1/answers" / (row.name + ".json"))));
    const model::Execution execution = sp1(fake);
    CHECK(execution.outcome.kind == expected(sp1_failures, row.name));
    CHECK(execution.outcome.ok() == execution.outcome.why.empty());
    if (!execution.outcome.ok()) {
      CHECK(execution.output.empty());
      continue;
    }
    const json capture = json::parse(test::read_file(all_fixtures / "sp1" / (row.name + ".stdout")));
    CHECK(execution.steps == capture["instructions"]);
    CHECK(hex(execution.output) == capture["public_values"].get<std::string>());
    ++compared;
    if (!capture.contains("gas")) continue;
    CHECK(execution.metrics == std::map<std::string, std::uint64_t>{{"gas", capture["gas"]},
                                                                    {"trace_area", capture["trace_area"]},
                                                                    {"complexity", capture["complexity"]}});
    // gas is (3 trace_area + complexity) / 10, normalised by 10 / 191 (ExecutionReport::gas).
    CHECK(execution.metrics.at("gas") ==
          (3 * execution.metrics.at("trace_area") + execution.metrics.at("complexity")) / 10 * 10 / 191);
    for (const model::CostRow& opcode : execution.opcodes) CHECK(opcode.count == capture["opcode_counts"][opcode.name]);
    CHECK(execution.opcodes.size() == capture["opcode_counts"].size());
    for (const model::CostRow& call : execution.precompiles) CHECK(call.count == capture["syscall_counts"][call.name]);
    CHECK(execution.precompiles.size() == capture["syscall_counts"].size());
  }
  CHECK(compared >= 17);
}

TEST_CASE("every run of RISC Zero's captures gives their numbers and the stated outcome") {
  std::size_t compared = 0;
  for (const Row& row : rows("risc0")) {
    INFO(row.name);
    FakeRunner fake(exited(0, test::read_file(all_fixtures / "risc0/answers" / (row.name + ".json"))),
                    std::string(risc0_version));
    executors::Risc0Executor risc0(fake.world());
    const model::Execution execution = risc0.execute(artifact(), {}, {}, model::Detail::cost);
    CHECK(execution.outcome.kind == expected(risc0_failures, row.name));
    if (!execution.outcome.ok()) {
      CHECK_FALSE(execution.outcome.why.empty());
      continue;
    }
    const json capture = json::parse(test::read_file(all_fixtures / "risc0" / (row.name + ".stdout")));
    const std::uint64_t user = capture["user_cycles"];
    const std::uint64_t paging = capture["paging_cycles"];
    CHECK(execution.steps == user);
    CHECK(execution.metrics.at("cycles") == user + paging);
    CHECK(execution.metrics.at("user_cycles") == user);
    CHECK(execution.metrics.at("paging_cycles") == paging);
    CHECK(execution.metrics.at("total_cycles") == capture["total_cycles"]);
    CHECK(execution.metrics.at("segments") == capture["segments"]);
    CHECK(capture["reserved_cycles"] == execution.metrics.at("total_cycles") - execution.metrics.at("cycles"));
    // An execution has no metric that the executor does not describe.
    for (const auto& [name, value] : execution.metrics) {
      INFO(name);
      CHECK(model::find_metric(risc0.describe().metrics, name) != nullptr);
    }
    CHECK(hex(execution.output) == capture["journal"].get<std::string>());
    ++compared;
  }
  CHECK(compared >= 8);
}

TEST_CASE("a runner is told limits, gets an empty environment and no functions unless they are asked for") {
  FakeRunner fake(exited(0, test::read_file(all_fixtures / "sp1/answers/nop.json")));
  executors::Sp1Executor executor(fake.world());
  const executors::Limits limits{
      .max_steps = 5000, .max_memory_bytes = 1 << 20, .max_time = std::chrono::milliseconds(1500)};
  executor.execute(artifact(), {.path = "/in.bin"}, limits, model::Detail::cost);
  const auto& words = fake.last().arguments;
  CHECK(words == std::vector<std::string>{"/bin/true", "--elf", artifact().path.string(), "--input", "/in.bin",
                                          "--max-steps", "5000", "--max-memory", "1048576", "--max-time-ms", "1500",
                                          "--max-output", "16777216"});
  CHECK(fake.last().environment == std::map<std::string, std::string>{{"LC_ALL", "C"}});
  CHECK(fake.last().standard_input.empty());
  CHECK(fake.last().time_limit > limits.max_time);
  executor.execute(artifact(), {}, limits, model::Detail::functions);
  CHECK(fake.last().arguments.back() == "-");
  CHECK_FALSE(fake.last().standard_input.empty());
}

TEST_CASE("a runner that fails is a crash that says how") {
  FakeRunner killed(signalled(9));
  CHECK(sp1(killed).outcome ==
        model::Outcome{.kind = OutcomeKind::crashed, .code = 9, .pc = {}, .why = "sp1-run was ended by SIGKILL"});
  auto full = exited(3);
  full.standard_error = "sp1-run: the answer could not be written\n";
  FakeRunner disk(std::move(full));
  CHECK(sp1(disk).outcome.why == "sp1-run ended with status 3: sp1-run: the answer could not be written");
  FakeRunner garbage(exited(0, "hello"));
  CHECK(sp1(garbage).outcome.why == "sp1-run gave no usable answer: it is not a JSON object");
  FakeRunner half(exited(0, R"({"schema":"cyclegate.guest-run/1","outcome":{"kind":"o)"));
  CHECK(sp1(half).outcome.kind == OutcomeKind::crashed);
  auto much = exited(0, "{");
  much.output_truncated = true;
  FakeRunner endless(std::move(much));
  CHECK(sp1(endless).outcome.why.contains("longer than"));
  system::ProcessResult late;
  late.end = system::ProcessEnd::timed_out;
  FakeRunner stuck(std::move(late));
  CHECK(sp1(stuck).outcome.kind == OutcomeKind::limit);
}

TEST_CASE("an executor whose program is missing or of another version says so with the command that installs it") {
  FakeProcessRunner nothing([](const system::ProcessRequest&) { return exited(1); });
  executors::Sp1Executor absent({.program = {}, .processes = &nothing, .variables = {{"HOME", "/nowhere"}}});
  CHECK(absent.describe().unavailable.contains("`ci/install-executors sp1` installs it"));
  CHECK(absent.execute(artifact(), {}, {}, model::Detail::cost).outcome.kind == OutcomeKind::crashed);
  for (const std::string said : {"sp1-run 0.1.0 (SP1 6.1.0, x)", "sp1-run 0.1.0 (SP1 6.10.01, x)", "GNU true 9", ""}) {
    FakeRunner old(exited(0, "{}"), said + "\n");
    const auto description = executors::Sp1Executor(old.world()).describe();
    CHECK(description.unavailable.contains("version 6.10.0 of its zkVM is needed"));
    CHECK(description.unavailable.contains("`ci/install-executors sp1` installs it"));
  }
  FakeRunner older(exited(0, "{}"), "sp1-run 0.0.9 (SP1 6.10.0, sp1-core-executor 6.10.0, native)\n");
  CHECK(executors::Sp1Executor(older.world()).describe().unavailable.contains("sp1-run 0.1.0 is needed"));
  FakeRunner right(exited(0, "{}"));
  const auto description = executors::Sp1Executor(right.world()).describe();
  CHECK(description.unavailable.empty());
  FakeRunner portable(exited(0, "{}"), "sp1-run 0.1.0 (SP1 6.10.0, sp1-core-executor 6.10.0, portable)\n");
  CHECK(executors::Sp1Executor(portable.world()).describe().options != description.options);
  CHECK(description.program == system::sha256_file("/bin/true"));
  FakeRunner risc0(exited(0, "{}"), std::string(risc0_version));
  CHECK(executors::Risc0Executor(risc0.world()).describe().unavailable.empty());
  CHECK(executors::Risc0Executor(risc0.world()).describe().program == system::sha256_file("/bin/true"));
  CHECK(executors::Risc0Executor(right.world()).describe().unavailable.contains("ci/install-executors risc0"));
}

TEST_CASE("gas of 0 for a run that took steps is a missing number, not a small one") {
  json answer = json::parse(test::read_file(all_fixtures / "sp1/answers/big.json"));
  REQUIRE(answer["metrics"]["gas"] > 0);
  answer["metrics"]["gas"] = 0;
  FakeRunner fake(exited(0, answer.dump()));
  const model::Execution execution = sp1(fake);
  CHECK(execution.outcome.kind == OutcomeKind::crashed);
  CHECK(execution.outcome.why.contains("gas is missing"));
  CHECK(execution.metrics.empty());
}

TEST_CASE("the deciding metric of each executor stands first") {
  FakeRunner fake(exited(0, "{}"));
  CHECK(executors::Sp1Executor(fake.world()).describe().metrics.front().name == "gas");
  FakeRunner other(exited(0, "{}"), std::string(risc0_version));
  CHECK(executors::Risc0Executor(other.world()).describe().metrics.front().name == "cycles");
  // What they describe is what model::built_in_metrics() reserves.
  for (const auto& description :
       {executors::Sp1Executor(fake.world()).describe(), executors::Risc0Executor(other.world()).describe()}) {
    for (const model::Metric& metric : description.metrics) {
      INFO(metric.name);
      const model::Metric* const known = model::find_metric(model::built_in_metrics(), metric.name);
      CHECK((known != nullptr && *known == metric));
    }
  }
}

TEST_CASE("a timed run only counts, on the core it is given, and has the process's samples") {
  auto answer = exited(0, test::read_file(all_fixtures / "sp1/answers/fib@k4.counts.json"));
  answer.wall = std::chrono::milliseconds(12);
  answer.user = std::chrono::milliseconds(8);
  answer.system = std::chrono::milliseconds(3);
  answer.max_rss_bytes = 70 << 20;
  answer.max_rss_floor_bytes = 1 << 20;
  FakeRunner fake(std::move(answer));
  executors::Sp1Executor executor(fake.world());
  const auto timed = executor.execute_timed(artifact(), {}, {}, {.core = 1, .slow_down = model::Millionths{30'000}});
  CHECK(timed.outcome.ok());
  CHECK(timed.steps == 44'659);
  CHECK(fake.last().arguments.back() == "--counts-only");
  CHECK(fake.last().pin_to_core == 1);
  CHECK(fake.last().slow_down == model::Millionths{30'000});
  CHECK(timed.samples == std::map<std::string, std::int64_t>{
                             {"wall_time", 12'000'000}, {"user_sys_time", 11'000'000}, {"peak_memory", 70 << 20}});
  const std::vector<std::uint8_t> output{0xbb, 0x1e, 0x06, 0, 0, 0, 0, 0};
  CHECK(timed.output_sha256 == system::sha256_hex(output));
}
