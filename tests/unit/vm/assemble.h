#pragma once

#include <cstdint>
#include <initializer_list>
#include <vector>

#include "elf/image.h"

// Encodes single RISC-V instructions for small guests in tests (RISC-V unprivileged manual, chapter 34).
namespace cyclegate::test::rv {

using Word = std::uint32_t;
using Reg = unsigned;

inline constexpr Reg zero = 0, ra = 1, t0 = 5, t1 = 6, t2 = 7, a0 = 10, a1 = 11, a2 = 12, a3 = 13, a7 = 17;

constexpr Word r_type(unsigned funct7, Reg rs2, Reg rs1, unsigned funct3, Reg rd, unsigned opcode) {
  return (funct7 << 25) | (rs2 << 20) | (rs1 << 15) | (funct3 << 12) | (rd << 7) | opcode;
}
constexpr Word i_type(int immediate, Reg rs1, unsigned funct3, Reg rd, unsigned opcode) {
  return (static_cast<Word>(immediate) << 20) | (rs1 << 15) | (funct3 << 12) | (rd << 7) | opcode;
}
constexpr Word s_type(int immediate, Reg rs2, Reg rs1, unsigned funct3) {
  const auto bits = static_cast<Word>(immediate);
  return ((bits >> 5 & 0x7fU) << 25) | (rs2 << 20) | (rs1 << 15) | (funct3 << 12) | ((bits & 0x1fU) << 7) | 0x23;
}

constexpr Word addi(Reg rd, Reg rs1, int immediate) { return i_type(immediate, rs1, 0, rd, 0x13); }
constexpr Word slli(Reg rd, Reg rs1, int shift) { return i_type(shift, rs1, 1, rd, 0x13); }
constexpr Word add(Reg rd, Reg rs1, Reg rs2) { return r_type(0, rs2, rs1, 0, rd, 0x33); }
constexpr Word lui(Reg rd, Word upper) { return (upper << 12) | (rd << 7) | 0x37; }
constexpr Word auipc(Reg rd, Word upper) { return (upper << 12) | (rd << 7) | 0x17; }
constexpr Word jalr(Reg rd, Reg rs1, int immediate) { return i_type(immediate, rs1, 0, rd, 0x67); }
constexpr Word jal_self() { return 0x0000006f; }
constexpr Word lb(Reg rd, Reg rs1, int immediate) { return i_type(immediate, rs1, 0, rd, 0x03); }
constexpr Word ld(Reg rd, Reg rs1, int immediate) { return i_type(immediate, rs1, 3, rd, 0x03); }
constexpr Word lw(Reg rd, Reg rs1, int immediate) { return i_type(immediate, rs1, 2, rd, 0x03); }
constexpr Word sb(Reg rs2, Reg rs1, int immediate) { return s_type(immediate, rs2, rs1, 0); }
constexpr Word sd(Reg rs2, Reg rs1, int immediate) { return s_type(immediate, rs2, rs1, 3); }
constexpr Word csrrw(Reg rd, unsigned csr, Reg rs1) { return (csr << 20) | (rs1 << 15) | (1U << 12) | (rd << 7) | 0x73; }
constexpr Word csrrs(Reg rd, unsigned csr, Reg rs1) { return (csr << 20) | (rs1 << 15) | (2U << 12) | (rd << 7) | 0x73; }
constexpr Word csrrc(Reg rd, unsigned csr, Reg rs1) { return (csr << 20) | (rs1 << 15) | (3U << 12) | (rd << 7) | 0x73; }
constexpr Word ecall() { return 0x00000073; }

/// The instructions that leave any 64-bit value in rd.
std::vector<Word> load_value(Reg rd, std::uint64_t value);

/// A list of instructions that can be added to.
class Text {
 public:
  Text() = default;
  Text(std::initializer_list<Word> words) : words_(words) {}
  Text& operator<<(Word word) {
    words_.push_back(word);
    return *this;
  }
  Text& operator<<(const std::vector<Word>& words) {
    words_.insert(words_.end(), words.begin(), words.end());
    return *this;
  }
  /// exit(0)
  Text& exit() { return *this << addi(a7, zero, 93) << addi(a0, zero, 0) << ecall(); }
  std::size_t size() const { return words_.size(); }
  const std::vector<Word>& words() const { return words_; }

 private:
  std::vector<Word> words_;
};

/// An image with that text at 0x90000000, execute only, and nothing else.
elf::Image image(const Text& text);

}  // namespace cyclegate::test::rv
