// The entries are sorted by key; a node is then the root of a range of neighbours that agree on their first nibbles.
// An extension always fits a branch's buffer.
#include "trie.h"

#include <string.h>

#include "guest.h"
#include "rlp.h"

enum {
  KEY_MAX = 32,
  REFERENCE_MAX = 33,  // a hash with its prefix; shorter nodes stand for themselves
  BRANCH_MAX = 16 * REFERENCE_MAX + 1 + RLP_PREFIX_MAX,
};

/// What a parent holds of a node: the node itself when its encoding is shorter than 32 bytes, else its hash.
struct reference {
  uint8_t bytes[REFERENCE_MAX];
  size_t size;
};

struct trie {
  struct trie_entry** sorted;
  uint8_t* leaf;  // room for the encoding of the largest leaf
};

static int compare_keys(const struct trie_entry* left, const struct trie_entry* right) {
  size_t common = left->key_size < right->key_size ? left->key_size : right->key_size;
  int order = memcmp(left->key, right->key, common);
  if (order == 0 && left->key_size != right->key_size) order = left->key_size < right->key_size ? -1 : 1;
  return order;
}

/// Merge sort of pointers, bottom up; gives the array that holds the result.
static struct trie_entry** sort_entries(struct trie_entry** entries, struct trie_entry** other, size_t count) {
  for (size_t width = 1; width < count; width *= 2) {
    for (size_t begin = 0; begin < count; begin += 2 * width) {
      size_t middle = begin + width < count ? begin + width : count;
      size_t end = begin + 2 * width < count ? begin + 2 * width : count;
      size_t left = begin, right = middle;
      for (size_t to = begin; to < end; to++) {
        bool from_left = right == end || (left < middle && compare_keys(entries[left], entries[right]) <= 0);
        other[to] = from_left ? entries[left++] : entries[right++];
      }
    }
    struct trie_entry** sorted = other;
    other = entries;
    entries = sorted;
  }
  return entries;
}

static unsigned nibble(const struct trie_entry* entry, size_t index) {
  uint8_t byte = entry->key[index / 2];
  return index % 2 == 0 ? byte >> 4 : byte & 15U;
}

/// Hex-prefix encoding of the entry's nibbles [begin, end), as an RLP string.
static uint8_t* put_path(uint8_t* to, const struct trie_entry* entry, size_t begin, size_t end, bool leaf) {
  uint8_t path[KEY_MAX + 1];
  bool odd = (end - begin) % 2 != 0;
  path[0] = (uint8_t)((leaf ? 0x20 : 0) | (odd ? 0x10 | nibble(entry, begin) : 0));
  if (odd) begin++;
  size_t size = 1;
  for (; begin < end; begin += 2) path[size++] = (uint8_t)(nibble(entry, begin) << 4 | nibble(entry, begin + 1));
  return rlp_put_string(to, path, size);
}

/// Puts the list prefix before the payload that ends at `end` and begins RLP_PREFIX_MAX bytes into `buffer`.
static const uint8_t* close_list(uint8_t* buffer, const uint8_t* end, size_t* size) {
  size_t payload_size = (size_t)(end - buffer) - RLP_PREFIX_MAX;
  uint8_t* start = buffer + RLP_PREFIX_MAX - rlp_prefix_size(payload_size);
  rlp_put_list_prefix(start, payload_size);
  *size = (size_t)(end - start);
  return start;
}

static void make_reference(struct reference* reference, uint8_t* buffer, const uint8_t* end) {
  size_t size;
  const uint8_t* node = close_list(buffer, end, &size);
  if (size < 32) {
    memcpy(reference->bytes, node, size);
    reference->size = size;
    return;
  }
  zkvm_keccak256_hash hash;
  zkvm_keccak256(node, size, &hash);
  reference->size = (size_t)(rlp_put_string(reference->bytes, hash.data, sizeof hash.data) - reference->bytes);
}

/// Encodes the node over the sorted entries [begin, end) below nibble `depth` into `buffer`, which begins with
/// RLP_PREFIX_MAX free bytes; gives the place behind the payload. Leaves go to the trie's own buffer.
static uint8_t* put_node(const struct trie* trie, size_t begin, size_t end, size_t depth, uint8_t** buffer);

static void reference_node(const struct trie* trie, size_t begin, size_t end, size_t depth, struct reference* result) {
  uint8_t space[BRANCH_MAX];
  uint8_t* buffer = space;
  const uint8_t* payload_end = put_node(trie, begin, end, depth, &buffer);
  make_reference(result, buffer, payload_end);
}

static uint8_t* put_branch(const struct trie* trie, size_t begin, size_t end, size_t depth, uint8_t* to) {
  if (depth >= 2 * trie->sorted[begin]->key_size) guest_fail(EXIT_BAD_INPUT, "trie: a key equals or begins another");
  for (unsigned digit = 0; digit < 16; digit++) {
    size_t next = begin;
    while (next < end && nibble(trie->sorted[next], depth) == digit) next++;
    if (next == begin) {
      *to++ = 0x80;
      continue;
    }
    struct reference child;
    reference_node(trie, begin, next, depth + 1, &child);
    memcpy(to, child.bytes, child.size);
    to += child.size;
    begin = next;
  }
  *to++ = 0x80;  // no value: no key ends here
  return to;
}

static uint8_t* put_node(const struct trie* trie, size_t begin, size_t end, size_t depth, uint8_t** buffer) {
  const struct trie_entry* first = trie->sorted[begin];
  if (end - begin == 1) {
    *buffer = trie->leaf;
    uint8_t* to = put_path(trie->leaf + RLP_PREFIX_MAX, first, depth, 2 * first->key_size, true);
    return rlp_put_string(to, first->value, first->value_size);
  }
  const struct trie_entry* last = trie->sorted[end - 1];
  size_t shorter = 2 * (first->key_size < last->key_size ? first->key_size : last->key_size);
  size_t common = depth;
  while (common < shorter && nibble(first, common) == nibble(last, common)) common++;
  uint8_t* to = *buffer + RLP_PREFIX_MAX;
  if (common == depth) return put_branch(trie, begin, end, depth, to);
  struct reference child;
  reference_node(trie, begin, end, common, &child);
  to = put_path(to, first, depth, common, false);
  memcpy(to, child.bytes, child.size);
  return to + child.size;
}

void trie_root(struct trie_entry* entries, size_t count, zkvm_keccak256_hash* root) {
  if (count == 0) {
    static const uint8_t empty_string = 0x80;
    zkvm_keccak256(&empty_string, 1, root);
    return;
  }
  struct trie_entry** pointers = guest_alloc(count * sizeof *pointers);
  struct trie_entry** other = guest_alloc(count * sizeof *pointers);
  size_t largest = 0;
  for (size_t i = 0; i < count; i++) {
    pointers[i] = &entries[i];
    if (entries[i].value_size > largest) largest = entries[i].value_size;
  }
  struct trie trie = {sort_entries(pointers, other, count), guest_alloc(largest + KEY_MAX + 4 * RLP_PREFIX_MAX)};
  uint8_t space[BRANCH_MAX];
  uint8_t* buffer = space;
  const uint8_t* end = put_node(&trie, 0, count, 0, &buffer);
  size_t size;
  const uint8_t* node = close_list(buffer, end, &size);
  zkvm_keccak256(node, size, root);
}

void trie_set_index_key(struct trie_entry* entry, size_t index) {
  entry->key_size = (size_t)(rlp_put_u64(entry->key, index) - entry->key);
}
