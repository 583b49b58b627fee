#include "reports/number.h"

#include <fmt/format.h>

namespace cyclegate::reports {

namespace {

bool append(std::uint64_t& value, char digit) {
  return !__builtin_mul_overflow(value, std::uint64_t{10}, &value) &&
         !__builtin_add_overflow(value, static_cast<std::uint64_t>(digit - '0'), &value);
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

}  // namespace

std::optional<Number> parse_number(std::string_view text) {
  Number number;
  std::size_t at = 0;
  std::size_t group = 0;
  bool grouped = false;
  for (; at < text.size() && text[at] != '.'; ++at) {
    if (text[at] == ',') {
      // The first group has one to three digits, every other one exactly three.
      if (group == 0 || group > 3 || (grouped && group != 3)) return std::nullopt;
      grouped = true;
      group = 0;
      continue;
    }
    if (!is_digit(text[at]) || !append(number.digits, text[at])) return std::nullopt;
    ++group;
  }
  if (group == 0 || (grouped && group != 3)) return std::nullopt;
  if (at == text.size()) return number;
  const std::string_view fraction = text.substr(at + 1);
  if (fraction.empty() || fraction.size() > 9) return std::nullopt;
  for (const char digit : fraction) {
    if (!is_digit(digit) || !append(number.digits, digit)) return std::nullopt;
  }
  number.decimals = static_cast<std::uint8_t>(fraction.size());
  return number;
}

std::optional<std::uint64_t> parse_count(std::string_view text) {
  const std::optional<Number> number = parse_number(text);
  if (!number || number->decimals != 0) return std::nullopt;
  return number->digits;
}

std::string to_string(const Number& number) {
  if (number.is_none()) return "null";
  std::string text = fmt::format("{:0{}}", number.digits, number.decimals + 1);
  if (number.decimals > 0) text.insert(text.size() - number.decimals, 1, '.');
  return text;
}

}  // namespace cyclegate::reports
