#pragma once

#include "model/stopping_rule.h"

namespace cyclegate::compare {

/// Stops after a fixed number of runs a side, whatever they say: half as many blocks, rounded up (a block holds two
/// runs of each side), and at least one.
class FixedRuns final : public model::StoppingRule {
 public:
  /// `runs` is the number of timed runs a side, `measure.runs.min` of the configuration.
  explicit FixedRuns(std::uint32_t runs) : blocks_(runs < 2 ? 1 : runs / 2 + runs % 2) {}

  bool enough(const model::RunSet& base, const model::RunSet& head, std::uint32_t blocks) override;

 private:
  std::uint32_t blocks_;
};

}  // namespace cyclegate::compare
