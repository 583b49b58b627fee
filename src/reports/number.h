#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

namespace cyclegate::reports {

/// A number exactly as a report prints it, without its thousands separators: `50,344` is {50344, 0}, `12.30` is
/// {1230, 2}. Nothing is rounded and nothing passes through floating point.
struct Number {
  std::uint64_t digits = 0;   ///< all digits, the point left out
  std::uint8_t decimals = 0;  ///< how many of them stand behind the point

  /// A value that the report leaves open: `-`, `NaN%`, `inf%`.
  static constexpr Number none() { return {0, 0xff}; }
  bool is_none() const { return decimals == 0xff; }
  bool operator==(const Number&) const = default;
};

/// The numbers of one row, without memory of their own: a report has many rows.
class Values {
 public:
  static constexpr std::size_t capacity = 12;

  Values() = default;
  Values(std::initializer_list<Number> numbers) {
    for (const Number& number : numbers) push_back(number);
  }
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  /// Precondition: at < size().
  Number operator[](std::size_t at) const { return {digits_[at], decimals_[at]}; }
  /// Beyond the capacity nothing happens.
  void push_back(Number number) {
    if (size_ == capacity) return;
    digits_[size_] = number.digits;
    decimals_[size_] = number.decimals;
    ++size_;
  }
  bool operator==(const Values&) const = default;

 private:
  std::array<std::uint64_t, capacity> digits_ = {};
  std::array<std::uint8_t, capacity> decimals_ = {};
  std::uint8_t size_ = 0;
};

/// Reads `123`, `50,344` (groups of three) or `12.30`; nullopt for anything else and for more than 64 bits.
std::optional<Number> parse_number(std::string_view text);

/// As parse_number, but a whole number only.
std::optional<std::uint64_t> parse_count(std::string_view text);

/// The digits with their point, as JSON wants them: `50344`, `12.30`; `null` for none.
std::string to_string(const Number& number);

}  // namespace cyclegate::reports
