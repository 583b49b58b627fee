// The root of a Merkle-Patricia trie over accounts or over a block's list of encoded transactions or receipts.
//
// Input: one RLP list [kind, items].
//   kind 0, state trie: an item is [address, balance] (a genesis allocation: nonce 0, no storage, no code) or
//     [address, nonce, balance, storage root, code hash]; the key is keccak256(address), the value the account's RLP.
//   kind 1, index trie: an item is a byte string; the key is the RLP encoding of its index.
// Output: the root (32 bytes), u64 number of items.
#include <string.h>

#include "guest.h"
#include "rlp.h"
#include "trie.h"
#include "zkvm_accelerators.h"

enum { ADDRESS_SIZE = 20, HASH_SIZE = 32, ACCOUNT_MAX = RLP_PREFIX_MAX + 9 + 33 + 2 * 33 };

// keccak256 of the empty string's RLP and of the empty string: an account without storage, without code.
static const uint8_t empty_root[HASH_SIZE] = {0x56, 0xe8, 0x1f, 0x17, 0x1b, 0xcc, 0x55, 0xa6, 0xff, 0x83, 0x45,
                                              0xe6, 0x92, 0xc0, 0xf8, 0x6e, 0x5b, 0x48, 0xe0, 0x1b, 0x99, 0x6c,
                                              0xad, 0xc0, 0x01, 0x62, 0x2f, 0xb5, 0xe3, 0x63, 0xb4, 0x21};
static const uint8_t empty_code[HASH_SIZE] = {0xc5, 0xd2, 0x46, 0x01, 0x86, 0xf7, 0x23, 0x3c, 0x92, 0x7e, 0x7d,
                                              0xb2, 0xdc, 0xc7, 0x03, 0xc0, 0xe5, 0x00, 0xb6, 0x53, 0xca, 0x82,
                                              0x27, 0x3b, 0x7b, 0xfa, 0xd8, 0x04, 0x5d, 0x85, 0xa4, 0x70};

static const uint8_t* read_bytes(struct rlp_cursor* fields, size_t size) {
  struct rlp_item item = rlp_next_string(fields);
  if (item.payload_size != size) guest_fail(EXIT_BAD_INPUT, "mpt-root: an address or a hash has the wrong size");
  return item.payload;
}

static void read_account(struct rlp_cursor fields, struct trie_entry* entry) {
  size_t field_count = rlp_count(fields);
  if (field_count != 2 && field_count != 5) guest_fail(EXIT_BAD_INPUT, "mpt-root: an account has 2 or 5 fields");
  zkvm_keccak256_hash key;
  zkvm_keccak256(read_bytes(&fields, ADDRESS_SIZE), ADDRESS_SIZE, &key);
  memcpy(entry->key, key.data, HASH_SIZE);
  entry->key_size = HASH_SIZE;

  uint64_t nonce = field_count == 5 ? rlp_next_u64(&fields) : 0;
  struct rlp_item balance = rlp_next_string(&fields);
  if (balance.payload_size > 32 || (balance.payload_size != 0 && balance.payload[0] == 0)) {
    guest_fail(EXIT_BAD_INPUT, "mpt-root: a balance is not an integer below 2^256");
  }
  const uint8_t* storage_root = field_count == 5 ? read_bytes(&fields, HASH_SIZE) : empty_root;
  const uint8_t* code_hash = field_count == 5 ? read_bytes(&fields, HASH_SIZE) : empty_code;

  uint8_t payload[ACCOUNT_MAX];
  uint8_t* end = rlp_put_u64(payload, nonce);
  end = rlp_put_string(end, balance.payload, balance.payload_size);
  end = rlp_put_string(end, storage_root, HASH_SIZE);
  end = rlp_put_string(end, code_hash, HASH_SIZE);
  size_t payload_size = (size_t)(end - payload);
  uint8_t* value = guest_alloc(rlp_prefix_size(payload_size) + payload_size);
  uint8_t* body = rlp_put_list_prefix(value, payload_size);
  memcpy(body, payload, payload_size);
  entry->value = value;
  entry->value_size = (size_t)(body - value) + payload_size;
}

static void read_list_item(struct rlp_cursor* items, size_t index, struct trie_entry* entry) {
  struct rlp_item item = rlp_next_string(items);
  if (item.payload_size == 0) guest_fail(EXIT_BAD_INPUT, "mpt-root: an empty item");
  trie_set_index_key(entry, index);
  entry->value = item.payload;
  entry->value_size = item.payload_size;
}

int main(void) {
  struct rlp_cursor input;
  read_input(&input.next, &input.left);
  struct rlp_cursor fields = rlp_next_list(&input);
  rlp_expect_end(&input);
  uint64_t kind = rlp_next_u64(&fields);
  if (kind > 1) guest_fail(EXIT_BAD_INPUT, "mpt-root: the kind is neither 0 nor 1");
  struct rlp_cursor items = rlp_next_list(&fields);
  rlp_expect_end(&fields);

  size_t count = rlp_count(items);
  struct trie_entry* entries = guest_alloc(array_size(count, sizeof *entries));
  for (size_t i = 0; i < count; i++) {
    if (kind == 0) {
      read_account(rlp_next_list(&items), &entries[i]);
    } else {
      read_list_item(&items, i, &entries[i]);
    }
  }
  zkvm_keccak256_hash root;
  trie_root(entries, count, &root);
  write_output(root.data, sizeof root.data);
  write_output_u64(count);
  return 0;
}
