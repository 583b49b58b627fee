#pragma once

#include <string_view>

#include "model/patch_coverage.h"

namespace cyclegate::config {

/// Reads patch coverage data (docs/doctor.md), as strictly as cyclegate.yaml. Throws model::Error (configuration) with
/// every mistake and its `origin:line:column`.
model::PatchCoverage read_patch_coverage(std::string_view text, std::string_view origin);

}  // namespace cyclegate::config
