#include "render/numbers.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <span>

namespace cyclegate::render {
namespace {

using model::Wide;

/// round(numerator * scale / denominator), half up; saturates where the quotient leaves 64 bits. scale <= 10,000.
std::uint64_t scaled_quotient(Wide numerator, Wide denominator, std::uint64_t scale) {
  // remainder x scale must stay below 2^128; beyond 2^112 sixteen low bits are less than 2^-96 of the value.
  while (denominator >> 112 != 0) {
    denominator >>= 16;
    numerator >>= 16;
  }
  const Wide whole = numerator / denominator;
  if (whole > std::numeric_limits<std::uint64_t>::max() / scale - 1) return std::numeric_limits<std::uint64_t>::max();
  const Wide part = (numerator % denominator * scale + denominator / 2) / denominator;
  return static_cast<std::uint64_t>(whole * scale + part);
}

/// `12.34` from 1234 and two decimals, with thousands separators in the whole part.
std::string fixed(std::uint64_t value, unsigned decimals) {
  std::uint64_t unit = 1;
  for (unsigned i = 0; i < decimals; ++i) unit *= 10;
  std::string text = thousands(value / unit);
  if (decimals > 0) text += fmt::format(".{:0{}}", value % unit, decimals);
  return text;
}

/// A percentage with sensible digits from its hundredths (already known not to round to 0) and a way to recompute it.
std::string percent_digits(Wide part, Wide whole) {
  if (const std::uint64_t hundredths = scaled_quotient(part, whole, 10'000); hundredths < 10'000) {
    return fixed(hundredths, 2);
  }
  if (const std::uint64_t tenths = scaled_quotient(part, whole, 1'000); tenths < 10'000) return fixed(tenths, 1);
  return fixed(scaled_quotient(part, whole, 100), 0);
}

struct Unit {
  std::string_view name;
  Wide size;
};

/// Four significant digits in the largest unit that does not exceed the value.
std::string in_units(Wide value, std::span<const Unit> units) {
  std::size_t index = units.size() - 1;
  while (index > 0 && value < units[index].size) --index;
  for (;; ++index) {
    const Unit& unit = units[index];
    if (unit.size == 1) return fmt::format("{} {}", thousands(value), unit.name);
    constexpr std::array<std::uint64_t, 3> scales = {1'000, 100, 10};
    for (std::size_t i = 0; i < scales.size(); ++i) {
      const std::uint64_t digits = scaled_quotient(value, unit.size, scales.at(i));
      if (digits < 10'000) return fmt::format("{} {}", fixed(digits, static_cast<unsigned>(3 - i)), unit.name);
    }
    // 999.96 ms rounds to four digits of the next unit.
    if (index + 1 == units.size() || value < units[index + 1].size / 1000 * 999) {
      return fmt::format("{} {}", fixed(scaled_quotient(value, unit.size, 1), 0), unit.name);
    }
  }
}

}  // namespace

std::string percent_change(Wide base, Wide head) {
  if (base == head) return "0 %";
  if (base == 0) return "from 0";
  if (head == 0) return "-100 %";
  const bool grew = head > base;
  const Wide difference = grew ? head - base : base - head;
  const char sign = grew ? '+' : '-';
  const std::uint64_t hundredths = scaled_quotient(difference, base, 10'000);
  if (hundredths == 0) return fmt::format("{}<0.01 %", sign);
  if (!grew && hundredths >= 10'000) return "-99.99 %";
  return fmt::format("{}{} %", sign, percent_digits(difference, base));
}

std::string percent_change(double estimate) {
  if (!std::isfinite(estimate)) return "n/a";
  if (estimate == 0) return "0 %";
  const char sign = estimate > 0 ? '+' : '-';
  const double percentage = std::fabs(estimate) * 100;
  if (percentage < 0.005) return fmt::format("{}<0.01 %", sign);
  if (percentage > 1e9) return fmt::format("{}>1,000,000,000 %", sign);
  if (percentage < 99.995) return fmt::format("{}{:.2f} %", sign, percentage);
  if (percentage < 999.95) return fmt::format("{}{:.1f} %", sign, percentage);
  return fmt::format("{}{} %", sign, thousands(static_cast<std::uint64_t>(std::llround(percentage))));
}

std::string interval_text(const model::Interval& interval) {
  return fmt::format("{} to {} ({:.0f} %)", percent_change(interval.low), percent_change(interval.high),
                     interval.level * 100);
}

std::string p_value_text(double p_value) {
  if (!std::isfinite(p_value)) return "p n/a";
  if (p_value < 0.001) return "p < 0.001";
  return fmt::format("p = {:.3f}", p_value);
}

std::string share(Wide part, Wide whole) {
  if (whole == 0 || part == 0) return "0 %";
  if (part == whole) return "100 %";
  if (scaled_quotient(part, whole, 10'000) == 0) return "<0.01 %";
  return percent_digits(part, whole) + " %";
}

std::string percent(model::Millionths value) {
  const auto magnitude = static_cast<std::uint64_t>(value.value < 0 ? -value.value : value.value);
  std::string text = fixed(magnitude, 4);
  while (text.back() == '0') text.pop_back();
  if (text.back() == '.') text.pop_back();
  return (value.value < 0 ? "-" : "") + text + " %";
}

std::string ratio(model::Millionths value) {
  std::string text = fixed(static_cast<std::uint64_t>(value.value < 0 ? 0 : value.value), 6);
  const std::size_t two_decimals = text.size() - 4;
  while (text.size() > two_decimals && text.back() == '0') text.pop_back();
  return text + "x";
}

std::string duration(Wide nanoseconds) {
  static constexpr std::array<Unit, 4> units = {
      {{"ns", 1}, {"\u00B5s", 1'000}, {"ms", 1'000'000}, {"s", 1'000'000'000}}};
  return in_units(nanoseconds, units);
}

std::string byte_size(Wide bytes) {
  static constexpr std::array<Unit, 5> units = {
      {{"B", 1}, {"KiB", Wide{1} << 10}, {"MiB", Wide{1} << 20}, {"GiB", Wide{1} << 30}, {"TiB", Wide{1} << 40}}};
  return in_units(bytes, units);
}

std::string quantity(Wide value, std::string_view unit) {
  if (unit == "ns") return duration(value);
  if (unit == "bytes") return byte_size(value);
  if (unit.ends_with("/s")) {
    const std::string text = compact(value);  // `58.8 M` becomes `58.8 Mgas/s`
    return text + (text.find(' ') == std::string::npos ? " " : "") + std::string(unit);
  }
  return thousands(value);
}

std::string compact(Wide value) {
  if (value < 1'000) return model::to_decimal(value);
  constexpr std::array<std::string_view, 6> names = {"k", "M", "G", "T", "P", "E"};
  Wide size = 1'000;
  for (std::size_t index = 0;; ++index, size *= 1'000) {
    const std::string_view name = names.at(index);
    if (const auto digits = scaled_quotient(value, size, 100); digits < 1'000) {
      return fmt::format("{} {}", fixed(digits, 2), name);
    }
    if (const auto digits = scaled_quotient(value, size, 10); digits < 1'000) {
      return fmt::format("{} {}", fixed(digits, 1), name);
    }
    const auto digits = scaled_quotient(value, size, 1);
    if (digits < 1'000 || index + 1 == names.size()) return fmt::format("{} {}", fixed(digits, 0), name);
  }
}

std::string without_trailing_zeros(std::string text) {
  if (text.find('.') == std::string::npos) return text;
  const std::size_t unit = std::min(text.find(' '), text.size());
  std::size_t end = unit;
  while (text[end - 1] == '0') --end;
  if (text[end - 1] == '.') --end;
  return text.erase(end, unit - end);
}

std::string counted(std::uint64_t number, std::string_view singular) {
  return fmt::format("{} {}{}", thousands(number), singular, number == 1 ? "" : "s");
}

std::string change_text(const model::Change& change) {
  if (change.estimate) return percent_change(*change.estimate);
  if (change.base && change.head) return percent_change(Wide{*change.base}, Wide{*change.head});
  return "";
}

std::string change_text(const model::BreakdownRow& row) {
  if (row.base == 0 && row.head != 0) return "new";
  if (row.head == 0 && row.base != 0) return "gone";
  return percent_change(row.base, row.head);
}

std::string change_text(const model::Aggregate& aggregate) {
  if (aggregate.estimate) return percent_change(*aggregate.estimate);
  if (aggregate.inputs == 0) return "";
  return percent_change(aggregate.base, aggregate.head);
}

}  // namespace cyclegate::render
