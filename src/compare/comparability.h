#pragma once

#include <string>

#include "model/run_set.h"

namespace cyclegate::compare {

/// Whether the two runs are of different artefacts that different compilers built; no, where either is not known.
bool other_toolchain(const model::CellRun& one, const model::CellRun& other);

/// Why exact numbers of these two runs of one cell cannot be compared, with both values: another input, executor,
/// version, option or cost model, or another compiler in another session. Empty when they can be.
std::string incomparability(const model::CellRun& base, const model::CellRun& head);

}  // namespace cyclegate::compare
