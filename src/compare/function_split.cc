#include "compare/function_split.h"

#include <algorithm>

#include "model/wide.h"

namespace cyclegate::compare {
namespace {

bool accounts_for(const model::CellRun& run, const FunctionSplit& split) {
  const auto value = first_value(run, split.metric);
  model::Wide sum = 0;
  for (const auto& row : run.functions) sum += split.by_cost ? row.cost_self() : row.steps_self;
  return value && sum == *value;
}

}  // namespace

std::optional<std::uint64_t> first_value(const model::CellRun& run, const std::string& metric) {
  const auto found = run.exact.find(metric);
  if (found == run.exact.end() || found->second.empty()) return std::nullopt;
  return found->second.front();
}

bool has_cost(const model::CellRun& run) {
  return std::ranges::any_of(run.functions, [](const auto& row) { return row.cost_self() > 0; });
}

bool FunctionSplit::is_whole(const PlannedCell& cell) const {
  return accounts_for(*cell.base, *this) && accounts_for(*cell.head, *this);
}

FunctionSplit function_split(const PlannedCell& cell, const std::string& deciding) {
  const bool by_cost = has_cost(*cell.base) || has_cost(*cell.head);
  if (by_cost && FunctionSplit{deciding, true}.is_whole(cell)) return {deciding, true};
  if (FunctionSplit{deciding, false}.is_whole(cell)) return {deciding, false};
  if (!by_cost) return {"steps", false};
  for (const char* metric : {"cost", "cycles"}) {
    if (first_value(*cell.base, metric) && first_value(*cell.head, metric)) return {metric, true};
  }
  return {deciding, true};
}

}  // namespace cyclegate::compare
