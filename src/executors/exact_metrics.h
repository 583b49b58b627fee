#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "model/execution.h"
#include "model/metric.h"

namespace cyclegate::executors {

/// The exact metrics of executors with ZisK's cost model, in the order reports show them: `cost` (VARIABLE), `steps`,
/// `cost_total` (VARIABLE + BASE), the four parts of `cost`, `frops` (cost that frequent operations avoided; it moves
/// with the amount of work, so that it informs and never decides) and `misaligned_accesses`.
std::vector<model::Metric> cost_model_metrics();

/// The sampled metrics of a process: `wall_time` and `user_sys_time` in ns, `peak_memory` in bytes.
std::vector<model::Metric> process_metrics();

/// Metric name to value, as cost_model_metrics names them, and the execution's own further metrics; without the cost
/// metrics when it has no cost, without `misaligned_accesses` when the executor does not count them.
std::map<std::string, std::uint64_t> exact_values(const model::Execution& execution);

}  // namespace cyclegate::executors
