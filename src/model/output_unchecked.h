#pragma once

#include <string_view>

namespace cyclegate::model {

/// Code of the warning of a run whose executor does not tell the guest's public output: its output_sha256 is empty, and
/// its numbers win nothing, not even what pays for a loss elsewhere, unless another executor gives the output of the
/// same artefact on that input.
inline constexpr std::string_view output_unchecked = "output-unchecked";

}  // namespace cyclegate::model
