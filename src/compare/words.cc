#include "compare/words.h"

#include <fmt/format.h>

#include <cmath>

namespace cyclegate::compare {

std::string percent(double fraction) {
  if (fraction == 0) return "0 %";
  const double value = std::abs(fraction) * 100;
  const char sign = fraction < 0 ? '-' : '+';
  if (value < 0.005) return fmt::format("{}<0.01 %", sign);
  if (value < 9.995) return fmt::format("{}{:.2f} %", sign, value);
  return fmt::format("{}{:.1f} %", sign, value);
}

std::string percent(model::Wide base, model::Wide head) {
  if (base == 0) return head == 0 ? "0 %" : "from 0";
  const model::Wide difference = head < base ? base - head : head - base;
  const double fraction = static_cast<double>(difference) / static_cast<double>(base);
  return percent(head < base ? -fraction : fraction);
}

std::string percent(model::Millionths fraction) {
  std::string digits = fmt::format("{:.4f}", static_cast<double>(fraction.value) / 10'000);
  digits.erase(digits.find_last_not_of('0') + 1);
  if (digits.back() == '.') digits.pop_back();
  return digits + " %";
}

std::string ratio(model::Millionths value) {
  std::string digits = fmt::format("{:.6f}", static_cast<double>(value.value) / 1'000'000);
  while (digits.back() == '0' && digits[digits.size() - 3] != '.') digits.pop_back();
  return digits + "x";
}

std::string counted(std::uint64_t count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

std::string abbreviated(std::string_view sha256) {
  return sha256.empty() ? "none" : std::string(sha256.substr(0, 12));
}

}  // namespace cyclegate::compare
