#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "executors/executor.h"
#include "measure/plan.h"
#include "model/metric.h"

namespace cyclegate::executors {
class Registry;
}

namespace cyclegate::measure {

/// An executor of the plan with what it said about itself.
struct PlannedExecutor {
  executors::Executor* executor = nullptr;
  executors::Description description;
  bool has_sampled = false;  ///< it gives a metric that differs from run to run
};
/// By the executors' names.
using PlannedExecutors = std::map<std::string, PlannedExecutor, std::less<>>;

/// Every executor that a cell of the plan names, asked once for its description. Those that are not available here are
/// among them. Throws model::Error: configuration (no such executor), measurement (not one of them is available).
PlannedExecutors planned_executors(const Plan& plan, executors::Registry& registry);

/// The executors that the plan has under head's cost model (Plan::repricing).
PlannedExecutors repricing_executors(const Plan& plan);

/// The metrics of all executors, each name once, in the executors' order; sampled ones where the plan times, and with
/// `wall_time` and a cell that has work, `throughput`. Throws model::Error (configuration) where two executors describe
/// a metric of one name differently, since one's description would judge the other's values.
std::vector<model::Metric> all_metrics(const PlannedExecutors& planned, const Plan& plan);

/// measure::identity of the plan under these executors.
std::string plan_identity(const Plan& plan, const PlannedExecutors& planned);

/// "the executor NAME is not available here: REASON".
std::string why_not(std::string_view executor, const executors::Description& description);

/// "the executor NAME is limited here: REASON".
std::string limits_of(std::string_view executor, const executors::Description& description);

}  // namespace cyclegate::measure
