#pragma once

#include <string>
#include <string_view>

#include "model/comparison.h"

namespace cyclegate::model {

/// The Comparison as a `cyclegate.comparison/1` document (docs/schemas/comparison.schema.json): one finding per line,
/// equal values give equal bytes, a checksum at the end. Programs read this.
std::string to_json(const Comparison& comparison);

/// Inverse of to_json, with the same errors and warnings as run_set_from_json.
Comparison comparison_from_json(std::string_view text, std::string_view origin);

}  // namespace cyclegate::model
