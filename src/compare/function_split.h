#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "compare/cell_plan.h"

namespace cyclegate::compare {

/// What the first repetition gave for an exact metric; nullopt where the run does not have it.
std::optional<std::uint64_t> first_value(const model::CellRun& run, const std::string& metric);

/// Which metric the functions of a cell split, and which of their numbers it is the sum of.
struct FunctionSplit {
  std::string metric;
  bool by_cost = false;  ///< cost_self(), else steps_self

  /// On both sides the functions account for the whole metric, no more and no less.
  bool is_whole(const PlannedCell& cell) const;
  bool operator==(const FunctionSplit&) const = default;
};

/// The deciding metric where the functions of both sides have it, else what they have. `cell` must have run on both
/// sides.
FunctionSplit function_split(const PlannedCell& cell, const std::string& deciding);

}  // namespace cyclegate::compare
