// keccak-f[1600] and the compression function of SHA-256 by the precompiles of the zkVM that the guest is built for.
// RISC Zero has no keccak instruction: its keccak is a proof of its own, which a guest asks its host for.
#pragma once
#include "guest.h"

#if defined(ZKVM_ZISK)

/// The 25 words in place: CSR 0x800.
static inline void precompile_keccak_f(uint64_t state[25]) {
  __asm__ volatile("csrs 0x800, %0" : : "r"(state) : "memory");
}

/// `state`: eight 32-bit words in memory order; `block`: 64 bytes. ZisK 1.4's pair for two operands: csrs, then add x0.
static inline void precompile_sha256(uint64_t state[4], const uint64_t block[8]) {
  __asm__ volatile("csrs 0x805, %0\n\tadd x0, %1, x0" : : "r"(state), "r"(block) : "memory");
}

#elif defined(ZKVM_SP1)
#include "sp1.h"

static inline void precompile_keccak_f(uint64_t state[25]) {
  sp1_call(SP1_KECCAK_PERMUTE, (uint64_t)state, 0, 0);
}

static inline void precompile_sha256(uint64_t state[4], const uint64_t block[8]) {
  typedef uint32_t __attribute__((may_alias)) word32;
  // SP1 v6 keeps each 32-bit word in a slot of 64 bits.
  uint64_t w[64], h[8];
  for (int i = 0; i < 16; i++) w[i] = swap_bytes32(((const word32*)block)[i]);
  for (int i = 0; i < 8; i++) h[i] = ((const word32*)state)[i];
  sp1_call(SP1_SHA_EXTEND, (uint64_t)w, 0, 0);
  sp1_call(SP1_SHA_COMPRESS, (uint64_t)w, (uint64_t)h, 0);
  for (int i = 0; i < 8; i++) ((word32*)state)[i] = (uint32_t)h[i];
}

#elif defined(ZKVM_RISC0)

/// The SHA ecall takes the state's words big endian and the block in two halves, here side by side.
static inline void precompile_sha256(uint64_t state[4], const uint64_t block[8]) {
  typedef uint32_t __attribute__((may_alias)) word32;
  word32* words = (word32*)state;
  uint32_t swapped[8];
  for (int i = 0; i < 8; i++) swapped[i] = swap_bytes32(words[i]);
  register uint32_t t0 __asm__("t0") = 3;
  register uint32_t a0 __asm__("a0") = (uint32_t)swapped;
  register uint32_t a1 __asm__("a1") = (uint32_t)swapped;
  register uint32_t a2 __asm__("a2") = (uint32_t)block;
  register uint32_t a3 __asm__("a3") = (uint32_t)(block + 4);
  register uint32_t a4 __asm__("a4") = 1;
  __asm__ volatile("ecall" : : "r"(t0), "r"(a0), "r"(a1), "r"(a2), "r"(a3), "r"(a4) : "memory");
  for (int i = 0; i < 8; i++) words[i] = swap_bytes32(swapped[i]);
}

#endif
