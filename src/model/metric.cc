#include "model/metric.h"

#include <algorithm>

namespace cyclegate::model {

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
