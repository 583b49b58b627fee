// The decompressed bytes: the window that matches refer to, and the checksums.
#include <string.h>

#include "guest.h"
#include "inflate.h"

enum { ADLER_MODULUS = 65521, ADLER_CHUNK = 5552 };  // so many bytes fit 32-bit sums without a remainder

static uint32_t crc_table[256];

static void build_crc_table(void) {
  for (uint32_t byte = 0; byte < 256; byte++) {
    uint32_t crc = byte;
    for (int bit = 0; bit < 8; bit++) crc = crc >> 1 ^ ((crc & 1) != 0 ? 0xedb88320U : 0);
    crc_table[byte] = crc;
  }
}

static uint32_t update_crc(uint32_t crc, const uint8_t* bytes, size_t size) {
  crc = ~crc;
  for (size_t i = 0; i < size; i++) crc = crc >> 8 ^ crc_table[(crc ^ bytes[i]) & 255];
  return ~crc;
}

static uint32_t update_adler(uint32_t adler, const uint8_t* bytes, size_t size) {
  uint32_t low = adler & 0xffff, high = adler >> 16;
  while (size != 0) {
    size_t part = size < ADLER_CHUNK ? size : ADLER_CHUNK;
    for (size_t i = 0; i < part; i++) {
      low += bytes[i];
      high += low;
    }
    low %= ADLER_MODULUS;
    high %= ADLER_MODULUS;
    bytes += part;
    size -= part;
  }
  return high << 16 | low;
}

void sink_begin(struct sink* sink) {
  build_crc_table();
  sink->adler = 1;
  sha256_begin(&sink->sha256);
}

void sink_begin_member(struct sink* sink) {
  sink->member_start = sink->filled;
  sink->crc = 0;
}

void sink_sum(struct sink* sink) {
  const uint8_t* bytes = sink->buffer + sink->summed;
  size_t size = sink->filled - sink->summed;
  sink->crc = update_crc(sink->crc, bytes, size);
  sink->adler = update_adler(sink->adler, bytes, size);
  sha256_feed(&sink->sha256, bytes, size);
  sink->total += size;
  sink->summed = sink->filled;
}

/// Makes room by dropping all but the last window, two windows further on, so that the copy does not overlap.
static void make_room(struct sink* sink) {
  sink_sum(sink);
  size_t dropped = sink->filled - WINDOW_SIZE;
  memcpy(sink->buffer, sink->buffer + dropped, WINDOW_SIZE);
  sink->member_start = sink->member_start > dropped ? sink->member_start - dropped : 0;
  sink->filled = sink->summed = WINDOW_SIZE;
}

void sink_put(struct sink* sink, uint8_t byte) {
  if (sink->filled == BUFFER_SIZE) make_room(sink);
  sink->buffer[sink->filled++] = byte;
}

void sink_copy(struct sink* sink, size_t distance, size_t length) {
  if (distance > sink->filled - sink->member_start) {
    guest_fail(EXIT_BAD_INPUT, "deflate: a match reaches before the start");
  }
  if (length > BUFFER_SIZE - sink->filled) make_room(sink);  // keeps a window, and a distance is never longer
  uint8_t* to = sink->buffer + sink->filled;
  // Bytes one after the other: a match may overlap what it makes.
  for (size_t i = 0; i < length; i++) to[i] = to[i - distance];
  sink->filled += length;
}
