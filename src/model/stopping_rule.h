#pragma once

#include <cstdint>

#include "model/run_set.h"

namespace cyclegate::model {

/// Asked by measure after each completed randomised block over all cells; implemented by compare, so that measure knows
/// nothing of statistics and the correction for many comparisons sees every cell.
class StoppingRule {
 public:
  virtual ~StoppingRule() = default;
  /// Whether timing may stop: `blocks` blocks of every cell are complete on both sides.
  virtual bool enough(const RunSet& base, const RunSet& head, std::uint32_t blocks) = 0;
};

}  // namespace cyclegate::model
