// The same guest as a program of the host: stdin is the complete input file, stdout gets the 256-byte output window,
// stderr what the guest prints. Used by `make check` to compare a guest with its reference implementation.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guest.h"

enum { OUTPUT_SIZE = 256, INPUT_CAPACITY = 128 << 20, HEAP_SIZE = 256 << 20 };

static uint64_t input_words[INPUT_CAPACITY / 8];
static struct input_payload payload;
static uint8_t output_window[OUTPUT_SIZE];
static size_t output_written;
static uint8_t heap[HEAP_SIZE] __attribute__((aligned(16)));

static void flush_output(void) {
  if (fwrite(output_window, 1, OUTPUT_SIZE, stdout) != OUTPUT_SIZE || fflush(stdout) != 0) _Exit(1);
}

static void load_input(void) {
  uint8_t* file = (uint8_t*)input_words;
  payload = payload_of(file, fread(file, 1, INPUT_CAPACITY, stdin));
}

// The Makefile renames the guest's main for this platform.
extern int guest_main(void);

int main(void) {
  load_input();
  int code = guest_main();
  if (code == 0) flush_output();
  return code & 255;
}

void guest_exit(int code) {
  if (code == 0) flush_output();
  _Exit(code & 255);
}

void read_input(const uint8_t** buf_ptr, size_t* buf_size) {
  *buf_ptr = payload.data;
  *buf_size = payload.size;
}

void write_output(const uint8_t* output, size_t size) {
  if (size > OUTPUT_SIZE - output_written) guest_fail(EXIT_OUTPUT_FULL, "output: more than 256 bytes");
  memcpy(output_window + output_written, output, size);
  output_written += size;
}

void zkvm_print(const char* text, size_t size) {
  fwrite(text, 1, size, stderr);
}

void guest_heap_bounds(uint8_t** start, uint8_t** end) {
  *start = heap;
  *end = heap + HEAP_SIZE;
}
