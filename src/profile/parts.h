#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "model/profile.h"

namespace cyclegate::profile {

/// The columns that are direct parts of column `whole`: their name is its name, ':' and more, and no other column lies
/// between (`cost:opcode:mul` is a part of `cost:opcode` where that is a column, else of `cost`).
std::vector<std::size_t> parts_of(std::span<const model::ProfileColumn> columns, std::size_t whole);

/// parts_of for every column.
std::vector<std::vector<std::size_t>> all_parts(std::span<const model::ProfileColumn> columns);

/// How often each place was entered, where a file holds it beside the weights: profiles keep it as ProfileNode::calls.
inline constexpr std::string_view kCalls = "calls";

/// Whether the profile knows how often its functions were called.
bool has_calls(const model::Profile& profile);

/// The column of that name; columns.size() where there is none.
std::size_t find_column(std::span<const model::ProfileColumn> columns, std::string_view name);

/// A part that never occurs has no column. Where only one of the two profiles has `column`, the other gets it with
/// nothing but 0, if it counts the same whole in parts, too; else it stays as it is.
void add_missing_part(model::Profile& one, model::Profile& other, std::string_view column);

}  // namespace cyclegate::profile
