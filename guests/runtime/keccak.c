// Keccak-256: the permutation keccak-f[1600] in software or by the precompile, and the sponge around it.
// After the Keccak reference (https://keccak.team/keccak_specs_summary.html), padding 0x01.
#include <string.h>

#include "precompiles.h"
#include "zkvm_accelerators.h"

enum { RATE = 136 };  // bytes, 1088 bits: capacity 512

#ifdef ZKVM_KECCAK_PRECOMPILE
static void keccak_f(uint64_t state[25]) {
  precompile_keccak_f(state);
}
#else
static const uint64_t round_constants[24] = {
    0x0000000000000001, 0x0000000000008082, 0x800000000000808a, 0x8000000080008000, 0x000000000000808b,
    0x0000000080000001, 0x8000000080008081, 0x8000000000008009, 0x000000000000008a, 0x0000000000000088,
    0x0000000080008009, 0x000000008000000a, 0x000000008000808b, 0x800000000000008b, 0x8000000000008089,
    0x8000000000008003, 0x8000000000008002, 0x8000000000000080, 0x000000000000800a, 0x800000008000000a,
    0x8000000080008081, 0x8000000000008080, 0x0000000080000001, 0x8000000080008008};

static const uint8_t rotations[25] = {0,  1,  62, 28, 27, 36, 44, 6,  55, 20, 3,  10, 43,
                                      25, 39, 41, 45, 15, 21, 8,  18, 2,  61, 56, 14};

static inline uint64_t rotate_left(uint64_t x, unsigned n) {
  return x << n | x >> (-n & 63);
}

__attribute__((noinline)) static void keccak_f(uint64_t state[25]) {
  for (int round = 0; round < 24; round++) {
    uint64_t column[5], lane[25];
#pragma GCC unroll 5
    for (int x = 0; x < 5; x++) column[x] = state[x] ^ state[x + 5] ^ state[x + 10] ^ state[x + 15] ^ state[x + 20];
    // theta, rho and pi in one pass: lane (x, y) goes to (y, 2x + 3y)
#pragma GCC unroll 5
    for (int x = 0; x < 5; x++) {
      uint64_t mix = column[(x + 4) % 5] ^ rotate_left(column[(x + 1) % 5], 1);
#pragma GCC unroll 5
      for (int y = 0; y < 5; y++) {
        lane[y + 5 * ((2 * x + 3 * y) % 5)] = rotate_left(state[x + 5 * y] ^ mix, rotations[x + 5 * y]);
      }
    }
    // chi
#pragma GCC unroll 5
    for (int y = 0; y < 25; y += 5) {
#pragma GCC unroll 5
      for (int x = 0; x < 5; x++) state[y + x] = lane[y + x] ^ (~lane[y + (x + 1) % 5] & lane[y + (x + 2) % 5]);
    }
    state[0] ^= round_constants[round];
  }
}
#endif

zkvm_status zkvm_keccak256(const uint8_t* data, size_t len, zkvm_keccak256_hash* output) {
  uint64_t state[25] = {0};
  uint64_t block[RATE / 8];
  for (;;) {
    size_t part = len < RATE ? len : RATE;
    memcpy(block, data, part);
    if (part < RATE) {
      uint8_t* bytes = (uint8_t*)block;
      memset(bytes + part, 0, RATE - part);
      bytes[part] = 0x01;
      bytes[RATE - 1] |= 0x80;
    }
    for (int i = 0; i < RATE / 8; i++) state[i] ^= block[i];
    keccak_f(state);
    if (part < RATE) break;
    data += part;
    len -= part;
  }
  memcpy(output->data, state, sizeof output->data);
  return ZKVM_EOK;
}
