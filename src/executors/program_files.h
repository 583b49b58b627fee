#pragma once

#include <span>

#include "model/embedded_file.h"

namespace cyclegate::executors::programs {

/// executors/programs.tsv with a last column, the name of the program's directory in the cache.
std::span<const model::EmbeddedFile> embedded_files();

}  // namespace cyclegate::executors::programs
