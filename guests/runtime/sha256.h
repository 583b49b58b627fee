// SHA-256 fed piece by piece, for guests whose message never lies in memory as a whole.
#pragma once
#include "zkvm_accelerators.h"

struct sha256_stream {
  uint64_t state[4];  ///< eight 32-bit words in memory order
  uint64_t block[8];  ///< the 64 bytes under way
  uint64_t total;     ///< bytes fed so far
};

void sha256_begin(struct sha256_stream* stream);
void sha256_feed(struct sha256_stream* stream, const uint8_t* data, size_t size);
/// The digest; the stream is used up.
void sha256_end(struct sha256_stream* stream, zkvm_sha256_hash* digest);
