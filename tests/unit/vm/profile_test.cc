// Call trees with inlined functions: against addr2line for every address, and against a run taken one step at a time.
#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <cstdint>
#include <fstream>
#include <map>
#include <ranges>
#include <sstream>
#include <string>
#include <vector>

#include "assemble.h"
#include "elf/debug_functions.h"
#include "elf/image.h"
#include "profile_checks.h"
#include "support/temporary_directory.h"
#include "vm/code.h"
#include "vm/machine.h"

using namespace cyclegate;  // NOLINT(google-build-using-namespace): a test

namespace {

const std::string fixtures = std::string(CYCLEGATE_SOURCE_DIR) + "/tests/fixtures/dwarf/";

vm::Program load(const std::string& name) {
  const std::string file = test::read_file(fixtures + name);
  const std::span bytes(reinterpret_cast<const std::uint8_t*>(file.data()), file.size());
  const auto image = elf::parse(bytes);
  REQUIRE(image);
  const elf::DebugFunctions debug = elf::debug_functions(bytes);
  CHECK_FALSE(debug.calls.empty());
  const auto program = vm::load(*image, vm::cost_model("zisk-1.4.0-alpha"), &debug);
  REQUIRE(program);
  return *program;
}

/// Of every address what addr2line said: the function, then what is inlined there, innermost last, joined by ';'.
std::map<std::uint64_t, std::string> chains(const std::string& name) {
  std::map<std::uint64_t, std::string> out;
  std::ifstream in(fixtures + name);
  std::uint64_t address = 0;
  bool place = false;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("0x")) {
      address = std::stoull(line, nullptr, 16);
      place = false;
    } else if (!place) {
      std::string& chain = out[address];
      chain = chain.empty() ? line : line + ";~" + chain;
      place = true;
    } else {
      place = false;
    }
  }
  return out;
}

/// The same as the embedded executor has it.
std::string chain_of(const vm::Code& code, std::uint32_t place) {
  const auto functions = static_cast<std::uint32_t>(code.functions.size());
  if (place < functions) return code.frame(place).name;
  const auto& inlined = code.inlined_places[place - functions];
  return chain_of(code, inlined.outer) + ";~" + code.frame(inlined.frame).name;
}

}  // namespace

TEST_CASE("every address lies in the inlined functions that addr2line knows") {
  const vm::Program program = load("inlined.elf");
  const vm::Code& code = program.code();
  const auto expected = chains("inlined.lines");
  REQUIRE(expected.size() > 20);
  for (const auto& [address, chain] : expected) {
    INFO(std::hex << address);
    const std::uint32_t at = code.find(address);
    REQUIRE(at != vm::no_instruction);
    CHECK(chain_of(code, code.place_of[at]) == chain);
  }
  for (const auto& frame : code.inlined_frames) {
    CHECK(frame.inlined);
    CHECK(frame.file == "/build/tree/inlined.cc");
    CHECK(frame.line > 0);
  }
}

TEST_CASE("functions know where they are declared") {
  const vm::Program program = load("inlined.elf");
  const auto& frames = program.code().function_frames;
  const auto leaf = std::ranges::find(frames, "deep::leaf(unsigned long)", &model::ProfileFrame::name);
  REQUIRE(leaf != frames.end());
  CHECK(leaf->file == "/build/tree/inlined.cc");
  CHECK(leaf->line == 7);
  CHECK_FALSE(leaf->inlined);
}

