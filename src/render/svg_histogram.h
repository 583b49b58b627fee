#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "model/comparison.h"
#include "render/svg.h"

namespace cyclegate::render {

/// Which rows of a breakdown come first.
enum class RowOrder {
  change,  ///< the largest absolute change first (where it is 0.1 % of the whole or more), then size
  size,    ///< the largest of base and head first
};

/// The rows of a breakdown that are shown, and all others summed.
struct SelectedRows {
  std::vector<model::BreakdownRow> rows;
  model::BreakdownRow rest;         ///< sum of the rows left out
  std::size_t rest_count = 0;       ///< how many these are; a single one is shown instead of summed
  model::BreakdownRow total;        ///< sum of all rows
  RowOrder order = RowOrder::size;  ///< the one used
};

/// At most `limit` rows. Functions come by change, because what moved is what a reviewer looks for among hundreds;
/// opcode and memory classes come by size.
SelectedRows select_rows(const model::Breakdown& breakdown, std::size_t limit);

/// `Cost by function`, `Steps by function`, `Count by opcode class`; `Weighted cost by memory class` where any input's
/// weight is not 1.
std::string breakdown_title(const model::Breakdown& breakdown);

/// Which inputs the sums are of: `5 inputs by weight`, `over 3 of 5 inputs`, `over 3 of 5 inputs by weight`; empty
/// where they are all of the guest's, once each.
std::string breakdown_scope(const model::Breakdown& breakdown);

/// Horizontal bars in pairs, base above head, on one linear axis that begins at 0; beside each pair the change and both
/// values, below them the rest as one named row. Deterministic bytes.
std::string breakdown_svg(const model::Breakdown& breakdown, std::size_t limit = 12, Theme theme = Theme::automatic);

/// Base above head on one shared axis: a dot per run, stacked where they meet, or bars where there are too many; the
/// medians as lines with their values. An empty distribution gives a picture that says so.
std::string distribution_svg(const model::Distribution& distribution, Theme theme = Theme::automatic);

/// The middle value, of two the mean rounded towards the lower; 0 without values.
std::int64_t median(std::vector<std::int64_t> values);

}  // namespace cyclegate::render
