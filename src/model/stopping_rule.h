#pragma once

#include <cstdint>

#include "model/cell.h"
#include "model/run_set.h"

namespace cyclegate::model {

/// Asked by measure after each completed randomised block over all cells that are still timed; implemented by compare,
/// so that measure knows nothing of statistics and the correction for many comparisons sees every cell.
class StoppingRule {
 public:
  virtual ~StoppingRule() = default;
  /// Whether all timing may stop: `blocks` blocks of every cell that is still timed are complete on both sides.
  virtual bool enough(const RunSet& base, const RunSet& head, std::uint32_t blocks) = 0;
  /// Whether this cell may stop although others go on: no more blocks of it are made. Asked when `enough` has said no,
  /// about what `enough` was shown. Cells that need few blocks are the rule; without this, each would be timed as long
  /// as the one that needs most.
  virtual bool enough_of(const CellId& /*cell*/) { return false; }
};

}  // namespace cyclegate::model
