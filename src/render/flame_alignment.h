#pragma once

#include <cstdint>
#include <vector>

#include "render/flame_union.h"

/// Finds chains that base and head share although a frame came between or went: `main` under `_start` in base, under
/// `_start;_zisk_main` in head. Matched by whole chains, everything below would be gone here and new there.
namespace cyclegate::render {

/// Base's chain `from`, which head does not have, is to be laid over head's chain `to`, which base does not have; both
/// name the same function.
struct FlameMove {
  std::uint32_t from = 0;
  std::uint32_t to = 0;
};

/// What there is to move, and what the frames between say about it.
struct FlameAlignment {
  std::vector<FlameMove> moves;        ///< no `from` twice, no `to` twice
  std::vector<std::uint32_t> between;  ///< frames that only head has, between the callers and what is moved
  std::vector<std::uint32_t> around;   ///< frames that only base has, between the callers and what is moved
};

/// Looks where a caller that both have lost callees and got others. A frame that came (or went) lies between when at
/// least half of what it took is in callees that the other side has without it; up to 8 frames may have come at once.
/// Only what takes a thousandth of the larger total or more is looked at, so that time and memory hardly depend on the
/// size of the profiles.
FlameAlignment align(const FlameUnion& both);

}  // namespace cyclegate::render
