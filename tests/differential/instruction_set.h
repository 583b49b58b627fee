#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace cyclegate::differential {

/// Which extension an instruction comes from. `bits` is Zba, Zbb, Zbs and the scalar part of Zbkb (pack*, brev8), which
/// ZisK's default build decodes too.
enum class Extension { base, multiply, atomic, bits };

/// Where an instruction keeps its operands.
enum class Format {
  registers,      ///< rd, rs1, rs2
  unary,          ///< rd, rs1
  immediate,      ///< rd, rs1, 12-bit immediate
  shift64,        ///< rd, rs1, 6-bit shift amount
  shift32,        ///< rd, rs1, 5-bit shift amount
  load,           ///< rd, imm(rs1)
  store,          ///< rs2, imm(rs1)
  branch,         ///< rs1, rs2, displacement
  upper,          ///< rd, 20-bit immediate
  jump,           ///< jal rd, displacement
  jump_register,  ///< jalr rd, imm(rs1)
  atomic,         ///< rd, rs2, (rs1), with aq and rl
  load_reserved,  ///< rd, (rs1), with aq and rl
  fence,          ///< predecessor and successor sets
  system,         ///< no operands
};

/// One row of the instruction set. A word is this instruction when (word & mask) == match.
struct Instruction {
  std::string_view name;
  Extension extension;
  Format format;
  std::uint32_t match;
  std::uint32_t mask;
  unsigned width;  ///< bytes of memory accessed; 0 when none
};

/// The operands of one instruction; what the format does not have is ignored.
struct Operands {
  unsigned rd = 0;
  unsigned rs1 = 0;
  unsigned rs2 = 0;
  std::int64_t immediate =
      0;  ///< displacement in bytes, shift amount, 20-bit upper immediate, aq/rl bits or fence sets
};

/// RV64IMA, fence.i and the bit manipulation above, after "The RISC-V Instruction Set Manual, Volume I" (20240411) and
/// "RISC-V Bit-Manipulation ISA-extensions" 1.0.0. CSR instructions are left out: Linux user mode has none of ZisK's.
std::span<const Instruction> instruction_set();

/// The row called `name`; throws std::out_of_range when there is none.
const Instruction& instruction(std::string_view name);

/// The word; throws std::out_of_range when the immediate does not fit the format.
std::uint32_t encode(const Instruction& row, const Operands& operands);

/// The row whose mask and match fit the word, or nullptr.
const Instruction* decode(std::uint32_t value);

/// The word as one line of assembly, branch targets as addresses relative to `pc`.
std::string disassemble(std::uint32_t value, std::uint64_t pc);

}  // namespace cyclegate::differential
