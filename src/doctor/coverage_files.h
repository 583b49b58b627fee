#pragma once

#include <span>

#include "model/embedded_file.h"

namespace cyclegate::doctor::coverage_files {

/// patch-coverage.yaml, as the build embedded it.
std::span<const model::EmbeddedFile> embedded_files();

}  // namespace cyclegate::doctor::coverage_files
