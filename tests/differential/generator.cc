#include "differential/generator.h"

#include <algorithm>
#include <cstring>
#include <initializer_list>
#include <vector>

#include "differential/assembler.h"
#include "differential/instruction_set.h"
#include "differential/random.h"

namespace cyclegate::differential {
namespace {

constexpr int kUnits = 110;
constexpr int kDeepest = 2;  // loops in loops
constexpr std::int64_t kUpperOfBase = static_cast<std::int64_t>((kBaseAddress - kTextAddress) >> 12);

/// A register that holds an operand, and which edge value that is (-1: any value).
struct Operand {
  unsigned number = 0;
  int edge = -1;
};

constexpr Note kFixed{.fixed = true};

class Generator {
 public:
  Generator(std::uint64_t seed, std::uint64_t index, bool bits) : random_(seed, 2 * index + (bits ? 1U : 0U)) {
    program_.seed = seed;
    program_.index = index;
    program_.bits = bits;
    for (const Instruction& row : instruction_set()) {
      const bool has_bits_rows = row.format == Format::registers || row.format == Format::unary ||
                                 row.format == Format::shift64 || row.format == Format::shift32;
      if (has_bits_rows && bits != (row.extension == Extension::bits)) continue;
      rows_[static_cast<std::size_t>(row.format)].push_back(&row);
    }
    std::erase_if(rows_[static_cast<std::size_t>(Format::atomic)],
                  [](const Instruction* row) { return row->name.starts_with("sc."); });
    choose_roles();
    fill_data();
  }

  Program run() {
    prologue();
    for (int count = 0; count < kUnits && has_room(16); ++count) unit(0);
    epilogue();
    program_.text = code_.words();
    program_.notes = code_.notes();
    return std::move(program_);
  }

 private:
  // ---- registers and data -------------------------------------------------------------------------------------------

  /// Five registers, different ones in every program, keep the program together; the other 26 are operands.
  void choose_roles() {
    std::vector<unsigned> numbers;
    for (unsigned number = 1; number < 32; ++number) numbers.push_back(number);
    const auto take = [&] {
      const auto at = static_cast<std::ptrdiff_t>(random_.below(numbers.size()));
      const unsigned number = numbers[static_cast<std::size_t>(at)];
      numbers.erase(numbers.begin() + at);
      return number;
    };
    base_ = take();
    results_ = take();
    link_ = take();
    counters_[0] = take();
    counters_[1] = take();
    free_ = numbers;
  }

  /// Random bits with a random number of significant ones, of either sign, so that small and large values are common.
  std::uint64_t random_value() {
    const auto value = static_cast<std::int64_t>(random_.next());
    return static_cast<std::uint64_t>(value >> random_.below(64));
  }

  void put(std::uint64_t offset, std::uint64_t value) {
    std::memcpy(program_.data.data() + offset, &value, sizeof(value));
  }

  void fill_data() {
    program_.data.assign(kDataSize, 0);
    for (std::uint64_t offset = 0; offset < kArenaSize; offset += 8) {
      put(kArena + offset, random_.chance(25) ? random_.pick(kEdgeValues) : random_.next());
    }
    for (std::uint64_t number = 0; number < 31; ++number) {
      put(kInitialRegisters + 8 * number, random_.chance(25) ? random_.pick(kEdgeValues) : random_value());
    }
    for (std::uint64_t entry = 0; entry < kPoolEntries; ++entry) {
      put(kPool + 8 * entry, entry < kEdgeValues.size() ? kEdgeValues[entry] : random_value());
    }
  }

  static std::int64_t from_base(std::uint64_t offset) {
    return static_cast<std::int64_t>(offset) - static_cast<std::int64_t>(kBase);
  }

  unsigned free_register() { return random_.pick(free_); }
  unsigned free_register_but(std::initializer_list<unsigned> taken) {
    for (;;) {
      const unsigned number = free_register();
      if (std::find(taken.begin(), taken.end(), number) == taken.end()) return number;
    }
  }
  bool is_free(unsigned number) const { return std::find(free_.begin(), free_.end(), number) != free_.end(); }

