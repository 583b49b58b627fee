// System calls of SP1 v6 (sp1-zkvm 6.10.0, syscalls/mod.rs): ecall with the code in t0, whose result replaces it.
#pragma once
#include <stdint.h>

enum {
  SP1_HALT = 0x00,
  SP1_WRITE = 0x02,
  SP1_COMMIT = 0x10,
  SP1_COMMIT_DEFERRED = 0x1a,
  SP1_HINT_LEN = 0xf0,
  SP1_HINT_READ = 0xf1,
  SP1_SHA_EXTEND = 0x300105,
  SP1_SHA_COMPRESS = 0x010106,
  SP1_KECCAK_PERMUTE = 0x010109,
};

static inline uint64_t sp1_call(uint64_t code, uint64_t first, uint64_t second, uint64_t third) {
  register uint64_t t0 __asm__("t0") = code;
  register uint64_t a0 __asm__("a0") = first;
  register uint64_t a1 __asm__("a1") = second;
  register uint64_t a2 __asm__("a2") = third;
  __asm__ volatile("ecall" : "+r"(t0) : "r"(a0), "r"(a1), "r"(a2) : "memory");
  return t0;
}
