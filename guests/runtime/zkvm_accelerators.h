// The two hashes of the zkVM standards' c-interface-accelerators that this runtime gives. Each is computed in software
// or by the zkVM's precompile, chosen when the guest is built (ZKVM_KECCAK_PRECOMPILE, ZKVM_SHA256_PRECOMPILE); the
// digest is the same.
#pragma once
#include <stddef.h>
#include <stdint.h>

typedef enum { ZKVM_EOK = 0, ZKVM_EFAIL = -1 } zkvm_status;

typedef struct {
  uint8_t data[32];
} __attribute__((aligned(8))) zkvm_bytes_32;
typedef zkvm_bytes_32 zkvm_keccak256_hash;
typedef zkvm_bytes_32 zkvm_sha256_hash;

/// Keccak-256 with the original padding 0x01 (Ethereum's), not SHA3-256.
zkvm_status zkvm_keccak256(const uint8_t* data, size_t len, zkvm_keccak256_hash* output);

/// SHA-256 (FIPS 180-4).
zkvm_status zkvm_sha256(const uint8_t* data, size_t len, zkvm_sha256_hash* output);
