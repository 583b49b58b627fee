#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "model/outcome.h"

namespace cyclegate::executors {

/// How an execution that did not end well ended. `code`: the guest's (exit) or the process's status (crashed); `pc`: of
/// the instruction that trapped.
inline model::Outcome failure(model::OutcomeKind kind, std::string why, std::optional<std::uint64_t> code = {},
                              std::optional<std::uint64_t> pc = {}) {
  return {.kind = kind, .code = code, .pc = pc, .why = std::move(why)};
}

/// The executor itself died or gave no usable answer.
inline model::Outcome crashed(std::string why, std::optional<std::uint64_t> code = {}) {
  return failure(model::OutcomeKind::crashed, std::move(why), code);
}

}  // namespace cyclegate::executors
