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

void refuse_input_file(void) {
  guest_fail(EXIT_BAD_INPUT, "the input file is not u64 length, data, zeros up to a multiple of 8");
}

struct input_payload payload_of(const uint8_t* file, size_t size) {
  if (size == 0) return (struct input_payload){file, 0};
  if (size < 8) refuse_input_file();
  uint64_t length = load_le64(file);
  if (length > INPUT_LIMIT || size != 8 + ((length + 7) & ~(uint64_t)7)) refuse_input_file();
  return (struct input_payload){file + 8, (size_t)length};
}

void write_output_u64(uint64_t value) {
  uint8_t bytes[8];
  store_le64(bytes, value);
  write_output(bytes, sizeof bytes);
}