  /// Loads an operand from the pool into `number`, usually one of the edge values.
  Operand load_operand(unsigned number) {
    const bool edge = random_.chance(80);
    const std::uint64_t entry = edge ? random_.below(kEdgeValues.size()) : random_.below(kPoolEntries);
    code_.emit("ld", {.rd = number, .rs1 = base_, .immediate = from_base(kPool + 8 * entry)}, {.alignment = 0});
    return {number, entry < kEdgeValues.size() ? static_cast<int>(entry) : -1};
  }

  Operand source() {
    if (random_.chance(8)) return {static_cast<unsigned>(random_.below(32)), -1};
    if (random_.chance(6)) return {0, 0};
    return load_operand(free_register());
  }
  Operand source_beside(const Operand& first) {
    if (random_.chance(8)) return first;
    if (random_.chance(8)) return {static_cast<unsigned>(random_.below(32)), -1};
    if (random_.chance(6)) return {0, 0};
    return load_operand(free_register_but({first.number}));
  }

  /// A destination that often collides with a source, and sometimes is x0.
  unsigned destination(std::initializer_list<unsigned> sources) {
    if (random_.chance(8)) return 0;
    if (random_.chance(35)) {
      const unsigned number = *(sources.begin() + random_.below(sources.size()));
      if (is_free(number)) return number;
    }
    return free_register();
  }

  const Instruction& any(Format format) { return *random_.pick(rows_[static_cast<std::size_t>(format)]); }

  /// Keeps a result for the comparison.
  void keep(unsigned number) {
    code_.emit("sd", {.rs1 = results_, .rs2 = number}, {.alignment = 0});
    code_.emit("addi", {.rd = results_, .rs1 = results_, .immediate = 8});
    used_ += times_;
  }
  bool has_room(std::uint64_t results) const { return used_ + results * times_ <= kResultEntries; }

  // ---- units --------------------------------------------------------------------------------------------------------

  void unit(int depth) {
    const int outer = code_.unit();
    const std::uint64_t choice = random_.below(100);
    if (choice < 4 && depth < kDeepest && has_room(64)) {
      loop(depth);
    } else if (choice < 6 && depth == 0 && has_room(64)) {
      function();
    } else {
      code_.begin_unit();
      if (choice < 42)
        registers();
      else if (choice < 53)
        immediates();
      else if (choice < 57)
        uppers();
      else if (choice < 65)
        load();
      else if (choice < 72)
        store();
      else if (choice < 84)
        atomic();
      else if (choice < 87)
        reserved();
      else if (choice < 94)
        branch();
      else if (choice < 98)
        jump();
      else
        fences();
    }
    code_.resume_unit(outer);
  }

  void registers() {
    if (program_.bits && random_.chance(25)) {
      const Operand first = source();
      const unsigned rd = destination({first.number});
      code_.emit(any(Format::unary), {.rd = rd, .rs1 = first.number}, {.first = first.edge});
      return keep(rd);
    }
    const Operand first = source();
    const Operand second = source_beside(first);
    const unsigned rd = destination({first.number, second.number});
    code_.emit(any(Format::registers), {.rd = rd, .rs1 = first.number, .rs2 = second.number},
               {.first = first.edge, .second = second.edge});
    keep(rd);
  }

  void immediates() {
    const Operand first = source();
    const unsigned rd = destination({first.number});
    const std::uint64_t choice = random_.below(13) + (program_.bits ? 3U : 0U);
    const Format format = choice < 7                             ? Format::immediate
                          : choice < (program_.bits ? 15U : 10U) ? Format::shift64
                                                                 : Format::shift32;
    int edge = random_.chance(70) ? static_cast<int>(random_.below(5)) : -1;
    std::int64_t value = 0;
    if (format == Format::immediate) {
      value = edge >= 0 ? kEdgeImmediates[static_cast<std::size_t>(edge)]
                        : static_cast<std::int64_t>(random_.below(4096)) - 2048;
    } else {
      const std::uint64_t limit = format == Format::shift64 ? 64 : 32;
      if (format == Format::shift32 && edge >= 0) edge %= 3;
      value = edge >= 0 ? kEdgeShifts[static_cast<std::size_t>(edge)] : static_cast<std::int64_t>(random_.below(limit));
    }
    code_.emit(any(format), {.rd = rd, .rs1 = first.number, .immediate = value}, {.first = first.edge, .second = edge});
    keep(rd);
  }

