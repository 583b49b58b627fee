// The SP1 v6 platform: entry, exit, input, output and printing by its system calls, as sp1-zkvm 6.10.0 makes them.
#include "sp1.h"

#include <string.h>

#include "guest.h"
#include "public_values.h"

enum { STANDARD_OUTPUT = 1, PUBLIC_VALUES = 13 };

/// Sets the global pointer and the stack, which grows down from the program's first address, calls main and ends with
/// what it returns. Memory starts as zeros and .data is in place.
__attribute__((naked, noreturn, used, section(".text.entry"))) void _start(void) {
  __asm__ volatile(
      ".option push\n"
      ".option norelax\n"
      "la gp, __global_pointer$\n"
      ".option pop\n"
      "li sp, 0x78000000\n"
      "call main\n"
      "call guest_exit\n");
}

// A proof binds the public values by their SHA-256, which the guest commits word by word as the bytes lie in memory; it
// verifies no other proofs, so that digest is zero. A failed run publishes nothing.
void guest_exit(int code) {
  size_t published = code == 0 ? OUTPUT_SIZE : 0;
  if (published != 0) sp1_call(SP1_WRITE, PUBLIC_VALUES, (uint64_t)output_window, published);
  uint32_t digest[8];
  public_sha256(output_window, published, digest);
  for (uint64_t i = 0; i < 8; i++) sp1_call(SP1_COMMIT, i, swap_bytes32(digest[i]), 0);
  for (uint64_t i = 0; i < 8; i++) sp1_call(SP1_COMMIT_DEFERRED, i, 0, 0);
  for (;;) sp1_call(SP1_HALT, (uint64_t)code & 255, 0, 0);
}

// The first item of the input stream is the whole input file. SP1 writes it into memory that nothing has touched yet.
void read_input(const uint8_t** buf_ptr, size_t* buf_size) {
  static struct input_payload payload;
  if (payload.data == NULL) {
    uint64_t size = sp1_call(SP1_HINT_LEN, 0, 0, 0);
    if (size == UINT64_MAX) size = 0;
    uint8_t* file = guest_alloc(size + 8);
    if (size != 0) sp1_call(SP1_HINT_READ, (uint64_t)file, size, 0);
    payload = payload_of(file, size);
  }
  *buf_ptr = payload.data;
  *buf_size = payload.size;
}

void zkvm_print(const char* text, size_t size) {
  sp1_call(SP1_WRITE, STANDARD_OUTPUT, (uint64_t)text, size);
}

void guest_heap_bounds(uint8_t** start, uint8_t** end) {
  extern uint8_t _heap_start[], _heap_end[];
  *start = _heap_start;
  *end = _heap_end;
}
