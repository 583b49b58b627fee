#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string_view>
#include <vector>

#include "model/profile.h"
#include "render/chain_table.h"
#include "render/flame_tree.h"
#include "render/flamegraph.h"

namespace cyclegate::render {

/// What a chain took without callees.
struct UnionSelf {
  std::uint64_t base = 0;
  std::uint64_t head = 0;
};

/// What a node's place tells beside its figures where chains were compared across a frame that one side has not.
enum class FlameShift : std::uint8_t {
  none,
  moved,    ///< base has it under another caller, FlameNote::caller
  between,  ///< only head has it; its `base` is what base took in the callees that it has without it
  around,   ///< only base has it; what head has without it is not in its `base`
};

/// Of one node.
struct FlameNote {
  FlameShift shift = FlameShift::none;
  std::uint32_t caller = model::ProfileNode::kNoParent;  ///< of `moved`: the name of base's caller, if there is one
};

/// Whether chains are compared across frames that only one side has.
enum class FlameMatching {
  exact,   ///< by all names of the chain
  across,  ///< see flame_alignment.h
};

/// Two call trees laid over each other: chains of the same names are one node, whatever file or line a function has.
/// Callers stand before callees. Time is linear in the number of nodes; per node it holds 32 bytes, because large
/// profiles have millions. Every weight of base and of head is in exactly one node, of the function that took it.
struct FlameUnion {
  std::vector<std::string_view> names;  ///< point into the two profiles
  std::vector<std::uint8_t> sides;      ///< per name: 1 base took something in it or below, 2 head did
  std::vector<UnionNode> nodes;         ///< some may have no weight
  std::vector<std::uint64_t> base;      ///< per node, inclusive
  std::vector<std::uint64_t> head;      ///< per node, inclusive
  std::vector<std::uint64_t> removed;   ///< per node, what base took in it and below in chains that head does not show
  std::uint64_t base_total = 0;
  std::uint64_t head_total = 0;
  std::uint64_t removed_total = 0;
  std::uint64_t scale = 0;                   ///< what fills the width: the larger total
  std::uint64_t threshold = 1;               ///< the least weight that is drawn
  std::map<std::uint32_t, FlameNote> notes;  ///< by node; empty where all chains are compared by all their names

  /// FlameNote{} where there is none.
  FlameNote note(std::uint32_t node) const;
  bool in_base(std::uint32_t node) const { return (sides[nodes[node].name] & 1U) != 0; }  ///< the function, anywhere
  bool in_head(std::uint32_t node) const { return (sides[nodes[node].name] & 2U) != 0; }
  /// Head has the chain and base's part of it is wide enough to be drawn, but not head's.
  bool shrunk(std::size_t node) const { return head[node] != 0 && head[node] < threshold && base[node] >= threshold; }

  /// What each node of a tree drawn from this union took itself.
  std::vector<UnionSelf> self_of(const FlameTree& tree) const;
};

/// What head does not show (`removed`) are the chains that it does not have and those that shrank below the least width
/// of `options`: with all that base took below them.
FlameUnion unite(const model::Profile& base, std::size_t base_column, const model::Profile& head,
                 std::size_t head_column, const FlamegraphOptions& options, FlameMatching matching);

}  // namespace cyclegate::render
