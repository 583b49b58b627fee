#include "differential/zisk_units.h"

#include <algorithm>
#include <array>

namespace cyclegate::differential {
namespace {

constexpr std::uint64_t kOutputAddress = 0xa0410000;
constexpr std::uint64_t kStackEnd = 0xa0400000;
constexpr std::uint64_t kInputAddress = 0x10000000;

enum : std::uint32_t { kWrite = 1, kSet = 2, kClear = 3, kWriteImmediate = 5, kSetImmediate = 6 };

std::uint32_t csr_word(std::uint32_t csr, std::uint32_t function, unsigned rd, unsigned rs1) {
  return (csr << 20) | (rs1 << 15) | (function << 12) | (rd << 7) | 0x73;
}

void emit_csr(Workbench& bench, std::uint32_t csr, std::uint32_t function, unsigned rd, unsigned rs1) {
  bench.code.emit_word(csr_word(csr, function, rd, rs1), kFixed);
}

/// A place in the arena with room for so many bytes.
std::uint64_t arena_place(Workbench& bench, std::uint64_t bytes, std::uint64_t align) {
  return bench.random.below((kArenaSize - bytes) / align) * align;
}

/// `number` = address of a place in the arena.
void point_to(Workbench& bench, unsigned number, std::uint64_t place) {
  bench.code.emit("addi", {.rd = number, .rs1 = bench.base(), .immediate = from_base(kArena + place)}, kFixed);
}

/// Stores a register to an aligned place in the arena.
void store_word(Workbench& bench, std::uint64_t place, unsigned number) {
  bench.code.emit("sd", {.rs1 = bench.base(), .rs2 = number, .immediate = from_base(kArena + place)}, kFixed);
}

void set_small(Workbench& bench, unsigned number, std::uint64_t value) {
  bench.code.emit("addi", {.rd = number, .rs1 = 0, .immediate = static_cast<std::int64_t>(value)}, kFixed);
}

/// Plain CSRs, and the four highest, which may only be read; mtvec is left alone, as ecall goes there.
void csr_unit(Workbench& bench) {
  constexpr std::array<std::uint32_t, 8> kCsrs = {0x000, 0x300, 0x340, 0x341, 0x7c0, 0x900, 0xbff, 0x5a8};
  constexpr std::array<std::uint32_t, 4> kReadOnly = {0xc00, 0xc02, 0xf12, 0xf14};
  const Operand value = bench.source();
  const unsigned rd = bench.destination({value.number});
  if (bench.random.chance(20)) {
    emit_csr(bench, bench.random.pick(kReadOnly), kSet, rd, 0);
    return bench.keep(rd);
  }
  const auto function = static_cast<std::uint32_t>(bench.random.below(6));
  const std::uint32_t csr = bench.random.pick(kCsrs);
  const bool immediate = function >= 3;
  const auto operand = immediate ? static_cast<unsigned>(bench.random.below(32)) : value.number;
  emit_csr(bench, csr, immediate ? function + 2 : function + 1, rd, bench.random.chance(20) ? 0 : operand);
  bench.keep(rd);
  const unsigned again = bench.free_register();
  emit_csr(bench, csr, kSet, again, 0);
  bench.keep(again);
}

/// Loads and stores around the end of the stack's zone, loads from the input's.
void zone_unit(Workbench& bench) {
  const bool input = bench.random.chance(40);
  const unsigned address = bench.free_register();
  if (input) {
    bench.code.emit("lui", {.rd = address, .immediate = static_cast<std::int64_t>(kInputAddress >> 12)}, kFixed);
  } else {
    const auto upper = static_cast<std::int64_t>((kStackEnd - kBaseAddress) >> 12 & 0xfffff);
    bench.code.emit("lui", {.rd = address, .immediate = upper}, kFixed);
    bench.code.emit("add", {.rd = address, .rs1 = address, .rs2 = bench.base()}, kFixed);
  }
  const auto offset = static_cast<std::int64_t>(bench.random.below(32)) + (input ? 8 : -16);
  if (!input && bench.random.chance(60)) {
    const Operand value = bench.source_beside({address, -1});
    bench.code.emit(bench.any(Format::store), {.rs1 = address, .rs2 = value.number, .immediate = offset});
  }
  const unsigned rd = bench.free_register_but({address});
  bench.code.emit(bench.any(Format::load), {.rd = rd, .rs1 = address, .immediate = offset});
  bench.keep(rd);
}

void dma_unit(Workbench& bench) {
  const std::uint64_t count = bench.random.chance(15) ? 0 : bench.random.below(bench.random.chance(50) ? 24 : 200);
  const unsigned to = bench.free_register();
  const unsigned from = bench.free_register_but({to});
  const unsigned counter = bench.free_register_but({to, from});
  const unsigned rd = bench.random.chance(20) ? 0 : bench.free_register();
  point_to(bench, to, arena_place(bench, 200, 1));
  point_to(bench, from, arena_place(bench, 200, 1));
  set_small(bench, counter, count);
  const auto immediate = static_cast<std::int64_t>(count);
  const std::uint32_t csr = bench.random.chance(50) ? 0x813 : 0x814;
  switch (bench.random.below(4)) {
    case 0:
      emit_csr(bench, csr, kSet, rd, from);
      bench.code.emit("add", {.rd = 0, .rs1 = to, .rs2 = counter}, kFixed);
      break;
    case 1:
      emit_csr(bench, csr, kSet, rd, from);
      bench.code.emit("addi", {.rd = 0, .rs1 = to, .immediate = immediate}, kFixed);
      break;
    case 2:
      emit_csr(bench, 0x816, kSet, 0, to);
      bench.code.emit("addi", {.rd = rd, .rs1 = counter, .immediate = static_cast<std::int64_t>(count % 256)}, kFixed);
      break;
    default:
      emit_csr(bench, 0x816, kSetImmediate, 0, 2);
      bench.code.emit("addi", {.rd = rd, .rs1 = to, .immediate = immediate}, kFixed);
      bench.code.emit("addi", {.rd = 0, .rs1 = 0, .immediate = immediate % 256}, kFixed);
  }
  bench.keep(rd);
}

/// A precompile with operands in the arena.
struct Call {
  std::uint32_t csr;
  unsigned first;
  unsigned second;      ///< words; 0 when there is one operand
  unsigned coordinate;  ///< words of a number that has to be below a prime; 0 when any words will do
};
constexpr Call kCalls[] = {{0x800, 25, 0, 0},  {0x803, 8, 8, 0},   {0x804, 8, 0, 0},  {0x805, 4, 8, 0},
                           {0x806, 8, 8, 4},   {0x807, 8, 0, 4},   {0x808, 8, 8, 4},  {0x809, 8, 8, 4},
                           {0x80a, 8, 8, 4},   {0x80c, 12, 12, 6}, {0x80d, 12, 0, 6}, {0x80e, 12, 12, 6},
                           {0x80f, 12, 12, 6}, {0x810, 12, 12, 6}, {0x812, 16, 0, 0}, {0x817, 8, 8, 4},
                           {0x818, 8, 0, 4},   {0x81b, 16, 0, 0},  {0x81d, 8, 8, 4},  {0x81e, 8, 8, 0},
                           {0x81f, 8, 8, 0},   {0x820, 8, 8, 0}};

void precompile_unit(Workbench& bench) {
  const Call& call = kCalls[bench.random.below(std::size(kCalls))];
  const std::uint64_t first = arena_place(bench, 400, 8);
  std::uint64_t second = arena_place(bench, 200, 8);
  const bool secp256k1 = call.csr == 0x803 || call.csr == 0x804;
  // ziskemu's results are undefined for points of equal x and for y = 0.
  if (secp256k1) second = first + 64;
  const unsigned a = bench.free_register();
  const unsigned b = bench.free_register_but({a});
  if (bench.random.chance(97)) {
    for (unsigned word = call.coordinate; call.coordinate != 0 && word <= call.first; word += call.coordinate) {
      store_word(bench, first + 8 * (word - 1), 0);
      if (call.second != 0) store_word(bench, second + 8 * (word - 1), 0);
    }
  }
  if (secp256k1) {
    store_word(bench, first, bench.base());
    store_word(bench, first + 32, bench.results());
    store_word(bench, second, bench.results());
  }
  point_to(bench, a, first + (bench.random.chance(1) ? 4 : 0));
  point_to(bench, b, second);
  emit_csr(bench, call.csr, kSet, 0, a);
  if (call.second != 0) bench.code.emit("add", {.rd = 0, .rs1 = b, .rs2 = 0}, kFixed);
}

void blake2b_unit(Workbench& bench) {
  const unsigned a = bench.free_register();
  const unsigned b = bench.free_register_but({a});
  point_to(bench, a, arena_place(bench, 128, 8));
  point_to(bench, b, arena_place(bench, 128, 8));
  const auto round = [&](std::int64_t flags) {
    emit_csr(bench, 0x819, kSet, 0, a);
    bench.code.emit("addi", {.rd = 0, .rs1 = b, .immediate = flags + static_cast<std::int64_t>(bench.random.below(16))},
                    kFixed);
  };
  if (bench.random.chance(50)) return round(0);
  round(32);
  round(16 + 32 + 64);
  round(16 + 64);
}

/// Parameter blocks: pointers into the arena, stored in the arena.
void block_unit(Workbench& bench) {
  constexpr std::array<std::uint32_t, 4> kBlocks = {0x801, 0x802, 0x80b, 0x811};
  const std::uint32_t csr = bench.random.pick(kBlocks);
  const unsigned pointer = bench.free_register();
  // At the arena's end, out of the results' way: ziskemu reads the block again to count, and panics when it is gone.
  const std::uint64_t block = kArenaSize - 48;
  for (std::uint64_t word = 0; word < 5; ++word) {
    if (csr == 0x811 && word == 2) {
      set_small(bench, pointer, bench.random.below(3));  // the carry
    } else {
      const std::uint64_t place = arena_place(bench, 48 + 48, 8);
      point_to(bench, pointer, place);
      // A modulus that is not 0, mostly; the block is written after it.
      if (word == 3 && csr != 0x811 && bench.random.chance(98)) store_word(bench, place, bench.base());
    }
    store_word(bench, block + 8 * word, pointer);
  }
  point_to(bench, pointer, block);
  const unsigned rd = csr != 0x811 ? 0 : bench.random.chance(20) ? pointer : bench.free_register();
  emit_csr(bench, csr, kSet, rd, pointer);
  if (csr == 0x811) bench.keep(rd);
}

/// An fcall on words of the arena, and some of its results, one by one or copied.
void fcall_unit(Workbench& bench) {
  struct Fcall {
    unsigned number;
    std::uint32_t port;  ///< of the parameters
    unsigned not_zero;   ///< the word that is set to something other than 0
    unsigned results;
  };
  constexpr Fcall kFcalls[] = {{1, 0x8f2, 0, 4},   {2, 0x8f2, 0, 4},  {3, 0x8f3, 0, 5},  {4, 0x8f2, 0, 10},
                               {5, 0x8f2, 0, 4},   {6, 0x8f2, 0, 4},  {19, 0x8f3, 4, 8}, {20, 0x8f2, 0, 5},
                               {21, 0x8f3, 4, 13}, {18, 0x8f5, 0, 2}, {26, 0x8f3, 0, 5}};
  const Fcall& fcall = kFcalls[bench.random.below(std::size(kFcalls))];
  const unsigned pointer = bench.free_register();
  const std::uint64_t place = arena_place(bench, 128, 8);
  store_word(bench, place + 8 * fcall.not_zero, bench.base());
  point_to(bench, pointer, place);
  emit_csr(bench, fcall.port, kSet, 0, pointer);
  emit_csr(bench, 0x8c0 + fcall.number / 32, kWriteImmediate, 0, fcall.number % 32);
  std::uint64_t left = fcall.results + (bench.random.chance(1) ? 1U : 0U);
  if (bench.random.chance(30)) {
    const std::uint64_t words = 1 + bench.random.below(fcall.results);
    left -= words;
    point_to(bench, pointer, arena_place(bench, 112, 1));
    emit_csr(bench, 0x815, kSet, 0, pointer);
    bench.code.emit("addi", {.rd = pointer, .rs1 = pointer, .immediate = static_cast<std::int64_t>(8 * words)}, kFixed);
    bench.keep(pointer);
  }
  const unsigned rd = bench.free_register();
  for (left = std::min<std::uint64_t>(left, 3); left > 0; --left) {
    emit_csr(bench, 0xffe, kSet, rd, 0);
    bench.keep(rd);
  }
}

void jump_dest_unit(Workbench& bench) {
  const unsigned to = bench.free_register();
  const unsigned from = bench.free_register_but({to});
  const unsigned counter = bench.free_register_but({to, from});
  point_to(bench, to, arena_place(bench, 32, bench.random.chance(80) ? 8 : 1));
  point_to(bench, from, arena_place(bench, 512, bench.random.chance(80) ? 8 : 1));
  set_small(bench, counter, bench.random.chance(1) ? 0 : 1 + bench.random.below(500));
  emit_csr(bench, 0x81c, kSet, bench.random.chance(50) ? 0 : to, from);
  bench.code.emit("add", {.rd = 0, .rs1 = to, .rs2 = counter}, kFixed);
}

}  // namespace

void zisk_unit(Workbench& bench) {
  constexpr void (*kUnits[])(Workbench&) = {csr_unit,   csr_unit,        zone_unit,       zone_unit,       dma_unit,
                                            dma_unit,   precompile_unit, precompile_unit, precompile_unit, blake2b_unit,
                                            block_unit, fcall_unit,      jump_dest_unit};
  kUnits[bench.random.below(std::size(kUnits))](bench);
}

void fold_data_into_output(Workbench& bench) {
  // x11 still points to the data; x12 is its size.
  const auto upper = static_cast<std::int64_t>((kOutputAddress - kBaseAddress) >> 12 & 0xfffff);
  bench.code.emit("lui", {.rd = 7, .immediate = upper}, kFixed);
  bench.code.emit("addi", {.rd = 6, .rs1 = 11, .immediate = 1024}, kFixed);
  bench.code.emit("addi", {.rd = 6, .rs1 = 6, .immediate = 1024}, kFixed);
  bench.code.emit("add", {.rd = 7, .rs1 = 7, .rs2 = 6}, kFixed);
  bench.code.emit("add", {.rd = 12, .rs1 = 12, .rs2 = 11}, kFixed);
  bench.code.emit("lui", {.rd = 8, .immediate = 0x9e377}, kFixed);
  bench.code.emit("addi", {.rd = 8, .rs1 = 8, .immediate = 0x5b1}, kFixed);
  bench.code.emit("addi", {.rd = 9, .rs1 = 0, .immediate = 0}, kFixed);
  const std::size_t top = bench.code.here();
  bench.code.emit("ld", {.rd = 13, .rs1 = 11, .immediate = 0}, kFixed);
  bench.code.emit("andi", {.rd = 14, .rs1 = 9, .immediate = 0xf8}, kFixed);
  bench.code.emit("add", {.rd = 14, .rs1 = 14, .rs2 = 7}, kFixed);
  bench.code.emit("ld", {.rd = 15, .rs1 = 14, .immediate = 0}, kFixed);
  bench.code.emit("mul", {.rd = 15, .rs1 = 15, .rs2 = 8}, kFixed);
  bench.code.emit("add", {.rd = 15, .rs1 = 15, .rs2 = 13}, kFixed);
  bench.code.emit("sd", {.rs1 = 14, .rs2 = 15, .immediate = 0}, kFixed);
  bench.code.emit("addi", {.rd = 9, .rs1 = 9, .immediate = 8}, kFixed);
  bench.code.emit("addi", {.rd = 11, .rs1 = 11, .immediate = 8}, kFixed);
  const std::size_t back = bench.code.emit("bltu", {.rs1 = 11, .rs2 = 12}, kFixed);
  bench.code.aim(back, back, top);
}

}  // namespace cyclegate::differential
