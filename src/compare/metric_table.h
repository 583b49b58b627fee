#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "model/metric.h"

namespace cyclegate::compare {

/// The metrics of both sides by name.
class MetricTable {
 public:
  MetricTable(const std::vector<model::Metric>& base, const std::vector<model::Metric>& head);

  /// All of them: base's order, then those that only head has. Where both describe one differently, base's word counts.
  const std::vector<model::Metric>& all() const { return all_; }

  /// Which way is better; lower for a metric that nobody described.
  model::Better better(const std::string& name) const;

  /// What the two sides describe differently of that metric (`unit`, `kind`, `better`), or empty.
  std::string_view conflict(const std::string& name) const;

 private:
  std::vector<model::Metric> all_;
  std::unordered_map<std::string, std::size_t> by_name_;
  std::unordered_map<std::string, std::string_view> conflicts_;
};

}  // namespace cyclegate::compare
