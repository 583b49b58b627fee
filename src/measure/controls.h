#pragma once

#include <cstdint>
#include <vector>

#include "measure/plan.h"
#include "measure/timing.h"
#include "model/run_set.h"

namespace cyclegate::measure {

/// The controls of a timed session (model::Control): the timed cell that takes the fewest steps, because they cost as
/// many runs as a cell, base against itself; once as it is and once with head's runs made 3 % longer.
class Controls {
 public:
  /// Adds the controls' frames to both run sets. `cells`: the timed cells, at least one; all outlive this.
  Controls(const std::vector<Timing::Cell>& cells, model::RunSet& base, model::RunSet& head);
  // Timing cells point into it.
  Controls(const Controls&) = delete;
  Controls& operator=(const Controls&) = delete;

  /// Adds the controls as cells to be timed, numbered from `first` on.
  void add_to(std::vector<Timing::Cell>& cells, std::uint32_t first);

  /// Drops their exact metrics, which were only there to hold the timed runs to them.
  void drop_exact();

 private:
  Timing::Cell shortest_;
  model::RunSet& base_;
  model::RunSet& head_;
  std::vector<PlannedCell> planned_;
};

}  // namespace cyclegate::measure
