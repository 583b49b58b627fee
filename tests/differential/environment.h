#pragma once

#include <cstdint>

namespace cyclegate::differential {

/// The number that an environment variable holds, or `otherwise` when it is not set. Throws std::runtime_error naming
/// the variable when it holds anything else.
std::uint64_t number_from_environment(const char* name, std::uint64_t otherwise);

}  // namespace cyclegate::differential
