#pragma once

#include <cstdint>
#include <vector>

#include "render/chain_table.h"
#include "render/flame_union.h"

/// Finds chains that base and head share although a frame came between or went: `main` under `_start` in base, under
/// `_start;_zisk_main` in head. Matched by whole chains, everything below would be gone here and new there.
namespace cyclegate::render {

/// A chain of base that is to be laid over one of head, of the same function under another caller.
struct FlamePair {
  std::uint32_t base = 0;
  std::uint32_t head = 0;
};

/// A frame that only one side has between callers that are compared with each other and callees of theirs.
struct FlameWay {
  std::uint32_t node = 0;
  std::uint32_t base_caller = model::ProfileNode::kNoParent;  ///< kNoParent: of the outermost
  std::uint32_t head_caller = model::ProfileNode::kNoParent;
};

/// What there is to lay over. No base and no head is in two pairs; what is below a pair is compared by names again.
struct FlameAlignment {
  std::vector<FlamePair> pairs;
  std::vector<FlameWay> between;  ///< frames that only head has, between the callers and what is laid over
  std::vector<FlameWay> around;   ///< frames that only base has, between the callers and what is laid over
};

/// Looks where a caller that both have lost callees and got others. Frames that came (or went) lie between when at
/// least half of what the first of them took is in callees that the other side has without them; up to 8 may have come
/// one below the other. A callee that several could have goes with the one that matches most of its weight. Only
/// callees that take more than a thousandth of the larger total decide; what the others took does not count. A callee
/// that both callers have, however light, is compared there. `chains` is the table of the union's nodes.
FlameAlignment align(const FlameUnion& both, LazyChainTable& chains);

}  // namespace cyclegate::render
