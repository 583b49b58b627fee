#pragma once

#include <bit>
#include <cstdint>

#include "vm/operation.h"

namespace cyclegate::vm {

/// Sign-extends the low 32 bits, as every RISC-V W instruction does with its result.
constexpr std::uint64_t sign_extend_32(std::uint64_t value) {
  return static_cast<std::uint64_t>(static_cast<std::int64_t>(static_cast<std::int32_t>(value)));
}
constexpr std::uint64_t sign_extend_16(std::uint64_t value) {
  return static_cast<std::uint64_t>(static_cast<std::int64_t>(static_cast<std::int16_t>(value)));
}
constexpr std::uint64_t sign_extend_8(std::uint64_t value) {
  return static_cast<std::uint64_t>(static_cast<std::int64_t>(static_cast<std::int8_t>(value)));
}

namespace alu {

constexpr std::int64_t s64(std::uint64_t value) { return static_cast<std::int64_t>(value); }
constexpr std::int32_t s32(std::uint64_t value) { return static_cast<std::int32_t>(value); }
constexpr std::uint32_t u32(std::uint64_t value) { return static_cast<std::uint32_t>(value); }
constexpr std::uint64_t u64(std::int64_t value) { return static_cast<std::uint64_t>(value); }

constexpr std::uint64_t high_unsigned(std::uint64_t a, std::uint64_t b) {
  __extension__ using wide = unsigned __int128;
  return static_cast<std::uint64_t>((static_cast<wide>(a) * b) >> 64);
}
// mulh = mulhu minus what the sign bits added (Hacker's Delight, 8-3).
constexpr std::uint64_t high_signed_unsigned(std::uint64_t a, std::uint64_t b) {
  return high_unsigned(a, b) - (s64(a) < 0 ? b : 0);
}
constexpr std::uint64_t high_signed(std::uint64_t a, std::uint64_t b) {
  return high_signed_unsigned(a, b) - (s64(b) < 0 ? a : 0);
}

constexpr std::uint64_t reverse_bytes(std::uint64_t a) { return __builtin_bswap64(a); }

constexpr std::uint64_t reverse_bits_in_bytes(std::uint64_t a) {
  a = ((a & 0x5555555555555555U) << 1) | ((a >> 1) & 0x5555555555555555U);
  a = ((a & 0x3333333333333333U) << 2) | ((a >> 2) & 0x3333333333333333U);
  return ((a & 0x0f0f0f0f0f0f0f0fU) << 4) | ((a >> 4) & 0x0f0f0f0f0f0f0f0fU);
}

constexpr std::uint64_t or_combine_bytes(std::uint64_t a) {
  // Each byte becomes 0xff unless it is 0: its bits are gathered in bit 0, then spread.
  a |= (a >> 4) & 0x0f0f0f0f0f0f0f0fU;
  a |= (a >> 2) & 0x3333333333333333U;
  a |= (a >> 1) & 0x5555555555555555U;
  return (a & 0x0101010101010101U) * 0xffU;
}

// Division by zero and overflow give the results of the RISC-V M extension instead of trapping.
constexpr std::uint64_t divide(std::uint64_t a, std::uint64_t b) {
  if (b == 0) return ~std::uint64_t{0};
  if (b == ~std::uint64_t{0}) return std::uint64_t{0} - a;
  return u64(s64(a) / s64(b));
}
constexpr std::uint64_t remainder(std::uint64_t a, std::uint64_t b) {
  if (b == 0) return a;
  if (b == ~std::uint64_t{0}) return 0;
  return u64(s64(a) % s64(b));
}

}  // namespace alu

/// The result c of a ZisK operation on its operands a and b (zisk-core's ops_core.rs; RISC-V unprivileged manual for I,
/// M, Zba, Zbb, Zbs and Zbkb). One-operand operations work on b.
template <Operation operation>
constexpr std::uint64_t evaluate(std::uint64_t a, std::uint64_t b) {
  using enum Operation;
  using alu::s32, alu::s64, alu::u32, alu::u64;
  constexpr Operation op = operation;
  // clang-format off
  if constexpr (op == add) return a + b;
  else if constexpr (op == sub) return a - b;
  else if constexpr (op == sll) return a << (b & 63);
  else if constexpr (op == srl) return a >> (b & 63);
  else if constexpr (op == sra) return u64(s64(a) >> (b & 63));
  else if constexpr (op == lt) return s64(a) < s64(b) ? 1 : 0;
  else if constexpr (op == ltu) return a < b ? 1 : 0;
  else if constexpr (op == eq) return a == b ? 1 : 0;
  else if constexpr (op == xor_) return a ^ b;
  else if constexpr (op == or_) return a | b;
  else if constexpr (op == and_) return a & b;
  else if constexpr (op == andn) return a & ~b;
  else if constexpr (op == orn) return a | ~b;
  else if constexpr (op == xnor) return ~(a ^ b);
  else if constexpr (op == add_w) return sign_extend_32(a + b);
  else if constexpr (op == sub_w) return sign_extend_32(a - b);
  else if constexpr (op == sll_w) return sign_extend_32(u32(a) << (b & 31));
  else if constexpr (op == srl_w) return sign_extend_32(u32(a) >> (b & 31));
  else if constexpr (op == sra_w) return sign_extend_32(static_cast<std::uint64_t>(s32(a) >> (b & 31)));
  else if constexpr (op == min) return s64(a) < s64(b) ? a : b;
  else if constexpr (op == max) return s64(a) > s64(b) ? a : b;
  else if constexpr (op == minu) return a < b ? a : b;
  else if constexpr (op == maxu) return a > b ? a : b;
  else if constexpr (op == min_w) return sign_extend_32(s32(a) < s32(b) ? a : b);
  else if constexpr (op == max_w) return sign_extend_32(s32(a) > s32(b) ? a : b);
  else if constexpr (op == minu_w) return sign_extend_32(u32(a) < u32(b) ? a : b);
  else if constexpr (op == maxu_w) return sign_extend_32(u32(a) > u32(b) ? a : b);
  else if constexpr (op == mul) return a * b;
  else if constexpr (op == mulh) return alu::high_signed(a, b);
  else if constexpr (op == mulsuh) return alu::high_signed_unsigned(a, b);
  else if constexpr (op == muluh) return alu::high_unsigned(a, b);
  else if constexpr (op == mul_w) return sign_extend_32(a * b);
  else if constexpr (op == div) return alu::divide(a, b);
  else if constexpr (op == rem) return alu::remainder(a, b);
  else if constexpr (op == divu) return b == 0 ? ~std::uint64_t{0} : a / b;
  else if constexpr (op == remu) return b == 0 ? a : a % b;
  else if constexpr (op == div_w) return sign_extend_32(alu::divide(sign_extend_32(a), sign_extend_32(b)));
  else if constexpr (op == rem_w) return sign_extend_32(alu::remainder(sign_extend_32(a), sign_extend_32(b)));
  else if constexpr (op == divu_w) return u32(b) == 0 ? ~std::uint64_t{0} : sign_extend_32(u32(a) / u32(b));
  else if constexpr (op == remu_w) return u32(b) == 0 ? sign_extend_32(a) : sign_extend_32(u32(a) % u32(b));
  else if constexpr (op == signextend_b) return sign_extend_8(b);
  else if constexpr (op == signextend_h) return sign_extend_16(b);
  else if constexpr (op == signextend_w) return sign_extend_32(b);
  else if constexpr (op == pack) return (a & 0xffffffffU) | (b << 32);
  else if constexpr (op == pack_h) return (a & 0xffU) | ((b & 0xffU) << 8);
  else if constexpr (op == pack_w) return sign_extend_32((a & 0xffffU) | ((b & 0xffffU) << 16));
  else if constexpr (op == rol) return std::rotl(a, static_cast<int>(b & 63));
  else if constexpr (op == ror) return std::rotr(a, static_cast<int>(b & 63));
  else if constexpr (op == rol_w) return sign_extend_32(std::rotl(u32(a), static_cast<int>(b & 31)));
  else if constexpr (op == ror_w) return sign_extend_32(std::rotr(u32(a), static_cast<int>(b & 31)));
  else if constexpr (op == bclr) return a & ~(std::uint64_t{1} << (b & 63));
  else if constexpr (op == bext) return (a >> (b & 63)) & 1;
  else if constexpr (op == binv) return a ^ (std::uint64_t{1} << (b & 63));
  else if constexpr (op == bset) return a | (std::uint64_t{1} << (b & 63));
  else if constexpr (op == sh1add) return (a << 1) + b;
  else if constexpr (op == sh2add) return (a << 2) + b;
  else if constexpr (op == sh3add) return (a << 3) + b;
  else if constexpr (op == sll_u_w) return (a & 0xffffffffU) << (b & 63);
  else if constexpr (op == rev8) return alu::reverse_bytes(b);
  else if constexpr (op == brev8) return alu::reverse_bits_in_bytes(b);
  else if constexpr (op == orc_b) return alu::or_combine_bytes(b);
  else if constexpr (op == clz) return static_cast<std::uint64_t>(std::countl_zero(b));
  else if constexpr (op == ctz) return static_cast<std::uint64_t>(std::countr_zero(b));
  else if constexpr (op == cpop) return static_cast<std::uint64_t>(std::popcount(b));
  else if constexpr (op == clz_w) return static_cast<std::uint64_t>(std::countl_zero(u32(b)));
  else if constexpr (op == ctz_w) return static_cast<std::uint64_t>(std::countr_zero(u32(b)));
  else if constexpr (op == cpop_w) return static_cast<std::uint64_t>(std::popcount(u32(b)));
  else return 0;  // not computed by a register instruction
  // clang-format on
}

}  // namespace cyclegate::vm
