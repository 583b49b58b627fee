#pragma once

#include "differential/workbench.h"

namespace cyclegate::differential {

// Each emits one unit of straight-line code: operands, one instruction of interest or two, and what keeps the result.

void register_unit(Workbench& bench);   ///< an instruction on registers only
void immediate_unit(Workbench& bench);  ///< with an immediate or a shift amount
void upper_unit(Workbench& bench);      ///< lui or auipc
void load_unit(Workbench& bench);       ///< at any alignment
void store_unit(Workbench& bench);      ///< at any alignment, sometimes read back at another width
void atomic_unit(Workbench& bench);     ///< amo*, aligned: Linux refuses others
/// lr and sc to one address with nothing between them that could break the reservation, so that sc succeeds on both.
void reserved_unit(Workbench& bench);
void fence_unit(Workbench& bench);

}  // namespace cyclegate::differential
