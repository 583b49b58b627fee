// Bits and prefix codes (RFC 1951, section 3.2.2).
#include <string.h>

#include "guest.h"
#include "inflate.h"

static void fill(struct bit_reader* reader) {
  while (reader->count <= 56 && reader->next != reader->end) {
    reader->bits |= (uint64_t)*reader->next++ << reader->count;
    reader->count += 8;
  }
}

static void drop(struct bit_reader* reader, unsigned count) {
  if (count > reader->count) guest_fail(EXIT_BAD_INPUT, "deflate: the data is cut");
  reader->bits >>= count;
  reader->count -= count;
}

uint32_t take_bits(struct bit_reader* reader, unsigned count) {
  if (reader->count < count) fill(reader);
  uint32_t value = (uint32_t)(reader->bits & ((1ULL << count) - 1));
  drop(reader, count);
  return value;
}

void align_to_byte(struct bit_reader* reader) {
  drop(reader, reader->count % 8);
}

static unsigned reverse(unsigned code, unsigned length) {
  unsigned reversed = 0;
  for (unsigned i = 0; i < length; i++) reversed |= (code >> i & 1) << (length - 1 - i);
  return reversed;
}

void huffman_build(struct huffman* code, const uint8_t* lengths, size_t count, bool may_be_incomplete) {
  memset(code, 0, sizeof *code);
  for (size_t symbol = 0; symbol < count; symbol++) code->counts[lengths[symbol]]++;
  unsigned used = (unsigned)count - code->counts[0];
  code->counts[0] = 0;

  int left = 1;  // codes of the current length that are still free
  for (int length = 1; length <= CODE_LENGTH_MAX; length++) {
    left = 2 * left - code->counts[length];
    if (left < 0) guest_fail(EXIT_BAD_INPUT, "deflate: an over-subscribed code");
  }
  bool tolerable = may_be_incomplete && (used == 0 || (used == 1 && code->counts[1] == 1));
  if (left > 0 && !tolerable) guest_fail(EXIT_BAD_INPUT, "deflate: an incomplete code");

  uint16_t places[CODE_LENGTH_MAX + 2] = {0};
  unsigned next_codes[CODE_LENGTH_MAX + 2] = {0};
  for (int length = 1; length <= CODE_LENGTH_MAX; length++) {
    places[length + 1] = (uint16_t)(places[length] + code->counts[length]);
    next_codes[length + 1] = (next_codes[length] + code->counts[length]) << 1;
  }
  for (unsigned symbol = 0; symbol < count; symbol++) {
    unsigned length = lengths[symbol];
    if (length == 0) continue;
    code->symbols[places[length]++] = (uint16_t)symbol;
    unsigned bits = next_codes[length]++;
    if (length > FAST_BITS) continue;
    for (unsigned at = reverse(bits, length); at < 1U << FAST_BITS; at += 1U << length) {
      code->fast[at] = (uint16_t)(symbol << 4 | length);
    }
  }
}

unsigned huffman_take(const struct huffman* code, struct bit_reader* reader) {
  if (reader->count < CODE_LENGTH_MAX) fill(reader);
  unsigned entry = code->fast[reader->bits & ((1U << FAST_BITS) - 1)];
  if (entry != 0) {
    drop(reader, entry & 15);
    return entry >> 4;
  }
  unsigned bits = 0, first = 0, place = 0;
  for (unsigned length = 1; length <= CODE_LENGTH_MAX; length++) {
    bits |= (unsigned)(reader->bits >> (length - 1)) & 1;
    unsigned count = code->counts[length];
    if (bits - first < count) {
      drop(reader, length);
      return code->symbols[place + bits - first];
    }
    place += count;
    first = (first + count) << 1;
    bits <<= 1;
  }
  guest_fail(EXIT_BAD_INPUT, "deflate: a code that no symbol has");
}
