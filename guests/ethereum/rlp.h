// Recursive Length Prefix, Ethereum's serialisation (Yellow Paper, appendix B): a strict reader and a writer.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// One item: a byte string or a list.
struct rlp_item {
  bool is_list;
  const uint8_t* payload;  ///< the string's bytes, or the list's items one after the other
  size_t payload_size;
  const uint8_t* encoding;  ///< the item with its prefix
  size_t encoding_size;
};

/// What is left to read of a run of items.
struct rlp_cursor {
  const uint8_t* next;
  size_t left;
};

/// Reads the next item. Ends the guest with EXIT_BAD_INPUT when there is none, when it is cut, or when its prefix is
/// not the shortest one.
struct rlp_item rlp_next(struct rlp_cursor* cursor);

/// The next item, which must be a string / a list; EXIT_BAD_INPUT otherwise.
struct rlp_item rlp_next_string(struct rlp_cursor* cursor);
struct rlp_cursor rlp_next_list(struct rlp_cursor* cursor);

/// The next item as an unsigned integer below 2^64 without leading zeros; EXIT_BAD_INPUT otherwise.
uint64_t rlp_next_u64(struct rlp_cursor* cursor);

/// EXIT_BAD_INPUT unless all has been read.
void rlp_expect_end(const struct rlp_cursor* cursor);

/// The number of items left, each checked.
size_t rlp_count(struct rlp_cursor cursor);

/// Bytes that a string or list of `payload_size` bytes takes at most beyond its payload.
enum { RLP_PREFIX_MAX = 9 };

/// Writers: each writes at `to` and gives the place behind what it wrote.
uint8_t* rlp_put_string(uint8_t* to, const uint8_t* bytes, size_t size);
uint8_t* rlp_put_u64(uint8_t* to, uint64_t value);
uint8_t* rlp_put_list_prefix(uint8_t* to, size_t payload_size);
size_t rlp_prefix_size(size_t payload_size);
