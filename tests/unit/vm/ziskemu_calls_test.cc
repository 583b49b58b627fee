// Precompiles and fcalls as ziskemu 1.4.0-alpha runs them (tests/fixtures/ziskemu/calls).
#include <catch2/catch_test_macros.hpp>
#include <cstddef>
#include <cstdint>
#include <sstream>
#include <string>
#include <vector>

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

vm::Program load_calls(const std::string& elf) {
  const auto image = elf::parse(test::capture_bytes("calls/" + elf));
  REQUIRE(image);
  auto program = vm::load(*image, vm::cost_model("zisk-1.4.0-alpha"));
  REQUIRE(program);
  return std::move(*program);
}

std::vector<std::uint8_t> from_hex(const std::string& text) {
  std::vector<std::uint8_t> out;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
    out.push_back(static_cast<std::uint8_t>(std::stoul(text.substr(i, 2), nullptr, 16)));
  }
  return out;
}

}  // namespace

TEST_CASE("results, steps and every row of precompiles and fcalls are ziskemu's") {
  const vm::Program program = load_calls("calls.elf");
  for (const std::string name : {"curves", "integers", "hashes", "jump_dest", "fcalls"}) {
    INFO(name);
    const auto input = test::capture_bytes("calls/" + name + ".input.bin");
    const auto capture = test::read_stats("calls/" + name + ".stats.csv");
    REQUIRE(capture.steps > 10'000);
    const auto totals = vm::execute(program, input, {}, Detail::totals);
    const auto costs = vm::execute(program, input, {}, Detail::cost);
    const auto functions = vm::execute(program, input, {}, Detail::functions);
    CHECK(totals.steps == capture.steps);
    test::check_cost(costs, capture);
    test::check_cost(functions, capture);
    CHECK(test::rows_text(costs.memory, true) == test::rows_text(capture.memory, true));
    for (const auto* execution : {&totals, &costs, &functions}) {
      CHECK(execution->outcome == model::Outcome{});
      CHECK(execution->output == test::capture_bytes("calls/" + name + ".output.bin"));
    }
  }
}

TEST_CASE("scalar multiplications have ziskemu's result, steps and rows") {
  // Doubles made with their sums, and those that are not asked for.
  const vm::Program program = load_calls("ladder.elf");
  const auto capture = test::read_stats("calls/ladder.stats.csv");
  REQUIRE(capture.steps > 300'000);
  const auto costs = vm::execute(program, {}, {}, Detail::cost);
  test::check_cost(costs, capture);
  CHECK(test::rows_text(costs.memory, true) == test::rows_text(capture.memory, true));
  CHECK(costs.output == test::capture_bytes("calls/ladder.output.bin"));
}

TEST_CASE("calls that ziskemu panics on are traps, and only those") {
  const vm::Program program = load_calls("calls.elf");
  std::istringstream lines(test::read_file(test::captures() / "calls/failures.tsv"));
  int panics = 0;
  for (std::string line; std::getline(lines, line);) {
    std::istringstream columns(line);
    std::string name;
    std::string status;
    std::string input;
    std::getline(columns, name, '\t');
    std::getline(columns, status, '\t');
    std::getline(columns, input, '\t');
    const auto execution = vm::execute(program, from_hex(input), {}, Detail::cost);
    INFO(name << ": " << execution.outcome.why);
    if (status == "0") {
      CHECK(execution.outcome.ok());
      continue;
    }
    CHECK(status == "101");
    CHECK(execution.outcome.kind == OutcomeKind::trap);
    // It is the call that fails, not something on the way.
    CHECK((execution.outcome.why.contains(": ") || execution.outcome.why.contains("fcall")));
    CHECK_FALSE(execution.outcome.why.contains("not available"));
    ++panics;
  }
  CHECK(panics > 100);
}
