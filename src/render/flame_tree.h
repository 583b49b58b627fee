#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "model/profile.h"

/// The geometry of flame graphs: which frames are drawn and where. Linear in the size of the profile; everything too
/// narrow to be seen is left out before anything is sorted or written.
namespace cyclegate::render {

/// A name as pictures show it: cleaned for reading, escaped for XML.
struct FlameName {
  std::string clean;
  std::string escaped;
  std::string mark;  ///< tells it from names that look the same: 8 hex digits where cleaning changed it, else empty
};

/// A frame that is wide enough to be drawn.
struct FlameNode {
  std::uint32_t parent = model::ProfileNode::kNoParent;  ///< index into the tree, smaller than the node's own
  std::uint32_t name = 0;                                ///< index into FlameTree::names
  std::uint32_t source = 0;                              ///< the node of the profile or of the union of two
  std::uint64_t weight = 0;                              ///< inclusive: decides the width
  std::uint64_t unseen = 0;                              ///< of the weight, what its callees too narrow to draw took
};

/// The frames to draw, callers before callees.
struct FlameTree {
  std::vector<FlameName> names;
  std::vector<FlameNode> nodes;
  std::uint64_t total = 0;       ///< sum over the outermost frames, drawn or not
  std::uint64_t too_narrow = 0;  ///< frames with a weight that are not drawn
  std::uint64_t unseen = 0;      ///< what outermost frames too narrow to draw took
};

/// A frame's place: its row (0: outermost) and where it begins, in units of weight.
struct FlameBox {
  std::uint32_t node = 0;
  std::uint32_t row = 0;
  std::uint64_t start = 0;
};

/// The boxes in the order of reading: every frame is followed by its callees, siblings by name.
struct FlameLayout {
  std::vector<FlameBox> boxes;
  std::uint32_t rows = 0;
  std::uint64_t too_deep = 0;  ///< frames below row max_flame_rows that are not drawn
};

/// Rows drawn at most; a runaway recursion would make a picture that no viewer opens.
inline constexpr std::uint32_t max_flame_rows = 1000;

/// Every node's weight with that of its callees. `self` holds one number per node, callers before callees.
std::vector<std::uint64_t> inclusive_weights(const model::Profile& profile, std::size_t column);

/// The name as it is drawn; empty names become `(unknown)`.
FlameName flame_name(std::string_view name);

/// What of `inclusive` reaches `threshold` (and is not 0). `parent_of(i)` and `frame_of(i)` describe node i, parents
/// first; `name_of(frame)` is asked once per frame that is drawn.
template <typename ParentOf, typename FrameOf, typename NameOf>
FlameTree visible_tree(const std::vector<std::uint64_t>& inclusive, std::uint64_t threshold, std::size_t frame_count,
                       ParentOf parent_of, FrameOf frame_of, NameOf name_of) {
  constexpr std::uint32_t none = model::ProfileNode::kNoParent;
  FlameTree tree;
  std::vector<std::uint32_t> place(inclusive.size(), none);  // node -> its index in the tree
  std::vector<std::uint32_t> name_place(frame_count, none);
  for (std::size_t i = 0; i < inclusive.size(); ++i) {
    const std::uint32_t parent = parent_of(i);
    if (parent == none) tree.total += inclusive[i];
    if (inclusive[i] == 0) continue;
    if (inclusive[i] < threshold) {
      ++tree.too_narrow;
      if (parent == none) {
        tree.unseen += inclusive[i];
      } else if (place[parent] != none) {
        tree.nodes[place[parent]].unseen += inclusive[i];
      }
      continue;
    }
    std::uint32_t& name = name_place[frame_of(i)];
    if (name == none) {
      name = static_cast<std::uint32_t>(tree.names.size());
      tree.names.push_back(flame_name(name_of(frame_of(i))));
    }
    place[i] = static_cast<std::uint32_t>(tree.nodes.size());
    tree.nodes.push_back({.parent = parent == none ? none : place[parent],
                          .name = name,
                          .source = static_cast<std::uint32_t>(i),
                          .weight = inclusive[i]});
  }
  return tree;
}

/// Places the frames of a tree.
FlameLayout lay_out(const FlameTree& tree);

}  // namespace cyclegate::render
