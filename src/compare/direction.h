#pragma once

#include "model/metric.h"
#include "model/wide.h"

namespace cyclegate::compare {

/// Two values of one metric turned so that less is better: those of a higher-is-better metric change places, so that a
/// throughput is judged as the time it stands for (twice the throughput is as good as half the time).
struct Costs {
  model::Wide base = 0;
  model::Wide head = 0;
};

inline Costs as_costs(model::Better better, model::Wide base, model::Wide head) {
  return better == model::Better::lower ? Costs{base, head} : Costs{head, base};
}

/// Whether head is worse by more than `by`; from a cost of 0 any growth is more than anything.
inline bool worse_by_more_than(const Costs& costs, model::Millionths by) {
  if (costs.base == 0) return costs.head > 0;
  return model::grew_by_more_than(costs.base, costs.head, by);
}

}  // namespace cyclegate::compare
