// The canonical form, never held in memory: it goes to the hash as it is made.
#include <string.h>

#include "guest.h"
#include "json.h"

static void put(struct sha256_stream* out, const void* bytes, size_t size) {
  sha256_feed(out, bytes, size);
}

static bool is_plain(uint8_t c) {
  return c >= 0x20 && c != '"' && c != '\\';
}

static void put_string(struct sha256_stream* out, struct json_text text) {
  static const char digits[] = "0123456789abcdef";
  put(out, "\"", 1);
  size_t done = 0;
  for (size_t i = 0; i < text.size; i++) {
    uint8_t c = text.bytes[i];
    if (is_plain(c)) continue;
    put(out, text.bytes + done, i - done);
    done = i + 1;
    if (c >= 0x20) {
      char escape[2] = {'\\', (char)c};
      put(out, escape, sizeof escape);
    } else {
      char escape[6] = {'\\', 'u', '0', '0', digits[c >> 4], digits[c & 15]};
      put(out, escape, sizeof escape);
    }
  }
  put(out, text.bytes + done, text.size - done);
  put(out, "\"", 1);
}

static int compare_names(const struct json_value* left, const struct json_value* right) {
  size_t common = left->key.size < right->key.size ? left->key.size : right->key.size;
  int order = memcmp(left->key.bytes, right->key.bytes, common);
  if (order != 0 || left->key.size == right->key.size) return order;
  return left->key.size < right->key.size ? -1 : 1;
}

static struct json_value* merge(struct json_value* left, struct json_value* right) {
  struct json_value* first = NULL;
  struct json_value** link = &first;
  while (left != NULL && right != NULL) {
    int order = compare_names(left, right);
    if (order == 0) guest_fail(EXIT_BAD_INPUT, "json: a name occurs twice in one object");
    struct json_value** taken = order < 0 ? &left : &right;
    *link = *taken;
    link = &(*taken)->next;
    *taken = (*taken)->next;
  }
  *link = left != NULL ? left : right;
  return first;
}

/// Merge sort of the first `count` members of a list by name; equal names always meet in one of the merges.
static struct json_value* sort_members(struct json_value* members, size_t count) {
  if (count < 2) return members;
  struct json_value* last = members;
  for (size_t i = 1; i < count / 2; i++) last = last->next;
  struct json_value* rest = last->next;
  last->next = NULL;
  struct json_value* left = sort_members(members, count / 2);
  return merge(left, sort_members(rest, count - count / 2));
}

static void put_value(struct sha256_stream* out, const struct json_value* value) {
  static const char* const words[] = {[JSON_NULL] = "null", [JSON_FALSE] = "false", [JSON_TRUE] = "true"};
  switch (value->kind) {
    case JSON_NULL:
    case JSON_FALSE:
    case JSON_TRUE:
      put(out, words[value->kind], strlen(words[value->kind]));
      return;
    case JSON_NUMBER:
      put(out, value->text.bytes, value->text.size);
      return;
    case JSON_STRING:
      put_string(out, value->text);
      return;
    default:
      break;
  }
  bool named = value->kind == JSON_OBJECT;
  const struct json_value* child = named ? sort_members(value->children, value->child_count) : value->children;
  put(out, named ? "{" : "[", 1);
  for (bool first = true; child != NULL; child = child->next, first = false) {
    if (!first) put(out, ",", 1);
    if (named) {
      put_string(out, child->key);
      put(out, ":", 1);
    }
    put_value(out, child);
  }
  put(out, named ? "}" : "]", 1);
}

uint64_t json_canonical_digest(const struct json_value* value, zkvm_sha256_hash* digest) {
  struct sha256_stream out;
  sha256_begin(&out);
  put_value(&out, value);
  uint64_t length = out.total;
  sha256_end(&out, digest);
  return length;
}
