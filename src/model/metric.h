#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace cyclegate::model {

/// Whether a metric is a function of (artefact, input, executor) or a noisy observation.
enum class MetricKind { exact, sampled };

/// Which direction is an improvement.
enum class Better { lower, higher };

/// A measured quantity. Exact metrics are integers and are compared as integers; sampled ones by tests.
struct Metric {
  std::string name;  ///< e.g. `cost`, `steps`, `wall_time`
  std::string unit;  ///< e.g. `cost`, `steps`, `ns`, `bytes`
  MetricKind kind = MetricKind::exact;
  Better better = Better::lower;

  bool operator==(const Metric&) const = default;
};

/// The metrics that the built-in executors measure, by name: one name means one thing in every run set. An executor of
/// one's own may measure one of them, but not describe it otherwise.
const std::vector<Metric>& built_in_metrics();

/// Which field the two describe differently (`unit`, `kind`, `better`); empty when none.
std::string_view difference(const Metric& one, const Metric& other);

/// The metric of that name, or nullptr.
const Metric* find_metric(const std::vector<Metric>& metrics, std::string_view name);

std::string_view to_string(MetricKind kind);
std::string_view to_string(Better better);

}  // namespace cyclegate::model
