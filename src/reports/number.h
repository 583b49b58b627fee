#pragma once

#include <cstdint>
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

/// Reads `123`, `50,344` (groups of three) or `12.30`; nullopt for anything else and for more than 64 bits.
std::optional<Number> parse_number(std::string_view text);

/// As parse_number, but a whole number only.
std::optional<std::uint64_t> parse_count(std::string_view text);

/// The digits with their point, as JSON wants them: `50344`, `12.30`; `null` for none.
std::string to_string(const Number& number);

}  // namespace cyclegate::reports
