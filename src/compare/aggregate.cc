#include "compare/aggregate.h"

#include <map>
#include <string_view>
#include <utility>

namespace cyclegate::compare {
namespace {

void take(const SampledGroup& group, model::Aggregate& aggregate) {
  aggregate.estimate = group.estimate;
  aggregate.interval = group.interval;
  aggregate.p_value = group.p_worse;
}

}  // namespace

std::vector<model::Aggregate> aggregate_guest(const JudgedRange& judged) {
  std::map<std::pair<std::string_view, std::string_view>, model::Aggregate> sums;
  for (const Judged& cell : judged) {
    if (!cell.comparable || cell.finding.cell.input.empty()) continue;
    const model::Finding& finding = cell.finding;
    model::Aggregate& aggregate = sums[{finding.cell.executor, finding.metric}];
    if (aggregate.inputs == 0) {
      aggregate.guest = finding.cell.guest;
      aggregate.executor = finding.cell.executor;
      aggregate.metric = finding.metric;
      aggregate.deciding = finding.deciding;
    }
    ++aggregate.inputs;
    aggregate.weight += finding.weight;
    if (cell.sampled != nullptr) {
      take(*cell.sampled->group, aggregate);
      continue;
    }
    aggregate.base += static_cast<model::Wide>(finding.weight) * *finding.change.base;
    aggregate.head += static_cast<model::Wide>(finding.weight) * *finding.change.head;
  }
  std::vector<model::Aggregate> aggregates;
  aggregates.reserve(sums.size());
  for (auto& [key, aggregate] : sums) aggregates.push_back(std::move(aggregate));
  return aggregates;
}

}  // namespace cyclegate::compare
