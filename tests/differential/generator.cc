#include "differential/generator.h"

#include "differential/instruction_set.h"
#include "differential/units.h"
#include "differential/workbench.h"
#include "differential/zisk_units.h"

namespace cyclegate::differential {
namespace {

constexpr int kUnits = 110;
constexpr int kDeepest = 2;  // loops in loops
constexpr std::int64_t kUpperOfBase = static_cast<std::int64_t>((kBaseAddress - kTextAddress) >> 12);

/// One part of a program: straight-line code, a jump, or a loop or function around other units.
void unit(Workbench& bench, int depth);

/// One instruction that shows whether it was executed.
void mark(Workbench& bench, unsigned number) {
  bench.code.emit("addi",
                  {.rd = number, .rs1 = number, .immediate = 1 + static_cast<std::int64_t>(bench.random.below(2000))});
}

void branch_unit(Workbench& bench) {
  const Instruction& row = bench.any(Format::branch);
  const Operand first = bench.source();
  const Operand second = bench.source_beside(first);
  const unsigned marked = bench.free_register();
  const Note note{.first = first.edge, .second = second.edge};
  const Operands operands{.rs1 = first.number, .rs2 = second.number};
  if (bench.random.chance(70)) {
    const std::size_t position = bench.code.emit(row, operands, note);
    for (std::uint64_t count = 1 + bench.random.below(3); count > 0; --count) mark(bench, marked);
    bench.code.aim(position, position, bench.code.here());
  } else {
    const std::size_t over = bench.code.emit("jal", {}, kFixed);
    const std::size_t target = bench.code.here();
    mark(bench, marked);
    const std::size_t out = bench.code.emit("jal", {}, kFixed);
    bench.code.aim(over, over, bench.code.here());
    const std::size_t position = bench.code.emit(row, operands, note);
    bench.code.aim(position, position, target);
    bench.code.aim(out, out, bench.code.here());
  }
  bench.keep(marked);
}

void jump_unit(Workbench& bench) {
  const unsigned marked = bench.free_register();
  const unsigned address = bench.free_register_but({marked});
  unsigned rd = bench.random.chance(25) ? 0 : bench.random.chance(30) ? address : bench.free_register_but({marked});
  switch (bench.random.below(5)) {
    case 0: {  // forward
      const std::size_t position = bench.code.emit("jal", {.rd = rd});
      mark(bench, marked);
      bench.code.aim(position, position, bench.code.here());
      break;
    }
    case 1: {  // backward
      const std::size_t over = bench.code.emit("jal", {}, kFixed);
      const std::size_t target = bench.code.here();
      mark(bench, marked);
      const std::size_t out = bench.code.emit("jal", {}, kFixed);
      bench.code.aim(over, over, bench.code.here());
      const std::size_t position = bench.code.emit("jal", {.rd = rd});
      bench.code.aim(position, position, target);
      mark(bench, marked);
      bench.code.aim(out, out, bench.code.here());
      break;
    }
    case 2: {  // the adjacent pair that ZisK takes as one step when rd is the address register or x0
      const std::size_t origin = bench.code.emit("auipc", {.rd = address}, kFixed);
      const std::size_t position = bench.code.emit("jalr", {.rd = rd, .rs1 = address});
      mark(bench, marked);
      bench.code.aim(position, origin, bench.code.here(), bench.random.chance(50) ? 1 : 0);
      if (rd == 0) bench.keep(address);
      break;
    }
    case 3: {  // such a pair, entered at its second half
      const std::size_t origin = bench.code.emit("auipc", {.rd = address}, kFixed);
      const std::size_t over = bench.code.emit("jal", {}, kFixed);
      bench.code.emit("auipc", {.rd = address, .immediate = 1});
      bench.code.aim(over, over, bench.code.here());
      const std::size_t position = bench.code.emit("jalr", {.rd = rd, .rs1 = address});
      mark(bench, marked);
      bench.code.aim(position, origin, bench.code.here(), bench.random.chance(50) ? 1 : 0);
      break;
    }
    default: {  // computed address; register and immediate may each be odd, and bit 0 of the sum is dropped
      const std::size_t origin = bench.code.emit("auipc", {.rd = address}, kFixed);
      const auto odd = static_cast<std::int64_t>(bench.random.below(2));
      const auto shift = static_cast<std::int64_t>(bench.random.below(400)) * 4 + odd;
      const std::int64_t added = bench.random.chance(50) ? shift : odd;
      bench.code.emit("addi", {.rd = address, .rs1 = address, .immediate = added}, kFixed);
      const std::size_t position = bench.code.emit("jalr", {.rd = rd, .rs1 = address});
      mark(bench, marked);
      const auto odd_sum = static_cast<std::int64_t>(bench.random.below(2));
      bench.code.aim(position, origin, bench.code.here(), odd_sum - added);
      break;
    }
  }
  bench.keep(marked);
  bench.keep(rd);
}

/// A loop of known length around some units, in one of several shapes.
void loop(Workbench& bench, int depth) {
  const int own = bench.code.begin_unit();
  const unsigned counter = bench.counter(depth);
  const auto trips = static_cast<std::int64_t>(1 + bench.random.below(6));
  const std::uint64_t shape = bench.random.below(8);
  const bool upwards = shape == 3;
  bench.enter(static_cast<std::uint64_t>(trips));

  bench.code.emit("addi", {.rd = counter, .rs1 = 0, .immediate = upwards ? -trips : trips}, kFixed);
  const std::size_t top = bench.code.here();
  std::size_t exit = 0;
  const bool tested_first = shape >= 4;
  if (tested_first) {
    constexpr std::string_view kExits[] = {"beq", "bge", "bgeu", "beq"};
    const std::string_view name = kExits[shape - 4];
    const bool swapped = shape == 7;
    exit = bench.code.emit(name, {.rs1 = swapped ? counter : 0, .rs2 = swapped ? 0 : counter}, kFixed);
  }
  for (std::uint64_t count = 1 + bench.random.below(4); count > 0 && bench.has_room(16); --count)
    unit(bench, depth + 1);
  bench.code.resume_unit(own);
  bench.code.emit("addi", {.rd = counter, .rs1 = counter, .immediate = upwards ? 1 : -1}, kFixed);
  if (tested_first) {
    const std::size_t back = bench.code.emit("jal", {}, kFixed);
    bench.code.aim(back, back, top);
    bench.code.aim(exit, exit, bench.code.here());
  } else {
    constexpr std::string_view kBacks[] = {"bne", "blt", "bltu", "blt"};
    const std::size_t back =
        bench.code.emit(kBacks[shape], {.rs1 = upwards ? counter : 0, .rs2 = upwards ? 0 : counter}, kFixed);
    bench.code.aim(back, back, top);
  }
  bench.leave(static_cast<std::uint64_t>(trips));
}

/// A function that is called one to three times, in each of the ways compilers call.
void function(Workbench& bench) {
  const int own = bench.code.begin_unit();
  const std::uint64_t calls = 1 + bench.random.below(3);
  const std::size_t over = bench.code.emit("jal", {}, kFixed);
  const std::size_t entry = bench.code.here();
  bench.enter(calls);
  for (std::uint64_t count = 1 + bench.random.below(4); count > 0 && bench.has_room(16); --count) unit(bench, 1);
  bench.leave(calls);
  bench.code.resume_unit(own);
  bench.code.emit("jalr", {.rd = 0, .rs1 = bench.link()}, kFixed);
  bench.code.aim(over, over, bench.code.here());
  for (std::uint64_t call = 0; call < calls; ++call) {
    switch (bench.random.below(3)) {
      case 0: {
        const std::size_t position = bench.code.emit("jal", {.rd = bench.link()}, kFixed);
        bench.code.aim(position, position, entry);
        break;
      }
      case 1: {
        const std::size_t origin = bench.code.emit("auipc", {.rd = bench.link()}, kFixed);
        const std::size_t position = bench.code.emit("jalr", {.rd = bench.link(), .rs1 = bench.link()}, kFixed);
        bench.code.aim(position, origin, entry);
        break;
      }
      default: {
        const unsigned address = bench.free_register();
        const std::size_t origin = bench.code.emit("auipc", {.rd = address}, kFixed);
        const std::size_t add = bench.code.emit("addi", {.rd = address, .rs1 = address}, kFixed);
        bench.code.aim(add, origin, entry);
        bench.code.emit("jalr", {.rd = bench.link(), .rs1 = address}, kFixed);
        break;
      }
    }
    bench.keep(bench.link());
  }
}

using Unit = void (*)(Workbench&);

/// The straight-line units and jumps with their shares.
struct Share {
  std::uint64_t weight;
  Unit emit;
};
constexpr Share kShares[] = {{36, register_unit}, {11, immediate_unit}, {4, upper_unit},    {8, load_unit},
                             {7, store_unit},     {12, atomic_unit},    {3, reserved_unit}, {7, branch_unit},
                             {4, jump_unit},      {2, fence_unit}};

Unit random_unit(Random& random) {
  std::uint64_t total = 0;
  for (const Share& share : kShares) total += share.weight;
  std::uint64_t choice = random.below(total);
  for (const Share& share : kShares) {
    if (choice < share.weight) return share.emit;
    choice -= share.weight;
  }
  return fence_unit;
}

void unit(Workbench& bench, int depth) {
  const int outer = bench.code.unit();
  const std::uint64_t choice = bench.random.below(100);
  if (choice < 4 && depth < kDeepest && bench.has_room(64)) {
    loop(bench, depth);
  } else if (choice < 6 && depth == 0 && bench.has_room(64)) {
    function(bench);
  } else {
    bench.code.begin_unit();
    if (bench.zisk() && bench.random.chance(25)) {
      zisk_unit(bench);
    } else {
      random_unit(bench.random)(bench);
    }
  }
  bench.code.resume_unit(outer);
}

void prologue(Workbench& bench) {
  bench.code.emit("auipc", {.rd = bench.base(), .immediate = kUpperOfBase}, kFixed);
  bench.code.emit("addi", {.rd = bench.results(), .rs1 = bench.base(), .immediate = 1024}, kFixed);
  bench.code.emit("addi", {.rd = bench.results(), .rs1 = bench.results(), .immediate = 1024}, kFixed);
  for (unsigned number = 1; number < 32; ++number) {
    if (number == bench.base() || number == bench.results()) continue;
    const std::uint64_t offset = kInitialRegisters + std::uint64_t{8} * (number - 1);
    bench.code.emit("ld", {.rd = number, .rs1 = bench.base(), .immediate = from_base(offset)},
                    {.fixed = true, .alignment = 0});
  }
}

void epilogue(Workbench& bench) {
  bench.code.resume_unit(0);
  for (unsigned number = 1; number < 32; ++number) {
    const std::uint64_t offset = kFinalRegisters + std::uint64_t{8} * (number - 1);
    bench.code.emit("sd", {.rs1 = bench.base(), .rs2 = number, .immediate = from_base(offset)},
                    {.fixed = true, .alignment = 0});
  }
  // write(1, data, size); then exit(0). Linux takes system calls with the same registers as ZisK's exit.
  bench.code.emit("addi", {.rd = 5, .rs1 = bench.base(), .immediate = -1024}, kFixed);
  bench.code.emit("addi", {.rd = 11, .rs1 = 5, .immediate = -1024}, kFixed);
  bench.code.emit("lui", {.rd = 12, .immediate = static_cast<std::int64_t>(kDataSize >> 12)}, kFixed);
  bench.code.emit("addi", {.rd = 10, .rs1 = 0, .immediate = 1}, kFixed);
  bench.code.emit("addi", {.rd = 17, .rs1 = 0, .immediate = 64}, kFixed);
  bench.code.emit("ecall", {}, kFixed);
  if (bench.zisk()) fold_data_into_output(bench);
  bench.code.emit("addi", {.rd = 10, .rs1 = 0, .immediate = 0}, kFixed);
  bench.code.emit("addi", {.rd = 17, .rs1 = 0, .immediate = 93}, kFixed);
  bench.code.emit("ecall", {}, kFixed);
}
static_assert(kDataSize % 4096 == 0 && (kBaseAddress - kTextAddress) % 4096 == 0);
static_assert(kBase == 2048 && kResults == kBase + 2048);

Program finish(Workbench& bench) {
  prologue(bench);
  for (int count = 0; count < kUnits && bench.has_room(16); ++count) unit(bench, 0);
  epilogue(bench);
  return bench.take();
}

}  // namespace

Program generate(std::uint64_t seed, std::uint64_t index, bool bits) {
  Workbench bench(seed, index, bits);
  return finish(bench);
}

Program generate_for_zisk(std::uint64_t seed, std::uint64_t index, bool bits) {
  Workbench bench(seed, index, bits, true);
  return finish(bench);
}

}  // namespace cyclegate::differential
