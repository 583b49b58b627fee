#pragma once

#include <string_view>

namespace cyclegate::model {

/// Code of the warning of a run whose executor does not tell the guest's public output: its output_sha256 is empty, and
/// its numbers win nothing unless another executor checks the output of that guest on that input.
inline constexpr std::string_view output_unchecked = "output-unchecked";

}  // namespace cyclegate::model
