// What a guest has besides the standard input, output and accelerators: exit codes, a heap, byte helpers.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "zkvm_io.h"

/// Exit codes of the guests. They stay clear of 1, 2 and 101, which ziskemu itself uses for its own failures.
enum {
  EXIT_BAD_INPUT = 16,      ///< the input is not what the guest accepts
  EXIT_OUT_OF_MEMORY = 17,  ///< the heap is used up
  EXIT_OUTPUT_FULL = 18,    ///< more than 256 bytes of public output
  EXIT_BAD_CHECKSUM = 19,   ///< the input is well-formed but its own checksum does not hold
};

/// Ends the guest with `code`. A code other than 0 is a failed execution and leaves no output.
_Noreturn void guest_exit(int code);

/// Prints `why` and a newline, then ends the guest with `code`.
_Noreturn void guest_fail(int code, const char* why);

/// `size` zeroed bytes, 16-byte aligned; never freed. Ends the guest with EXIT_OUT_OF_MEMORY when there is no room.
void* guest_alloc(size_t size);

/// The bytes of `count` elements; more than the processor can address end the guest with EXIT_OUT_OF_MEMORY. On 64 bits
/// no input is long enough for that.
static inline size_t array_size(size_t count, size_t element) {
  if (sizeof(size_t) < 8 && count > SIZE_MAX / element) guest_fail(EXIT_OUT_OF_MEMORY, "out of memory");
  return count * element;
}

/// The bounds of the heap; the platform part of the runtime gives them.
void guest_heap_bounds(uint8_t** start, uint8_t** end);

/// What an input file holds, on platforms that hand a guest the file's bytes.
struct input_payload {
  const uint8_t* data;
  size_t size;
};

/// The longest payload that ZisK's input region holds, on every platform the longest there is.
#define INPUT_LIMIT (0x80000000U - 0x10U)

/// The payload of an input file of `size` bytes at `file`, which is 8-byte aligned: one record of the ziskos convention,
/// u64 length (little endian), data, zeros up to a multiple of 8. No bytes at all are an empty payload. Ends the guest
/// with EXIT_BAD_INPUT when the file is not so.
struct input_payload payload_of(const uint8_t* file, size_t size);

/// Ends the guest with EXIT_BAD_INPUT because its input file is not such a record.
_Noreturn void refuse_input_file(void);

static inline uint32_t load_le32(const uint8_t* p) {
  return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static inline uint64_t load_le64(const uint8_t* p) {
  return (uint64_t)load_le32(p) | (uint64_t)load_le32(p + 4) << 32;
}

static inline void store_le32(uint8_t* p, uint32_t value) {
  for (int i = 0; i < 4; i++) p[i] = (uint8_t)(value >> (8 * i));
}

static inline void store_le64(uint8_t* p, uint64_t value) {
  for (int i = 0; i < 8; i++) p[i] = (uint8_t)(value >> (8 * i));
}

// Written out, because rv64ima has no byte-swap instruction and gcc would call its library.
static inline uint32_t swap_bytes32(uint32_t x) {
  return x >> 24 | (x >> 8 & 0xff00) | (x << 8 & 0xff0000) | x << 24;
}

static inline uint64_t swap_bytes64(uint64_t x) {
  return (uint64_t)swap_bytes32((uint32_t)x) << 32 | swap_bytes32((uint32_t)(x >> 32));
}

/// Appends `value` to the public output as 8 bytes, little endian.
void write_output_u64(uint64_t value);

/// A guest's own main; what it returns is the exit code.
int main(void);
