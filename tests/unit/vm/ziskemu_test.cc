// Every number here comes from captures of ziskemu 1.4.0-alpha (tests/fixtures/ziskemu).
#include <catch2/catch_test_macros.hpp>
#include <map>
#include <string>
#include <string_view>

#include "capture.h"
#include "compare.h"
#include "elf/image.h"
#include "support/temporary_directory.h"
#include "vm/machine.h"
#include "vm/program.h"

using namespace cyclegate;  // NOLINT(google-build-using-namespace): a test
using model::Detail;
using model::OutcomeKind;

namespace {

std::expected<vm::Program, model::Outcome> load_captured(const std::string& elf) {
  const auto image = elf::parse(test::capture_bytes(elf));
  if (!image) {
    return std::unexpected(
        model::Outcome{.kind = OutcomeKind::rejected, .code = {}, .pc = {}, .why = image.error().message});
  }
  return vm::load(*image, vm::cost_model("zisk-1.4.0-alpha"));
}

model::Execution run(const std::string& elf, const std::string& input, Detail detail, const vm::Limits& limits = {}) {
  const auto program = load_captured(elf);
  if (!program) {
    model::Execution rejected;
    rejected.outcome = program.error();
    return rejected;
  }
  const auto bytes = input.empty() ? std::vector<std::uint8_t>{} : test::capture_bytes(input);
  return vm::execute(*program, bytes, limits, detail);
}

}  // namespace

TEST_CASE("steps, every cost row and the output of each captured guest are ziskemu's") {
  int compared = 0;
  for (const auto& captured : test::captured_runs()) {
    if (!captured.name.ends_with(".Xfull")) continue;
    const std::string name = captured.name.substr(0, captured.name.size() - 6);
    INFO(name);
    const auto capture = test::read_stats(name + ".stats.csv");
    const auto totals = run(captured.elf, captured.input, Detail::totals);
    const auto costs = run(captured.elf, captured.input, Detail::cost);
    const auto functions = run(captured.elf, captured.input, Detail::functions);
    CHECK(totals.steps == capture.steps);
    CHECK_FALSE(totals.cost);
    test::check_cost(costs, capture);
    test::check_cost(functions, capture);
    CHECK(test::rows_text(costs.memory, true) == test::rows_text(capture.memory, true));
    CHECK(test::rows_text(functions.memory, true) == test::rows_text(capture.memory, true));
    for (const auto* execution : {&totals, &costs, &functions}) {
      CHECK(execution->outcome == model::Outcome{});
      CHECK(execution->output == test::capture_bytes(name + ".output.bin"));
    }
    ++compared;
  }
  CHECK(compared == 8);
}

TEST_CASE("282 million steps have ziskemu's cost") {
  const auto capture = test::read_report("big.Xm.stdout");
  REQUIRE(capture.opcodes.size() == 9);
  test::check_cost(run("elf/big.elf", "", Detail::cost), capture);
  CHECK(run("elf/big.elf", "", Detail::totals).steps == capture.steps);
}

TEST_CASE("what a guest prints is kept") {
  CHECK(run("elf/fib.elf", "inputs/in_k4.bin", Detail::totals).console ==
        test::read_file(test::captures() / "fib@k4.run.stdout"));
}

TEST_CASE("a guest that ends with a nonzero code has failed with ziskemu's steps and cost and no output") {
  const auto execution = run("elf/exit3.elf", "", Detail::cost);
  CHECK(execution.outcome.kind == OutcomeKind::exit);
  CHECK(execution.outcome.code == 3);
  CHECK(execution.output.empty());
  test::check_cost(execution, test::read_report("err_exit3.X.stdout"));
}

