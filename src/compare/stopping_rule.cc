#include "compare/stopping_rule.h"

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <utility>

#include "compare/acknowledgements.h"
#include "compare/cell_judge.h"
#include "compare/cell_plan.h"
#include "compare/metric_table.h"
#include "compare/sampled_judge.h"

namespace cyclegate::compare {

SequentialLooks::SequentialLooks(model::Policy policy, std::vector<std::uint32_t> planned)
    : policy_(std::move(policy)), planned_(std::move(planned)) {
  if (planned_.empty()) throw std::invalid_argument("stopping rule: no looks are planned");
}

bool SequentialLooks::enough(const model::RunSet& base, const model::RunSet& head, std::uint32_t blocks) {
  if (blocks >= planned_.back()) return true;
  if (std::ranges::find(planned_, blocks) == planned_.end()) return false;
  const CellPlan plan = plan_cells(base, head);
  const MetricTable metrics(base.metrics, head.metrics);
  const Acknowledgements acknowledgements(policy_, nullptr, "");
  SampledJudge samples(policy_, planned_, std::nullopt);
  // Without rules of base nothing is compared, and nothing waits for more blocks.
  CellJudge judge(policy_, base.policy.has_value(), metrics, acknowledgements, samples, nullptr);
  for (const auto& cell : plan.cells) judge.judge(cell);
  if (samples.enough()) return true;
  stopped_.clear();
  for (const auto& cell : plan.cells) {
    if (samples.enough_of(cell.cell)) stopped_.insert(cell.cell);
  }
  return false;
}

}  // namespace cyclegate::compare
