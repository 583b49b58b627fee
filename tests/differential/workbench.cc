#include "differential/workbench.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace cyclegate::differential {

Workbench::Workbench(std::uint64_t seed, std::uint64_t index, bool bits, bool zisk)
    : random(seed + (zisk ? std::uint64_t{1} << 63 : 0), 2 * index + (bits ? 1U : 0U)) {
  program_.zisk = zisk;
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

Program Workbench::take() {
  program_.text = code.words();
  program_.notes = code.notes();
  return std::move(program_);
}

void Workbench::choose_roles() {
  std::vector<unsigned> numbers;
  for (unsigned number = 1; number < 32; ++number) numbers.push_back(number);
  const auto take = [&] {
    const auto at = static_cast<std::ptrdiff_t>(random.below(numbers.size()));
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

// Random bits with a random number of significant ones, of either sign, so that small and large values are common.
std::uint64_t Workbench::random_value() {
  const auto value = static_cast<std::int64_t>(random.next());
  return static_cast<std::uint64_t>(value >> random.below(64));
}

void Workbench::put(std::uint64_t offset, std::uint64_t value) {
  std::memcpy(program_.data.data() + offset, &value, sizeof(value));
}

void Workbench::fill_data() {
  program_.data.assign(kDataSize, 0);
  for (std::uint64_t offset = 0; offset < kArenaSize; offset += 8) {
    put(kArena + offset, random.chance(25) ? random.pick(kEdgeValues) : random.next());
  }
  for (std::uint64_t number = 0; number < 31; ++number) {
    put(kInitialRegisters + 8 * number, random.chance(25) ? random.pick(kEdgeValues) : random_value());
  }
  for (std::uint64_t entry = 0; entry < kPoolEntries; ++entry) {
    put(kPool + 8 * entry, entry < kEdgeValues.size() ? kEdgeValues[entry] : random_value());
  }
}

std::int64_t from_base(std::uint64_t offset) {
  return static_cast<std::int64_t>(offset) - static_cast<std::int64_t>(kBase);
}

unsigned Workbench::free_register() {
  return random.pick(free_);
}

unsigned Workbench::free_register_but(std::initializer_list<unsigned> taken) {
  for (;;) {
    const unsigned number = free_register();
    if (std::find(taken.begin(), taken.end(), number) == taken.end()) return number;
  }
}

std::uint64_t Workbench::random_entry() {
  return random.chance(80) ? random.below(kEdgeValues.size()) : random.below(kPoolEntries);
}

Operand Workbench::load_entry(unsigned number, std::uint64_t entry) {
  code.emit("ld", {.rd = number, .rs1 = base_, .immediate = from_base(kPool + 8 * entry)}, {.alignment = 0});
  return {number, entry < kEdgeValues.size() ? static_cast<int>(entry) : -1};
}

Operand Workbench::load_operand(unsigned number) {
  return load_entry(number, random_entry());
}

Operand Workbench::load_operand_for_ctzw(unsigned number) {
  for (;;) {
    const std::uint64_t entry = random_entry();
    std::uint64_t value = 0;
    std::memcpy(&value, program_.data.data() + kPool + 8 * entry, sizeof(value));
    if (value == 0 || static_cast<std::uint32_t>(value) != 0) return load_entry(number, entry);
  }
}

Operand Workbench::source() {
  if (random.chance(8)) return {static_cast<unsigned>(random.below(32)), -1};
  if (random.chance(6)) return {0, 0};
  return load_operand(free_register());
}

Operand Workbench::source_beside(const Operand& first) {
  if (random.chance(8)) return first;
  if (random.chance(8)) return {static_cast<unsigned>(random.below(32)), -1};
  if (random.chance(6)) return {0, 0};
  return load_operand(free_register_but({first.number}));
}

unsigned Workbench::destination(std::initializer_list<unsigned> sources) {
  if (random.chance(8)) return 0;
  if (random.chance(35)) {
    const unsigned number = *(sources.begin() + random.below(sources.size()));
    if (std::find(free_.begin(), free_.end(), number) != free_.end()) return number;
  }
  return free_register();
}

const Instruction& Workbench::any(Format format) {
  return *random.pick(rows_[static_cast<std::size_t>(format)]);
}

void Workbench::keep(unsigned number) {
  code.emit("sd", {.rs1 = results_, .rs2 = number}, {.alignment = 0});
  code.emit("addi", {.rd = results_, .rs1 = results_, .immediate = 8});
  used_ += times_;
}

}  // namespace cyclegate::differential