  void uppers() {
    const unsigned rd = destination({free_register()});
    const int edge = random_.chance(60) ? static_cast<int>(random_.below(5)) : -1;
    const std::int64_t value =
        edge >= 0 ? kEdgeUppers[static_cast<std::size_t>(edge)] : static_cast<std::int64_t>(random_.below(1 << 20));
    code_.emit(any(Format::upper), {.rd = rd, .immediate = value}, {.second = edge});
    keep(rd);
  }

  /// Puts an address in the arena into `number`, less the offset that is returned: most offsets are possible.
  std::int64_t address_into(unsigned number, std::uint64_t arena_offset, bool fixed) {
    const std::int64_t distance = from_base(kArena + arena_offset);
    const std::int64_t offset = fixed                ? 0
                                : random_.chance(15) ? 0
                                                     : static_cast<std::int64_t>(random_.below(4096)) - 2048;
    std::int64_t rest = distance - offset;
    unsigned from = base_;
    const Note note{.fixed = fixed};
    do {
      const std::int64_t part = std::clamp<std::int64_t>(rest, -2048, 2047);
      code_.emit("addi", {.rd = number, .rs1 = from, .immediate = part}, note);
      from = number;
      rest -= part;
    } while (rest != 0);
    return offset;
  }

  /// A place in the arena, now and then one where an access may lie across the 64 KiB boundary.
  std::uint64_t arena_offset(unsigned align) {
    if (random_.chance(20)) return (kBase - kArena - 8 + random_.below(16)) / align * align;
    return random_.below((kArenaSize - 8) / align) * align;
  }

  static Note memory_note(std::uint64_t offset, const Instruction& row) {
    const std::uint64_t address = kArena + offset;
    return {.alignment = static_cast<int>(address % 8), .crosses = address < kBase && address + row.width > kBase};
  }

  void load() {
    const Instruction& row = any(Format::load);
    const std::uint64_t offset = arena_offset(1);
    const unsigned address = free_register();
    const std::int64_t immediate = address_into(address, offset, false);
    const unsigned rd = destination({address});
    code_.emit(row, {.rd = rd, .rs1 = address, .immediate = immediate}, memory_note(offset, row));
    keep(rd);
  }

  void store() {
    const Instruction& row = any(Format::store);
    const std::uint64_t offset = arena_offset(1);
    const unsigned address = free_register();
    const Operand value = source_beside({address, -1});
    const std::int64_t immediate = address_into(address, offset, false);
    code_.emit(row, {.rs1 = address, .rs2 = value.number, .immediate = immediate}, memory_note(offset, row));
    if (random_.chance(50)) {  // read back, at another width now and then
      const unsigned rd = free_register();
      const Instruction& reader = any(Format::load);
      code_.emit(reader, {.rd = rd, .rs1 = address, .immediate = immediate}, memory_note(offset, reader));
      keep(rd);
    }
  }

  /// Stores an edge value to an aligned place of the arena; the address stays in `address`.
  int prepare_memory(unsigned address, unsigned value, const Instruction& row, int& alignment) {
    const std::uint64_t offset = arena_offset(row.width);
    alignment = static_cast<int>(offset % 8);
    const Operand memory = load_operand(value);
    address_into(address, offset, true);
    code_.emit(row.width == 8 ? "sd" : "sw", {.rs1 = address, .rs2 = value}, {.alignment = alignment});
    return memory.edge;
  }

  void atomic() {
    const Instruction& row = any(Format::atomic);
    const unsigned address = free_register();
    int alignment = 0;
    const int first = prepare_memory(address, free_register_but({address}), row, alignment);
    const Operand second = random_.chance(8) ? Operand{address, -1} : source_beside_register(address);
    const unsigned rd = destination({address, second.number});
    code_.emit(
        row, {.rd = rd, .rs1 = address, .rs2 = second.number, .immediate = static_cast<std::int64_t>(random_.below(4))},
        {.first = first, .second = second.edge, .alignment = alignment});
    keep(rd);
  }
  Operand source_beside_register(unsigned taken) {
    for (;;) {
      const Operand found = random_.chance(10) ? Operand{0, 0} : load_operand(free_register_but({taken}));
      if (found.number != taken) return found;
    }
  }

