#include "compare/metric_table.h"

namespace cyclegate::compare {

MetricTable::MetricTable(const std::vector<model::Metric>& base, const std::vector<model::Metric>& head) {
  for (const auto* side : {&base, &head}) {
    for (const auto& metric : *side) {
      const auto [found, fresh] = by_name_.emplace(metric.name, all_.size());
      if (fresh) {
        all_.push_back(metric);
        continue;
      }
      const auto& known = all_[found->second];
      if (known.unit != metric.unit) conflicts_[metric.name] = "unit";
      if (known.kind != metric.kind) conflicts_[metric.name] = "kind";
      if (known.better != metric.better) conflicts_[metric.name] = "better";
    }
  }
}

model::Better MetricTable::better(const std::string& name) const {
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? model::Better::lower : all_[found->second].better;
}

std::string_view MetricTable::conflict(const std::string& name) const {
  if (conflicts_.empty()) return {};
  const auto found = conflicts_.find(name);
  return found == conflicts_.end() ? std::string_view{} : found->second;
}

}  // namespace cyclegate::compare
