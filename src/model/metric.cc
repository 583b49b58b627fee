#include "model/metric.h"

#include <algorithm>

namespace cyclegate::model {

const std::vector<Metric>& built_in_metrics() {
  constexpr auto exact = MetricKind::exact;
  constexpr auto sampled = MetricKind::sampled;
  static const std::vector<Metric> metrics = {{"artifact_size", "bytes", exact},
                                              {"cells", "cells", exact},
                                              {"complexity", "complexity", exact},
                                              {"cost", "cost", exact},
                                              {"cost_main", "cost", exact},
                                              {"cost_memory", "cost", exact},
                                              {"cost_opcodes", "cost", exact},
                                              {"cost_precompiles", "cost", exact},
                                              {"cost_total", "cost", exact},
                                              {"cpu_cycles", "cycles", sampled},
                                              {"cycles", "cycles", exact},
                                              {"frops", "cost", exact},
                                              {"gas", "gas", exact},
                                              {"instructions", "instructions", exact},
                                              {"misaligned_accesses", "accesses", exact},
                                              {"paging_cycles", "cycles", exact},
                                              {"peak_memory", "bytes", sampled},
                                              {"proof_size", "bytes", exact},
                                              {"proving_time", "ns", sampled},
                                              {"retired_instructions", "retired_instructions", sampled},
                                              {"segments", "segments", exact},
                                              {"steps", "steps", exact},
                                              {"total_cycles", "cycles", exact},
                                              {"trace_area", "cells", exact},
                                              {"user_cycles", "cycles", exact},
                                              {"user_sys_time", "ns", sampled},
                                              {"wall_time", "ns", sampled}};
  return metrics;
}

std::string_view difference(const Metric& one, const Metric& other) {
  if (one.unit != other.unit) return "unit";
  if (one.kind != other.kind) return "kind";
  if (one.better != other.better) return "better";
  return {};
}

const Metric* find_metric(const std::vector<Metric>& metrics, std::string_view name) {
  const auto found = std::ranges::find(metrics, name, &Metric::name);
  return found == metrics.end() ? nullptr : &*found;
}

std::string_view to_string(MetricKind kind) {
  return kind == MetricKind::exact ? "exact" : "sampled";
}

std::string_view to_string(Better better) {
  return better == Better::lower ? "lower" : "higher";
}

}  // namespace cyclegate::model