  /// lr and sc to one address with nothing between them that could break the reservation, so that sc succeeds on both.
  void reserved() {
    const bool wide = random_.chance(50);
    const Instruction& row = instruction(wide ? "lr.d" : "lr.w");
    const unsigned address = free_register();
    const unsigned value = free_register_but({address});
    int alignment = 0;
    const int first = prepare_memory(address, value, row, alignment);
    const Operand stored = random_.chance(10) ? Operand{address, -1} : source_beside_register(address);
    unsigned again = address;
    unsigned loaded = random_.chance(8) ? 0 : free_register_but({address, stored.number});
    if (random_.chance(20)) {  // the loaded value overwrites its own address
      again = free_register_but({address, stored.number});
      code_.emit("addi", {.rd = again, .rs1 = address}, kFixed);
      loaded = address;
    }
    const auto order = [&] { return static_cast<std::int64_t>(random_.below(4)); };
    code_.emit(row, {.rd = loaded, .rs1 = address, .immediate = order()},
               {.fixed = true, .first = first, .alignment = alignment});
    if (random_.chance(40)) {
      const unsigned rd = free_register_but({again, stored.number, loaded});
      code_.emit(any(Format::immediate), {.rd = rd, .rs1 = loaded, .immediate = 5});
    }
    const unsigned rd = destination({again, stored.number});
    if (stored.number == loaded) return;  // the stored value is gone; a lone lr is valid
    code_.emit(wide ? "sc.d" : "sc.w", {.rd = rd, .rs1 = again, .rs2 = stored.number, .immediate = order()},
               {.fixed = true, .first = first, .second = stored.edge, .alignment = alignment});
    keep(rd);
    if (loaded != rd) keep(loaded);
  }

  /// One instruction that shows whether it was executed.
  void mark(unsigned number) {
    code_.emit("addi", {.rd = number, .rs1 = number, .immediate = 1 + static_cast<std::int64_t>(random_.below(2000))});
  }

  void branch() {
    const Instruction& row = any(Format::branch);
    const Operand first = source();
    const Operand second = source_beside(first);
    const unsigned marked = free_register();
    const Note note{.first = first.edge, .second = second.edge};
    const Operands operands{.rs1 = first.number, .rs2 = second.number};
    if (random_.chance(70)) {
      const std::size_t position = code_.emit(row, operands, note);
      for (std::uint64_t count = 1 + random_.below(3); count > 0; --count) mark(marked);
      code_.aim(position, position, code_.here());
    } else {
      const std::size_t over = code_.emit("jal", {}, kFixed);
      const std::size_t target = code_.here();
      mark(marked);
      const std::size_t out = code_.emit("jal", {}, kFixed);
      code_.aim(over, over, code_.here());
      const std::size_t position = code_.emit(row, operands, note);
      code_.aim(position, position, target);
      code_.aim(out, out, code_.here());
    }
    keep(marked);
  }

