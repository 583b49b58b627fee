// Sorts fixed-size records by a key inside them, keeps equal keys in their order, and writes the digest of the result.
//
// Input: u32 record size, u32 key offset, u32 key length, u32 count (all little endian), then the records.
// Output: SHA-256 of the sorted records, u64 count, u64 number of distinct keys.
#include <string.h>

#include "guest.h"
#include "zkvm_accelerators.h"

enum { HEADER_SIZE = 16, RUN_LENGTH = 8 };

struct table {
  size_t record_size, key_offset, key_length, count;
};

static int compare_keys(const struct table* table, const uint8_t* left, const uint8_t* right) {
  return memcmp(left + table->key_offset, right + table->key_offset, table->key_length);
}

/// Sorts records [begin, end) of `records` in place; `spare` has room for one record.
static void insertion_sort(const struct table* table, uint8_t* records, size_t begin, size_t end, uint8_t* spare) {
  size_t size = table->record_size;
  for (size_t i = begin + 1; i < end; i++) {
    size_t place = i;
    while (place > begin && compare_keys(table, records + (place - 1) * size, records + i * size) > 0) place--;
    if (place == i) continue;
    memcpy(spare, records + i * size, size);
    for (size_t j = i; j > place; j--) memcpy(records + j * size, records + (j - 1) * size, size);
    memcpy(records + place * size, spare, size);
  }
}

/// Merges the sorted neighbours [begin, middle) and [middle, end) of `from` into the same places of `to`.
static void merge(const struct table* table, uint8_t* to, const uint8_t* from, size_t begin, size_t middle,
                  size_t end) {
  size_t size = table->record_size;
  const uint8_t* left = from + begin * size;
  const uint8_t* left_end = from + middle * size;
  const uint8_t* right = left_end;
  const uint8_t* right_end = from + end * size;
  uint8_t* next = to + begin * size;
  while (left != left_end && right != right_end) {
    const uint8_t** taken = compare_keys(table, left, right) <= 0 ? &left : &right;
    memcpy(next, *taken, size);
    *taken += size;
    next += size;
  }
  memcpy(next, left, (size_t)(left_end - left));
  next += left_end - left;
  memcpy(next, right, (size_t)(right_end - right));
}

/// Bottom-up merge sort; gives the buffer that holds the result.
static uint8_t* merge_sort(const struct table* table, uint8_t* records, uint8_t* other) {
  for (size_t begin = 0; begin < table->count; begin += RUN_LENGTH) {
    size_t end = begin + RUN_LENGTH < table->count ? begin + RUN_LENGTH : table->count;
    insertion_sort(table, records, begin, end, other);
  }
  for (size_t width = RUN_LENGTH; width < table->count; width *= 2) {
    for (size_t begin = 0; begin < table->count; begin += 2 * width) {
      size_t middle = begin + width < table->count ? begin + width : table->count;
      size_t end = begin + 2 * width < table->count ? begin + 2 * width : table->count;
      merge(table, other, records, begin, middle, end);
    }
    uint8_t* sorted = other;
    other = records;
    records = sorted;
  }
  return records;
}

static struct table read_header(const uint8_t* input, size_t size) {
  if (size < HEADER_SIZE) guest_fail(EXIT_BAD_INPUT, "sort-copy: the header is cut");
  struct table table = {load_le32(input), load_le32(input + 4), load_le32(input + 8), load_le32(input + 12)};
  if (table.record_size == 0 || table.key_length == 0 || table.key_offset > table.record_size ||
      table.key_length > table.record_size - table.key_offset) {
    guest_fail(EXIT_BAD_INPUT, "sort-copy: the key does not lie inside the record");
  }
  // Both are below 2^32, so the product does not overflow.
  if ((uint64_t)table.record_size * table.count != size - HEADER_SIZE) {
    guest_fail(EXIT_BAD_INPUT, "sort-copy: the records do not fill the input");
  }
  return table;
}

int main(void) {
  const uint8_t* input;
  size_t size;
  read_input(&input, &size);
  struct table table = read_header(input, size);
  size_t bytes = table.record_size * table.count;

  uint8_t* records = guest_alloc(bytes);
  uint8_t* other = guest_alloc(bytes);
  memcpy(records, input + HEADER_SIZE, bytes);
  const uint8_t* sorted = merge_sort(&table, records, other);

  uint64_t distinct = table.count != 0;
  for (size_t i = 1; i < table.count; i++) {
    distinct += compare_keys(&table, sorted + (i - 1) * table.record_size, sorted + i * table.record_size) != 0;
  }
  zkvm_sha256_hash digest;
  zkvm_sha256(sorted, bytes, &digest);
  write_output(digest.data, sizeof digest.data);
  write_output_u64(table.count);
  write_output_u64(distinct);
  return 0;
}
