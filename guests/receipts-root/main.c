// The receipts root and the logs bloom of a block, from its receipts without blooms (as eth/69 peers exchange them).
//
// Input: one RLP list of receipts [type, status, cumulative gas, logs]; a log is [address, [topic...], data]. Types 0
// (legacy) to 4 are accepted.
// Output: receipts root (32 bytes), keccak256 of the block's 256-byte bloom (32 bytes), u64 receipts, u64 logs.
#include <string.h>

#include "guest.h"
#include "rlp.h"
#include "trie.h"
#include "zkvm_accelerators.h"

enum { ADDRESS_SIZE = 20, TOPIC_SIZE = 32, TOPICS_MAX = 4, BLOOM_SIZE = 256, LAST_TYPE = 4 };

/// Sets the three bits of `bytes` in a bloom (Yellow Paper, section 4.4.1).
static void bloom_add(uint8_t bloom[BLOOM_SIZE], const uint8_t* bytes, size_t size) {
  zkvm_keccak256_hash hash;
  zkvm_keccak256(bytes, size, &hash);
  for (size_t i = 0; i < 6; i += 2) {
    unsigned bit = ((unsigned)hash.data[i] << 8 | hash.data[i + 1]) & 2047U;
    bloom[BLOOM_SIZE - 1 - bit / 8] |= (uint8_t)(1U << bit % 8);
  }
}

/// Checks the logs, adds them to the bloom and gives how many there are.
static size_t add_logs(struct rlp_cursor logs, uint8_t bloom[BLOOM_SIZE]) {
  size_t count = 0;
  for (; logs.left != 0; count++) {
    struct rlp_cursor log = rlp_next_list(&logs);
    struct rlp_item address = rlp_next_string(&log);
    if (address.payload_size != ADDRESS_SIZE) guest_fail(EXIT_BAD_INPUT, "receipts-root: an address has not 20 bytes");
    bloom_add(bloom, address.payload, ADDRESS_SIZE);
    struct rlp_cursor topics = rlp_next_list(&log);
    for (size_t topic_count = 0; topics.left != 0; topic_count++) {
      struct rlp_item topic = rlp_next_string(&topics);
      if (topic.payload_size != TOPIC_SIZE || topic_count == TOPICS_MAX) {
        guest_fail(EXIT_BAD_INPUT, "receipts-root: a log has up to 4 topics of 32 bytes");
      }
      bloom_add(bloom, topic.payload, TOPIC_SIZE);
    }
    rlp_next_string(&log);  // the data, hashed with the receipt only
    rlp_expect_end(&log);
  }
  return count;
}

/// Encodes one receipt with its bloom as the value of `entry`; gives the number of its logs.
static size_t encode_receipt(struct rlp_cursor fields, struct trie_entry* entry, uint8_t block_bloom[BLOOM_SIZE]) {
  uint64_t type = rlp_next_u64(&fields);
  uint64_t status = rlp_next_u64(&fields);
  uint64_t cumulative_gas = rlp_next_u64(&fields);
  struct rlp_item logs = rlp_next(&fields);
  rlp_expect_end(&fields);
  if (type > LAST_TYPE || status > 1 || !logs.is_list) {
    guest_fail(EXIT_BAD_INPUT, "receipts-root: not [type, status, cumulative gas, logs]");
  }
  uint8_t bloom[BLOOM_SIZE] = {0};
  size_t log_count = add_logs((struct rlp_cursor){logs.payload, logs.payload_size}, bloom);
  for (size_t i = 0; i < BLOOM_SIZE; i++) block_bloom[i] |= bloom[i];

  uint8_t head[2 * RLP_PREFIX_MAX + RLP_PREFIX_MAX + BLOOM_SIZE];
  uint8_t* end = rlp_put_u64(head, status);
  end = rlp_put_u64(end, cumulative_gas);
  end = rlp_put_string(end, bloom, BLOOM_SIZE);
  size_t head_size = (size_t)(end - head);
  size_t payload_size = head_size + logs.encoding_size;
  uint8_t* value = guest_alloc(1 + RLP_PREFIX_MAX + payload_size);
  uint8_t* to = value;
  if (type != 0) *to++ = (uint8_t)type;  // EIP-2718
  to = rlp_put_list_prefix(to, payload_size);
  memcpy(to, head, head_size);
  memcpy(to + head_size, logs.encoding, logs.encoding_size);
  entry->value = value;
  entry->value_size = (size_t)(to - value) + payload_size;
  return log_count;
}

int main(void) {
  struct rlp_cursor input;
  read_input(&input.next, &input.left);
  struct rlp_cursor receipts = rlp_next_list(&input);
  rlp_expect_end(&input);

  size_t count = rlp_count(receipts);
  struct trie_entry* entries = guest_alloc(array_size(count, sizeof *entries));
  uint8_t block_bloom[BLOOM_SIZE] = {0};
  uint64_t logs = 0;
  for (size_t i = 0; i < count; i++) {
    trie_set_index_key(&entries[i], i);
    logs += encode_receipt(rlp_next_list(&receipts), &entries[i], block_bloom);
  }
  zkvm_keccak256_hash root, bloom_hash;
  trie_root(entries, count, &root);
  zkvm_keccak256(block_bloom, BLOOM_SIZE, &bloom_hash);
  write_output(root.data, sizeof root.data);
  write_output(bloom_hash.data, sizeof bloom_hash.data);
  write_output_u64(count);
  write_output_u64(logs);
  return 0;
}
