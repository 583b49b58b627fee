#include "differential/instruction_set.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <vector>

namespace cyclegate::differential {
namespace {

constexpr std::uint32_t kOpcode = 0x7f;
constexpr std::uint32_t kFunction3 = 0x707f;
constexpr std::uint32_t kFunction7 = 0xfe00707f;
constexpr std::uint32_t kFunction6 = 0xfc00707f;
constexpr std::uint32_t kFunction12 = 0xfff0707f;
constexpr std::uint32_t kFunction5 = 0xf800707f;
constexpr std::uint32_t kLoadReserved = 0xf9f0707f;
constexpr std::uint32_t kWhole = 0xffffffff;

constexpr std::uint32_t word(std::uint32_t opcode, std::uint32_t function3, std::uint32_t upper = 0) {
  return opcode | (function3 << 12) | (upper << 20);
}

std::vector<Instruction> make_instruction_set() {
  std::vector<Instruction> set;
  const auto add = [&](std::string_view name, Extension extension, Format format, std::uint32_t match,
                       std::uint32_t mask,
                       unsigned width = 0) { set.push_back({name, extension, format, match, mask, width}); };
  using enum Format;
  constexpr auto kBase = Extension::base;
  constexpr auto kMultiply = Extension::multiply;
  constexpr auto kAtomic = Extension::atomic;
  constexpr auto kBits = Extension::bits;

  add("lui", kBase, upper, 0x37, kOpcode);
  add("auipc", kBase, upper, 0x17, kOpcode);
  add("jal", kBase, jump, 0x6f, kOpcode);
  add("jalr", kBase, jump_register, 0x67, kFunction3);
  const auto add_branch = [&](std::string_view name, std::uint32_t function3) {
    add(name, kBase, branch, word(0x63, function3), kFunction3);
  };
  add_branch("beq", 0);
  add_branch("bne", 1);
  add_branch("blt", 4);
  add_branch("bge", 5);
  add_branch("bltu", 6);
  add_branch("bgeu", 7);
  const auto add_load = [&](std::string_view name, std::uint32_t function3, unsigned width) {
    add(name, kBase, load, word(0x03, function3), kFunction3, width);
  };
  add_load("lb", 0, 1);
  add_load("lh", 1, 2);
  add_load("lw", 2, 4);
  add_load("ld", 3, 8);
  add_load("lbu", 4, 1);
  add_load("lhu", 5, 2);
  add_load("lwu", 6, 4);
  add("sb", kBase, store, word(0x23, 0), kFunction3, 1);
  add("sh", kBase, store, word(0x23, 1), kFunction3, 2);
  add("sw", kBase, store, word(0x23, 2), kFunction3, 4);
  add("sd", kBase, store, word(0x23, 3), kFunction3, 8);
  const auto add_immediate = [&](std::string_view name, std::uint32_t opcode, std::uint32_t function3) {
    add(name, kBase, immediate, word(opcode, function3), kFunction3);
  };
  add_immediate("addi", 0x13, 0);
  add_immediate("slti", 0x13, 2);
  add_immediate("sltiu", 0x13, 3);
  add_immediate("xori", 0x13, 4);
  add_immediate("ori", 0x13, 6);
  add_immediate("andi", 0x13, 7);
  add_immediate("addiw", 0x1b, 0);
  const auto add_shift64 = [&](std::string_view name, Extension extension, std::uint32_t opcode,
                               std::uint32_t function3, std::uint32_t function7) {
    add(name, extension, shift64, word(opcode, function3, function7 << 5), kFunction6);
  };
  const auto add_shift32 = [&](std::string_view name, Extension extension, std::uint32_t function3,
                               std::uint32_t function7) {
    add(name, extension, shift32, word(0x1b, function3, function7 << 5), kFunction7);
  };
  add_shift64("slli", kBase, 0x13, 1, 0x00);
  add_shift64("srli", kBase, 0x13, 5, 0x00);
  add_shift64("srai", kBase, 0x13, 5, 0x20);
  add_shift32("slliw", kBase, 1, 0x00);
  add_shift32("srliw", kBase, 5, 0x00);
  add_shift32("sraiw", kBase, 5, 0x20);
  const auto add_registers = [&](std::string_view name, Extension extension, std::uint32_t opcode,
                                 std::uint32_t function3, std::uint32_t function7) {
    add(name, extension, registers, word(opcode, function3, function7 << 5), kFunction7);
  };
  constexpr std::uint32_t kOp = 0x33;
  constexpr std::uint32_t kOp32 = 0x3b;
  add_registers("add", kBase, kOp, 0, 0x00);
  add_registers("sub", kBase, kOp, 0, 0x20);
  add_registers("sll", kBase, kOp, 1, 0x00);
  add_registers("slt", kBase, kOp, 2, 0x00);
  add_registers("sltu", kBase, kOp, 3, 0x00);
  add_registers("xor", kBase, kOp, 4, 0x00);
  add_registers("srl", kBase, kOp, 5, 0x00);
  add_registers("sra", kBase, kOp, 5, 0x20);
  add_registers("or", kBase, kOp, 6, 0x00);
  add_registers("and", kBase, kOp, 7, 0x00);
  add_registers("addw", kBase, kOp32, 0, 0x00);
  add_registers("subw", kBase, kOp32, 0, 0x20);
  add_registers("sllw", kBase, kOp32, 1, 0x00);
  add_registers("srlw", kBase, kOp32, 5, 0x00);
  add_registers("sraw", kBase, kOp32, 5, 0x20);
  add("fence", kBase, fence, 0x0f, kFunction3);
  add("fence.i", kBase, system, 0x100f, kWhole);
  add("ecall", kBase, system, 0x73, kWhole);

  add_registers("mul", kMultiply, kOp, 0, 0x01);
  add_registers("mulh", kMultiply, kOp, 1, 0x01);
  add_registers("mulhsu", kMultiply, kOp, 2, 0x01);
  add_registers("mulhu", kMultiply, kOp, 3, 0x01);
  add_registers("div", kMultiply, kOp, 4, 0x01);
  add_registers("divu", kMultiply, kOp, 5, 0x01);
  add_registers("rem", kMultiply, kOp, 6, 0x01);
  add_registers("remu", kMultiply, kOp, 7, 0x01);
  add_registers("mulw", kMultiply, kOp32, 0, 0x01);
  add_registers("divw", kMultiply, kOp32, 4, 0x01);
  add_registers("divuw", kMultiply, kOp32, 5, 0x01);
  add_registers("remw", kMultiply, kOp32, 6, 0x01);
  add_registers("remuw", kMultiply, kOp32, 7, 0x01);

  const auto add_atomic = [&](std::string_view name_word, std::string_view name_double, std::uint32_t function5,
                              Format format, std::uint32_t mask) {
    add(name_word, kAtomic, format, word(0x2f, 2, function5 << 7), mask, 4);
    add(name_double, kAtomic, format, word(0x2f, 3, function5 << 7), mask, 8);
  };
  add_atomic("lr.w", "lr.d", 0x02, load_reserved, kLoadReserved);
  add_atomic("sc.w", "sc.d", 0x03, atomic, kFunction5);
  add_atomic("amoswap.w", "amoswap.d", 0x01, atomic, kFunction5);
  add_atomic("amoadd.w", "amoadd.d", 0x00, atomic, kFunction5);
  add_atomic("amoxor.w", "amoxor.d", 0x04, atomic, kFunction5);
  add_atomic("amoand.w", "amoand.d", 0x0c, atomic, kFunction5);
  add_atomic("amoor.w", "amoor.d", 0x08, atomic, kFunction5);
  add_atomic("amomin.w", "amomin.d", 0x10, atomic, kFunction5);
  add_atomic("amomax.w", "amomax.d", 0x14, atomic, kFunction5);
  add_atomic("amominu.w", "amominu.d", 0x18, atomic, kFunction5);
  add_atomic("amomaxu.w", "amomaxu.d", 0x1c, atomic, kFunction5);

  // zext.h is packw with rs2 = x0; the more exact mask has to come first.
  const auto add_unary = [&](std::string_view name, std::uint32_t opcode, std::uint32_t function3,
                             std::uint32_t upper12) {
    add(name, kBits, unary, word(opcode, function3, upper12), kFunction12);
  };
  add_unary("zext.h", kOp32, 4, 0x080);
  add_unary("clz", 0x13, 1, 0x600);
  add_unary("ctz", 0x13, 1, 0x601);
  add_unary("cpop", 0x13, 1, 0x602);
  add_unary("sext.b", 0x13, 1, 0x604);
  add_unary("sext.h", 0x13, 1, 0x605);
  add_unary("clzw", 0x1b, 1, 0x600);
  add_unary("ctzw", 0x1b, 1, 0x601);
  add_unary("cpopw", 0x1b, 1, 0x602);
  add_unary("orc.b", 0x13, 5, 0x287);
  add_unary("rev8", 0x13, 5, 0x6b8);
  add_unary("brev8", 0x13, 5, 0x687);
  add_registers("sh1add", kBits, kOp, 2, 0x10);
  add_registers("sh2add", kBits, kOp, 4, 0x10);
  add_registers("sh3add", kBits, kOp, 6, 0x10);
  add_registers("add.uw", kBits, kOp32, 0, 0x04);
  add_registers("sh1add.uw", kBits, kOp32, 2, 0x10);
  add_registers("sh2add.uw", kBits, kOp32, 4, 0x10);
  add_registers("sh3add.uw", kBits, kOp32, 6, 0x10);
  add_shift64("slli.uw", kBits, 0x1b, 1, 0x04);
  add_registers("andn", kBits, kOp, 7, 0x20);
  add_registers("orn", kBits, kOp, 6, 0x20);
  add_registers("xnor", kBits, kOp, 4, 0x20);
  add_registers("min", kBits, kOp, 4, 0x05);
  add_registers("minu", kBits, kOp, 5, 0x05);
  add_registers("max", kBits, kOp, 6, 0x05);
  add_registers("maxu", kBits, kOp, 7, 0x05);
  add_registers("rol", kBits, kOp, 1, 0x30);
  add_registers("ror", kBits, kOp, 5, 0x30);
  add_registers("rolw", kBits, kOp32, 1, 0x30);
  add_registers("rorw", kBits, kOp32, 5, 0x30);
  add_shift64("rori", kBits, 0x13, 5, 0x30);
  add_shift32("roriw", kBits, 5, 0x30);
  add_registers("bclr", kBits, kOp, 1, 0x24);
  add_registers("bext", kBits, kOp, 5, 0x24);
  add_registers("binv", kBits, kOp, 1, 0x34);
  add_registers("bset", kBits, kOp, 1, 0x14);
  add_shift64("bclri", kBits, 0x13, 1, 0x24);
  add_shift64("bexti", kBits, 0x13, 5, 0x24);
  add_shift64("binvi", kBits, 0x13, 1, 0x34);
  add_shift64("bseti", kBits, 0x13, 1, 0x14);
  add_registers("pack", kBits, kOp, 4, 0x04);
  add_registers("packh", kBits, kOp, 7, 0x04);
  add_registers("packw", kBits, kOp32, 4, 0x04);
  return set;
}

const std::vector<Instruction>& set_of_instructions() {
  static const std::vector<Instruction> set = make_instruction_set();
  return set;
}

std::uint32_t field(std::int64_t value, unsigned low, unsigned bits, unsigned at) {
  return static_cast<std::uint32_t>((static_cast<std::uint64_t>(value) >> low) & ((1U << bits) - 1U)) << at;
}

std::int64_t extract(std::uint32_t value, unsigned low, unsigned bits, unsigned at) {
  return static_cast<std::int64_t>((value >> low) & ((1U << bits) - 1U)) << at;
}

std::int64_t sign_extend(std::int64_t value, unsigned bits) {
  const std::int64_t sign = std::int64_t{1} << (bits - 1);
  return (value ^ sign) - sign;
}

void require(const Instruction& row, std::int64_t value, std::int64_t low, std::int64_t high, std::int64_t step = 1) {
  if (value < low || value > high || value % step != 0) {
    throw std::out_of_range(fmt::format("{}: the immediate {} is not encodable", row.name, value));
  }
}

}  // namespace

std::span<const Instruction> instruction_set() {
  return set_of_instructions();
}

const Instruction& instruction(std::string_view name) {
  const auto& set = set_of_instructions();
  const auto found = std::find_if(set.begin(), set.end(), [&](const Instruction& row) { return row.name == name; });
  if (found == set.end()) throw std::out_of_range(fmt::format("no instruction {}", name));
  return *found;
}

std::uint32_t encode(const Instruction& row, const Operands& operands) {
  const std::uint32_t rd = operands.rd << 7;
  const std::uint32_t rs1 = operands.rs1 << 15;
  const std::uint32_t rs2 = operands.rs2 << 20;
  const std::int64_t immediate = operands.immediate;
  switch (row.format) {
    case Format::registers:
      return row.match | rd | rs1 | rs2;
    case Format::unary:
      return row.match | rd | rs1;
    case Format::immediate:
    case Format::load:
    case Format::jump_register:
      require(row, immediate, -2048, 2047);
      return row.match | rd | rs1 | field(immediate, 0, 12, 20);
    case Format::shift64:
      require(row, immediate, 0, 63);
      return row.match | rd | rs1 | field(immediate, 0, 6, 20);
    case Format::shift32:
      require(row, immediate, 0, 31);
      return row.match | rd | rs1 | field(immediate, 0, 5, 20);
    case Format::store:
      require(row, immediate, -2048, 2047);
      return row.match | rs1 | rs2 | field(immediate, 0, 5, 7) | field(immediate, 5, 7, 25);
    case Format::branch:
      require(row, immediate, -4096, 4094, 2);
      return row.match | rs1 | rs2 | field(immediate, 11, 1, 7) | field(immediate, 1, 4, 8) |
             field(immediate, 5, 6, 25) | field(immediate, 12, 1, 31);
    case Format::upper:
      require(row, immediate, 0, 0xfffff);
      return row.match | rd | field(immediate, 0, 20, 12);
    case Format::jump:
      require(row, immediate, -0x100000, 0xffffe, 2);
      return row.match | rd | field(immediate, 12, 8, 12) | field(immediate, 11, 1, 20) | field(immediate, 1, 10, 21) |
             field(immediate, 20, 1, 31);
    case Format::atomic:
      require(row, immediate, 0, 3);
      return row.match | rd | rs1 | rs2 | field(immediate, 0, 2, 25);
    case Format::load_reserved:
      require(row, immediate, 0, 3);
      return row.match | rd | rs1 | field(immediate, 0, 2, 25);
    case Format::fence:
      require(row, immediate, 0, 0xfff);
      return row.match | field(immediate, 0, 12, 20);
    case Format::system:
      return row.match;
  }
  throw std::out_of_range("no such format");
}

const Instruction* decode(std::uint32_t value) {
  for (const Instruction& row : set_of_instructions()) {
    if ((value & row.mask) == row.match) return &row;
  }
  return nullptr;
}

std::string disassemble(std::uint32_t value, std::uint64_t pc) {
  const Instruction* row = decode(value);
  if (row == nullptr) return fmt::format(".word {:#010x}", value);
  const unsigned rd = (value >> 7) & 31U;
  const unsigned rs1 = (value >> 15) & 31U;
  const unsigned rs2 = (value >> 20) & 31U;
  const std::int64_t immediate = sign_extend(extract(value, 20, 12, 0), 12);
  const auto target = [&](std::int64_t displacement) { return pc + static_cast<std::uint64_t>(displacement); };
  switch (row->format) {
    case Format::registers:
      return fmt::format("{} x{}, x{}, x{}", row->name, rd, rs1, rs2);
    case Format::unary:
      return fmt::format("{} x{}, x{}", row->name, rd, rs1);
    case Format::immediate:
      return fmt::format("{} x{}, x{}, {}", row->name, rd, rs1, immediate);
    case Format::shift64:
      return fmt::format("{} x{}, x{}, {}", row->name, rd, rs1, extract(value, 20, 6, 0));
    case Format::shift32:
      return fmt::format("{} x{}, x{}, {}", row->name, rd, rs1, extract(value, 20, 5, 0));
    case Format::load:
    case Format::jump_register:
      return fmt::format("{} x{}, {}(x{})", row->name, rd, immediate, rs1);
    case Format::store:
      return fmt::format("{} x{}, {}(x{})", row->name, rs2,
                         sign_extend(extract(value, 25, 7, 5) | extract(value, 7, 5, 0), 12), rs1);
    case Format::branch:
      return fmt::format("{} x{}, x{}, {:#x}", row->name, rs1, rs2,
                         target(sign_extend(extract(value, 31, 1, 12) | extract(value, 7, 1, 11) |
                                                extract(value, 25, 6, 5) | extract(value, 8, 4, 1),
                                            13)));
    case Format::upper:
      return fmt::format("{} x{}, {:#x}", row->name, rd, value >> 12);
    case Format::jump:
      return fmt::format("{} x{}, {:#x}", row->name, rd,
                         target(sign_extend(extract(value, 31, 1, 20) | extract(value, 12, 8, 12) |
                                                extract(value, 20, 1, 11) | extract(value, 21, 10, 1),
                                            21)));
    case Format::atomic:
    case Format::load_reserved: {
      constexpr std::string_view kOrder[] = {"", ".rl", ".aq", ".aqrl"};
      const std::string_view order = kOrder[(value >> 25) & 3U];
      if (row->format == Format::load_reserved) return fmt::format("{}{} x{}, (x{})", row->name, order, rd, rs1);
      return fmt::format("{}{} x{}, x{}, (x{})", row->name, order, rd, rs2, rs1);
    }
    case Format::fence:
      return fmt::format("{} {:#x}", row->name, value >> 20);
    case Format::system:
      return std::string(row->name);
  }
  return {};
}

}  // namespace cyclegate::differential
