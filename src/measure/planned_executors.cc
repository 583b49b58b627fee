#include "measure/planned_executors.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "executors/registry.h"
#include "model/error.h"

namespace cyclegate::measure {

using model::Error;
using model::ErrorKind;

namespace {

/// One name means one thing in a run set: throws where two executors describe a metric differently, since one's
/// description would judge the other's values.
void require_one_meaning(const PlannedExecutors& planned) {
  std::map<std::string_view, std::pair<std::string_view, const model::Metric*>> known;
  for (const auto& [name, entry] : planned) {
    for (const model::Metric& metric : entry.description.metrics) {
      const auto [found, fresh] = known.try_emplace(metric.name, name, &metric);
      const auto& [other, described] = found->second;
      const std::string_view field = difference(*described, metric);
      if (fresh || field.empty()) continue;
      const auto shown = [](const model::Metric& one) {
        return fmt::format("unit {}, {}, {} is better", one.unit, to_string(one.kind), to_string(one.better));
      };
      throw Error(ErrorKind::configuration,
                  fmt::format("the executors {} and {} describe the metric {} with a different {} ({}; {}): give one "
                              "of them another name",
                              other, name, metric.name, field, shown(*described), shown(metric)));
    }
  }
}

}  // namespace

std::string why_not(std::string_view executor, const executors::Description& description) {
  return fmt::format("the executor {} is not available here: {}", executor, description.unavailable);
}

std::string limits_of(std::string_view executor, const executors::Description& description) {
  return fmt::format("the executor {} is limited here: {}", executor, description.limited);
}

PlannedExecutors planned_executors(const Plan& plan, executors::Registry& registry) {
  PlannedExecutors planned;
  std::string unavailable;
  bool any = false;
  for (const PlannedCell& cell : plan.cells) {
    if (planned.contains(cell.cell.executor)) continue;
    executors::Executor& executor = registry.get(cell.cell.executor);
    PlannedExecutor entry{.executor = &executor, .description = executor.describe()};
    if (entry.description.unavailable.empty()) {
      any = true;
    } else if (unavailable.empty()) {
      unavailable = why_not(cell.cell.executor, entry.description);
    }
    entry.has_sampled = std::ranges::any_of(entry.description.metrics, [](const model::Metric& metric) {
      return metric.kind == model::MetricKind::sampled;
    });
    planned.emplace(cell.cell.executor, std::move(entry));
  }
  if (!planned.empty() && !any) throw Error(ErrorKind::measurement, unavailable);
  return planned;
}

PlannedExecutors repricing_executors(const Plan& plan) {
  PlannedExecutors planned;
  for (const auto& [name, executor] : plan.repricing) {
    planned.emplace(name, PlannedExecutor{.executor = executor.get(), .description = executor->describe()});
  }
  return planned;
}

std::vector<model::Metric> all_metrics(const PlannedExecutors& planned, const Plan& plan) {
  require_one_meaning(planned);
  const bool timed = plan.settings.timed;
  std::vector<model::Metric> metrics;
  for (const auto& [name, entry] : planned) {
    for (const model::Metric& metric : entry.description.metrics) {
      if (metric.kind == model::MetricKind::sampled && !timed) continue;
      if (find_metric(metrics, metric.name) == nullptr) metrics.push_back(metric);
    }
  }
  const bool works = std::ranges::any_of(plan.cells, [](const PlannedCell& cell) { return cell.work > 0; });
  if (timed && works && find_metric(metrics, "wall_time") != nullptr) {
    metrics.push_back({.name = "throughput",
                       .unit = plan.settings.work_unit + "/s",
                       .kind = model::MetricKind::sampled,
                       .better = model::Better::higher});
  }
  return metrics;
}

std::string plan_identity(const Plan& plan, const PlannedExecutors& planned) {
  std::vector<executors::Description> descriptions;
  for (const auto& [name, entry] : planned) descriptions.push_back(entry.description);
  return identity(plan, descriptions);
}

}  // namespace cyclegate::measure
