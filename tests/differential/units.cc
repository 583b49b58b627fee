#include "differential/units.h"

#include <algorithm>

#include "differential/instruction_set.h"

namespace cyclegate::differential {
namespace {

/// Puts an address in the arena into `number`, less the offset that is returned: most offsets are possible.
std::int64_t address_into(Workbench& bench, unsigned number, std::uint64_t arena_offset, bool fixed) {
  const std::int64_t distance = from_base(kArena + arena_offset);
  const std::int64_t offset = fixed                     ? 0
                              : bench.random.chance(15) ? 0
                                                        : static_cast<std::int64_t>(bench.random.below(4096)) - 2048;
  std::int64_t rest = distance - offset;
  unsigned from = bench.base();
  const Note note{.fixed = fixed};
  do {
    const std::int64_t part = std::clamp<std::int64_t>(rest, -2048, 2047);
    bench.code.emit("addi", {.rd = number, .rs1 = from, .immediate = part}, note);
    from = number;
    rest -= part;
  } while (rest != 0);
  return offset;
}

/// A place in the arena, now and then one where an access may lie across the 64 KiB boundary.
std::uint64_t random_place(Workbench& bench, unsigned align) {
  if (bench.random.chance(20)) return (kBase - kArena - 8 + bench.random.below(16)) / align * align;
  return bench.random.below((kArenaSize - 8) / align) * align;
}

Note memory_note(std::uint64_t offset, const Instruction& row) {
  const std::uint64_t address = kArena + offset;
  return {.alignment = static_cast<int>(address % 8), .crosses = address < kBase && address + row.width > kBase};
}

/// Stores an edge value to an aligned place of the arena; the address stays in `address`.
int prepare_memory(Workbench& bench, unsigned address, unsigned value, const Instruction& row, int& alignment) {
  const std::uint64_t offset = random_place(bench, row.width);
  alignment = static_cast<int>(offset % 8);
  const Operand memory = bench.load_operand(value);
  address_into(bench, address, offset, true);
  bench.code.emit(row.width == 8 ? "sd" : "sw", {.rs1 = address, .rs2 = value}, {.alignment = alignment});
  return memory.edge;
}

/// An operand that leaves `taken` alone.
Operand fresh_operand(Workbench& bench, unsigned taken) {
  return bench.random.chance(10) ? Operand{0, 0} : bench.load_operand(bench.free_register_but({taken}));
}

}  // namespace

void register_unit(Workbench& bench) {
  if (bench.bits() && bench.random.chance(25)) {
    const Instruction& row = bench.any(Format::unary);
    const Operand first = row.name == "ctzw" ? bench.load_operand_for_ctzw(bench.free_register()) : bench.source();
    const unsigned rd = bench.destination({first.number});
    bench.code.emit(row, {.rd = rd, .rs1 = first.number}, {.first = first.edge});
    return bench.keep(rd);
  }
  const Operand first = bench.source();
  const Operand second = bench.source_beside(first);
  const unsigned rd = bench.destination({first.number, second.number});
  bench.code.emit(bench.any(Format::registers), {.rd = rd, .rs1 = first.number, .rs2 = second.number},
                  {.first = first.edge, .second = second.edge});
  bench.keep(rd);
}

void immediate_unit(Workbench& bench) {
  const Operand first = bench.source();
  const unsigned rd = bench.destination({first.number});
  const std::uint64_t choice = bench.random.below(13) + (bench.bits() ? 3U : 0U);
  const Format format = choice < 7                            ? Format::immediate
                        : choice < (bench.bits() ? 15U : 10U) ? Format::shift64
                                                              : Format::shift32;
  int edge = bench.random.chance(70) ? static_cast<int>(bench.random.below(5)) : -1;
  std::int64_t value = 0;
  if (format == Format::immediate) {
    value = edge >= 0 ? kEdgeImmediates[static_cast<std::size_t>(edge)]
                      : static_cast<std::int64_t>(bench.random.below(4096)) - 2048;
  } else {
    const std::uint64_t limit = format == Format::shift64 ? 64 : 32;
    if (format == Format::shift32 && edge >= 0) edge %= 3;
    value =
        edge >= 0 ? kEdgeShifts[static_cast<std::size_t>(edge)] : static_cast<std::int64_t>(bench.random.below(limit));
  }
  bench.code.emit(bench.any(format), {.rd = rd, .rs1 = first.number, .immediate = value},
                  {.first = first.edge, .second = edge});
  bench.keep(rd);
}

void upper_unit(Workbench& bench) {
  const unsigned rd = bench.destination({bench.free_register()});
  const int edge = bench.random.chance(60) ? static_cast<int>(bench.random.below(5)) : -1;
  const std::int64_t value =
      edge >= 0 ? kEdgeUppers[static_cast<std::size_t>(edge)] : static_cast<std::int64_t>(bench.random.below(1 << 20));
  bench.code.emit(bench.any(Format::upper), {.rd = rd, .immediate = value}, {.second = edge});
  bench.keep(rd);
}

void load_unit(Workbench& bench) {
  const Instruction& row = bench.any(Format::load);
  const std::uint64_t offset = random_place(bench, 1);
  const unsigned address = bench.free_register();
  const std::int64_t immediate = address_into(bench, address, offset, false);
  const unsigned rd = bench.destination({address});
  bench.code.emit(row, {.rd = rd, .rs1 = address, .immediate = immediate}, memory_note(offset, row));
  bench.keep(rd);
}

void store_unit(Workbench& bench) {
  const Instruction& row = bench.any(Format::store);
  const std::uint64_t offset = random_place(bench, 1);
  const unsigned address = bench.free_register();
  const Operand value = bench.source_beside({address, -1});
  const std::int64_t immediate = address_into(bench, address, offset, false);
  bench.code.emit(row, {.rs1 = address, .rs2 = value.number, .immediate = immediate}, memory_note(offset, row));
  if (bench.random.chance(50)) {  // read back, at another width now and then
    const unsigned rd = bench.free_register();
    const Instruction& reader = bench.any(Format::load);
    bench.code.emit(reader, {.rd = rd, .rs1 = address, .immediate = immediate}, memory_note(offset, reader));
    bench.keep(rd);
  }
}

void atomic_unit(Workbench& bench) {
  const Instruction& row = bench.any(Format::atomic);
  const unsigned address = bench.free_register();
  int alignment = 0;
  const int first = prepare_memory(bench, address, bench.free_register_but({address}), row, alignment);
  const Operand second = bench.random.chance(8) ? Operand{address, -1} : fresh_operand(bench, address);
  const unsigned rd = bench.destination({address, second.number});
  bench.code.emit(
      row,
      {.rd = rd, .rs1 = address, .rs2 = second.number, .immediate = static_cast<std::int64_t>(bench.random.below(4))},
      {.first = first, .second = second.edge, .alignment = alignment});
  bench.keep(rd);
}

void reserved_unit(Workbench& bench) {
  const bool wide = bench.random.chance(50);
  const Instruction& row = instruction(wide ? "lr.d" : "lr.w");
  const unsigned address = bench.free_register();
  const unsigned value = bench.free_register_but({address});
  int alignment = 0;
  const int first = prepare_memory(bench, address, value, row, alignment);
  const Operand stored = bench.random.chance(10) ? Operand{address, -1} : fresh_operand(bench, address);
  unsigned again = address;
  unsigned loaded = bench.random.chance(8) ? 0 : bench.free_register_but({address, stored.number});
  if (bench.random.chance(20)) {  // the loaded value overwrites its own address
    again = bench.free_register_but({address, stored.number});
    bench.code.emit("addi", {.rd = again, .rs1 = address}, kFixed);
    loaded = address;
  }
  const auto order = [&] { return static_cast<std::int64_t>(bench.random.below(4)); };
  bench.code.emit(row, {.rd = loaded, .rs1 = address, .immediate = order()},
                  {.fixed = true, .first = first, .alignment = alignment});
  if (bench.random.chance(40)) {
    const unsigned rd = bench.free_register_but({again, stored.number, loaded});
    bench.code.emit(bench.any(Format::immediate), {.rd = rd, .rs1 = loaded, .immediate = 5});
  }
  const unsigned rd = bench.destination({again, stored.number});
  if (stored.number == loaded) return;  // the stored value is gone; a lone lr is valid
  bench.code.emit(wide ? "sc.d" : "sc.w", {.rd = rd, .rs1 = again, .rs2 = stored.number, .immediate = order()},
                  {.fixed = true, .first = first, .second = stored.edge, .alignment = alignment});
  bench.keep(rd);
  if (loaded != rd) bench.keep(loaded);
}

void fence_unit(Workbench& bench) {
  if (bench.random.chance(30)) {
    bench.code.emit("fence.i", {});
  } else {
    bench.code.emit(
        "fence", {.immediate = static_cast<std::int64_t>(bench.random.chance(20) ? 0x833 : bench.random.below(256))});
  }
}

}  // namespace cyclegate::differential
