// memcpy and its kin for a machine without a C library. gcc calls them by itself, so this file is built with
// -fno-tree-loop-distribute-patterns: otherwise it would turn these loops into calls of themselves.
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef uint64_t __attribute__((may_alias)) word;

#ifdef ZKVM_DMA_PRECOMPILE
// ZisK's pair: csrrs rd, 0x813, source ; add x0, destination, count. Source and destination may not overlap.
void* memcpy(void* restrict destination, const void* restrict source, size_t size) {
  if (size != 0) {
    __asm__ volatile("csrs 0x813, %1\n\tadd x0, %0, %2" : : "r"(destination), "r"(source), "r"(size) : "memory");
  }
  return destination;
}
#else
void* memcpy(void* restrict destination, const void* restrict source, size_t size) {
  uint8_t* to = destination;
  const uint8_t* from = source;
  // Words only where both sides are aligned alike: a misaligned access costs more than the bytes it saves.
  if ((((uintptr_t)to ^ (uintptr_t)from) & 7) == 0) {
    while (size != 0 && ((uintptr_t)to & 7) != 0) {
      *to++ = *from++;
      size--;
    }
    for (; size >= 32; size -= 32, to += 32, from += 32) {
      word a = ((const word*)from)[0], b = ((const word*)from)[1];
      word c = ((const word*)from)[2], d = ((const word*)from)[3];
      ((word*)to)[0] = a;
      ((word*)to)[1] = b;
      ((word*)to)[2] = c;
      ((word*)to)[3] = d;
    }
    for (; size >= 8; size -= 8, to += 8, from += 8) *(word*)to = *(const word*)from;
  }
  for (; size >= 4; size -= 4, to += 4, from += 4) {
    uint8_t a = from[0], b = from[1], c = from[2], d = from[3];
    to[0] = a;
    to[1] = b;
    to[2] = c;
    to[3] = d;
  }
  while (size-- != 0) *to++ = *from++;
  return destination;
}
#endif

void* memmove(void* destination, const void* source, size_t size) {
  uint8_t* to = destination;
  const uint8_t* from = source;
  if ((uintptr_t)to - (uintptr_t)from >= size) {  // also when `to` lies before `from`: the difference wraps around
    for (size_t i = 0; i < size; i++) to[i] = from[i];
  } else {
    while (size-- != 0) to[size] = from[size];
  }
  return destination;
}

void* memset(void* destination, int value, size_t size) {
  uint8_t* to = destination;
  uint8_t byte = (uint8_t)value;
  word pattern = byte * 0x0101010101010101ULL;
  while (size != 0 && ((uintptr_t)to & 7) != 0) {
    *to++ = byte;
    size--;
  }
  for (; size >= 8; size -= 8, to += 8) *(word*)to = pattern;
  while (size-- != 0) *to++ = byte;
  return destination;
}

int memcmp(const void* left, const void* right, size_t size) {
  const uint8_t* a = left;
  const uint8_t* b = right;
  if ((((uintptr_t)a | (uintptr_t)b) & 7) == 0) {
    while (size >= 8 && *(const word*)a == *(const word*)b) {
      a += 8;
      b += 8;
      size -= 8;
    }
  }
  for (; size != 0; size--, a++, b++) {
    if (*a != *b) return *a < *b ? -1 : 1;
  }
  return 0;
}

size_t strlen(const char* text) {
  size_t length = 0;
  while (text[length] != 0) length++;
  return length;
}
