#pragma once

#include "model/profile.h"

namespace cyclegate::profile {

/// Throws model::Error{configuration} naming the origin and the first violation of the invariants in model/profile.h:
/// columns with different names, frames with a name, callers before callees, no two nodes with the same parent and
/// frame, as many weights as nodes x columns, sums within 64 bits, and parts that sum to their whole on every node.
void check(const model::Profile& profile);

}  // namespace cyclegate::profile
