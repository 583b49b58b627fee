// The grammar of RFC 8259, by recursive descent.
#include <string.h>

#include "guest.h"
#include "json.h"

static _Noreturn void fail(const char* why) {
  guest_fail(EXIT_BAD_INPUT, why);
}

static void skip_space(struct json_reader* reader) {
  while (reader->next != reader->end) {
    uint8_t c = *reader->next;
    if (c != ' ' && c != '\n' && c != '\r' && c != '\t') return;
    reader->next++;
  }
}

/// The next byte without taking it, or 0 at the end (no token begins with 0).
static uint8_t peek(const struct json_reader* reader) {
  return reader->next == reader->end ? 0 : *reader->next;
}

static void expect(struct json_reader* reader, uint8_t wanted, const char* why) {
  if (peek(reader) != wanted) fail(why);
  reader->next++;
}

static void read_literal(struct json_reader* reader, const char* word) {
  size_t size = strlen(word);
  if ((size_t)(reader->end - reader->next) < size || memcmp(reader->next, word, size) != 0) fail("json: not a value");
  reader->next += size;
}

static bool is_digit(uint8_t c) {
  return c >= '0' && c <= '9';
}

static void skip_digits(struct json_reader* reader) {
  if (!is_digit(peek(reader))) fail("json: a digit is missing");
  while (is_digit(peek(reader))) reader->next++;
}

static struct json_text read_number(struct json_reader* reader) {
  const uint8_t* start = reader->next;
  if (peek(reader) == '-') reader->next++;
  if (peek(reader) == '0') {
    reader->next++;
  } else {
    skip_digits(reader);
  }
  if (peek(reader) == '.') {
    reader->next++;
    skip_digits(reader);
  }
  if (peek(reader) == 'e' || peek(reader) == 'E') {
    reader->next++;
    if (peek(reader) == '+' || peek(reader) == '-') reader->next++;
    skip_digits(reader);
  }
  return (struct json_text){start, (size_t)(reader->next - start)};
}

static struct json_value* read_value(struct json_reader* reader, unsigned depth);

/// Reads what stands between the brackets of an array or object, whose opening bracket has been taken.
static void read_children(struct json_reader* reader, struct json_value* parent, unsigned depth) {
  bool named = parent->kind == JSON_OBJECT;
  uint8_t closing = named ? '}' : ']';
  if (depth > JSON_DEPTH_MAX) fail("json: nested too deeply");
  if (depth > reader->counts.deepest) reader->counts.deepest = depth;
  skip_space(reader);
  if (peek(reader) == closing) {
    reader->next++;
    return;
  }
  struct json_value** link = &parent->children;
  for (;;) {
    struct json_text key = {0};
    if (named) {
      skip_space(reader);
      expect(reader, '"', "json: a name is missing");
      key = json_read_string(reader);
      skip_space(reader);
      expect(reader, ':', "json: a colon is missing");
    }
    struct json_value* child = read_value(reader, depth);
    child->key = key;
    *link = child;
    link = &child->next;
    parent->child_count++;
    skip_space(reader);
    if (peek(reader) == closing) break;
    expect(reader, ',', "json: a comma or closing bracket is missing");
  }
  reader->next++;
}

static struct json_value* read_value(struct json_reader* reader, unsigned depth) {
  struct json_value* value = guest_alloc(sizeof *value);
  skip_space(reader);
  switch (peek(reader)) {
    case '{':
    case '[':
      value->kind = *reader->next++ == '{' ? JSON_OBJECT : JSON_ARRAY;
      read_children(reader, value, depth + 1);
      break;
    case '"':
      reader->next++;
      value->kind = JSON_STRING;
      value->text = json_read_string(reader);
      break;
    case 't':
      value->kind = JSON_TRUE;
      read_literal(reader, "true");
      break;
    case 'f':
      value->kind = JSON_FALSE;
      read_literal(reader, "false");
      break;
    case 'n':
      value->kind = JSON_NULL;
      read_literal(reader, "null");
      break;
    default:
      value->kind = JSON_NUMBER;
      value->text = read_number(reader);
  }
  reader->counts.kinds[value->kind]++;
  return value;
}

struct json_value* json_parse(const uint8_t* input, size_t size, struct json_counts* counts) {
  // A decoded string is never longer than its escaped form, so the input's size is room enough for all of them.
  struct json_reader reader = {.next = input, .end = input + size, .decoded = guest_alloc(size)};
  struct json_value* value = read_value(&reader, 0);
  skip_space(&reader);
  if (reader.next != reader.end) fail("json: something follows the document");
  *counts = reader.counts;
  return value;
}
