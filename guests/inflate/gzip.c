// The gzip container: members one after the other, each a header, a deflate stream and a trailer.
#include "guest.h"
#include "inflate.h"

enum { HEADER_SIZE = 10 };
enum { HAS_HEADER_CRC = 2, HAS_EXTRA = 4, HAS_NAME = 8, HAS_COMMENT = 16, RESERVED = 0xe0 };

static _Noreturn void fail(const char* why) {
  guest_fail(EXIT_BAD_INPUT, why);
}

static const uint8_t* skip(const uint8_t* at, const uint8_t* end, size_t size) {
  if ((size_t)(end - at) < size) fail("gzip: the header is cut");
  return at + size;
}

static const uint8_t* skip_text(const uint8_t* at, const uint8_t* end) {
  while (at != end && *at != 0) at++;
  return skip(at, end, 1);
}

/// CRC-32 bit by bit: headers are short.
static uint32_t header_crc(const uint8_t* from, const uint8_t* to) {
  uint32_t crc = ~0U;
  for (; from != to; from++) {
    crc ^= *from;
    for (int bit = 0; bit < 8; bit++) crc = crc >> 1 ^ ((crc & 1) != 0 ? 0xedb88320U : 0);
  }
  return ~crc;
}

static const uint8_t* read_header(const uint8_t* start, const uint8_t* end) {
  const uint8_t* at = skip(start, end, HEADER_SIZE);
  if (start[0] != 0x1f || start[1] != 0x8b || start[2] != 8) fail("gzip: not a deflate member");
  uint8_t flags = start[3];
  if ((flags & RESERVED) != 0) fail("gzip: reserved flags are set");
  if ((flags & HAS_EXTRA) != 0) {
    const uint8_t* size = at;
    at = skip(at, end, 2);
    at = skip(at, end, (size_t)size[0] | (size_t)size[1] << 8);
  }
  if ((flags & HAS_NAME) != 0) at = skip_text(at, end);
  if ((flags & HAS_COMMENT) != 0) at = skip_text(at, end);
  if ((flags & HAS_HEADER_CRC) != 0) {
    uint32_t expected = header_crc(start, at) & 0xffff;
    const uint8_t* stored = at;
    at = skip(at, end, 2);
    if (((uint32_t)stored[0] | (uint32_t)stored[1] << 8) != expected) {
      guest_fail(EXIT_BAD_CHECKSUM, "gzip: the header's checksum does not hold");
    }
  }
  return at;
}

uint64_t gunzip(const uint8_t* file, size_t size, struct sink* sink) {
  const uint8_t* end = file + size;
  uint64_t members = 0;
  sink_begin(sink);
  do {
    struct bit_reader reader = {.next = read_header(file, end), .end = end};
    uint64_t before = sink->total;
    sink_begin_member(sink);
    inflate_stream(&reader, sink);
    sink_sum(sink);
    align_to_byte(&reader);
    if (take_bits(&reader, 32) != sink->crc) guest_fail(EXIT_BAD_CHECKSUM, "gzip: the CRC-32 does not hold");
    if (take_bits(&reader, 32) != (uint32_t)(sink->total - before)) {
      guest_fail(EXIT_BAD_CHECKSUM, "gzip: the length does not hold");
    }
    file = reader.next - reader.count / 8;
    members++;
  } while (file != end);
  return members;
}
