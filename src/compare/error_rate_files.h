#pragma once

#include <span>

#include "model/embedded_file.h"

namespace cyclegate::compare::error_rates {

/// error-rates.tsv, which method_notes reads.
std::span<const model::EmbeddedFile> embedded_files();

}  // namespace cyclegate::compare::error_rates
