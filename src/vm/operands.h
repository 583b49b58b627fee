#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "vm/operation.h"

namespace cyclegate::vm {

/// What a precompile with one or two operands does to their words. Returns why it cannot (ziskemu panics there), empty
/// when it has written the result.
using OperandFunction = std::string_view (*)(const std::uint64_t* first, const std::uint64_t* second,
                                             std::uint64_t* result);

/// A precompile that reads `first` words at its first operand and `second` words at its second one (0: it has one), and
/// writes `first` words back to the first one.
struct OperandPrecompile {
  std::size_t first = 0;
  std::size_t second = 0;
  OperandFunction function = nullptr;
};

/// Most words of one operand.
inline constexpr std::size_t most_operand_words = 16;

/// The precompile of an operation; function is nullptr when it has another form.
OperandPrecompile operand_precompile(Operation operation);

}  // namespace cyclegate::vm
