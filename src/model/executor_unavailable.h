#pragma once

#include <string_view>

namespace cyclegate::model {

/// Code of the warning of a run, and of its run set, that could not be made because the machine lacks what its executor
/// needs: a program, a key, memory. It says nothing of the guest, good or bad.
inline constexpr std::string_view executor_unavailable = "executor-unavailable";

}  // namespace cyclegate::model
