#include "config/quantity.h"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <system_error>

namespace cyclegate::config {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// `12.5` times 10^decimals as an integer; nullopt for more decimals than that, or 13 digits before the point.
std::optional<std::int64_t> parse_fixed(std::string_view text, std::size_t decimals) {
  const std::size_t point = text.find('.');
  const std::string_view whole = text.substr(0, point);
  const std::string_view fraction = point == std::string_view::npos ? "" : text.substr(point + 1);
  if (whole.empty() || whole.size() > 12 || !std::ranges::all_of(whole, is_digit)) return std::nullopt;
  if (whole.size() > 1 && whole[0] == '0') return std::nullopt;
  if (point != std::string_view::npos && fraction.empty()) return std::nullopt;
  if (fraction.size() > decimals || !std::ranges::all_of(fraction, is_digit)) return std::nullopt;
  std::int64_t value = 0;
  for (const char c : whole) value = value * 10 + (c - '0');
  for (std::size_t i = 0; i < decimals; ++i) value = value * 10 + (i < fraction.size() ? fraction[i] - '0' : 0);
  return value;
}

/// Splits `60s` into digits and unit.
std::string_view unit_of(std::string_view text) {
  const auto* const end = std::ranges::find_if_not(text, is_digit);
  return text.substr(static_cast<std::size_t>(end - text.begin()));
}

constexpr std::int64_t largest_percentage = 10'000'000;  // 1000 %
constexpr std::int64_t largest_ratio = 1'000'000'000;    // 1000x
constexpr std::uint64_t largest_hours = 1000;
constexpr std::uint64_t largest_size = std::uint64_t{1} << 40;

}  // namespace

std::optional<std::uint64_t> parse_integer(std::string_view text) {
  if (text.empty() || !std::ranges::all_of(text, is_digit) || (text.size() > 1 && text[0] == '0')) return std::nullopt;
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc()) return std::nullopt;
  return value;
}

std::optional<model::Millionths> parse_percentage(std::string_view text) {
  if (!text.ends_with('%')) return std::nullopt;
  text.remove_suffix(1);
  if (text.starts_with('+')) text.remove_prefix(1);
  const auto value = parse_fixed(text, 4);  // 0.0001 % is one millionth
  if (!value || *value > largest_percentage) return std::nullopt;
  return model::Millionths{*value};
}

std::optional<model::Millionths> parse_ratio(std::string_view text) {
  if (!text.ends_with('x')) return std::nullopt;
  text.remove_suffix(1);
  const auto value = parse_fixed(text, 6);
  if (!value || *value > largest_ratio) return std::nullopt;
  return model::Millionths{*value};
}

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
  if (text == "0") return std::chrono::milliseconds(0);
  const std::string_view unit = unit_of(text);
  const auto number = parse_integer(text.substr(0, text.size() - unit.size()));
  std::uint64_t scale = 0;
  if (unit == "ms") scale = 1;
  if (unit == "s") scale = 1'000;
  if (unit == "m") scale = 60'000;
  if (unit == "h") scale = 3'600'000;
  if (!number || scale == 0 || *number > largest_hours * 3'600'000 / scale) return std::nullopt;
  return std::chrono::milliseconds(*number * scale);
}

std::optional<std::uint64_t> parse_size(std::string_view text) {
  const std::string_view unit = unit_of(text);
  const auto number = parse_integer(text.substr(0, text.size() - unit.size()));
  std::uint64_t scale = 0;
  if (unit.empty() || unit == "B") scale = 1;
  if (unit == "KiB") scale = std::uint64_t{1} << 10;
  if (unit == "MiB") scale = std::uint64_t{1} << 20;
  if (unit == "GiB") scale = std::uint64_t{1} << 30;
  if (!number || scale == 0 || *number > largest_size / scale) return std::nullopt;
  return *number * scale;
}

std::optional<std::uint64_t> parse_amount(std::string_view text) {
  constexpr std::uint64_t most = 1'000'000'000'000'000'000;
  const char unit = text.empty() ? '0' : text.back();
  const std::size_t decimals = unit == 'k' ? 3 : unit == 'M' ? 6 : unit == 'G' ? 9 : 0;
  std::optional<std::uint64_t> amount;
  if (decimals == 0) {
    amount = parse_integer(text);
  } else {
    text.remove_suffix(1);
    // More digits than this would not fit 64 bits.
    if (text.substr(0, text.find('.')).size() > 18 - decimals) return std::nullopt;
    if (const auto value = parse_fixed(text, decimals)) amount = static_cast<std::uint64_t>(*value);
  }
  if (!amount || *amount == 0 || *amount > most) return std::nullopt;
  return amount;
}

bool is_date(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
  const auto number = [&](std::size_t from, std::size_t count) {
    int value = 0;
    for (const char c : text.substr(from, count)) {
      if (!is_digit(c)) return -1;
      value = value * 10 + (c - '0');
    }
    return value;
  };
  const int year = number(0, 4);
  const int month = number(5, 2);
  const int day = number(8, 2);
  if (year < 1 || month < 1 || day < 1) return false;
  return std::chrono::year_month_day(std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                     std::chrono::day(static_cast<unsigned>(day)))
      .ok();
}

bool is_variable_name(std::string_view text) {
  if (text.empty() || text.size() > 128 || is_digit(text[0])) return false;
  return std::ranges::all_of(text, [](char c) { return is_letter(c) || is_digit(c) || c == '_'; });
}

bool is_inner_path(std::string_view text) {
  if (text.empty() || text.size() > 1024) return false;
  for (std::size_t from = 0; from <= text.size();) {
    const std::size_t slash = std::min(text.find('/', from), text.size());
    const std::string_view part = text.substr(from, slash - from);
    if (part.empty() || part == "." || part == "..") return false;
    from = slash + 1;
  }
  return std::ranges::none_of(text,
                              [](char c) { return c == '\\' || static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

bool is_url(std::string_view text) {
  if (text.size() > 2048) return false;
  const std::string_view scheme = text.starts_with("https://") ? "https://" : "http://";
  if (!text.starts_with(scheme)) return false;
  const std::string_view rest = text.substr(scheme.size());
  const std::string_view host = rest.substr(0, rest.find_first_of("/?#"));
  if (host.empty() || host.find('@') != std::string_view::npos) return false;
  return std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7F; });
}

}  // namespace cyclegate::config
