#include "model/function_figures.h"

#include <algorithm>

namespace cyclegate::model {

bool has_cost(std::span<const FunctionCost> functions) {
  return std::ranges::any_of(functions, [](const auto& function) { return function.cost_self() > 0; });
}

FunctionFigures::FunctionFigures(std::span<const FunctionCost> functions, bool by_cost) : by_cost_(by_cost) {
  has_any_total_ = std::ranges::any_of(functions, [this](const auto& row) { return with_callees(row) > 0; });
  has_totals_ = std::ranges::all_of(functions, [this](const auto& row) { return total(row).has_value(); });
  has_calls_ = std::ranges::any_of(functions, [](const auto& row) { return row.calls > 0; });
}

std::uint64_t FunctionFigures::self(const FunctionCost& function) const {
  return by_cost_ ? function.cost_self() : function.steps_self;
}

std::uint64_t FunctionFigures::with_callees(const FunctionCost& function) const {
  return by_cost_ ? function.cost_total() : function.steps_total;
}

std::optional<std::uint64_t> FunctionFigures::total(const FunctionCost& function) const {
  // It is at least what the function took itself.
  if (!has_any_total_ || with_callees(function) < self(function)) return std::nullopt;
  return with_callees(function);
}

std::optional<std::uint64_t> FunctionFigures::calls(const FunctionCost& function) const {
  if (function.calls == 0) return std::nullopt;
  return function.calls;
}

}  // namespace cyclegate::model
