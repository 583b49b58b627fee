#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "model/execution.h"

namespace cyclegate::model {

/// Whether any of a run's functions has a cost, and not steps alone.
bool has_cost(std::span<const FunctionCost> functions);

/// What a run's functions took, by cost or by steps. An executor that does not tell what functions took with their
/// callees, or how often they were called, leaves these 0 (ziskemu: steps with callees always, calls and costs where it
/// has no profile). Only here such a 0 is told from a measured one.
class FunctionFigures {
 public:
  FunctionFigures(std::span<const FunctionCost> functions, bool by_cost);

  bool has_totals() const { return has_totals_; }  ///< of every function
  bool has_calls() const { return has_calls_; }    ///< of any function

  std::uint64_t self(const FunctionCost& function) const;
  /// With callees; nullopt: not known.
  std::optional<std::uint64_t> total(const FunctionCost& function) const;
  /// nullopt: not known; a function that ran was entered.
  std::optional<std::uint64_t> calls(const FunctionCost& function) const;

 private:
  std::uint64_t with_callees(const FunctionCost& function) const;

  bool by_cost_;
  bool has_any_total_ = false;
  bool has_totals_ = false;
  bool has_calls_ = false;
};

}  // namespace cyclegate::model
