// The ZisK 1.4.0-alpha platform: entry, exit, input, output and UART at the addresses of zisk-core's memory map.
#include <string.h>

#include "guest.h"

#define INPUT_LENGTH_ADDRESS 0x10000008UL  // the first word at 0x10000000 is the free-input port
#define INPUT_DATA_ADDRESS 0x10000010UL
#define OUTPUT_ADDRESS 0xa0410000UL
#define OUTPUT_SIZE 256UL
#define UART_ADDRESS 0xa0400200UL
#define STACK_TOP 0xa03ffff0
#define AS_TEXT(x) #x
#define EXPANDED_TEXT(x) AS_TEXT(x)

/// Sets the global pointer and the stack, calls main and exits with what it returns. RAM starts as zeros and .data
/// is in place when the guest begins, so there is nothing to clear or to copy.
__attribute__((naked, noreturn, used, section(".text.entry"))) void _start(void) {
  __asm__ volatile(
      ".option push\n"
      ".option norelax\n"
      "la gp, __global_pointer$\n"
      ".option pop\n"
      "li sp, " EXPANDED_TEXT(STACK_TOP) "\n"
      "call main\n"
      "li a7, 93\n"
      "ecall\n");
}

void guest_exit(int code) {
  register long a0 __asm__("a0") = code;
  register long a7 __asm__("a7") = 93;
  __asm__ volatile("ecall" : : "r"(a0), "r"(a7) : "memory");
  __builtin_unreachable();
}

// The input file is one record of the ziskos convention: u64 length (little endian), data, zeros up to a multiple of 8.
void read_input(const uint8_t** buf_ptr, size_t* buf_size) {
  uint64_t length = *(const volatile uint64_t*)INPUT_LENGTH_ADDRESS;
  if (length > INPUT_LIMIT) guest_fail(EXIT_BAD_INPUT, "input: its length is beyond the input region");
  *buf_ptr = (const uint8_t*)INPUT_DATA_ADDRESS;
  *buf_size = length;
}

void write_output(const uint8_t* output, size_t size) {
  static size_t written;
  if (size > OUTPUT_SIZE - written) guest_fail(EXIT_OUTPUT_FULL, "output: more than 256 bytes");
  memcpy((uint8_t*)OUTPUT_ADDRESS + written, output, size);
  written += size;
}

void zkvm_print(const char* text, size_t size) {
  for (size_t i = 0; i < size; i++) *(volatile uint8_t*)UART_ADDRESS = (uint8_t)text[i];
}

void guest_heap_bounds(uint8_t** start, uint8_t** end) {
  extern uint8_t _heap_start[], _heap_end[];
  *start = _heap_start;
  *end = _heap_end;
}
