#pragma once

#include <string_view>

namespace cyclegate::model {

/// Code of the warning of a run whose repetitions gave different outputs; its output_sha256 is that of the first.
inline constexpr std::string_view nondeterministic_output = "nondeterministic-output";

}  // namespace cyclegate::model
