#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace cyclegate::model {

/// The kinds of cost that an executor splits functions into beyond CostParts, e.g. `opcode:multiply`,
/// `precompile:keccak`, `memory:ram-aligned-read`. Copies share one list, as thousands of runs have the same.
class CostKinds {
 public:
  /// As JSON: an array of strings.
  using Form = std::vector<std::string>;

  CostKinds() = default;
  explicit CostKinds(Form names);
  /// Never fails: what names mean is not known here.
  static std::optional<CostKinds> from_form(Form names) { return CostKinds(std::move(names)); }
  const Form& form() const;

  const std::vector<std::string>& names() const { return form(); }
  bool empty() const { return names_ == nullptr; }
  bool operator==(const CostKinds& other) const { return names_ == other.names_ || form() == other.form(); }

 private:
  std::shared_ptr<const Form> names_;  ///< null: none
};

/// What one function took itself, by the kinds of a CostKinds. Holds only what is not 0: large run sets have hundreds
/// of thousands of them in memory.
class CostSplit {
 public:
  /// As JSON: an array of numbers in the order of the kinds, without the zeros at its end.
  using Form = std::vector<std::uint64_t>;
  static constexpr std::size_t most_kinds = 64;

  CostSplit() = default;
  /// At most `most_kinds` numbers.
  explicit CostSplit(std::span<const std::uint64_t> costs);
  /// Nullopt for more than `most_kinds` numbers.
  static std::optional<CostSplit> from_form(const Form& costs);
  Form form() const;

  bool empty() const { return which_ == 0; }
  bool operator==(const CostSplit&) const = default;

 private:
  std::uint64_t which_ = 0;           ///< bit i: kind i is not 0
  std::vector<std::uint64_t> costs_;  ///< of those kinds
};

}  // namespace cyclegate::model
