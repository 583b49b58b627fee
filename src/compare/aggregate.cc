#include "compare/aggregate.h"

#include <cmath>
#include <map>
#include <string_view>
#include <utility>

#include "stats/stratified.h"
#include "stats/summary.h"

namespace cyclegate::compare {
namespace {

struct Sum {
  model::Aggregate aggregate;
  std::vector<const Judged*> sampled;
};

void estimate_robust(const std::vector<const Judged*>& cells, model::Aggregate& aggregate) {
  std::vector<double> logs;
  std::vector<double> weights;
  std::vector<stats::Stratum> strata;
  for (const Judged* cell : cells) {
    logs.push_back(cell->sampled->log_estimate);
    weights.push_back(static_cast<double>(cell->finding.weight));
    strata.push_back({&*cell->sampled->test, weights.back(), logs.back()});
  }
  aggregate.estimate = stats::weighted_geometric_mean(logs, weights) - 1;
  if (strata.size() == 1) {
    // One stratum: its own exact interval says more than the approximation.
    aggregate.interval = cells.front()->finding.change.interval;
    return;
  }
  constexpr double level = 0.95;
  const stats::LogInterval interval = stats::stratified_interval(strata, (1 - level) / 2);
  aggregate.interval = {std::expm1(interval.low), std::expm1(interval.high), level};
}

void estimate_classic(const std::vector<const Judged*>& cells, model::Aggregate& aggregate) {
  double base = 0;
  double head = 0;
  for (const Judged* cell : cells) {
    base += static_cast<double>(cell->finding.weight) * cell->sampled->base_mean;
    head += static_cast<double>(cell->finding.weight) * cell->sampled->head_mean;
  }
  aggregate.estimate = head / base - 1;
}

}  // namespace

std::vector<model::Aggregate> aggregate_guest(const JudgedRange& judged, const model::Policy& policy) {
  std::map<std::pair<std::string_view, std::string_view>, Sum> sums;
  for (const Judged& cell : judged) {
    if (!cell.comparable || cell.finding.cell.input.empty()) continue;
    const model::Finding& finding = cell.finding;
    Sum& sum = sums[{finding.cell.executor, finding.metric}];
    model::Aggregate& aggregate = sum.aggregate;
    if (aggregate.inputs == 0) {
      aggregate.guest = finding.cell.guest;
      aggregate.executor = finding.cell.executor;
      aggregate.metric = finding.metric;
      aggregate.deciding = finding.deciding;
    }
    ++aggregate.inputs;
    aggregate.weight += finding.weight;
    if (cell.sampled != nullptr) {
      sum.sampled.push_back(&cell);
      continue;
    }
    aggregate.base += static_cast<model::Wide>(finding.weight) * *finding.change.base;
    aggregate.head += static_cast<model::Wide>(finding.weight) * *finding.change.head;
  }
  std::vector<model::Aggregate> aggregates;
  aggregates.reserve(sums.size());
  for (auto& [key, sum] : sums) {
    if (!sum.sampled.empty()) {
      if (policy.methodology == model::Methodology::robust)
        estimate_robust(sum.sampled, sum.aggregate);
      else
        estimate_classic(sum.sampled, sum.aggregate);
    }
    aggregates.push_back(std::move(sum.aggregate));
  }
  return aggregates;
}

}  // namespace cyclegate::compare
