#include "compare/function_split.h"

#include <algorithm>

#include "model/function_figures.h"
#include "model/wide.h"

namespace cyclegate::compare {
namespace {

bool accounts_for(const model::CellRun& run, const FunctionSplit& split) {
  const auto value = first_value(run, split.metric);
  model::Wide sum = 0;
  const model::FunctionFigures figures(run.functions, split.by_cost);
  for (const auto& row : run.functions) sum += figures.self(row);
  return value && sum == *value;
}

}  // namespace

std::optional<std::uint64_t> first_value(const model::CellRun& run, const std::string& metric) {
  const auto found = run.exact.find(metric);
  if (found == run.exact.end() || found->second.empty()) return std::nullopt;
  return found->second.front();
}

bool FunctionSplit::is_whole(const PlannedCell& cell) const {
  return accounts_for(*cell.base, *this) && accounts_for(*cell.head, *this);
}

FunctionSplit function_split(const PlannedCell& cell, const std::string& deciding) {
  const bool base = model::has_cost(cell.base->functions);
  const bool head = model::has_cost(cell.head->functions);
  const bool by_cost = base || head;
  // Where one side lacks costs (ziskemu loses call stacks) steps are what both tell.
  const bool one_sided = base != head;
  if (one_sided && FunctionSplit{"steps", false}.is_whole(cell)) return {"steps", false};
  if (by_cost && FunctionSplit{deciding, true}.is_whole(cell)) return {deciding, true};
  if (FunctionSplit{deciding, false}.is_whole(cell)) return {deciding, false};
  if (!by_cost) return {"steps", false};
  for (const char* metric : {"cost", "cycles"}) {
    if (first_value(*cell.base, metric) && first_value(*cell.head, metric)) return {metric, true};
  }
  return {deciding, true};
}

}  // namespace cyclegate::compare
