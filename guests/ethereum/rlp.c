#include "rlp.h"

#include <string.h>

#include "guest.h"

static _Noreturn void fail(const char* why) {
  guest_fail(EXIT_BAD_INPUT, why);
}

/// Reads a payload size of `size_bytes` big-endian bytes at `p`; long forms must not fit the short one.
static size_t read_long_size(const uint8_t* p, size_t size_bytes) {
  if (p[0] == 0) fail("rlp: a size begins with a zero");
  uint64_t size = 0;
  for (size_t i = 0; i < size_bytes; i++) size = size << 8 | p[i];
  if (size < 56) fail("rlp: a short payload has a long prefix");
  // What 32 bits do not hold is longer than any input.
  return size > SIZE_MAX ? SIZE_MAX : (size_t)size;
}

struct rlp_item rlp_next(struct rlp_cursor* cursor) {
  if (cursor->left == 0) fail("rlp: an item is missing");
  uint8_t first = cursor->next[0];
  struct rlp_item item = {.is_list = first >= 0xc0, .encoding = cursor->next};
  size_t prefix = 1;
  if (first < 0x80) {
    prefix = 0;
    item.payload_size = 1;
  } else {
    size_t code = first - (item.is_list ? 0xc0U : 0x80U);
    if (code < 56) {
      item.payload_size = code;
    } else {
      size_t size_bytes = code - 55;
      if (size_bytes > cursor->left - 1) fail("rlp: a prefix is cut");
      item.payload_size = read_long_size(cursor->next + 1, size_bytes);
      prefix += size_bytes;
    }
  }
  if (item.payload_size > cursor->left - prefix) fail("rlp: a payload is cut");
  item.payload = cursor->next + prefix;
  if (first == 0x81 && item.payload[0] < 0x80) fail("rlp: a single byte has a prefix");
  item.encoding_size = prefix + item.payload_size;
  cursor->next += item.encoding_size;
  cursor->left -= item.encoding_size;
  return item;
}

struct rlp_item rlp_next_string(struct rlp_cursor* cursor) {
  struct rlp_item item = rlp_next(cursor);
  if (item.is_list) fail("rlp: a list where a string is expected");
  return item;
}

struct rlp_cursor rlp_next_list(struct rlp_cursor* cursor) {
  struct rlp_item item = rlp_next(cursor);
  if (!item.is_list) fail("rlp: a string where a list is expected");
  return (struct rlp_cursor){item.payload, item.payload_size};
}

uint64_t rlp_next_u64(struct rlp_cursor* cursor) {
  struct rlp_item item = rlp_next_string(cursor);
  if (item.payload_size > 8) fail("rlp: an integer of more than 64 bits");
  if (item.payload_size != 0 && item.payload[0] == 0) fail("rlp: an integer begins with a zero");
  uint64_t value = 0;
  for (size_t i = 0; i < item.payload_size; i++) value = value << 8 | item.payload[i];
  return value;
}

void rlp_expect_end(const struct rlp_cursor* cursor) {
  if (cursor->left != 0) fail("rlp: items too many");
}

size_t rlp_count(struct rlp_cursor cursor) {
  size_t count = 0;
  for (; cursor.left != 0; count++) rlp_next(&cursor);
  return count;
}

/// `value` as big-endian bytes without leading zeros, right-aligned in `bytes`; gives how many.
static size_t big_endian(uint64_t value, uint8_t bytes[8]) {
  size_t size = 0;
  for (; value != 0; value >>= 8) bytes[7 - size++] = (uint8_t)value;
  return size;
}

static uint8_t* put_prefix(uint8_t* to, size_t size, uint8_t base) {
  if (size < 56) {
    *to++ = (uint8_t)(base + size);
    return to;
  }
  uint8_t bytes[8];
  size_t size_bytes = big_endian(size, bytes);
  *to++ = (uint8_t)(base + 55 + size_bytes);
  memcpy(to, bytes + 8 - size_bytes, size_bytes);
  return to + size_bytes;
}

uint8_t* rlp_put_string(uint8_t* to, const uint8_t* bytes, size_t size) {
  if (size != 1 || bytes[0] >= 0x80) to = put_prefix(to, size, 0x80);
  memcpy(to, bytes, size);
  return to + size;
}

uint8_t* rlp_put_u64(uint8_t* to, uint64_t value) {
  uint8_t bytes[8];
  size_t size = big_endian(value, bytes);
  return rlp_put_string(to, bytes + 8 - size, size);
}

uint8_t* rlp_put_list_prefix(uint8_t* to, size_t payload_size) {
  return put_prefix(to, payload_size, 0xc0);
}

size_t rlp_prefix_size(size_t payload_size) {
  size_t size = 1;
  if (payload_size >= 56) {
    for (; payload_size != 0; payload_size >>= 8) size++;
  }
  return size;
}
