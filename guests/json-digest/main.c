// Parses a JSON document and writes the digest of its canonical form.
//
// Input: the document. Output: SHA-256 of the canonical form, u64 its length, u64 each the number of nulls, falses,
// trues, numbers, strings (names not counted), arrays, objects, and the depth.
#include "guest.h"
#include "json.h"

int main(void) {
  const uint8_t* input;
  size_t size;
  read_input(&input, &size);
  struct json_counts counts;
  struct json_value* document = json_parse(input, size, &counts);
  zkvm_sha256_hash digest;
  uint64_t length = json_canonical_digest(document, &digest);
  write_output(digest.data, sizeof digest.data);
  write_output_u64(length);
  for (int kind = 0; kind < JSON_KIND_COUNT; kind++) write_output_u64(counts.kinds[kind]);
  write_output_u64(counts.deepest);
  return 0;
}
