#include "executors/openvm.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>

#include "support/fake_process_runner.h"
#include "support/temporary_directory.h"
#include "system/sha256.h"

using namespace cyclegate;
using executors::openvm_report;
using executors::OpenvmReport;
using model::OutcomeKind;
using test::exited;
using test::FakeProcessRunner;

namespace {

// The lines that crates/cli/src/commands/run.rs of OpenVM 2.0.1 prints.
constexpr std::string_view metered =
    "hello\nExecution output: [187, 30, 6]\nNumber of instructions executed: 44659\nTotal cost: 123456\n";
constexpr std::string_view segmented =
    "hello\nExecution output: [187, 30, 6]\nNumber of instructions executed: 44659\nTotal segments: 2\n";

/// cargo-openvm that answers by mode, or always the same.
struct FakeOpenvm {
  explicit FakeOpenvm(const system::ProcessResult* always = nullptr)
      : processes([always](const system::ProcessRequest& request) {
          if (request.arguments.back() == "--version") return exited(0, "cargo-openvm v2.0.1 (abc)\n");
          if (always != nullptr) return *always;
          const auto& words = request.arguments;
          const bool meter = std::ranges::find(words, "meter") != words.end();
          return exited(0, std::string(meter ? metered : segmented));
        }) {}

  model::Execution run(const executors::InputFile& input = {}) {
    executors::OpenvmExecutor executor(world());
    return executor.execute({.path = "/guest.vmexe"}, input, {}, model::Detail::cost);
  }
  executors::World world() {
    return {.program = {},
            .processes = &processes,
            .variables = {{"CYCLEGATE_CARGO_OPENVM", "/bin/true"}, {"HOME", "/home/nobody"}}};
  }
  FakeProcessRunner processes;
};

}  // namespace

TEST_CASE("OpenVM's instructions, cost and segments are read from the last lines of its runs") {
  FakeOpenvm fake;
  const model::Execution execution = fake.run();
  CHECK(execution.outcome.ok());
  CHECK(execution.steps == 44659);
  CHECK(execution.output == std::vector<std::uint8_t>{187, 30, 6});
  CHECK(execution.metrics ==
        std::map<std::string, std::uint64_t>{{"cycles", 44659}, {"cells", 123456}, {"segments", 2}});
}

TEST_CASE("lines that a guest prints are no report") {
  const std::string twice =
      "Execution output: [1]\nNumber of instructions executed: 1\nTotal cost: 1\n" + std::string(metered);
  CHECK(openvm_report(twice, "Total cost") ==
        OpenvmReport{.output = {187, 30, 6}, .instructions = 44659, .last = 123456});
  CHECK_FALSE(openvm_report(std::string(metered) + "bye\n", "Total cost"));
  CHECK_FALSE(openvm_report(metered, "Total segments"));
  CHECK_FALSE(openvm_report("", "Total cost"));
  CHECK_FALSE(
      openvm_report("Execution output: [256]\nNumber of instructions executed: 1\nTotal cost: 1", "Total cost"));
  CHECK_FALSE(openvm_report("Execution output: [1,]\nNumber of instructions executed: 1\nTotal cost: 1", "Total cost"));
  CHECK_FALSE(openvm_report("Execution output: []\nNumber of instructions executed: -1\nTotal cost: 1", "Total cost"));
  CHECK(openvm_report("Execution output: []\nNumber of instructions executed: 1\nTotal cost: 1", "Total cost"));
}

TEST_CASE("OpenVM's input is a JSON file of bytes in its own directory") {
  const test::TemporaryDirectory directory;
  directory.write("in.bin", std::string("\x04\xff", 2));
  std::string seen;
  FakeProcessRunner processes([&seen](const system::ProcessRequest& request) {
    if (request.arguments.back() == "--version") return exited(0, "cargo-openvm v2.0.1\n");
    seen = test::read_file(request.arguments.back());
    CHECK(std::filesystem::exists(request.directory / "Cargo.toml"));
    return exited(0, std::string(segmented));
  });
  executors::OpenvmExecutor executor(
      {.program = {},
       .processes = &processes,
       .variables = {{"CYCLEGATE_CARGO_OPENVM", "/bin/true"}, {"HOME", directory.path().string()}}});
  executor.execute({.path = "/guest.vmexe"}, {.path = directory.path() / "in.bin"}, {}, model::Detail::cost);
  CHECK(seen == "{\"input\": [\"0x0104ff\"]}\n");
  CHECK_FALSE(std::filesystem::exists(processes.requests.back().directory));
}

TEST_CASE("two modes of OpenVM that saw different runs give no numbers") {
  const auto with = [](const std::string& segment_answer) {
    FakeProcessRunner processes([&segment_answer](const system::ProcessRequest& request) {
      if (request.arguments.back() == "--version") return exited(0, "cargo-openvm v2.0.1\n");
      const auto& words = request.arguments;
      return exited(0, std::ranges::find(words, "meter") != words.end() ? std::string(metered) : segment_answer);
    });
    executors::OpenvmExecutor executor(
        {.program = {},
         .processes = &processes,
         .variables = {{"CYCLEGATE_CARGO_OPENVM", "/bin/true"}, {"HOME", "/home/nobody"}}});
    return executor.execute({.path = "/guest.vmexe"}, {}, {}, model::Detail::cost);
  };
  const model::Execution steps =
      with("Execution output: [187, 30, 6]\nNumber of instructions executed: 44660\nTotal segments: 2\n");
  CHECK(steps.outcome.kind == OutcomeKind::crashed);
  CHECK(steps.outcome.why == "cargo-openvm ran 44659 instructions in mode meter and 44660 in mode segment");
  CHECK(steps.metrics.empty());
  const model::Execution output =
      with("Execution output: [187, 30, 7]\nNumber of instructions executed: 44659\nTotal segments: 2\n");
  CHECK(output.outcome.why == "cargo-openvm gave one output in mode meter and another in mode segment");
  CHECK(with(std::string(segmented)).outcome.ok());
}

TEST_CASE("an OpenVM run that fails says how") {
  auto failed = exited(1);
  failed.standard_error = "Error: program failed with exit code 3\n";
  CHECK(FakeOpenvm(&failed).run().outcome ==
        model::Outcome{.kind = OutcomeKind::exit, .code = 3, .pc = {}, .why = "the guest ended with exit code 3"});
  failed.standard_error = "Error: no such file\n";
  CHECK(FakeOpenvm(&failed).run().outcome.why == "cargo-openvm ended with status 1: Error: no such file");
  const auto garbage = exited(0, "hello\n");
  CHECK(FakeOpenvm(&garbage).run().outcome.kind == OutcomeKind::crashed);
  system::ProcessResult late;
  late.end = system::ProcessEnd::timed_out;
  CHECK(FakeOpenvm(&late).run().outcome.kind == OutcomeKind::limit);
}

TEST_CASE("OpenVM that is not installed says what to do") {
  FakeProcessRunner nothing([](const system::ProcessRequest&) { return exited(1); });
  executors::OpenvmExecutor absent({.program = {}, .processes = &nothing, .variables = {{"HOME", "/nowhere"}}});
  CHECK(absent.describe().unavailable.contains("cargo install --locked"));
  FakeOpenvm here;
  executors::OpenvmExecutor present(here.world());
  CHECK(present.describe().unavailable.empty());
  CHECK(present.describe().version == "v2.0.1 (abc)");
  CHECK(present.describe().program == system::sha256_file("/bin/true"));
}