  void jump() {
    const unsigned marked = free_register();
    const unsigned address = free_register_but({marked});
    unsigned rd = random_.chance(25) ? 0 : random_.chance(30) ? address : free_register_but({marked});
    switch (random_.below(5)) {
      case 0: {  // forward
        const std::size_t position = code_.emit("jal", {.rd = rd});
        mark(marked);
        code_.aim(position, position, code_.here());
        break;
      }
      case 1: {  // backward
        const std::size_t over = code_.emit("jal", {}, kFixed);
        const std::size_t target = code_.here();
        mark(marked);
        const std::size_t out = code_.emit("jal", {}, kFixed);
        code_.aim(over, over, code_.here());
        const std::size_t position = code_.emit("jal", {.rd = rd});
        code_.aim(position, position, target);
        mark(marked);
        code_.aim(out, out, code_.here());
        break;
      }
      case 2: {  // the adjacent pair that ZisK takes as one step when rd is the address register or x0
        const std::size_t origin = code_.emit("auipc", {.rd = address}, kFixed);
        const std::size_t position = code_.emit("jalr", {.rd = rd, .rs1 = address});
        mark(marked);
        code_.aim(position, origin, code_.here(), random_.chance(50) ? 1 : 0);
        if (rd == 0) keep(address);
        break;
      }
      case 3: {  // such a pair, entered at its second half
        const std::size_t origin = code_.emit("auipc", {.rd = address}, kFixed);
        const std::size_t over = code_.emit("jal", {}, kFixed);
        code_.emit("auipc", {.rd = address, .immediate = 1});
        code_.aim(over, over, code_.here());
        const std::size_t position = code_.emit("jalr", {.rd = rd, .rs1 = address});
        mark(marked);
        code_.aim(position, origin, code_.here(), random_.chance(50) ? 1 : 0);
        break;
      }
      default: {  // computed address; register and immediate may each be odd, and bit 0 of the sum is dropped
        const std::size_t origin = code_.emit("auipc", {.rd = address}, kFixed);
        const auto odd = static_cast<std::int64_t>(random_.below(2));
        const auto shift = static_cast<std::int64_t>(random_.below(400)) * 4 + odd;
        const std::int64_t added = random_.chance(50) ? shift : odd;
        code_.emit("addi", {.rd = address, .rs1 = address, .immediate = added}, kFixed);
        const std::size_t position = code_.emit("jalr", {.rd = rd, .rs1 = address});
        mark(marked);
        const auto odd_sum = static_cast<std::int64_t>(random_.below(2));
        code_.aim(position, origin, code_.here(), odd_sum - added);
        break;
      }
    }
    keep(marked);
    keep(rd);
  }

  void fences() {
    if (random_.chance(30)) {
      code_.emit("fence.i", {});
    } else {
      code_.emit("fence", {.immediate = static_cast<std::int64_t>(random_.chance(20) ? 0x833 : random_.below(256))});
    }
  }

  /// A loop of known length around some units, in one of several shapes.
  void loop(int depth) {
    const int own = code_.begin_unit();
    const unsigned counter = counters_[static_cast<std::size_t>(depth)];
    const auto trips = static_cast<std::int64_t>(1 + random_.below(6));
    const std::uint64_t shape = random_.below(8);
    const bool upwards = shape == 3;
    const std::uint64_t times = times_;
    times_ *= static_cast<std::uint64_t>(trips);

    code_.emit("addi", {.rd = counter, .rs1 = 0, .immediate = upwards ? -trips : trips}, kFixed);
    const std::size_t top = code_.here();
    std::size_t exit = 0;
    const bool tested_first = shape >= 4;
    if (tested_first) {
      constexpr std::string_view kExits[] = {"beq", "bge", "bgeu", "beq"};
      const std::string_view name = kExits[shape - 4];
      const bool swapped = shape == 7;
      exit = code_.emit(name, {.rs1 = swapped ? counter : 0, .rs2 = swapped ? 0 : counter}, kFixed);
    }
    for (std::uint64_t count = 1 + random_.below(4); count > 0 && has_room(16); --count) unit(depth + 1);
    code_.resume_unit(own);
    code_.emit("addi", {.rd = counter, .rs1 = counter, .immediate = upwards ? 1 : -1}, kFixed);
    if (tested_first) {
      const std::size_t back = code_.emit("jal", {}, kFixed);
      code_.aim(back, back, top);
      code_.aim(exit, exit, code_.here());
    } else {
      constexpr std::string_view kBacks[] = {"bne", "blt", "bltu", "blt"};
      const std::size_t back =
          code_.emit(kBacks[shape], {.rs1 = upwards ? counter : 0, .rs2 = upwards ? 0 : counter}, kFixed);
      code_.aim(back, back, top);
    }
    times_ = times;
  }

