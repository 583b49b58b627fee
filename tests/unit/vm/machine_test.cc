// What guests may do to their host (nothing), and how runs end.
#include "vm/machine.h"

#include <algorithm>
#include <array>
#include <catch2/catch_test_macros.hpp>
#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "assemble.h"
#include "capture.h"
#include "elf/image.h"
#include "vm/counters.h"
#include "vm/program.h"

using namespace cyclegate;            // NOLINT(google-build-using-namespace): a test
using namespace cyclegate::test::rv;  // NOLINT(google-build-using-namespace): reads like assembly
using model::Detail;
using model::OutcomeKind;

namespace {

constexpr std::array details = {Detail::totals, Detail::cost, Detail::functions};

vm::Program load(const elf::Image& image) {
  auto program = vm::load(image, vm::cost_model("zisk-1.4.0-alpha"));
  if (!program) FAIL(program.error().why);
  return *program;
}

model::Execution run(const Text& text, const vm::Limits& limits = {}, Detail detail = Detail::cost) {
  return vm::execute(load(image(text)), {}, limits, detail);
}

std::string why_refused(const elf::Image& image) {
  const auto program = vm::load(image, vm::cost_model("zisk-1.4.0-alpha"));
  REQUIRE_FALSE(program);
  CHECK(program.error().kind == OutcomeKind::rejected);
  return program.error().why;
}

/// The bytes that a guest without an exit would run off into are not there: every text here ends by itself.
void check_trap(const Text& text, const std::string& why, std::uint64_t pc) {
  for (const Detail detail : details) {
    const auto execution = run(text, {}, detail);
    CHECK(execution.outcome.kind == OutcomeKind::trap);
    CHECK(execution.outcome.pc == pc);
    CHECK(execution.outcome.why.contains(why));
    CHECK(execution.output.empty());
  }
}

}  // namespace

