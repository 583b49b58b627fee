// The public output on zkVMs whose proofs commit to its digest: the 256-byte window, published once, at the end.
#pragma once
#include <string.h>

#include "precompiles.h"

enum { OUTPUT_SIZE = 256 };

static uint8_t output_window[OUTPUT_SIZE] __attribute__((aligned(8)));

void write_output(const uint8_t* output, size_t size) {
  static size_t written;
  if (size > OUTPUT_SIZE - written) guest_fail(EXIT_OUTPUT_FULL, "output: more than 256 bytes");
  memcpy(output_window + written, output, size);
  written += size;
}

/// SHA-256 by the precompile, whatever the guest itself uses: eight words in memory order, in `digest`. Words within the
/// digest are those of the algorithm; in the bytes of a digest they stand big endian.
static void public_sha256(const uint8_t* data, size_t size, uint32_t digest[8]) {
  uint64_t state[4] = {0xbb67ae856a09e667, 0xa54ff53a3c6ef372, 0x9b05688c510e527f, 0x5be0cd191f83d9ab};
  uint64_t block[8];
  for (size_t done = 0; size - done >= 64; done += 64) {
    memcpy(block, data + done, 64);
    precompile_sha256(state, block);
  }
  size_t rest = size % 64;
  memset(block, 0, sizeof block);
  if (rest != 0) memcpy(block, data + size - rest, rest);
  ((uint8_t*)block)[rest] = 0x80;
  if (rest >= 56) {
    precompile_sha256(state, block);
    memset(block, 0, sizeof block);
  }
  block[7] = swap_bytes64((uint64_t)size * 8);
  precompile_sha256(state, block);
  memcpy(digest, state, sizeof state);
}
