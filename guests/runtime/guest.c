// The platform-independent part of guest.h: failing with a reason, the bump allocator, output of integers.
#include "guest.h"

#include <string.h>

void guest_fail(int code, const char* why) {
  zkvm_print(why, strlen(why));
  zkvm_print("\n", 1);
  guest_exit(code);
}

void* guest_alloc(size_t size) {
  static uint8_t* next;
  static uint8_t* end;
  if (next == NULL) guest_heap_bounds(&next, &end);
  if (size > (size_t)(end - next)) guest_fail(EXIT_OUT_OF_MEMORY, "out of memory");
  void* allocated = next;
  // Rounding up may pass the end by less than 16 bytes: then the heap is simply full.
  size_t rounded = (size + 15) & ~(size_t)15;
  next = rounded > (size_t)(end - next) ? end : next + rounded;
  return allocated;
}

void write_output_u64(uint64_t value) {
  uint8_t bytes[8];
  store_le64(bytes, value);
  write_output(bytes, sizeof bytes);
}
