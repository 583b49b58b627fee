#include "vm/riscv.h"

#include <array>
#include <utility>

namespace cyclegate::vm {
namespace {

using enum Mnemonic;

constexpr std::uint32_t bits(std::uint32_t word, unsigned high, unsigned low) {
  return (word >> low) & ((std::uint32_t{2} << (high - low)) - 1);
}
constexpr std::int32_t sign_extend(std::uint32_t value, unsigned width) {
  const unsigned shift = 32 - width;
  return static_cast<std::int32_t>(value << shift) >> shift;
}

constexpr std::int32_t immediate_i(std::uint32_t word) { return sign_extend(word >> 20, 12); }
constexpr std::int32_t immediate_s(std::uint32_t word) {
  return sign_extend((bits(word, 31, 25) << 5) | bits(word, 11, 7), 12);
}
constexpr std::int32_t immediate_b(std::uint32_t word) {
  return sign_extend(
      (bits(word, 31, 31) << 12) | (bits(word, 7, 7) << 11) | (bits(word, 30, 25) << 5) | (bits(word, 11, 8) << 1), 13);
}
constexpr std::int32_t immediate_j(std::uint32_t word) {
  return sign_extend(
      (bits(word, 31, 31) << 20) | (bits(word, 19, 12) << 12) | (bits(word, 20, 20) << 11) | (bits(word, 30, 21) << 1),
      21);
}

/// A row of a table by funct7 (or another field) with the mnemonic it selects.
using Choice = std::pair<std::uint32_t, Mnemonic>;

template <std::size_t n>
constexpr Mnemonic choose(const Choice (&table)[n], std::uint32_t key) {
  for (const auto& [value, mnemonic] : table) {
    if (value == key) return mnemonic;
  }
  return reserved;
}

Mnemonic op_imm(std::uint32_t word) {
  constexpr Choice left[] = {{0, slli}, {10, bseti}, {18, bclri}, {26, binvi}};
  constexpr Choice right[] = {{0, srli}, {16, srai}, {18, bexti}, {24, rori}};
  constexpr Choice left_unary[] = {{0x604, sext_b}, {0x605, sext_h}, {0x600, clz}, {0x601, ctz}, {0x602, cpop}};
  constexpr Choice right_unary[] = {{0x6b8, rev8}, {0x687, brev8}, {0x287, orc_b}};
  switch (bits(word, 14, 12)) {
    case 0:
      return addi;
    case 1: {
      const auto unary = choose(left_unary, word >> 20);
      return unary != reserved ? unary : choose(left, word >> 26);
    }
    case 2:
      return slti;
    case 3:
      return sltiu;
    case 4:
      return xori;
    case 5: {
      const auto unary = choose(right_unary, word >> 20);
      return unary != reserved ? unary : choose(right, word >> 26);
    }
    case 6:
      return ori;
    default:
      return andi;
  }
}

Mnemonic op_imm_32(std::uint32_t word) {
  constexpr Choice unary[] = {{0x600, clzw}, {0x601, ctzw}, {0x602, cpopw}};
  constexpr Choice right[] = {{0, srliw}, {32, sraiw}, {48, roriw}};
  switch (bits(word, 14, 12)) {
    case 0:
      return addiw;
    case 1: {
      const auto one = choose(unary, word >> 20);
      if (one != reserved) return one;
      if (word >> 26 == 2) return slli_uw;
      return word >> 25 == 0 ? slliw : reserved;
    }
    case 5:
      return choose(right, word >> 25);
    default:
      return reserved;
  }
}

Mnemonic op(std::uint32_t word) {
  constexpr Choice f0[] = {{0, add}, {1, mul}, {32, sub}};
  constexpr Choice f1[] = {{0, sll}, {1, mulh}, {5, refused}, {20, bset}, {36, bclr}, {48, rol}, {52, binv}};
  constexpr Choice f2[] = {{0, slt}, {1, mulhsu}, {5, refused}, {16, sh1add}, {20, refused}};
  constexpr Choice f3[] = {{0, sltu}, {1, mulhu}, {5, refused}};
  constexpr Choice f4[] = {{0, xor_}, {1, div}, {4, pack}, {5, min}, {16, sh2add}, {20, refused}, {32, xnor}};
  constexpr Choice f5[] = {{0, srl}, {1, divu}, {5, minu}, {7, refused}, {32, sra}, {36, bext}, {48, ror}};
  constexpr Choice f6[] = {{0, or_}, {1, rem}, {5, max}, {16, sh3add}, {32, orn}};
  constexpr Choice f7[] = {{0, and_}, {1, remu}, {4, packh}, {5, maxu}, {7, refused}, {32, andn}};
  const auto funct7 = word >> 25;
  switch (bits(word, 14, 12)) {
    case 0:
      return choose(f0, funct7);
    case 1:
      return choose(f1, funct7);
    case 2:
      return choose(f2, funct7);
    case 3:
      return choose(f3, funct7);
    case 4:
      return choose(f4, funct7);
    case 5:
      return choose(f5, funct7);
    case 6:
      return choose(f6, funct7);
    default:
      return choose(f7, funct7);
  }
}

Mnemonic op_32(std::uint32_t word) {
  constexpr Choice f0[] = {{0, addw}, {1, mulw}, {4, add_uw}, {32, subw}};
  constexpr Choice f1[] = {{0, sllw}, {48, rolw}};
  constexpr Choice f2[] = {{16, sh1add_uw}};
  constexpr Choice f4[] = {{1, divw}, {4, packw}, {16, sh2add_uw}};
  constexpr Choice f5[] = {{0, srlw}, {1, divuw}, {32, sraw}, {48, rorw}};
  constexpr Choice f6[] = {{1, remw}, {16, sh3add_uw}};
  constexpr Choice f7[] = {{1, remuw}};
  const auto funct7 = word >> 25;
  switch (bits(word, 14, 12)) {
    case 0:
      return choose(f0, funct7);
    case 1:
      return choose(f1, funct7);
    case 2:
      return choose(f2, funct7);
    case 4:
      return word >> 20 == 0x080 ? zext_h : choose(f4, funct7);
    case 5:
      return choose(f5, funct7);
    case 6:
      return choose(f6, funct7);
    case 7:
      return choose(f7, funct7);
    default:
      return reserved;
  }
}

Mnemonic atomic(std::uint32_t word) {
  constexpr Choice words[] = {{2, lr_w},      {3, sc_w},       {1, amoswap_w},  {0, amoadd_w},    {4, amoxor_w}, {12, amoand_w},
                              {8, amoor_w},   {16, amomin_w},  {20, amomax_w},  {24, amominu_w},  {28, amomaxu_w}};
  constexpr Choice doubles[] = {{2, lr_d},    {3, sc_d},       {1, amoswap_d},  {0, amoadd_d},    {4, amoxor_d}, {12, amoand_d},
                                {8, amoor_d}, {16, amomin_d},  {20, amomax_d},  {24, amominu_d},  {28, amomaxu_d}};
  switch (bits(word, 14, 12)) {
    case 2:
      return choose(words, word >> 27);
    case 3:
      return choose(doubles, word >> 27);
    default:
      return reserved;
  }
}

/// The float encodings that ZisK's decoder knows; every one of them makes its transpiler panic.
Mnemonic float_op(std::uint32_t word) {
  const auto f3 = bits(word, 14, 12);
  const auto rs2 = bits(word, 24, 20);
  switch (word >> 25) {
    case 0: case 1: case 4: case 5: case 8: case 9: case 12: case 13:
      return refused;
    case 16: case 17: case 80: case 81:
      return f3 <= 2 ? refused : reserved;
    case 20: case 21:
      return f3 <= 1 ? refused : reserved;
    case 32:
      return rs2 == 1 ? refused : reserved;
    case 33: case 44: case 45:
      return rs2 == 0 ? refused : reserved;
    case 96: case 97: case 104: case 105:
      return rs2 <= 3 ? refused : reserved;
    case 112: case 113:
      return f3 <= 1 && rs2 == 0 ? refused : reserved;
    case 120: case 121:
      return f3 == 0 && rs2 == 0 ? refused : reserved;
    default:
      return reserved;
  }
}

Mnemonic system(std::uint32_t word) {
  constexpr std::array<Mnemonic, 8> by_funct3 = {reserved, csrrw, csrrs, csrrc, reserved, csrrwi, csrrsi, csrrci};
  if (bits(word, 14, 12) != 0) return by_funct3[bits(word, 14, 12)];
  if (word == 0x00000073) return ecall;
  return word == 0x00100073 ? ebreak : reserved;
}

enum class Format : std::uint8_t { none, i, shift, r, s, b, u, j, csr };

}  // namespace

Instruction decode(std::uint32_t word) {
  constexpr std::array<Mnemonic, 8> loads = {lb, lh, lw, ld, lbu, lhu, lwu, reserved};
  constexpr std::array<Mnemonic, 8> stores = {sb, sh, sw, sd, reserved, reserved, reserved, reserved};
  constexpr std::array<Mnemonic, 8> branches = {beq, bne, reserved, reserved, blt, bge, bltu, bgeu};
  const auto f3 = bits(word, 14, 12);
  Mnemonic mnemonic = reserved;
  Format format = Format::none;
  switch (bits(word, 6, 0)) {
    case 0x03:
      mnemonic = loads[f3], format = Format::i;
      break;
    case 0x07:
    case 0x27:
      mnemonic = f3 == 2 || f3 == 3 ? refused : reserved;
      break;
    case 0x0f:
      if (f3 == 0) mnemonic = fence;
      if (f3 == 1 && (word & 0xffff8f80U) == 0) mnemonic = fence_i;
      break;
    case 0x13:
      mnemonic = op_imm(word), format = f3 == 1 || f3 == 5 ? Format::shift : Format::i;
      break;
    case 0x17:
      mnemonic = auipc, format = Format::u;
      break;
    case 0x1b:
      mnemonic = op_imm_32(word), format = f3 == 0 ? Format::i : Format::shift;
      break;
    case 0x23:
      mnemonic = stores[f3], format = Format::s;
      break;
    case 0x2f:
      mnemonic = atomic(word), format = Format::r;
      break;
    case 0x33:
      mnemonic = op(word), format = Format::r;
      break;
    case 0x37:
      mnemonic = lui, format = Format::u;
      break;
    case 0x3b:
      mnemonic = op_32(word), format = Format::r;
      break;
    case 0x43:
    case 0x47:
    case 0x4b:
    case 0x4f:
      mnemonic = bits(word, 26, 25) <= 1 ? refused : reserved;
      break;
    case 0x53:
      mnemonic = float_op(word);
      break;
    case 0x63:
      mnemonic = branches[f3], format = Format::b;
      break;
    case 0x67:
      mnemonic = jalr, format = Format::i;  // whatever funct3 is, as ZisK
      break;
    case 0x6f:
      mnemonic = jal, format = Format::j;
      break;
    case 0x73:
      mnemonic = system(word), format = f3 == 0 ? Format::none : Format::csr;
      break;
    default:
      break;
  }
  Instruction out;
  out.mnemonic = word == 0xffffffffU ? reserved : mnemonic;
  out.word = word;
  if (out.mnemonic == reserved) return out;
  const auto rd = static_cast<std::uint8_t>(bits(word, 11, 7));
  const auto rs1 = static_cast<std::uint8_t>(bits(word, 19, 15));
  const auto rs2 = static_cast<std::uint8_t>(bits(word, 24, 20));
  switch (format) {
    case Format::none:
      break;
    case Format::i:
      out.rd = rd, out.rs1 = rs1, out.immediate = immediate_i(word);
      break;
    case Format::shift:
      out.rd = rd, out.rs1 = rs1, out.immediate = immediate_i(word) & 0x3f;
      break;
    case Format::r:
      out.rd = rd, out.rs1 = rs1, out.rs2 = rs2;
      break;
    case Format::s:
      out.rs1 = rs1, out.rs2 = rs2, out.immediate = immediate_s(word);
      break;
    case Format::b:
      out.rs1 = rs1, out.rs2 = rs2, out.immediate = immediate_b(word);
      break;
    case Format::u:
      out.rd = rd, out.immediate = static_cast<std::int32_t>(word & 0xfffff000U);
      break;
    case Format::j:
      out.rd = rd, out.immediate = immediate_j(word);
      break;
    case Format::csr:
      out.rd = rd, out.csr = static_cast<std::uint16_t>(word >> 20);
      if (f3 >= 4) {
        out.immediate = rs1;
      } else {
        out.rs1 = rs1;
      }
      break;
  }
  return out;
}

}  // namespace cyclegate::vm
