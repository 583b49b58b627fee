// Strings: UTF-8 as the Unicode standard's table 3-7 allows it, and escapes.
#include <string.h>

#include "guest.h"
#include "json.h"

static _Noreturn void fail(const char* why) {
  guest_fail(EXIT_BAD_INPUT, why);
}

/// The length of the multi-byte character at `p`; fails when it is malformed, overlong, a surrogate or too large.
static size_t utf8_length(const uint8_t* p, const uint8_t* end) {
  uint8_t first = p[0];
  size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || (size_t)(end - p) < length) fail("json: malformed UTF-8");
  uint8_t lowest = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
  uint8_t highest = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
  if (p[1] < lowest || p[1] > highest) fail("json: malformed UTF-8");
  for (size_t i = 2; i < length; i++) {
    if (p[i] < 0x80 || p[i] > 0xbf) fail("json: malformed UTF-8");
  }
  return length;
}

static uint32_t read_hex4(struct json_reader* reader) {
  if (reader->end - reader->next < 4) fail("json: an escape is cut");
  uint32_t value = 0;
  for (int i = 0; i < 4; i++) {
    uint8_t c = *reader->next++;
    uint8_t letter = c | 0x20;
    if (c >= '0' && c <= '9') {
      value = value << 4 | (c - (uint32_t)'0');
    } else if (letter >= 'a' && letter <= 'f') {
      value = value << 4 | (letter - (uint32_t)'a' + 10);
    } else {
      fail("json: an escape has a digit that is not hexadecimal");
    }
  }
  return value;
}

/// Reads the digits of a \u escape, and the second escape where the first is a high surrogate.
static uint32_t read_unicode_escape(struct json_reader* reader) {
  uint32_t code = read_hex4(reader);
  if (code < 0xd800 || code > 0xdfff) return code;
  bool paired = code < 0xdc00 && reader->end - reader->next >= 2 && reader->next[0] == '\\' && reader->next[1] == 'u';
  if (!paired) fail("json: an unpaired surrogate");
  reader->next += 2;
  uint32_t low = read_hex4(reader);
  if (low < 0xdc00 || low > 0xdfff) fail("json: an unpaired surrogate");
  return 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
}

static uint8_t* put_utf8(uint8_t* to, uint32_t code) {
  if (code < 0x80) {
    *to++ = (uint8_t)code;
  } else if (code < 0x800) {
    *to++ = (uint8_t)(0xc0 | code >> 6);
    *to++ = (uint8_t)(0x80 | (code & 63));
  } else if (code < 0x10000) {
    *to++ = (uint8_t)(0xe0 | code >> 12);
    *to++ = (uint8_t)(0x80 | (code >> 6 & 63));
    *to++ = (uint8_t)(0x80 | (code & 63));
  } else {
    *to++ = (uint8_t)(0xf0 | code >> 18);
    *to++ = (uint8_t)(0x80 | (code >> 12 & 63));
    *to++ = (uint8_t)(0x80 | (code >> 6 & 63));
    *to++ = (uint8_t)(0x80 | (code & 63));
  }
  return to;
}

/// Decodes the escape behind a backslash.
static uint8_t* put_escape(struct json_reader* reader, uint8_t* to) {
  static const char letters[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
  if (reader->next == reader->end) fail("json: an escape is cut");
  uint8_t c = *reader->next++;
  if (c == 'u') return put_utf8(to, read_unicode_escape(reader));
  for (size_t i = 0; i < sizeof letters - 1; i++) {
    if (c == (uint8_t)letters[i]) {
      *to++ = (uint8_t)meanings[i];
      return to;
    }
  }
  fail("json: an unknown escape");
}

/// Passes over characters that stand for themselves, up to a quote or a backslash.
static void skip_plain(struct json_reader* reader) {
  while (reader->next != reader->end) {
    uint8_t c = *reader->next;
    if (c == '"' || c == '\\') return;
    if (c < 0x20) fail("json: a control character in a string");
    reader->next += c < 0x80 ? 1 : utf8_length(reader->next, reader->end);
  }
  fail("json: a string without its end");
}

struct json_text json_read_string(struct json_reader* reader) {
  const uint8_t* start = reader->next;
  skip_plain(reader);
  if (*reader->next == '"') return (struct json_text){start, (size_t)(reader->next++ - start)};

  uint8_t* decoded = reader->decoded;
  uint8_t* to = decoded;
  for (;;) {
    size_t size = (size_t)(reader->next - start);
    memcpy(to, start, size);
    to += size;
    if (*reader->next++ == '"') break;
    to = put_escape(reader, to);
    start = reader->next;
    skip_plain(reader);
  }
  reader->decoded = to;
  return (struct json_text){decoded, (size_t)(to - decoded)};
}
