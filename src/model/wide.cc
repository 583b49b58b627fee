#include "model/wide.h"

#include <algorithm>

namespace cyclegate::model {
namespace {

// Sums are at most 2^104 (values below 2^64, weights below 2^20, fewer than 2^20 inputs), so that a product with a
// ratio of up to 2^24 millionths stays below 2^128.
Wide times(Wide value, std::int64_t factor) {
  return factor <= 0 ? 0 : value * static_cast<Wide>(factor);
}

}  // namespace

std::string to_decimal(Wide value) {
  std::string digits;
  do {
    digits.push_back(static_cast<char>('0' + static_cast<int>(value % 10)));
    value /= 10;
  } while (value != 0);
  std::ranges::reverse(digits);
  return digits;
}

std::string thousands(Wide value) {
  const std::string digits = to_decimal(value);
  std::string text;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i != 0 && (digits.size() - i) % 3 == 0) text.push_back(',');
    text.push_back(digits[i]);
  }
  return text;
}

std::optional<Wide> wide_from(std::string_view digits) {
  if (digits.empty() || digits.size() > 39) return std::nullopt;
  constexpr Wide largest = ~static_cast<Wide>(0);
  Wide value = 0;
  for (const char digit : digits) {
    if (digit < '0' || digit > '9') return std::nullopt;
    const auto next = static_cast<Wide>(digit - '0');
    if (value > (largest - next) / 10) return std::nullopt;
    value = value * 10 + next;
  }
  return value;
}

std::string to_signed_decimal(WideChange value) {
  const auto bits = static_cast<Wide>(value);
  return value < 0 ? "-" + to_decimal(~bits + 1) : to_decimal(bits);
}

std::optional<WideChange> wide_change_from(std::string_view digits) {
  const bool negative = digits.starts_with('-');
  if (negative) digits.remove_prefix(1);
  constexpr std::size_t most_digits = 38;  // all of them are below 2^127
  const auto size = digits.size() > most_digits ? std::nullopt : wide_from(digits);
  if (!size) return std::nullopt;
  const auto value = static_cast<WideChange>(*size);
  return negative ? -value : value;
}

bool grew_by_more_than(Wide base, Wide head, Millionths by) {
  return times(head, one_million) > times(base, one_million + by.value);
}

bool shrank_by_more_than(Wide base, Wide head, Millionths by) {
  return times(head, one_million) < times(base, one_million - by.value);
}

bool shrank_by_at_least(Wide base, Wide head, Millionths by) {
  return times(head, one_million) <= times(base, one_million - by.value);
}

bool exceeds_ratio(Wide base, Wide head, Millionths ratio) {
  return times(head, one_million) > times(base, ratio.value);
}

}  // namespace cyclegate::model
