#pragma once

#include "differential/workbench.h"

namespace cyclegate::differential {

/// Emits one unit that only ZisK 1.4.0-alpha can run: an access to a CSR, to the ends of its memory zones, a DMA call
/// in any form, a precompile, or an fcall with its results.
void zisk_unit(Workbench& bench);

/// Emits a loop that folds the data segment into the 32 words of ZisK's public output, for the end of a program: it
/// uses registers as it likes.
void fold_data_into_output(Workbench& bench);

}  // namespace cyclegate::differential
