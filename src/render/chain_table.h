#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "model/profile.h"

namespace cyclegate::render {

/// A chain of function names: the function and its caller's chain.
struct UnionNode {
  std::uint32_t parent = model::ProfileNode::kNoParent;  ///< smaller than the node's own index
  std::uint32_t name = 0;                                ///< index into FlameUnion::names
};

/// Nodes by caller and name, in open addressing: a large profile has millions, and looking one up is a cache miss or
/// two. Must never hold more than the `most` nodes it is made for.
class ChainTable {
 public:
  ChainTable(std::vector<UnionNode>& nodes, std::size_t most)
      : nodes_(nodes), slots_(std::bit_ceil(most + most / 2 + 16)), mask_(slots_.size() - 1) {}

  /// Enters a node that is there, none of the same caller and name twice.
  void enter(std::uint32_t node) {
    const std::uint64_t key = hash(nodes_[node].parent, nodes_[node].name);
    std::size_t at = key & mask_;
    while (slots_[at].node != model::ProfileNode::kNoParent) at = (at + 1) & mask_;
    slots_[at] = {.tag = static_cast<std::uint32_t>(key >> 32U), .node = node};
  }

  void prefetch(std::uint32_t parent, std::uint32_t name) const {
    __builtin_prefetch(&slots_[hash(parent, name) & mask_]);
  }

  /// kNoParent where there is none.
  std::uint32_t find(std::uint32_t parent, std::uint32_t name) const {
    const std::uint64_t key = hash(parent, name);
    const auto tag = static_cast<std::uint32_t>(key >> 32U);
    for (std::size_t at = key & mask_;; at = (at + 1) & mask_) {
      const Slot& slot = slots_[at];
      if (slot.node == model::ProfileNode::kNoParent) return slot.node;
      if (slot.tag == tag && nodes_[slot.node].parent == parent && nodes_[slot.node].name == name) return slot.node;
    }
  }

  std::uint32_t find_or_add(std::uint32_t parent, std::uint32_t name) {
    const std::uint64_t key = hash(parent, name);
    const auto tag = static_cast<std::uint32_t>(key >> 32U);
    for (std::size_t at = key & mask_;; at = (at + 1) & mask_) {
      Slot& slot = slots_[at];
      if (slot.node == model::ProfileNode::kNoParent) {
        slot = {.tag = tag, .node = static_cast<std::uint32_t>(nodes_.size())};
        nodes_.push_back({.parent = parent, .name = name});
        return slot.node;
      }
      if (slot.tag == tag && nodes_[slot.node].parent == parent && nodes_[slot.node].name == name) return slot.node;
    }
  }

 private:
  struct Slot {
    std::uint32_t tag = 0;  ///< of the key, so that a slot of another one is passed without looking at its node
    std::uint32_t node = model::ProfileNode::kNoParent;
  };

  static std::uint64_t hash(std::uint32_t parent, std::uint32_t name) {
    std::uint64_t key = (std::uint64_t{parent} << 32U | name) * 0x9E3779B97F4A7C15ULL;
    key ^= key >> 29U;
    return key * 0xBF58476D1CE4E5B9ULL ^ key >> 32U;
  }

  std::vector<UnionNode>& nodes_;
  std::vector<Slot> slots_;
  std::size_t mask_;
};

/// The table of all nodes that there are when it is first asked for; most differences never ask.
class LazyChainTable {
 public:
  explicit LazyChainTable(std::vector<UnionNode>& nodes) : nodes_(nodes) {}

  ChainTable& get() {
    if (!table_) {
      // Each node is added again once at most, below the place of its caller.
      table_.emplace(nodes_, 2 * nodes_.size());
      for (std::uint32_t i = 0; i < nodes_.size(); ++i) table_->enter(i);
    }
    return *table_;
  }

 private:
  std::vector<UnionNode>& nodes_;
  std::optional<ChainTable> table_;
};

}  // namespace cyclegate::render
