// SHA-256 (FIPS 180-4): the compression function in software or by the precompile, and the padding around it.
#include "sha256.h"

#include <string.h>

#include "guest.h"
#include "precompiles.h"

typedef uint32_t __attribute__((may_alias)) word32;

#ifdef ZKVM_SHA256_PRECOMPILE
static void compress(uint64_t state[4], const uint64_t block[8]) {
  precompile_sha256(state, block);
}
#else
static const uint32_t round_constants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

static inline uint32_t rotate_right(uint32_t x, int n) {
  return x >> n | x << (32 - n);
}

static void compress(uint64_t state[4], const uint64_t block[8]) {
  uint32_t w[64];
  word32* words = (word32*)state;
  for (int i = 0; i < 16; i++) w[i] = swap_bytes32(((const word32*)block)[i]);
  for (int i = 16; i < 64; i++) {
    uint32_t s0 = rotate_right(w[i - 15], 7) ^ rotate_right(w[i - 15], 18) ^ w[i - 15] >> 3;
    uint32_t s1 = rotate_right(w[i - 2], 17) ^ rotate_right(w[i - 2], 19) ^ w[i - 2] >> 10;
    w[i] = w[i - 16] + s0 + w[i - 7] + s1;
  }
  uint32_t a = words[0], b = words[1], c = words[2], d = words[3];
  uint32_t e = words[4], f = words[5], g = words[6], h = words[7];
  for (int i = 0; i < 64; i++) {
    uint32_t s1 = rotate_right(e, 6) ^ rotate_right(e, 11) ^ rotate_right(e, 25);
    uint32_t t1 = h + s1 + ((e & f) ^ (~e & g)) + round_constants[i] + w[i];
    uint32_t s0 = rotate_right(a, 2) ^ rotate_right(a, 13) ^ rotate_right(a, 22);
    uint32_t t2 = s0 + ((a & b) ^ (a & c) ^ (b & c));
    h = g;
    g = f;
    f = e;
    e = d + t1;
    d = c;
    c = b;
    b = a;
    a = t1 + t2;
  }
  words[0] += a;
  words[1] += b;
  words[2] += c;
  words[3] += d;
  words[4] += e;
  words[5] += f;
  words[6] += g;
  words[7] += h;
}
#endif

void sha256_begin(struct sha256_stream* stream) {
  static const uint32_t initial[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                      0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  for (int i = 0; i < 8; i++) ((word32*)stream->state)[i] = initial[i];
  stream->total = 0;
}

void sha256_feed(struct sha256_stream* stream, const uint8_t* data, size_t size) {
  uint8_t* block = (uint8_t*)stream->block;
  size_t filled = stream->total % 64;
  stream->total += size;
  while (size != 0) {
    size_t part = 64 - filled < size ? 64 - filled : size;
    memcpy(block + filled, data, part);
    data += part;
    size -= part;
    filled += part;
    if (filled == 64) {
      compress(stream->state, stream->block);
      filled = 0;
    }
  }
}

void sha256_end(struct sha256_stream* stream, zkvm_sha256_hash* digest) {
  uint8_t* block = (uint8_t*)stream->block;
  size_t filled = stream->total % 64;
  block[filled++] = 0x80;
  if (filled > 56) {
    memset(block + filled, 0, 64 - filled);
    compress(stream->state, stream->block);
    filled = 0;
  }
  memset(block + filled, 0, 56 - filled);
  stream->block[7] = swap_bytes64(stream->total * 8);
  compress(stream->state, stream->block);
  for (int i = 0; i < 8; i++) ((word32*)digest->data)[i] = swap_bytes32(((const word32*)stream->state)[i]);
}

zkvm_status zkvm_sha256(const uint8_t* data, size_t len, zkvm_sha256_hash* output) {
  struct sha256_stream stream;
  sha256_begin(&stream);
  sha256_feed(&stream, data, len);
  sha256_end(&stream, output);
  return ZKVM_EOK;
}