  /// A function that is called one to three times, in each of the ways compilers call.
  void function() {
    const int own = code_.begin_unit();
    const std::uint64_t calls = 1 + random_.below(3);
    const std::size_t over = code_.emit("jal", {}, kFixed);
    const std::size_t entry = code_.here();
    times_ *= calls;
    for (std::uint64_t count = 1 + random_.below(4); count > 0 && has_room(16); --count) unit(1);
    times_ /= calls;
    code_.resume_unit(own);
    code_.emit("jalr", {.rd = 0, .rs1 = link_}, kFixed);
    code_.aim(over, over, code_.here());
    for (std::uint64_t call = 0; call < calls; ++call) {
      switch (random_.below(3)) {
        case 0: {
          const std::size_t position = code_.emit("jal", {.rd = link_}, kFixed);
          code_.aim(position, position, entry);
          break;
        }
        case 1: {
          const std::size_t origin = code_.emit("auipc", {.rd = link_}, kFixed);
          const std::size_t position = code_.emit("jalr", {.rd = link_, .rs1 = link_}, kFixed);
          code_.aim(position, origin, entry);
          break;
        }
        default: {
          const unsigned address = free_register();
          const std::size_t origin = code_.emit("auipc", {.rd = address}, kFixed);
          const std::size_t add = code_.emit("addi", {.rd = address, .rs1 = address}, kFixed);
          code_.aim(add, origin, entry);
          code_.emit("jalr", {.rd = link_, .rs1 = address}, kFixed);
          break;
        }
      }
      keep(link_);
    }
  }

  // ---- frame --------------------------------------------------------------------------------------------------------

  void prologue() {
    code_.emit("auipc", {.rd = base_, .immediate = kUpperOfBase}, kFixed);
    code_.emit("addi", {.rd = results_, .rs1 = base_, .immediate = 1024}, kFixed);
    code_.emit("addi", {.rd = results_, .rs1 = results_, .immediate = 1024}, kFixed);
    for (unsigned number = 1; number < 32; ++number) {
      if (number == base_ || number == results_) continue;
      const std::uint64_t offset = kInitialRegisters + 8 * (number - 1);
      code_.emit("ld", {.rd = number, .rs1 = base_, .immediate = from_base(offset)}, {.fixed = true, .alignment = 0});
    }
  }

  void epilogue() {
    code_.resume_unit(0);
    for (unsigned number = 1; number < 32; ++number) {
      const std::uint64_t offset = kFinalRegisters + 8 * (number - 1);
      code_.emit("sd", {.rs1 = base_, .rs2 = number, .immediate = from_base(offset)}, {.fixed = true, .alignment = 0});
    }
    // write(1, data, size); then exit(0). Linux takes system calls with the same registers as ZisK's exit.
    code_.emit("addi", {.rd = 5, .rs1 = base_, .immediate = -1024}, kFixed);
    code_.emit("addi", {.rd = 11, .rs1 = 5, .immediate = -1024}, kFixed);
    code_.emit("lui", {.rd = 12, .immediate = static_cast<std::int64_t>(kDataSize >> 12)}, kFixed);
    code_.emit("addi", {.rd = 10, .rs1 = 0, .immediate = 1}, kFixed);
    code_.emit("addi", {.rd = 17, .rs1 = 0, .immediate = 64}, kFixed);
    code_.emit("ecall", {}, kFixed);
    code_.emit("addi", {.rd = 10, .rs1 = 0, .immediate = 0}, kFixed);
    code_.emit("addi", {.rd = 17, .rs1 = 0, .immediate = 93}, kFixed);
    code_.emit("ecall", {}, kFixed);
  }
  static_assert(kDataSize % 4096 == 0 && (kBaseAddress - kTextAddress) % 4096 == 0);
  static_assert(kBase == 2048 && kResults == kBase + 2048);

  Random random_;
  Program program_;
  Assembler code_;
  std::vector<const Instruction*> rows_[static_cast<std::size_t>(Format::system) + 1];
  unsigned base_ = 0;
  unsigned results_ = 0;
  unsigned link_ = 0;
  unsigned counters_[kDeepest] = {};
  std::vector<unsigned> free_;
  std::uint64_t times_ = 1;  // how often what is emitted now is executed
  std::uint64_t used_ = 0;   // result slots, over all executions
};

}  // namespace

Program generate(std::uint64_t seed, std::uint64_t index, bool bits) {
  return Generator(seed, index, bits).run();
}

}  // namespace cyclegate::differential
