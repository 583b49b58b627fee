// The ziskemu adapter against what real ziskemus printed (tests/fixtures/ziskemu*), with a process runner that gives
// their captured answers.
#include "executors/ziskemu.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>

#include "elf/image.h"
#include "executors/ziskemu_functions.h"
#include "executors/ziskemu_outcome.h"
#include "model/error.h"
#include "support/fake_clock.h"
#include "support/fake_process_runner.h"
#include "support/temporary_directory.h"
#include "system/files.h"
#include "system/sha256.h"

using namespace cyclegate;
using executors::ZiskemuExecutor;
using model::Detail;
using model::OutcomeKind;
namespace fs = std::filesystem;

namespace {

const fs::path captured_files = fs::path(CYCLEGATE_SOURCE_DIR) / "tests/fixtures";

std::string capture(const std::string& name, const std::string& version = "") {
  return test::read_file(captured_files / ("ziskemu" + version) / name);
}

system::ProcessResult ended(int status, std::string error, std::string output = {}) {
  system::ProcessResult result = test::exited(status, std::move(output));
  result.standard_error = std::move(error);
  return result;
}

std::string argument_after(const system::ProcessRequest& request, const std::string& option) {
  const auto found = std::ranges::find(request.arguments, option);
  return found == request.arguments.end() ? std::string() : *std::next(found);
}

bool has_argument(const system::ProcessRequest& request, const std::string& word) {
  return std::ranges::find(request.arguments, word) != request.arguments.end();
}

void write(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

/// A ziskemu that answers as `version` did for a guest, fib unless said; a test may change what it says and leaves
/// behind.
struct ZiskemuScene {
  explicit ZiskemuScene(std::string wanted = "1.4.0-alpha")
      : version(std::move(wanted)), folder(version == "1.4.0-alpha" ? "" : "-" + version) {
    const fs::path program = directory.write("bin/ziskemu", "");
    fs::permissions(program, fs::perms::owner_all);
    variables = {{"CYCLEGATE_ZISKEMU", program.string()}, {"XDG_CACHE_HOME", (directory / "cache").string()}};
    snapshot = capture("fib@k4.stats.csv", folder);
    public_output = capture("fib@k4.output.bin");
  }

  void take(const std::string& name, const std::string& report) {
    elf = "ziskemu/elf/" + name.substr(0, name.find('@')) + ".elf";
    snapshot = capture(name + ".stats.csv");
    public_output = capture(name + ".output.bin");
    listing = capture(name + ".disasm.txt");
    profile = capture(name + ".profile.json");
    printed = capture(report);
  }

  system::ProcessResult answer(const system::ProcessRequest& request) {
    if (request.arguments.at(1) == "--version") return test::exited(0, "ziskemu " + version + " (built then)\n");
    if (failure) return *failure;
    if (!public_output.empty()) write(argument_after(request, "--output"), public_output);
    if (const auto file = argument_after(request, "--save-stats"); !file.empty() && !snapshot.empty()) {
      write(file, snapshot);
    }
    if (const auto file = argument_after(request, "--disasm"); !file.empty()) write(file, listing);
    if (const auto file = argument_after(request, "--profiler-output"); !file.empty()) {
      if (profile_run) return *profile_run;
      write(file, profile);
    }
    return test::exited(0, has_argument(request, "--steps") ? capture("fib@k4.steps.stdout") : printed);
  }

  ZiskemuExecutor executor() {
    return ZiskemuExecutor({.program = {}, .processes = &processes, .variables = variables, .clock = &clock});
  }

  model::Execution execute(Detail detail, const executors::Limits& limits = {}) {
    return executor().execute({.path = captured_files / elf, .identity = ""},
                              {.path = captured_files / "ziskemu/inputs/in_k4.bin"}, limits, detail);
  }

  std::string version;
  std::string folder;
  test::TemporaryDirectory directory;
  test::FakeClock clock;
  test::FakeProcessRunner processes{[this](const auto& request) { return answer(request); }};
  system::Variables variables;
  std::string snapshot;
  std::string public_output;
  std::string elf = "ziskemu/elf/fib.elf";
  std::string listing = capture("fib@k4.disasm.txt");
  std::string profile = capture("fib@k4.profile.json");
  std::string printed = capture("fib@k4.Xfull.stdout");
  std::optional<system::ProcessResult> failure;
  std::optional<system::ProcessResult> profile_run;  ///< how the run with a profile ends instead
};

std::map<std::string, std::uint64_t> own_steps(const std::vector<model::FunctionCost>& functions) {
  std::map<std::string, std::uint64_t> steps;
  for (const auto& row : functions) steps[row.name] += row.steps_self;
  return steps;
}

bool any_cost(const std::vector<model::FunctionCost>& functions) {
  return std::ranges::any_of(functions, [](const auto& row) { return row.cost_self() > 0 || row.calls > 0; });
}

struct Captured {
  const char* name;
  int status;
  OutcomeKind kind;
  std::optional<std::uint64_t> code;
  std::optional<std::uint64_t> pc;
  const char* why;
};

}  // namespace

TEST_CASE("every captured failure of ziskemu 1.4.0-alpha has its outcome") {
  const Captured all[] = {
      {"err_exit3", 3, OutcomeKind::exit, 3, {}, "ended itself"},
      {"err_exit3.X", 3, OutcomeKind::exit, 3, {}, "ended itself"},
      {"err_exit3.steps", 3, OutcomeKind::exit, 3, {}, "ended itself"},
      {"err_trap", 1, OutcomeKind::trap, {}, 0x9000'0028, "step 24"},
      {"err_trap.X", 1, OutcomeKind::trap, {}, 0x9000'0028, "step 24"},
      {"err_trap.steps", 1, OutcomeKind::trap, {}, 0x9000'0028, "step 24"},
      {"err_nullw", 101, OutcomeKind::trap, {}, {}, "invalid addr=8=8"},
      {"err_nullw.X", 101, OutcomeKind::trap, {}, {}, "invalid addr=8=8"},
      {"err_nullw.steps", 101, OutcomeKind::trap, {}, {}, "invalid addr=8=8"},
      {"err_maxsteps", 1, OutcomeKind::limit, {}, {}, "step limit of 68719476735"},
      {"err_maxsteps.X", 1, OutcomeKind::limit, {}, {}, "step limit"},
      {"err_noelf", 1, OutcomeKind::rejected, {}, {}, "ELF file does not exist"},
      {"err_noinput", 1, OutcomeKind::rejected, {}, {}, "Could not read inputs file"},
      {"err_notelf", 1, OutcomeKind::rejected, {}, {}, "unrecognized guest format: expected a RISC-V ELF (\\x7fELF)"},
      {"err_noargs", 1, OutcomeKind::rejected, {}, {}, "a program source must be provided"},
      {"err_badflag", 2, OutcomeKind::crashed, 2, {}, "error: unexpected argument '--json' found"},
      {"err_elf_rwx", 1, OutcomeKind::rejected, {}, {}, "both writable and executable (W^X violation)"},
      {"err_elf_old", 1, OutcomeKind::rejected, {}, {}, "PT_LOAD segment 0x80000000-0x80000334 is outside ZisK"},
      {"err_elf_rvc", 1, OutcomeKind::trap, {}, 0x9000'000c, "step 9"},
      {"err_elf_oldsha", 101, OutcomeKind::rejected, {}, {}, "Invalid use of CSR (0x805) at address 0x90000068"},
  };
  std::set<std::string> files;
  for (const auto& entry : fs::directory_iterator(captured_files / "ziskemu")) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with("err_") && name.ends_with(".stderr")) files.insert(name);
  }
  for (const Captured& captured : all) {
    INFO(captured.name);
    const std::string file = std::string(captured.name) + ".stderr";
    CHECK(files.erase(file) == 1);
    const auto outcome = executors::ziskemu_outcome(ended(captured.status, capture(file)), {});
    CHECK(outcome.kind == captured.kind);
    CHECK(outcome.code == captured.code);
    CHECK(outcome.pc == captured.pc);
    INFO(outcome.why);
    CHECK(outcome.why.find(captured.why) != std::string::npos);
  }
  CHECK(files.empty());  // none of the captures was left out
}

TEST_CASE("the captured failures of ziskemu 1.1.0-alpha have their outcomes") {
  const auto outcome = [](const char* name, int status) {
    return executors::ziskemu_outcome(ended(status, capture(name, "-1.1.0-alpha")), {.max_steps = 1000});
  };
  CHECK(outcome("err_trap.stderr", 101).kind == OutcomeKind::trap);
  CHECK(outcome("err_newmap.stderr", 1).kind == OutcomeKind::rejected);
  CHECK(outcome("err_newmap.stderr", 1).why.find("outside ZisK addressable space") != std::string::npos);
  CHECK(outcome("err_maxsteps.stderr", 1).why == "the step limit of 1000 was reached");
}

TEST_CASE("a guest's exit code is never mistaken for a failure of ziskemu itself") {
  for (const int code : {1, 2, 101, 255}) {
    const auto outcome = executors::ziskemu_outcome(
        ended(code, "Error during emulation: guest exited with code " + std::to_string(code)), {});
    CHECK(outcome.kind == OutcomeKind::exit);
    CHECK(outcome.code == static_cast<std::uint64_t>(code));
  }
  // ziskemu's status is 1 when the code is a multiple of 256.
  const auto wide = executors::ziskemu_outcome(ended(1, "Error during emulation: guest exited with code 512\n"), {});
  CHECK(wide.code == 512);
  CHECK(executors::ziskemu_outcome(ended(1, ""), {}).kind == OutcomeKind::crashed);
  CHECK(executors::ziskemu_outcome(ended(101, "thread 'main' (7) panicked at src/x.rs:1:2:\nindex out of bounds\n"), {})
            .why == "ziskemu panicked: index out of bounds");
}

TEST_CASE("an older ziskemu that ends with 0 after a trap is believed by its words") {
  const auto outcome =
      executors::ziskemu_outcome(ended(0, "Emu::run() finished with error at step=24 pc=0x80000028\n"), {});
  CHECK(outcome.kind == OutcomeKind::trap);
  CHECK(outcome.pc == 0x8000'0028);
}

TEST_CASE("a killed, stuck, hungry or missing ziskemu has an outcome of its own") {
  system::ProcessResult result;
  result.end = system::ProcessEnd::signalled;
  result.signal = SIGKILL;
  result.why = "killed by SIGKILL";
  CHECK(executors::ziskemu_outcome(result, {}).kind == OutcomeKind::crashed);
  CHECK(executors::ziskemu_outcome(result, {}).code == SIGKILL);
  result.signal = SIGABRT;
  result.standard_error = "memory allocation of 1048576 bytes failed\n";
  CHECK(executors::ziskemu_outcome(result, {}).kind == OutcomeKind::limit);
  result.signal = SIGXFSZ;
  CHECK(executors::ziskemu_outcome(result, {}).why == "ziskemu wrote a larger file than it may");
  result.end = system::ProcessEnd::timed_out;
  CHECK(executors::ziskemu_outcome(result, {.max_time = std::chrono::seconds(5)}).why ==
        "the run took longer than 5 s");
  result.end = system::ProcessEnd::not_started;
  result.why = "no such file";
  CHECK(executors::ziskemu_outcome(result, {}).kind == OutcomeKind::crashed);
}

TEST_CASE("ziskemu is described by its version and cost version") {
  ZiskemuScene scene;
  const auto description = scene.executor().describe();
  CHECK(description.name == "ziskemu");
  CHECK(description.version == "1.4.0-alpha");
  CHECK(description.cost_model == "zisk-1.4.0-alpha, cost version 1");
  CHECK(description.options == "random-seed=0");
  CHECK(description.program == system::sha256_file(scene.variables["CYCLEGATE_ZISKEMU"]));
  CHECK(description.unavailable.empty());
  CHECK(description.metrics.front().name == "cost");
  CHECK(find_metric(description.metrics, "cost_total") != nullptr);
  CHECK(find_metric(description.metrics, "misaligned_accesses") == nullptr);
  CHECK(find_metric(description.metrics, "wall_time") != nullptr);
  ZiskemuScene old("1.1.0-alpha");
  CHECK(old.executor().describe().version == "1.1.0-alpha");
  CHECK(old.executor().describe().cost_model == "zisk-1.1.0-alpha");
  CHECK(old.executor().describe().options.empty());
}

TEST_CASE("what is no ziskemu, or is missing, is not available, with the command that installs one") {
  ZiskemuScene scene;
  scene.processes.requests.clear();
  test::FakeProcessRunner other([](const auto&) { return test::exited(0, "GNU coreutils 9.1\n"); });
  ZiskemuExecutor executor({.program = {}, .processes = &other, .variables = scene.variables, .clock = &scene.clock});
  CHECK(executor.describe().unavailable.find("it says 'GNU coreutils 9.1'") != std::string::npos);
  CHECK(executor.describe().unavailable.find("`ci/install-executors ziskemu` installs") != std::string::npos);
  CHECK(other.requests.size() == 1);  // asked once
  CHECK_THROWS_AS(executor.execute({}, {}, {}, Detail::totals), model::Error);
  ZiskemuExecutor missing({.program = {}, .processes = &other, .variables = {}, .clock = &scene.clock});
  CHECK(missing.describe().unavailable.find("`ci/install-executors ziskemu` installs it") != std::string::npos);
}

TEST_CASE("totals, cost and functions of a run are those of ziskemu's files") {
  ZiskemuScene scene;
  const auto execution = scene.execute(Detail::functions);
  REQUIRE(execution.outcome.ok());
  CHECK(execution.steps == 44'921);
  CHECK(execution.cost->variable() == 4'161'225);
  CHECK(execution.cost->total() == 289'373'897);
  CHECK(execution.cost->frops == 447'206);
  CHECK(execution.opcodes.front() == model::CostRow{.name = "add_w", .count = 4885, .cost = 268'675});
  CHECK(execution.memory.front().name == "RAM STACK aligned 8B read");
  CHECK(execution.console == "fib done\n");
  CHECK(std::string(execution.output.begin(), execution.output.end()) == capture("fib@k4.output.bin"));
  std::uint64_t cost = 0;
  std::uint64_t steps = 0;
  for (const auto& row : execution.functions) {
    cost += row.cost_self();
    steps += row.steps_self;
  }
  CHECK(cost == 4'161'225);
  CHECK(steps == 44'921);
  const auto fib = std::ranges::find(execution.functions, "fib", &model::FunctionCost::name);
  REQUIRE(fib != execution.functions.end());
  CHECK(fib->calls == 610);
  CHECK(fib->cost_self() == 1'411'381);
  CHECK(fib->cost_total() == 1'411'381);
  const auto work = std::ranges::find(execution.functions, "work", &model::FunctionCost::name);
  CHECK(work->cost_total() == 4'134'824);  // ziskemu's own TOP COST FUNCTIONS
  CHECK(scene.processes.requests.size() == 3);
  CHECK(scene.execute(Detail::totals).steps == 44'921);
  CHECK(scene.execute(Detail::profile).functions == execution.functions);
  CHECK(scene.execute(Detail::cost).functions.empty());
}

TEST_CASE("ziskemu runs with one variable, a directory of its own, limits, and no word of a shell") {
  ZiskemuScene scene;
  scene.execute(Detail::cost, {.max_steps = 77, .max_memory_bytes = 1 << 20, .max_time = std::chrono::seconds(9)});
  const auto& request = scene.processes.requests.back();
  CHECK(request.environment == std::map<std::string, std::string>{{"LC_ALL", "C"}});
  CHECK(argument_after(request, "--max-steps") == "77");
  CHECK(argument_after(request, "--random-seed") == "0");
  CHECK(request.time_limit == std::chrono::seconds(9));
  CHECK(request.memory_limit_bytes == (1U << 20U) + (std::uint64_t{2} << 30U));
  CHECK(request.file_size_limit_bytes > 0);
  CHECK_FALSE(fs::exists(request.directory));  // gone with all that was in it
  CHECK(argument_after(request, "--save-stats").starts_with(request.directory.string()));
}

TEST_CASE("a timed run is pinned and slowed down as asked, and gives what the process took") {
  ZiskemuScene scene;
  auto executor = scene.executor();
  const auto timed = executor.execute_timed({.path = captured_files / "ziskemu/elf/fib.elf", .identity = ""}, {}, {},
                                            {.core = 1, .slow_down = model::Millionths{30'000}});
  CHECK(timed.outcome.ok());
  CHECK(timed.steps == 44'921);
  CHECK(timed.output_sha256.size() == 64);
  CHECK(timed.samples.contains("wall_time"));
  const auto& request = scene.processes.requests.back();
  CHECK(request.pin_to_core == 1);
  CHECK(request.slow_down.value == 30'000);
  CHECK_FALSE(has_argument(request, "--stats"));
}

TEST_CASE("a run that went well but left too little is a crash, never a number") {
  ZiskemuScene scene;
  scene.snapshot = "";
  CHECK(scene.execute(Detail::cost).outcome.kind == OutcomeKind::crashed);
  scene.snapshot = capture("fib@k4.stats.csv").substr(0, 200);
  const auto cut = scene.execute(Detail::cost);
  CHECK(cut.outcome.kind == OutcomeKind::crashed);
  CHECK_FALSE(cut.cost);
  scene.snapshot = capture("fib@k4.stats.csv");
  scene.snapshot.replace(scene.snapshot.find("COSTS_VERSION,1"), 15, "COSTS_VERSION,2");
  CHECK(scene.execute(Detail::cost).outcome.why == "ziskemu 1.4.0-alpha reports cost version 2 where 1 is known");
  scene.snapshot = capture("fib@k4.stats.csv");
  scene.public_output = "";
  CHECK(scene.execute(Detail::cost).outcome.kind == OutcomeKind::crashed);
  CHECK(scene.execute(Detail::totals).outcome.kind == OutcomeKind::crashed);
}

TEST_CASE("a look-alike that the guest prints does not change the steps") {
  ZiskemuScene scene;
  scene.failure = test::exited(0, "STEPS: 1\nSTEPS: 2STEPS: 44921\n");
  write(scene.directory / "x", "");
  const auto execution = scene.execute(Detail::totals);
  CHECK(execution.steps == 44'921);
  scene.failure = test::exited(0, "STEPS: 1\nand more\n");
  CHECK(scene.execute(Detail::totals).steps == 0);
}

TEST_CASE("an unknown version runs and says that it is not known; an old one that it hides exit codes") {
  ZiskemuScene scene("1.4.0-alpha");
  scene.version = "1.9.0";
  const auto execution = scene.execute(Detail::cost);
  CHECK(execution.outcome.ok());
  REQUIRE(execution.warnings.size() == 1);
  CHECK(execution.warnings[0].code == "untested-executor");
  ZiskemuScene old("1.1.0-alpha");
  const auto older = old.execute(Detail::cost);
  CHECK(older.outcome.ok());
  CHECK(older.steps == 44'912);
  CHECK(older.warnings.at(0).code == "exit-codes-unseen");
  CHECK_FALSE(has_argument(old.processes.requests.back(), "--random-seed"));
}

TEST_CASE("a profile or listing that is not ziskemu's is refused with a sentence") {
  const auto profile = capture("fib@k4.profile.json");
  CHECK(executors::read_profile(profile));
  for (std::size_t cut : {std::size_t{0}, std::size_t{1}, profile.size() / 3, profile.size() - 2}) {
    CHECK_FALSE(executors::read_profile(profile.substr(0, cut)));
  }
  CHECK(executors::read_profile(R"({"shared":{"stringArray":["f"],"stackTable":{"frame":[0],"prefix":[0]},)"
                                R"("frameTable":{"func":[0]},"funcTable":{"name":[0]}},)"
                                R"("threads":[{"samples":{"weight":[1],"stack":[0]}}]})")
            .error() == "stack 0 of the profile comes before its caller");
  CHECK_FALSE(executors::read_profile(R"({"threads":[{"samples":{"weight":[0.0001],"stack":[0]}}]})"));
  CHECK_FALSE(executors::read_profile(R"({"threads":[{"samples":{"weight":[1,2],"stack":[0]}}]})"));
  const elf::Image empty;
  CHECK_FALSE(executors::read_listing("no listing\n", empty));
  CHECK_FALSE(executors::read_listing("  90000000:   x\n", empty));
  CHECK(executors::read_listing("  90000000:   5  jal\n", empty)->jumps == 5);
}

TEST_CASE("ziskemu's profile is a call tree with recursion that sums to the run's cost") {
  ZiskemuScene scene;
  CHECK_FALSE(scene.execute(Detail::functions).profile);
  const auto execution = scene.execute(Detail::profile);
  REQUIRE(execution.profile);
  const model::Profile& tree = *execution.profile;
  CHECK(tree.columns == std::vector<model::ProfileColumn>{{"cost", "cost"}});
  std::map<std::string, std::uint64_t> self;
  std::map<std::string, std::uint64_t> calls;
  std::uint64_t sum = 0;
  std::size_t recursive = 0;
  std::set<std::pair<std::uint32_t, std::uint32_t>> places;
  for (std::uint32_t node = 0; node < tree.nodes.size(); ++node) {
    const auto& [parent, frame, node_calls] = tree.nodes[node];
    const std::string& name = tree.frames[frame].name;
    self[name] += tree.self_of(node)[0];
    calls[name] += node_calls;
    sum += tree.self_of(node)[0];
    CHECK((parent == model::ProfileNode::kNoParent || parent < node));
    CHECK(places.emplace(parent, frame).second);
    if (name == "fib" && parent != model::ProfileNode::kNoParent && tree.frames[tree.nodes[parent].frame].name == "fib")
      ++recursive;
  }
  CHECK(sum == execution.cost->variable());
  CHECK(recursive > 0);
  for (const auto& row : execution.functions) {
    CHECK(self[row.name] == row.cost_self());
    CHECK(calls[row.name] == row.calls);
  }
  CHECK(tree.warnings.at(0).code == "ziskemu-profile");
  CHECK_FALSE(executors::read_call_tree(capture("fib@k4.profile.json"), 1000));
}

TEST_CASE("recursion is counted once in what a function took with its callees") {
  // main calls f, f calls itself, both return; cost in thousands.
  const auto functions =
      executors::read_profile(R"({"shared":{"stringArray":["main","f"],)"
                              R"("stackTable":{"frame":[0,1,1],"prefix":[null,0,1]},)"
                              R"("frameTable":{"func":[0,1]},"funcTable":{"name":[0,1]}},)"
                              R"("threads":[{"samples":{"weight":[1,0.002,0.003,0.004,5],"stack":[0,1,2,1,0]}}]})");
  REQUIRE(functions);
  CHECK(functions->at("f") == executors::ProfiledFunction{.calls = 2, .self = 9, .total = 9});
  CHECK(functions->at("main") == executors::ProfiledFunction{.calls = 1, .self = 6000, .total = 6009});
}

TEST_CASE("the steps that ZisK makes of one instruction are its function's") {
  // The embedded executor's numbers.
  const auto steps = [](const std::string& guest, const std::string& listing) {
    const auto image = elf::parse(system::read_bytes(captured_files / "ziskemu/elf" / (guest + ".elf"), 1 << 20));
    return executors::read_listing(listing, *image)->self;
  };
  const std::string atomics = capture("mem.disasm.txt");
  auto mem = steps("mem", atomics);
  CHECK(mem["amo"] == 257);
  CHECK(mem["_start"] == 8);
  auto dma = steps("dma", capture("dma.disasm.txt"));
  CHECK(dma["dma_memcpy"] == 24);
  CHECK(dma["_start"] == 8);
  // Where they cannot be told they are nobody's: another count than the instruction's, one too many, another program.
  std::string other = atomics;
  other.replace(other.find("  90000003:            50 "), 26, "  90000003:            49 ");
  mem = steps("mem", other);
  CHECK(mem["[zisk expansions]"] == 99);
  CHECK(mem["amo"] == 157);
  CHECK(steps("mem", atomics + "  90000005:             0   copyb\n")["[zisk expansions]"] == 100);
  mem = steps("fib", atomics);
  CHECK(mem["[zisk expansions]"] == 100);
}

TEST_CASE("where ziskemu lost the guest's call stack functions have their steps, no cost, and a warning says why") {
  ZiskemuScene scene;
  scene.take("lost", "lost.prof.stdout");
  const auto execution = scene.execute(Detail::profile);
  REQUIRE(execution.outcome.ok());
  CHECK_FALSE(any_cost(execution.functions));
  CHECK_FALSE(execution.profile);
  auto steps = own_steps(execution.functions);
  CHECK(steps["work"] == std::uint64_t{74} * (1 + 3 * 10 + 1));  // 20, 4 and 50 calls
  CHECK(steps["walk"] == 3 * 8 + 6);  // a call is one step with its auipc, a jump to another function too
  REQUIRE(execution.warnings.size() == 1);
  CHECK(execution.warnings[0].code == "function-steps-only");
  CHECK(execution.warnings[0].message.starts_with(
      "functions have steps and no cost: ziskemu lost the guest's call stack (its CALL_STACK_ERROR)"));
}

TEST_CASE("a lost call stack is seen behind any output, and by the missing tables alone") {
  const auto lost = [](std::string printed) { return executors::lost_call_stack(test::exited(0, std::move(printed))); };
  const std::string kept = capture("fib@k4.Xfull.stdout");
  std::string without = capture("lost.prof.stdout");
  CHECK_FALSE(lost(kept));
  CHECK(lost(without));
  without.erase(without.find("CALL_STACK_ERROR"), 16);
  CHECK(lost(without));
  CHECK(lost("TOP COST FUNCTIONS (\nREPORT\nTOP COST FUNCTIONS (\n" + without));
  CHECK(lost(""));
  CHECK_FALSE(lost("TOP COST FUNCTIONS (\nREPORT\n" + kept));
  // More was printed than is kept.
  system::ProcessResult result = test::exited(0, std::string(4096, 'x'));
  result.output_truncated = true;
  CHECK(executors::lost_call_stack(result));
  result.output_tail = kept;
  CHECK_FALSE(executors::lost_call_stack(result));
  result.output_tail = without;
  CHECK(executors::lost_call_stack(result));
}

TEST_CASE("functions keep their steps when the run with a profile fails or leaves none") {
  for (const int status : {0, 101}) {
    ZiskemuScene scene;
    scene.profile_run = ended(status, status == 0 ? "" : "memory allocation of 1048576 bytes failed\n", scene.printed);
    const auto execution = scene.execute(Detail::profile);
    CHECK(execution.outcome.ok());
    CHECK(own_steps(execution.functions)["fib"] > 0);
    CHECK_FALSE(any_cost(execution.functions));
    CHECK_FALSE(execution.profile);
    REQUIRE(execution.warnings.size() == 1);
    CHECK(execution.warnings[0].code == "function-steps-only");
  }
}

TEST_CASE("a profile that leaves several functions at once is not believed; recursion that does is") {
  const auto leaves = [](const std::string& inner) {
    return executors::read_profile(
        R"({"shared":{"stringArray":["main","f","g"],"stackTable":{"frame":[0,1,)" + inner +
        R"(],"prefix":[null,0,1]},"frameTable":{"func":[0,1,2]},"funcTable":{"name":[0,1,2]}},)"
        R"("threads":[{"samples":{"weight":[0.1,0.2,0.3,0.0,0.5],"stack":[0,1,2,1,0]}}]})");
  };
  const auto recursion = leaves("1");
  REQUIRE(recursion);
  CHECK(recursion->at("f").self == 500);
  REQUIRE_FALSE(leaves("2"));
  CHECK(leaves("2").error().find("sample 4 of its profile leaves several functions at once") != std::string::npos);
}

TEST_CASE("functions that are jumped to are named: their cost stands with those that jump") {
  ZiskemuScene scene;
  scene.take("rust@200", "rust@200.Xfull.stdout");
  const auto execution = scene.execute(Detail::functions);
  REQUIRE(execution.warnings.size() == 1);
  CHECK(execution.warnings[0].code == "functions-jumped-to");
  CHECK(execution.warnings[0].message.find("(here 'compiler_builtins::mem::memmove' and 1 more)") != std::string::npos);
  ZiskemuScene called;
  CHECK(called.execute(Detail::functions).warnings.empty());
}
