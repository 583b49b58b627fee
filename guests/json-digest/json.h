// A strict JSON reader (RFC 8259) and the canonical form of what it read.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sha256.h"

enum { JSON_DEPTH_MAX = 128 };

enum json_kind { JSON_NULL, JSON_FALSE, JSON_TRUE, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT, JSON_KIND_COUNT };

/// A run of bytes inside the input or the decoded text.
struct json_text {
  const uint8_t* bytes;
  size_t size;
};

struct json_value {
  enum json_kind kind;
  struct json_text key;         ///< decoded name, when the parent is an object
  struct json_text text;        ///< the lexeme of a number, the decoded bytes of a string
  struct json_value* children;  ///< first of a list linked by `next`, in the order of the input
  struct json_value* next;
  size_t child_count;
};

struct json_counts {
  uint64_t kinds[JSON_KIND_COUNT];
  uint64_t deepest;  ///< levels of arrays and objects; 0 for a lone scalar
};

/// What is left of the input, and room for strings that had to be decoded.
struct json_reader {
  const uint8_t* next;
  const uint8_t* end;
  uint8_t* decoded;
  struct json_counts counts;
};

/// Reads one document that fills the whole input. Ends the guest with EXIT_BAD_INPUT where the grammar, UTF-8 or the
/// depth limit does not hold.
struct json_value* json_parse(const uint8_t* input, size_t size, struct json_counts* counts);

/// Reads a string behind its opening quote. Escapes are decoded; unpaired surrogates, control characters and
/// malformed UTF-8 are refused.
struct json_text json_read_string(struct json_reader* reader);

/// SHA-256 of the canonical form; gives the form's length. The form has no white space; members are sorted by the
/// bytes of their decoded names, a name may occur once (else EXIT_BAD_INPUT); numbers keep their lexeme; in strings
/// only `"`, `\` and control characters are escaped, the latter as \u00xx in lower case.
uint64_t json_canonical_digest(const struct json_value* value, zkvm_sha256_hash* digest);
