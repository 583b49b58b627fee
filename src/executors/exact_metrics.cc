#include "executors/exact_metrics.h"

namespace cyclegate::executors {

using model::Better;
using model::Metric;
using model::MetricKind;

std::vector<Metric> cost_model_metrics() {
  const auto exact = [](const char* name, const char* unit) {
    return Metric{.name = name, .unit = unit, .kind = MetricKind::exact, .better = Better::lower};
  };
  return {exact("cost", "cost"),        exact("steps", "steps"),       exact("cost_total", "cost"),
          exact("cost_main", "cost"),   exact("cost_opcodes", "cost"), exact("cost_precompiles", "cost"),
          exact("cost_memory", "cost"), exact("frops", "cost"),        exact("misaligned_accesses", "accesses")};
}

std::vector<Metric> process_metrics() {
  const auto sampled = [](const char* name, const char* unit) {
    return Metric{.name = name, .unit = unit, .kind = MetricKind::sampled, .better = Better::lower};
  };
  return {sampled("wall_time", "ns"), sampled("user_sys_time", "ns"), sampled("peak_memory", "bytes")};
}

std::map<std::string, std::uint64_t> exact_values(const model::Execution& execution) {
  std::map<std::string, std::uint64_t> values = execution.metrics;
  values["steps"] = execution.steps;
  if (execution.misaligned_accesses) values["misaligned_accesses"] = *execution.misaligned_accesses;
  if (execution.cost) {
    const model::Cost& cost = *execution.cost;
    values["cost"] = cost.variable();
    values["cost_total"] = cost.total();
    values["cost_main"] = cost.parts.main;
    values["cost_opcodes"] = cost.parts.opcodes;
    values["cost_precompiles"] = cost.parts.precompiles;
    values["cost_memory"] = cost.parts.memory;
    values["frops"] = cost.frops;
  }
  return values;
}

}  // namespace cyclegate::executors