TEST_CASE("accesses outside the guest's memory trap whatever their address") {
  const std::array<std::uint64_t, 12> outside = {
      0,           8,           0x1000,        0x0fff'fff9,           0x9800'0000,           0x9fff'fff9,
      0xbfff'fff9, 0xc000'0000, 0x1'a000'0000, 0x7fff'ffff'ffff'fff8, 0x8000'0000'a000'0000, 0xffff'ffff'ffff'fffc};
  for (const std::uint64_t address : outside) {
    INFO(address);
    Text loading;
    loading << load_value(t0, address) << ld(t1, t0, 0);
    check_trap(loading.exit(), "load of 8 bytes at ", 0x90000000 + 4 * 11);
    Text storing;
    storing << load_value(t0, address) << sd(t1, t0, 0);
    check_trap(storing.exit(), "store of 8 bytes at ", 0x90000000 + 4 * 11);
  }
}

TEST_CASE("code, constants and input cannot be written and execute-only code cannot be read") {
  for (const std::uint64_t address : {0x9000'0000ULL, 0x1000'0008ULL}) {
    Text text;
    text << load_value(t0, address) << sb(t0, t0, 0);
    check_trap(text.exit(), "store of 1 bytes", 0x90000000 + 4 * 11);
  }
  Text text;
  text << load_value(t0, 0x9000'0000) << lw(t1, t0, 0);
  check_trap(text.exit(), "load of 4 bytes at 0x90000000", 0x90000000 + 4 * 11);
}

TEST_CASE("the first and the last bytes of RAM can be used at every alignment") {
  for (const std::uint64_t address : {0xa000'0000ULL, 0xa000'0001ULL, 0xbfff'fff7ULL, 0xbfff'fff8ULL}) {
    Text text;
    text << load_value(t0, address) << load_value(t1, 0x0123'4567'89ab'cdef) << sd(t1, t0, 0) << ld(t2, t0, 0);
    const auto program = load(image(text.exit()));
    std::uint64_t read = 0;
    const auto execution = vm::execute(program, {}, {}, Detail::cost, [&](const vm::MachineView& view) {
      read = view.registers()[t2];
      std::array<std::uint8_t, 8> bytes{};
      CHECK(view.read(address, bytes));
      CHECK(bytes[0] == 0xef);
    });
    CHECK(execution.outcome.ok());
    CHECK(read == 0x0123'4567'89ab'cdef);
    CHECK(execution.misaligned_accesses == (address % 8 == 0 ? 0 : 2));
  }
}

TEST_CASE("jumps to no instruction trap with the jump's address") {
  check_trap(Text{auipc(t0, 0), addi(t0, t0, 64), jalr(zero, t0, 0)}, "jump to 0x90000040, where no instruction is",
             0x90000008);
  // Into the middle of an instruction.
  check_trap(Text{auipc(t0, 0), addi(t1, t1, 0), jalr(zero, t0, 2)}, "jump to 0x90000002", 0x90000008);
  check_trap(Text{jalr(zero, zero, 0)}, "jump to 0x0", 0x90000000);
  // Off the end, and a static jump outside.
  check_trap(Text{addi(t0, t0, 1)}, "jump to 0x90000004", 0x90000004);
  check_trap(Text{0x0010006f}, "jump to 0x90000800", 0x90000800);  // jal x0, 2048
}

TEST_CASE("illegal and privileged encodings trap") {
  check_trap(Text{0xffffffff}, "illegal instruction", 0x90000000);
  check_trap(Text{0}, "illegal instruction 0000", 0x90000000);
  check_trap(Text{0x00100073}, "ebreak", 0x90000000);
  check_trap(Text{0x30200073}, "illegal instruction", 0x90000000);  // mret
  check_trap(Text{csrrw(zero, 0xf12, t0)}, "read-only CSR", 0x90000000);
}

TEST_CASE("a library call that is not here is named with its CSR and what to do") {
  check_trap(Text{csrrs(zero, 0x850, zero)},
             "precompile zkvmcall (CSR 0x850) is not available in the embedded executor; run this guest on ziskemu",
             0x90000000);
}

TEST_CASE("curve operations without a result trap, where ziskemu leaves bytes of its own stack") {
  for (const unsigned csr : {0x803U, 0x804U}) {
    Text text;
    text << load_value(t0, 0xa000'0000) << csrrs(zero, csr, t0) << add(zero, t0, zero);
    check_trap(text.exit(), "the slope's denominator is 0", 0x90000000 + 4 * 11);
  }
}

TEST_CASE("precompile operands outside memory or unaligned trap") {
  for (const unsigned csr : {0x800U, 0x805U}) {
    Text unaligned;
    unaligned << load_value(t0, 0xa000'0001) << csrrs(zero, csr, t0) << add(zero, t0, zero);
    check_trap(unaligned.exit(), "is not aligned to 8 bytes", 0x90000000 + 4 * 11);
    Text outside;
    outside << load_value(t0, 0xbfff'fff8) << csrrs(zero, csr, t0) << add(zero, t0, zero);
    check_trap(outside.exit(), "is not in readable memory", 0x90000000 + 4 * 11);
    Text constant;
    constant << load_value(t0, 0x1000'0008) << csrrs(zero, csr, t0) << add(zero, t0, zero);
    check_trap(constant.exit(), "are not all in RAM", 0x90000000 + 4 * 11);
  }
  // A count that wraps around.
  Text wrapping;
  wrapping << load_value(t0, 0xa000'0000) << addi(t1, zero, -1) << csrrs(zero, 0x816, t0) << addi(zero, t1, 7);
  check_trap(wrapping.exit(), "dma_xmemset: 18446744073709551615 bytes", 0x90000000 + 4 * 12);
}

TEST_CASE("texts that ZisK's transpiler refuses are rejected with the address") {
  CHECK(why_refused(image({addi(t0, t0, 0), 0x02b50553})).contains("at 0x90000004: instruction 02b50553 (float"));
  CHECK(why_refused(image({r_type(5, t1, t0, 1, t2, 0x33)})).contains("clmul"));
  CHECK(why_refused(image({r_type(7, t1, t0, 5, t2, 0x33)})).contains("czero"));
  CHECK(why_refused(image({r_type(20, t1, t0, 2, t2, 0x33)})).contains("xperm"));
  CHECK(why_refused(image({csrrs(zero, 0x805, t0), ld(t0, t0, 0), addi(t0, t0, 0)}))
            .contains("csrs 0x805, first; add x0, second, x0"));
  CHECK(why_refused(image({csrrs(zero, 0x813, t0), ld(t0, t0, 0), addi(t0, t0, 0)}))
            .contains("precompile dma_memcpy (CSR 0x813)"));
  CHECK(why_refused(image({csrrs(zero, 0x816, t0), addi(zero, t1, 256), addi(t0, t0, 0)})).contains("0 to 255"));
}

TEST_CASE("images outside ZisK's address map are rejected") {
  const auto changed = [](auto change) {
    elf::Image out = image(Text{addi(t0, t0, 0)}.exit());
    change(out);
    return why_refused(out);
  };
  CHECK(changed([](elf::Image& i) { i.entry = 0; }).contains("no entry point"));
  CHECK(changed([](elf::Image& i) { i.entry += 2; }).contains("not aligned to 4"));
  CHECK(changed([](elf::Image& i) { i.entry += 4096; }).contains("in no executable segment"));
  CHECK(changed([](elf::Image& i) {
          i.segments[0].address = i.entry = 0xa0500000;
        }).contains("executable but not in ROM"));
  CHECK(changed([](elf::Image& i) { i.segments[0].memory_size += 4; }).contains("zero-filled tail"));
  CHECK(changed([](elf::Image& i) {
          i.segments[0].bytes.pop_back(), --i.segments[0].memory_size;
        }).contains("odd length"));
  CHECK(changed([](elf::Image& i) {
          i.segments[0].bytes.resize(14), i.segments[0].memory_size = 14;
        }).contains("ends inside a 32-bit"));
  const elf::Segment data{
      .address = 0x91000000, .memory_size = 8, .readable = true, .writable = true, .executable = false, .bytes = {}};
  CHECK(changed([&](elf::Image& i) { i.segments.push_back(data); }).contains("writable but not in RAM"));
  elf::Segment low = data;
  low.address = 0x1000;
  CHECK(changed([&](elf::Image& i) { i.segments.push_back(low); }).contains("outside ZisK 1.4.0-alpha's address map"));
  elf::Segment constant = data;
  constant.writable = false;
  constant.address = 0x91000004;
  CHECK(changed([&](elf::Image& i) { i.segments.push_back(constant); }).contains("read-only data at 0x91000004"));
}

TEST_CASE("an input whose length is no multiple of 8 is rejected") {
  const auto program = load(image(Text{}.exit()));
  const std::vector<std::uint8_t> input(13);
  const auto execution = vm::execute(program, input, {}, Detail::totals);
  CHECK(execution.outcome.kind == OutcomeKind::rejected);
  CHECK(execution.outcome.why == "the input file has 13 bytes; its length must be a multiple of 8 (pad it with zeros)");
}

TEST_CASE("input is readable from 0x10000008 and zero behind its end") {
  Text text;
  text << load_value(t0, 0x1000'0000) << ld(t1, t0, 0) << ld(t2, t0, 8) << ld(a1, t0, 16) << ld(a2, t0, 12);
  const auto program = load(image(text.exit()));
  const std::vector<std::uint8_t> input = {1, 2, 3, 4, 5, 6, 7, 8};
  vm::execute(program, input, {}, Detail::totals, [](const vm::MachineView& view) {
    CHECK(view.registers()[t1] == 0);
    CHECK(view.registers()[t2] == 0x0807060504030201);
    CHECK(view.registers()[a1] == 0);
    CHECK(view.registers()[a2] == 0);  // a load across the end gives nothing of the file
  });
}

TEST_CASE("an endless loop ends at the time limit") {
  for (const Detail detail : details) {
    const auto start = std::chrono::steady_clock::now();
    const auto execution = run({jal_self()}, {.max_time = std::chrono::milliseconds(30)}, detail);
    CHECK(execution.outcome.kind == OutcomeKind::limit);
    CHECK(execution.outcome.why == "the time limit was reached (30 ms)");
    CHECK(execution.outcome.pc == 0x90000000);
    CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(20));
  }
}

TEST_CASE("long copies do not outlast the time limit") {
  Text text;
  text << load_value(t0, 0xa050'0000) << load_value(t1, 0x1000'0000);
  const std::size_t loop = text.size();
  text << csrrs(zero, 0x816, t0) << addi(zero, t1, 1);
  text << 0xff9ff06f;  // jal x0, -8
  CHECK(loop == 22);
  const auto execution = run(text, {.max_memory_bytes = 1ULL << 30, .max_time = std::chrono::milliseconds(200)});
  CHECK(execution.outcome.kind == OutcomeKind::limit);
  CHECK(execution.outcome.why.contains("time limit"));
}

TEST_CASE("memory is counted by what is stored to and limited") {
  // One store into each of 64 blocks of 64 KiB.
  Text text;
  text << load_value(t0, 0xa050'0000) << lui(t1, 0x10) << addi(t2, zero, 64);
  text << sb(t1, t0, 0) << add(t0, t0, t1) << addi(t2, t2, -1) << 0xfe039ae3;  // bne t2, x0, -12
  text.exit();
  CHECK(run(text, {.max_memory_bytes = 65 * 65536}).outcome.ok());
  const auto execution = run(text, {.max_memory_bytes = 32 * 65536});
  CHECK(execution.outcome.kind == OutcomeKind::limit);
  CHECK(execution.outcome.why == "the memory limit was reached (2097152 bytes)");
  Text set;
  set << load_value(t0, 0xa050'0000) << load_value(t1, 0x100'0000) << csrrs(zero, 0x816, t0) << addi(zero, t1, 1);
  CHECK(run(set.exit(), {.max_memory_bytes = 0x80'0000}).outcome.kind == OutcomeKind::limit);
}

TEST_CASE("a step limit is exact at every count") {
  const auto image = elf::parse(test::capture_bytes("elf/nop.elf"));
  REQUIRE(image);
  const auto program = load(*image);
  for (std::uint64_t limit = 0; limit < 199; ++limit) {
    const auto execution = vm::execute(program, {}, {.max_steps = limit}, Detail::cost);
    CHECK(execution.outcome.kind == OutcomeKind::limit);
    CHECK(execution.steps == limit);
    CHECK(execution.cost->parts.main == limit * 62);
  }
  CHECK(vm::execute(program, {}, {.max_steps = 199}, Detail::cost).outcome.ok());
}

TEST_CASE("a run that is cut anywhere leaves the same registers however it is instrumented") {
  const auto image = elf::parse(test::capture_bytes("elf/rust.elf"));
  REQUIRE(image);
  const auto program = load(*image);
  const auto input = test::capture_bytes("inputs/in_200.bin");
  std::array<std::uint64_t, 32> before{};
  for (std::uint64_t limit = 6; limit < 4000; ++limit) {
    std::array<std::array<std::uint64_t, 32>, 3> registers{};
    std::array<std::uint64_t, 3> pc{};
    for (std::size_t i = 0; i < details.size(); ++i) {
      const auto execution =
          vm::execute(program, input, {.max_steps = limit}, details[i], [&](const vm::MachineView& view) {
            registers[i] = view.registers();
            pc[i] = view.pc();
          });
      REQUIRE(execution.steps == limit);
    }
    REQUIRE(registers[0] == registers[1]);
    REQUIRE(registers[0] == registers[2]);
    REQUIRE(pc[0] == pc[1]);
    REQUIRE(pc[0] == pc[2]);
    // One more step changes at most one register (two for the exit, which is not reached here).
    int changed = 0;
    for (std::size_t i = 0; i < 32; ++i) changed += registers[0][i] != before[i] ? 1 : 0;
    REQUIRE((limit == 6 || changed <= 1));
    before = registers[0];
  }
}

TEST_CASE("a return to the BIOS ends the run well") {
  const auto execution = run({addi(t0, zero, 1), jalr(zero, ra, 0)});
  CHECK(execution.outcome.ok());
  CHECK(execution.steps == 6 + 2 + 181);
}

TEST_CASE("an ecall that is no exit takes three steps and overwrites ra") {
  const auto program = load(image(Text{addi(a7, zero, 64), ecall()}.exit()));
  const auto execution = vm::execute(program, {}, {}, Detail::cost,
                                     [](const vm::MachineView& view) { CHECK(view.registers()[ra] == 0x90000008); });
  CHECK(execution.steps == 189 + 1 + 3 + 3);
}

TEST_CASE("what a guest prints is cut at 64 KiB") {
  Text text;
  text << load_value(t0, 0xa040'0200) << load_value(t1, 70'000) << addi(t2, zero, 'x');
  text << sb(t2, t0, 0) << addi(t1, t1, -1) << 0xfe031ce3;  // bne t1, x0, -8
  const auto execution = run(text.exit(), {}, Detail::totals);
  CHECK(execution.outcome.ok());
  CHECK(execution.console == std::string(65536, 'x'));
}

TEST_CASE("CSRs keep what is written, and marchid says ZisK") {
  Text text;
  text << csrrs(a1, 0xf12, zero) << addi(t0, zero, 12) << csrrw(zero, 0x340, t0) << addi(t1, zero, 3)
       << csrrs(a2, 0x340, t1) << addi(t1, zero, 5) << csrrc(a3, 0x340, t1) << csrrs(t2, 0x340, zero);
  const auto program = load(image(text.exit()));
  const auto execution = vm::execute(program, {}, {}, Detail::cost, [](const vm::MachineView& view) {
    CHECK(view.registers()[a1] == 0x0fffeeee);
    CHECK(view.registers()[a2] == 12);
    CHECK(view.registers()[a3] == 15);
    CHECK(view.registers()[t2] == 10);
  });
  // One step each, but two for csrrs and three for csrrc with rd and rs1.
  CHECK(execution.steps == 189 + 8 + 1 + 2 + 3);
}

TEST_CASE("executions share a program and leave nothing behind") {
  Text text;
  text << load_value(t0, 0xa050'0000) << ld(t1, t0, 0) << addi(t1, t1, 1) << sd(t1, t0, 0);
  const auto program = load(image(text.exit()));
  for (int i = 0; i < 3; ++i) {
    vm::execute(program, {}, {}, Detail::totals, [](const vm::MachineView& view) { CHECK(view.registers()[t1] == 1); });
  }
}

TEST_CASE("a run whose cost exceeds 64 bits has no cost and says so, however it would have wrapped") {
  auto dear = vm::cost_model("zisk-1.4.0-alpha");
  dear.main = std::uint64_t{1} << 62;  // four steps are 2^64: they would wrap to nothing
  const auto program = vm::load(image(Text{}.exit()), dear);
  REQUIRE(program);
  for (const Detail detail : {Detail::cost, Detail::functions}) {
    const auto execution = vm::execute(*program, {}, {}, detail);
    CHECK(execution.outcome.kind == OutcomeKind::limit);
    CHECK(execution.outcome.why.contains("exceeds 64 bits"));
    CHECK_FALSE(execution.cost);
    CHECK(execution.opcodes.empty());
    CHECK(execution.functions.empty());
    CHECK(execution.output.empty());
  }
  CHECK(vm::execute(*program, {}, {}, Detail::totals).outcome.ok());
}

TEST_CASE("costs are summed up to the last number of 64 bits and refused beyond it") {
  constexpr std::uint64_t most = ~std::uint64_t{0};
  vm::CostModel model;
  model.price[vm::index(vm::Operation::keccak)] = std::uint64_t{1} << 20;
  vm::Counters counters;
  const auto reported = [&](model::Execution& execution) { return vm::report_cost(counters, model, 0, 0, execution); };
  model::Execution execution;
  counters.operations[vm::index(vm::Operation::keccak)] = (std::uint64_t{1} << 44) - 1;
  model.base = (std::uint64_t{1} << 20) - 1;
  REQUIRE(reported(execution));
  CHECK(execution.cost->total() == most);
  SECTION("one more of base") {
    ++model.base;
    CHECK_FALSE(reported(execution));
  }
  SECTION("a row that is too great by itself") {
    model.base = 0;
    counters.operations[vm::index(vm::Operation::keccak)] = std::uint64_t{1} << 44;
    CHECK_FALSE(reported(execution));
  }
  SECTION("calls by length that have reached the end of their sum") {
    model.base = 0;
    counters.operations[vm::index(vm::Operation::keccak)] = 0;
    counters.variable[vm::index(vm::Operation::dma_memcpy)] = most;
    CHECK_FALSE(reported(execution));
  }
  SECTION("avoided cost") {
    model.price[vm::index(vm::Operation::xor_)] = 2;
    counters.frequent[vm::index(vm::Operation::xor_)] = std::uint64_t{1} << 63;
    CHECK_FALSE(reported(execution));
  }
}
