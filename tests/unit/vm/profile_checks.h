#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "model/execution.h"

namespace cyclegate::test {

/// Checks what holds for the profile of every execution: callers before callees, no two nodes with the same caller and
/// frame, and each column's sum the execution's own number.
void check_profile(const model::Execution& execution);

/// Sum over all nodes of the columns whose name begins like this.
std::uint64_t column_sum(const model::Profile& profile, std::string_view prefix);

/// One line per node, in order: its frames from the outermost, joined by ';', then calls and own steps. `~` marks
/// inlined functions.
std::string folded(const model::Profile& profile);

}  // namespace cyclegate::test
