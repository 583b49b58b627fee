#include "executors/picked_number.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <system_error>

#include "model/text.h"
#include "model/wide.h"

namespace cyclegate::executors {
namespace {

/// Far beyond any exponent that a number in range has; longer ones are not told apart.
constexpr std::int64_t largest_exponent = 1'000'000;
/// Of 2^63, with one to spare.
constexpr std::int64_t most_digits = 20;

/// `digits` times 10 to the `exponent`.
struct Decimal {
  std::string digits;
  std::int64_t exponent = 0;
};

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

std::optional<std::int64_t> exponent_of(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  if (text.empty() || !std::ranges::all_of(text, is_digit)) return std::nullopt;
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || value > largest_exponent) value = largest_exponent;
  return negative ? -value : value;
}

std::optional<Decimal> decimal_of(std::string_view text) {
  Decimal number;
  if (const std::size_t at = text.find_first_of("eE"); at != std::string_view::npos) {
    const auto exponent = exponent_of(text.substr(at + 1));
    if (!exponent) return std::nullopt;
    number.exponent = *exponent;
    text = text.substr(0, at);
  }
  if (const std::size_t point = text.find('.'); point != std::string_view::npos) {
    const std::string_view fraction = text.substr(point + 1);
    if (fraction.empty() || !std::ranges::all_of(fraction, is_digit)) return std::nullopt;
    number.digits = fraction;
    number.exponent -= static_cast<std::int64_t>(fraction.size());
    text = text.substr(0, point);
  }
  std::string whole;
  std::size_t group = 0;
  bool grouped = false;
  for (const char c : text) {
    if (c == ',') {
      // The first group has one to three digits, every other one exactly three.
      if (group == 0 || group > 3 || (grouped && group != 3)) return std::nullopt;
      grouped = true;
      group = 0;
      continue;
    }
    if (!is_digit(c)) return std::nullopt;
    whole += c;
    ++group;
  }
  if (group == 0 || (grouped && group != 3)) return std::nullopt;
  number.digits.insert(0, whole);
  return number;
}

/// Without zeros in front; empty for 0. Precondition: scale is at most 2^60, so that no carry overflows.
std::string times(const std::string& digits, std::uint64_t scale) {
  std::string reversed;
  std::uint64_t carry = 0;
  for (std::size_t i = digits.size(); i-- > 0;) {
    carry += static_cast<std::uint64_t>(digits[i] - '0') * scale;
    reversed += static_cast<char>('0' + carry % 10);
    carry /= 10;
  }
  for (; carry > 0; carry /= 10) reversed += static_cast<char>('0' + carry % 10);
  while (reversed.ends_with('0')) reversed.pop_back();
  return {reversed.rbegin(), reversed.rend()};
}

}  // namespace

std::expected<std::uint64_t, std::string> picked_number(std::string_view text, std::uint64_t scale, bool exact) {
  const auto wrong = [&](std::string_view what) {
    return std::unexpected(fmt::format("'{}' is {}", model::to_line(text, 60), what));
  };
  if (text.starts_with('-') && decimal_of(text.substr(1))) return wrong("negative");
  const std::optional<Decimal> number = decimal_of(text);
  if (!number) return wrong("not a number");
  const std::string digits = times(number->digits, scale);
  if (digits.empty()) return 0;
  // So many digits stand before the point; without any, zeros may stand behind it first.
  const std::int64_t before = static_cast<std::int64_t>(digits.size()) + number->exponent;
  if (before > most_digits) return wrong("too large");
  const std::size_t whole_digits = std::min(digits.size(), static_cast<std::size_t>(std::max<std::int64_t>(before, 0)));
  const std::string_view fraction = std::string_view(digits).substr(whole_digits);
  if (exact && fraction.find_first_not_of('0') != std::string_view::npos) {
    return wrong("not whole, and the metric is exact; one with decimals is `kind: sampled`, or gets a `scale`");
  }
  model::Wide value = 0;
  for (const char digit : digits.substr(0, whole_digits)) value = value * 10 + static_cast<model::Wide>(digit - '0');
  for (std::int64_t i = static_cast<std::int64_t>(digits.size()); i < before; ++i) value *= 10;
  if (before >= 0 && !fraction.empty() && fraction[0] >= '5') value += 1;
  if (value > static_cast<model::Wide>(INT64_MAX)) return wrong("too large");
  return static_cast<std::uint64_t>(value);
}

}  // namespace cyclegate::executors
