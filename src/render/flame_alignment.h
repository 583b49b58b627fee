#pragma once

#include <cstdint>
#include <vector>

#include "render/flame_union.h"

/// Finds chains that base and head share although a frame came between or went: `main` under `_start` in base, under
/// `_start;_zisk_main` in head. Matched by whole chains, everything below would be gone here and new there.
namespace cyclegate::render {

/// What base calls from `base_caller`, and head does not call from where that is laid, is to be laid over the callee of
/// the same name that head has, and base has not, below `head_caller`. kNoParent stands for the caller of the
/// outermost.
struct FlameShortcut {
  std::uint32_t base_caller = model::ProfileNode::kNoParent;
  std::uint32_t head_caller = model::ProfileNode::kNoParent;
};

/// What there is to lay over, in order of precedence, and what the frames between say about it.
struct FlameAlignment {
  std::vector<FlameShortcut> shortcuts;
  std::vector<std::uint32_t> between;  ///< frames that only head has, between the callers and what is laid over
  std::vector<std::uint32_t> around;   ///< frames that only base has, between the callers and what is laid over
};

/// Looks where a caller that both have lost callees and got others. A frame that came (or went) lies between when at
/// least half of what it took is in callees that the other side has without it; up to 8 frames may have come at once.
/// Only callees that take a thousandth of the larger total or more decide that; what the others took does not count.
FlameAlignment align(const FlameUnion& both);

}  // namespace cyclegate::render
