// The three kinds of deflate blocks (RFC 1951, sections 3.2.3 to 3.2.7).
#include "guest.h"
#include "inflate.h"

enum { END_OF_BLOCK = 256, LITERAL_CODES = 286, DISTANCE_CODES = 30, LENGTH_CODES = 19 };

static const uint16_t length_bases[29] = {3,  4,  5,  6,  7,  8,  9,  10, 11,  13,  15,  17,  19,  23, 27,
                                          31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258};
static const uint8_t length_extra_bits[29] = {0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2,
                                              2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0};
static const uint16_t distance_bases[DISTANCE_CODES] = {1,    2,    3,    4,    5,    7,    9,    13,    17,    25,
                                                        33,   49,   65,   97,   129,  193,  257,  385,   513,   769,
                                                        1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577};

static _Noreturn void fail(const char* why) {
  guest_fail(EXIT_BAD_INPUT, why);
}

static void inflate_stored(struct bit_reader* reader, struct sink* sink) {
  align_to_byte(reader);
  uint32_t size = take_bits(reader, 16);
  if (take_bits(reader, 16) != (size ^ 0xffff)) fail("deflate: the length of a stored block does not hold");
  while (size-- != 0) sink_put(sink, (uint8_t)take_bits(reader, 8));
}

static void inflate_codes(struct bit_reader* reader, struct sink* sink, const struct huffman* literals,
                          const struct huffman* distances) {
  for (;;) {
    unsigned symbol = huffman_take(literals, reader);
    if (symbol < END_OF_BLOCK) {
      sink_put(sink, (uint8_t)symbol);
      continue;
    }
    if (symbol == END_OF_BLOCK) return;
    if (symbol >= LITERAL_CODES) fail("deflate: a length code that has no meaning");
    unsigned index = symbol - END_OF_BLOCK - 1;
    size_t length = length_bases[index] + take_bits(reader, length_extra_bits[index]);
    unsigned code = huffman_take(distances, reader);
    if (code >= DISTANCE_CODES) fail("deflate: a distance code that has no meaning");
    size_t distance = distance_bases[code] + take_bits(reader, code < 4 ? 0 : code / 2 - 1);
    sink_copy(sink, distance, length);
  }
}

static void inflate_fixed(struct bit_reader* reader, struct sink* sink) {
  static struct huffman literals, distances;
  static bool built;
  if (!built) {
    uint8_t lengths[SYMBOL_MAX];
    for (int i = 0; i < SYMBOL_MAX; i++) lengths[i] = i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8;
    huffman_build(&literals, lengths, SYMBOL_MAX, false);
    for (int i = 0; i < 32; i++) lengths[i] = 5;
    huffman_build(&distances, lengths, 32, false);
    built = true;
  }
  inflate_codes(reader, sink, &literals, &distances);
}

/// Reads the code lengths of a dynamic block, which are themselves coded, with runs.
static void read_lengths(struct bit_reader* reader, const struct huffman* code, uint8_t* lengths, size_t count) {
  for (size_t done = 0; done < count;) {
    unsigned symbol = huffman_take(code, reader);
    if (symbol < 16) {
      lengths[done++] = (uint8_t)symbol;
      continue;
    }
    if (symbol == 16 && done == 0) fail("deflate: a repeated length without a first one");
    uint8_t repeated = symbol == 16 ? lengths[done - 1] : 0;
    size_t times = symbol == 16   ? 3 + take_bits(reader, 2)
                   : symbol == 17 ? 3 + take_bits(reader, 3)
                                  : 11 + take_bits(reader, 7);
    if (times > count - done) fail("deflate: code lengths too many");
    while (times-- != 0) lengths[done++] = repeated;
  }
}

static void inflate_dynamic(struct bit_reader* reader, struct sink* sink) {
  static const uint8_t order[LENGTH_CODES] = {16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15};
  static struct huffman literals, distances;
  size_t literal_count = take_bits(reader, 5) + 257;
  size_t distance_count = take_bits(reader, 5) + 1;
  size_t length_count = take_bits(reader, 4) + 4;
  if (literal_count > LITERAL_CODES || distance_count > DISTANCE_CODES) fail("deflate: codes too many");
  uint8_t lengths[LITERAL_CODES + DISTANCE_CODES] = {0};
  for (size_t i = 0; i < length_count; i++) lengths[order[i]] = (uint8_t)take_bits(reader, 3);
  huffman_build(&literals, lengths, LENGTH_CODES, false);
  read_lengths(reader, &literals, lengths, literal_count + distance_count);
  if (lengths[END_OF_BLOCK] == 0) fail("deflate: a block that cannot end");
  huffman_build(&literals, lengths, literal_count, true);
  huffman_build(&distances, lengths + literal_count, distance_count, true);
  inflate_codes(reader, sink, &literals, &distances);
}

void inflate_stream(struct bit_reader* reader, struct sink* sink) {
  bool last;
  do {
    last = take_bits(reader, 1) != 0;
    switch (take_bits(reader, 2)) {
      case 0:
        inflate_stored(reader, sink);
        break;
      case 1:
        inflate_fixed(reader, sink);
        break;
      case 2:
        inflate_dynamic(reader, sink);
        break;
      default:
        fail("deflate: a block of unknown kind");
    }
  } while (!last);
}
