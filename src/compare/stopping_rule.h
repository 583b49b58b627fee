#pragma once

#include <cstdint>
#include <set>
#include <vector>

#include "model/policy.h"
#include "model/stopping_rule.h"

namespace cyclegate::compare {

/// Looks at all cells together after the planned numbers of blocks (compare/look_schedule.h) and stops where more
/// blocks would be of no use: robust, as soon as every deciding cell has its answer; classic, when nothing is flaky, or
/// after the second look. After the last planned look in any case. In between it says nothing. Where no sampled metric
/// decides, it is `wall_time` that is looked at. It judges as compare() does of the same runs, but for what was
/// measured before: pinned variation, which only compare() knows, may widen the margin of a PASS there, never narrow
/// it.
class SequentialLooks final : public model::StoppingRule {
 public:
  /// `policy` is the one that decides (base's, where it has one); `planned` as planned_looks has them, not empty.
  SequentialLooks(model::Policy policy, std::vector<std::uint32_t> planned);

  bool enough(const model::RunSet& base, const model::RunSet& head, std::uint32_t blocks) override;
  /// A cell stops for itself at the first look that answers it.
  bool enough_of(const model::CellId& cell) override { return stopped_.contains(cell); }

 private:
  model::Policy policy_;
  std::vector<std::uint32_t> planned_;
  std::set<model::CellId> stopped_;  ///< at the last look
};

}  // namespace cyclegate::compare
