#pragma once

#include "measure/block_order.h"
#include "model/stopping_rule.h"

namespace cyclegate::measure {

/// The rule that looks at no result: enough is a fixed number of runs a side.
class FixedRuns final : public model::StoppingRule {
 public:
  explicit FixedRuns(std::uint32_t runs_a_side) : runs_a_side_(runs_a_side) {}
  bool enough(const model::RunSet& /*base*/, const model::RunSet& /*head*/, std::uint32_t blocks) override {
    return blocks * block_runs_a_side >= runs_a_side_;
  }

 private:
  std::uint32_t runs_a_side_;
};

}  // namespace cyclegate::measure