TEST_CASE("a trap has ziskemu's address, steps and cost") {
  const auto execution = run("elf/trap.elf", "", Detail::cost);
  CHECK(execution.outcome.kind == OutcomeKind::trap);
  CHECK(test::read_file(test::captures() / "err_trap.steps.stderr")
            .contains("pc: " + std::to_string(execution.outcome.pc.value_or(0))));
  CHECK(execution.outcome.why == "ebreak");
  test::check_cost(execution, test::read_report("err_trap.X.stdout"));
}

TEST_CASE("a guest that does not end stops at the step limit with ziskemu's cost") {
  const auto execution = run("elf/forever.elf", "", Detail::cost, {.max_steps = 1'000'000});
  CHECK(execution.outcome.kind == OutcomeKind::limit);
  CHECK(execution.outcome.why == "the step limit was reached (1000000 steps)");
  test::check_cost(execution, test::read_report("err_maxsteps.X.stdout"));
}

TEST_CASE("every captured failure is one here, of the kind that ziskemu's exit status tells") {
  // ziskemu ends with 1 for traps, limits and files it refuses, with 101 where it panics, else with the guest's code.
  struct Expected {
    OutcomeKind kind;
    std::string_view why;
  };
  const std::map<std::string, Expected> failures = {
      {"err_exit3", {OutcomeKind::exit, ""}},
      {"err_trap", {OutcomeKind::trap, "ebreak"}},
      {"err_nullw", {OutcomeKind::trap, "store of 8 bytes at 0x8, outside RAM"}},
      {"err_maxsteps", {OutcomeKind::limit, "step limit"}},
      {"err_elf_rwx", {OutcomeKind::rejected, "both writable and executable"}},
      {"err_elf_old", {OutcomeKind::rejected, "0x80000000-0x80000334 is outside ZisK 1.4.0-alpha's address map"}},
      {"err_elf_rvc", {OutcomeKind::trap, "16-bit instruction"}},
      {"err_elf_oldsha", {OutcomeKind::rejected, "precompile sha256 (CSR 0x805) must be called as"}},
      {"err_notelf", {OutcomeKind::rejected, "not an ELF file"}},
  };
  std::size_t seen = 0;
  for (const auto& captured : test::captured_runs()) {
    const auto expected = failures.find(captured.name);
    if (expected == failures.end()) continue;
    INFO(captured.name);
    ++seen;
    CHECK(captured.status != 0);
    vm::Limits limits;
    if (captured.name == "err_maxsteps") limits.max_steps = 1'000'000;
    // The run that is no ELF was made with a source file.
    const auto elf = captured.name == "err_notelf" ? std::string("guests/big.c") : captured.elf;
    const auto outcome = run(elf, captured.input, Detail::totals, limits).outcome;
    CHECK(outcome.kind == expected->second.kind);
    CHECK(outcome.why.contains(expected->second.why));
    if (outcome.kind == OutcomeKind::exit) CHECK(outcome.code == static_cast<std::uint64_t>(captured.status));
  }
  CHECK(seen == failures.size());
}

TEST_CASE("compressed code traps where ziskemu traps") {
  const auto execution = run("elf/err_rvc.elf", "inputs/in_k4.bin", Detail::totals);
  const auto text = test::read_file(test::captures() / "err_elf_rvc.stderr");
  CHECK(text.contains("step: " + std::to_string(execution.steps - 1) +
                      ", pc: " + std::to_string(execution.outcome.pc.value_or(0))));
}

TEST_CASE("readable text is accepted with a warning") {
  const auto execution = run("elf/err_rx.elf", "inputs/in_k4.bin", Detail::totals);
  CHECK(execution.outcome.ok());
  REQUIRE(execution.warnings.size() == 1);
  CHECK(execution.warnings[0].code == "readable-text");
  CHECK(test::read_file(test::captures() / "err_elf_rx.stdout").contains("STEPS: " + std::to_string(execution.steps)));
}

TEST_CASE("a guest without the input it reads sees zeros") {
  CHECK(run("elf/keccak_sw.elf", "", Detail::totals).outcome.ok());
}
