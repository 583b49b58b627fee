// Decompression of gzip files (RFC 1952) with deflate data (RFC 1951).
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sha256.h"

// The bytes of the file, from the lowest bit of each byte on.
struct bit_reader {
  const uint8_t* next;
  const uint8_t* end;
  uint64_t bits;   ///< bits taken from the file but not yet used, the next one lowest
  unsigned count;  ///< how many
};

/// Takes `count` bits (up to 32); the first one is the lowest. EXIT_BAD_INPUT when the file ends before.
uint32_t take_bits(struct bit_reader* reader, unsigned count);
/// Drops the bits up to the next whole byte.
void align_to_byte(struct bit_reader* reader);

enum { CODE_LENGTH_MAX = 15, SYMBOL_MAX = 288, FAST_BITS = 9 };

/// A canonical prefix code.
struct huffman {
  uint16_t fast[1 << FAST_BITS];  ///< by the next bits: symbol << 4 | length, or 0 when the code is longer
  uint16_t counts[CODE_LENGTH_MAX + 1];
  uint16_t symbols[SYMBOL_MAX];  ///< ordered by code
};

/// Builds the code from its lengths; EXIT_BAD_INPUT when they are over-subscribed, or incomplete other than a single
/// code of one bit or none at all (`may_be_incomplete`).
void huffman_build(struct huffman* code, const uint8_t* lengths, size_t count, bool may_be_incomplete);
unsigned huffman_take(const struct huffman* code, struct bit_reader* reader);

enum { WINDOW_SIZE = 32768, BUFFER_SIZE = 3 * WINDOW_SIZE };

/// Where decompressed bytes go: the last 32 KiB stay reachable, older ones are only in the checksums.
struct sink {
  uint8_t buffer[BUFFER_SIZE];
  size_t filled;        ///< bytes in the buffer
  size_t summed;        ///< how many of them the checksums have seen
  size_t member_start;  ///< where this member begins in the buffer; its matches reach no further back
  uint32_t crc;         ///< CRC-32 of this member
  uint32_t adler;       ///< Adler-32 of all members
  uint64_t total;       ///< bytes of all members that the checksums have seen
  struct sha256_stream sha256;
};

void sink_begin(struct sink* sink);
void sink_begin_member(struct sink* sink);
void sink_put(struct sink* sink, uint8_t byte);
/// Appends a match. EXIT_BAD_INPUT when it reaches before the member's start.
void sink_copy(struct sink* sink, size_t distance, size_t length);
/// Brings the checksums up to date.
void sink_sum(struct sink* sink);

/// Decompresses one deflate stream, up to and including its final block.
void inflate_stream(struct bit_reader* reader, struct sink* sink);

/// Decompresses all members of a file and checks each one's CRC-32 and length (else EXIT_BAD_CHECKSUM). Gives the
/// number of members.
uint64_t gunzip(const uint8_t* file, size_t size, struct sink* sink);