TEST_CASE("the call tree with inlined functions is that of a run taken one step at a time") {
  const vm::Program program = load("inlined.elf");
  const auto place = chains("inlined.lines");
  const auto whole = vm::execute(program, {}, {}, model::Detail::profile);
  REQUIRE(whole.outcome.ok());
  test::check_profile(whole);
  CHECK(whole.profile->warnings.empty());

  // Where each step is made, by stopping there. The first six are the BIOS's.
  std::vector<std::uint64_t> pcs;
  for (std::uint64_t steps = 6;; ++steps) {
    std::uint64_t pc = 0;
    const auto stopped = vm::execute(program, {}, {.max_steps = steps}, model::Detail::totals,
                                     [&](const vm::MachineView& view) { pc = view.pc(); });
    REQUIRE(stopped.outcome.kind == model::OutcomeKind::limit);
    if (!pcs.empty() && stopped.outcome.pc.value_or(pc) == pcs.back()) break;  // the exit, which the BIOS goes on from
    pcs.push_back(pc);
    REQUIRE(pcs.size() < 5000);
  }
  std::map<std::string, std::uint64_t> expected;
  std::vector<std::string> callers;
  std::vector<std::uint64_t> returns;
  for (std::size_t i = 0; i < pcs.size(); ++i) {
    if (i > 0 && pcs[i] != pcs[i - 1] + 4) {
      const auto back = std::ranges::find(returns, pcs[i]);
      const bool start_of_function = place.at(pcs[i]).find(';') == std::string::npos && back == returns.end();
      if (back != returns.end() && returns.back() == pcs[i]) {
        callers.pop_back();
        returns.pop_back();
      } else if (start_of_function && place.at(pcs[i]) != place.at(pcs[i] - 4)) {
        callers.push_back((callers.empty() ? "" : callers.back() + ";") + place.at(pcs[i - 1]));
        returns.push_back(pcs[i - 1] + 4);
      }
    }
    ++expected[(callers.empty() ? "" : callers.back() + ";") + place.at(pcs[i])];
  }
  std::map<std::string, std::uint64_t> found;
  std::istringstream lines(test::folded(*whole.profile));
  for (std::string line; std::getline(lines, line);) {
    const std::size_t steps = line.rfind(' ');
    const std::size_t calls = line.rfind(' ', steps - 1);
    if (line.starts_with("[zisk bios]") || line.substr(steps) == " 0") continue;
    found[line.substr(0, calls)] = std::stoull(line.substr(steps));
  }
  CHECK(found == expected);
  CHECK(found.size() > 10);
}

TEST_CASE("without debug information the same run has the same tree but for inlined functions") {
  const std::string file = test::read_file(fixtures + "inlined.elf");
  const auto image = elf::parse({reinterpret_cast<const std::uint8_t*>(file.data()), file.size()});
  REQUIRE(image);
  const auto plain = vm::load(*image, vm::cost_model("zisk-1.4.0-alpha"));
  REQUIRE(plain);
  const auto without = vm::execute(*plain, {}, {}, model::Detail::profile);
  const auto with = vm::execute(load("inlined.elf"), {}, {}, model::Detail::profile);
  test::check_profile(without);
  CHECK(with.functions == without.functions);
  CHECK(std::ranges::none_of(without.profile->frames, &model::ProfileFrame::inlined));
}

TEST_CASE("a guest that calls too deeply or from too many places has a tree of bounded size and exact sums") {
  using namespace test::rv;  // NOLINT(google-build-using-namespace): reads like assembly
  SECTION("endless recursion") {
    // Calls itself, keeping nothing.
    test::rv::Text text;
    text << 0x000000efU;  // jal ra, 0
    elf::Image guest = image(text);
    guest.functions.push_back({.address = 0x90000000, .size = 0, .name = "self"});
    const auto program = vm::load(guest, vm::cost_model("zisk-1.4.0-alpha"));
    REQUIRE(program);
    const auto execution = vm::execute(*program, {}, {.max_steps = 3'000'000}, model::Detail::profile);
    CHECK(execution.outcome.kind == model::OutcomeKind::limit);
    test::check_profile(execution);
    CHECK(execution.profile->nodes.size() == 1025);
    REQUIRE(execution.profile->warnings.size() == 1);
    CHECK(execution.profile->warnings[0].code == "folded-calls");
  }
}
