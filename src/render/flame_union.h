#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "model/profile.h"

namespace cyclegate::render {

/// A chain of function names that base, head or both have.
struct UnionNode {
  std::uint32_t parent = model::ProfileNode::kNoParent;  ///< smaller than the node's own index
  std::uint32_t name = 0;                                ///< index into FlameUnion::names
  std::uint64_t base_self = 0;
  std::uint64_t head_self = 0;
};

/// Two call trees laid over each other: chains of the same names are one node, whatever file or line a function has.
/// Callers stand before callees. Linear in the number of nodes.
struct FlameUnion {
  std::vector<std::string_view> names;  ///< point into the two profiles
  std::vector<UnionNode> nodes;
  std::vector<std::uint64_t> base;     ///< per node, inclusive
  std::vector<std::uint64_t> head;     ///< per node, inclusive
  std::vector<std::uint64_t> removed;  ///< per node, what base took in it and below in chains that head does not have
  std::uint64_t base_total = 0;
  std::uint64_t head_total = 0;
  std::uint64_t removed_total = 0;
};

FlameUnion unite(const model::Profile& base, std::size_t base_column, const model::Profile& head,
                 std::size_t head_column);

}  // namespace cyclegate::render
