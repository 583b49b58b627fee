#pragma once

#include <string>
#include <string_view>

#include "model/execution.h"

namespace cyclegate::model {

/// One execution as a `cyclegate.execution/1` document (docs/schemas/execution.schema.json), for programs.
/// `output_sha256` is of the public output, computed by the caller; empty when the guest failed.
std::string to_json(const Execution& execution, std::string_view output_sha256);

}  // namespace cyclegate::model
