// The root of a Merkle-Patricia trie (Yellow Paper, appendix D), built in one go from all of its entries.
#pragma once
#include <stddef.h>
#include <stdint.h>

#include "zkvm_accelerators.h"

/// One key and its value; a key has 1 to 32 bytes.
struct trie_entry {
  uint8_t key[32];
  size_t key_size;
  const uint8_t* value;
  size_t value_size;
};

/// The trie's root hash. Reorders `entries`. Ends the guest with EXIT_BAD_INPUT when one key equals or begins another.
void trie_root(struct trie_entry* entries, size_t count, zkvm_keccak256_hash* root);

/// Gives `entry` the key of a block's list of transactions or receipts: the RLP encoding of its index.
void trie_set_index_key(struct trie_entry* entry, size_t index);
