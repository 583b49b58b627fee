#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cyclegate::model {

/// 128-bit unsigned integer, in which weighted sums of 64-bit metrics are formed and compared exactly.
__extension__ using Wide = unsigned __int128;

/// A difference of two sums.
__extension__ using WideChange = __int128;

/// Decimal digits, no separators.
std::string to_decimal(Wide value);
/// The same with a `-` in front of what is negative.
std::string to_signed_decimal(WideChange value);
/// With a comma before each group of three digits, for people: `1,234,567`.
std::string thousands(Wide value);
/// Inverse of to_decimal; nullopt for anything but 1-39 digits that fit.
std::optional<Wide> wide_from(std::string_view digits);
/// Inverse of to_signed_decimal for differences of at most 38 digits.
std::optional<WideChange> wide_change_from(std::string_view digits);

/// A relative quantity in millionths: 0.5 % is 5,000, the ratio 1.10x is 1,100,000. Kept as an integer so that
/// comparing an exact metric with a threshold never involves floating point.
struct Millionths {
  std::int64_t value = 0;

  auto operator<=>(const Millionths&) const = default;
};

inline constexpr std::int64_t one_million = 1'000'000;

/// head/base > 1 + by, in integers. base must not be 0 with a meaning of its own: callers treat it before.
bool grew_by_more_than(Wide base, Wide head, Millionths by);
/// head/base < 1 - by, in integers.
bool shrank_by_more_than(Wide base, Wide head, Millionths by);
/// head/base <= 1 - by, in integers.
bool shrank_by_at_least(Wide base, Wide head, Millionths by);
/// head > ratio * base, in integers.
bool exceeds_ratio(Wide base, Wide head, Millionths ratio);

}  // namespace cyclegate::model
