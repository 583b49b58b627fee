#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "model/execution.h"

namespace cyclegate::render {

/// One execution for people at a prompt: how it ended, steps, cost and where it went. `top` rows of each table; the
/// rows left out are counted. What the guest printed and named is shown without control characters.
std::string execution_text(const model::Execution& execution, std::string_view output_sha256, std::size_t top);

}  // namespace cyclegate::render
