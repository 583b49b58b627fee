// The RISC Zero platform (rv32im, the system calls of risc0-zkvm-platform 2.2): entry, exit, input, output, printing.
#include <string.h>

#include "guest.h"
#include "public_values.h"

enum { ECALL_HALT = 0, ECALL_SOFTWARE = 2 };
enum { SYS_READ = 12, SYS_WRITE = 16 };
enum { STANDARD_INPUT = 0, STANDARD_OUTPUT = 1, JOURNAL = 3 };

#define CALL_NAME(name) "risc0_zkvm_platform::syscall::nr::" name

/// A call to the host by number and name. The host fills `size` bytes at `from_host`; what comes back is its first result.
static uint32_t host_call(uint32_t number, const char* name, void* from_host, size_t size, uint32_t first, uint32_t second,
                          uint32_t third) {
  register uint32_t t0 __asm__("t0") = ECALL_SOFTWARE;
  register uint32_t t6 __asm__("t6") = number;
  register uint32_t a0 __asm__("a0") = (uint32_t)from_host;
  register uint32_t a1 __asm__("a1") = size;
  register uint32_t a2 __asm__("a2") = (uint32_t)name;
  register uint32_t a3 __asm__("a3") = first;
  register uint32_t a4 __asm__("a4") = second;
  register uint32_t a5 __asm__("a5") = third;
  __asm__ volatile("ecall" : "+r"(a0), "+r"(a1) : "r"(t0), "r"(t6), "r"(a2), "r"(a3), "r"(a4), "r"(a5) : "memory");
  return a0;
}

static size_t read_stdin(void* buffer, size_t size) {
  return host_call(SYS_READ, CALL_NAME("SYS_READ"), buffer, size, STANDARD_INPUT, size, 0);
}

static void write_file(uint32_t file, const void* data, size_t size) {
  host_call(SYS_WRITE, CALL_NAME("SYS_WRITE"), NULL, 0, file, (uint32_t)data, size);
}

/// Sets the global pointer and the stack, which grows down below the program, calls main and ends with what it returns.
/// Memory starts as zeros and .data is in place.
__attribute__((naked, noreturn, used, section(".text.entry"))) void _start(void) {
  __asm__ volatile(
      ".option push\n"
      ".option norelax\n"
      "la gp, __global_pointer$\n"
      ".option pop\n"
      "li sp, 0x00200400\n"
      "call main\n"
      "call guest_exit\n");
}

static void store_digest(uint8_t* bytes, const uint32_t digest[8]) {
  for (int i = 0; i < 8; i++) store_le32(bytes + 4 * i, swap_bytes32(digest[i]));
}

// A receipt binds the journal by the digest of the structure risc0.Output (risc0-binfmt, tagged_struct): SHA-256 over
// the digest of its name, the journal's, that of the assumptions (none: zeros), and the number of members as u16. A
// failed run leaves an empty journal.
void guest_exit(int code) {
  static const uint8_t name_digest[32] = {0x77, 0xea, 0xfe, 0xb3, 0x66, 0xa7, 0x8b, 0x47, 0x74, 0x7d, 0xe0,
                                          0xd7, 0xbb, 0x17, 0x62, 0x84, 0x08, 0x5f, 0xf5, 0x56, 0x48, 0x87,
                                          0x00, 0x9a, 0x5b, 0xe6, 0x3d, 0xa3, 0x2d, 0x35, 0x59, 0xd4};
  size_t published = code == 0 ? OUTPUT_SIZE : 0;
  if (published != 0) write_file(JOURNAL, output_window, published);
  uint32_t digest[8];
  uint8_t output[98] = {0};
  memcpy(output, name_digest, 32);
  public_sha256(output_window, published, digest);
  store_digest(output + 32, digest);
  output[96] = 2;
  public_sha256(output, sizeof output, digest);
  uint8_t claim[32] __attribute__((aligned(4)));
  store_digest(claim, digest);
  register uint32_t t0 __asm__("t0") = ECALL_HALT;
  register uint32_t a0 __asm__("a0") = ((uint32_t)code & 255) << 8;
  register uint32_t a1 __asm__("a1") = (uint32_t)claim;
  for (;;) __asm__ volatile("ecall" : : "r"(t0), "r"(a0), "r"(a1) : "memory");
}

// Standard input is the whole input file; its first word says how much there is to read.
void read_input(const uint8_t** buf_ptr, size_t* buf_size) {
  static struct input_payload payload;
  if (payload.data == NULL) {
    uint64_t length = 0;
    size_t header = read_stdin(&length, sizeof length);
    if (header != 0 && (header != sizeof length || length > INPUT_LIMIT)) refuse_input_file();
    size_t size = (size_t)((length + 7) & ~(uint64_t)7);
    uint8_t* file = guest_alloc(8 + size);
    store_le64(file, length);
    if (size != 0) size = read_stdin(file + 8, size);
    payload = payload_of(file, header + size);
  }
  *buf_ptr = payload.data;
  *buf_size = payload.size;
}

void zkvm_print(const char* text, size_t size) {
  write_file(STANDARD_OUTPUT, text, size);
}

void guest_heap_bounds(uint8_t** start, uint8_t** end) {
  extern uint8_t _heap_start[], _heap_end[];
  *start = _heap_start;
  *end = _heap_end;
}
