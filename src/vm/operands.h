#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "vm/operation.h"

namespace cyclegate::vm {

/// What a precompile with one or two operands does to their words. Returns why it cannot (ziskemu panics there), empty
/// when it has written the result.
using OperandFunction = std::string_view (*)(const std::uint64_t* first, const std::uint64_t* second,
                                             std::uint64_t* result);

/// An addition of points that also doubles the sum (vm/curves.h).
using AddAndDouble = std::string_view (*)(const std::uint64_t* first, const std::uint64_t* second,
                                          std::uint64_t* result, std::uint64_t* doubled, bool& has_double);

/// A precompile that reads `first` words at its first operand and `second` words at its second one (0: it has one), and
/// writes `first` words back to the first one.
struct OperandPrecompile {
  std::size_t first = 0;
  std::size_t second = 0;
  OperandFunction function = nullptr;
  AddAndDouble add_and_double = nullptr;  ///< additions of points only
  Operation doubling = Operation::add;    ///< that of the same curve; of both, additions and doublings
};

/// Most words of one operand.
inline constexpr std::size_t most_operand_words = 16;

/// The double of the last sum of points, made with it because guests mostly ask for it next.
class NextDouble {
 public:
  /// Whether guests have lately asked for it often enough to make it.
  bool wanted() const { return unused_ < most_unused; }
  /// Keeps a sum; `doubled` is its double or nullptr when that was not made.
  void keep(Operation doubling, const std::uint64_t* sum, const std::uint64_t* doubled, std::size_t words);
  /// The double of a point if it is the kept one.
  const std::uint64_t* find(Operation doubling, const std::uint64_t* point, std::size_t words);

 private:
  static constexpr unsigned most_unused = 4;

  std::array<std::uint64_t, most_operand_words> sum_{};
  std::array<std::uint64_t, most_operand_words> doubled_{};
  Operation doubling_ = Operation::add;
  bool has_double_ = false;
  unsigned unused_ = 0;  ///< doubles made in a row that nobody asked for
};

/// The precompile of an operation; function is nullptr when it has another form.
OperandPrecompile operand_precompile(Operation operation);

}  // namespace cyclegate::vm
