#pragma once

#include <cstdint>
#include <string_view>

namespace cyclegate::vm {

// The CSRs whose access is a call in ZisK 1.4.0-alpha (zisk-riscv riscv2zisk_context.rs, zisk-definitions zkvmcall.rs).

inline constexpr std::uint16_t csr_keccak = 0x800;
inline constexpr std::uint16_t csr_arith256 = 0x801;
inline constexpr std::uint16_t csr_arith256_mod = 0x802;
inline constexpr std::uint16_t csr_sha256 = 0x805;
inline constexpr std::uint16_t csr_arith384_mod = 0x80b;
inline constexpr std::uint16_t csr_add256 = 0x811;
inline constexpr std::uint16_t csr_dma_memcpy = 0x813;
inline constexpr std::uint16_t csr_dma_memcmp = 0x814;
inline constexpr std::uint16_t csr_dma_inputcpy = 0x815;
inline constexpr std::uint16_t csr_dma_memset = 0x816;
inline constexpr std::uint16_t csr_blake2b = 0x819;
inline constexpr std::uint16_t csr_profile = 0x81a;
inline constexpr std::uint16_t csr_jump_dest = 0x81c;
inline constexpr std::uint16_t csr_fcall_get = 0xffe;

constexpr bool within(std::uint16_t csr, std::uint16_t first, std::uint16_t last) {
  return csr >= first && csr <= last;
}
constexpr bool is_fcall(std::uint16_t csr) {
  return within(csr, 0x8c0, 0x8df);
}
constexpr bool is_fcall_parameter(std::uint16_t csr) {
  return within(csr, 0x8f0, 0x8ff);
}
constexpr bool is_library_call(std::uint16_t csr) {
  return within(csr, 0x850, 0x8bf) || within(csr, 0x8e0, 0x8e7);
}

/// Which fcall `csrwi csr, immediate` is.
constexpr std::int64_t fcall_number(std::uint16_t csr, std::int64_t immediate) {
  return (std::int64_t{csr} - 0x8c0) * 32 + immediate;
}
/// How many words a parameter port takes.
constexpr std::int64_t fcall_parameter_words(std::uint16_t csr) {
  constexpr std::int64_t words[] = {1, 2, 4, 8, 12, 16, 20, 24, 25, 32, 48, 64, 80, 96, 128, 256};
  return words[csr - 0x8f0];
}
/// Whether a one-operand precompile's operand is a block of addresses.
constexpr bool takes_block(std::uint16_t csr) {
  return csr == csr_arith256 || csr == csr_arith256_mod || csr == csr_arith384_mod;
}

/// A precompile that is called by setting bits in a CSR.
struct Precompile {
  std::uint16_t csr;
  std::uint8_t operands;  ///< 1: in rs1; 2: a pair with `add x0, reg, x0`; 0: a form of its own
  std::string_view name;
};

/// The precompile of a CSR, or nullptr.
const Precompile* find_precompile(std::uint16_t csr);

/// The name of what a CSR calls, e.g. `secp256k1_add`, `fcall`; empty for a plain CSR.
std::string_view csr_call_name(std::uint16_t csr);

}  // namespace cyclegate::vm
