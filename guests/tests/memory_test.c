// Compares runtime/memory.c, built under other names, with the C library: every alignment of both sides and every size
// up to 100. Built and run natively by `make check`.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void* guest_memcpy(void* destination, const void* source, size_t size);
void* guest_memmove(void* destination, const void* source, size_t size);
void* guest_memset(void* destination, int value, size_t size);
int guest_memcmp(const void* left, const void* right, size_t size);
size_t guest_strlen(const char* text);

enum { ROOM = 256, SIZE_MAX_TESTED = 100 };

static uint8_t expected[ROOM], got[ROOM], source[ROOM];

static void refill(void) {
  for (int i = 0; i < ROOM; i++) {
    expected[i] = got[i] = (uint8_t)(i * 7 + 1);
    source[i] = (uint8_t)(i * 13 + 5);
  }
}

static void expect(int holds, const char* what, size_t to, size_t from, size_t size) {
  if (holds) return;
  fprintf(stderr, "%s differs: to %zu, from %zu, size %zu\n", what, to, from, size);
  exit(1);
}

static int sign(int x) {
  return (x > 0) - (x < 0);
}

static void check(size_t to, size_t from, size_t size) {
  refill();
  memcpy(expected + to, source + from, size);
  void* result = guest_memcpy(got + to, source + from, size);
  expect(result == got + to && memcmp(expected, got, ROOM) == 0, "memcpy", to, from, size);

  refill();
  memmove(expected + to, expected + from, size);
  result = guest_memmove(got + to, got + from, size);
  expect(result == got + to && memcmp(expected, got, ROOM) == 0, "memmove", to, from, size);

  refill();
  memset(expected + to, 0x1c3, size);
  result = guest_memset(got + to, 0x1c3, size);
  expect(result == got + to && memcmp(expected, got, ROOM) == 0, "memset", to, from, size);

  refill();
  memcpy(got + to, source + from, size);
  expect(guest_memcmp(got + to, source + from, size) == 0, "memcmp of equal bytes", to, from, size);
  for (size_t at = 0; at < size; at++) {
    got[to + at] ^= 0x80;
    int order = sign(memcmp(got + to, source + from, size));
    expect(sign(guest_memcmp(got + to, source + from, size)) == order, "memcmp", to, from, size);
    got[to + at] ^= 0x80;
  }
}

int main(void) {
  for (size_t to = 0; to < 24; to++) {
    for (size_t from = 0; from < 24; from++) {
      for (size_t size = 0; size <= SIZE_MAX_TESTED; size++) check(to, from, size);
    }
  }
  expect(guest_strlen("") == 0 && guest_strlen("four") == 4, "strlen", 0, 0, 4);
  puts("memory: all alignments and sizes agree");
  return 0;
}
