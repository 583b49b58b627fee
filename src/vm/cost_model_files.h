#pragma once

#include <span>

#include "model/embedded_file.h"

namespace cyclegate::vm::cost_models {

/// The files of src/vm/cost-models, each a cost model in its text format.
std::span<const model::EmbeddedFile> embedded_files();

}  // namespace cyclegate::vm::cost_models
