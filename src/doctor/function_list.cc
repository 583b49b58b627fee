// Lists of functions as text: `1,234,567  15.2%  NAME`.
#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>

#include "doctor/hotspots.h"
#include "model/error.h"
#include "model/text.h"

namespace cyclegate::doctor {
namespace {

using model::Error;
using model::ErrorKind;
using model::Wide;

constexpr std::size_t name_bytes = 4096;

/// `1,234,567` at the front of `text`; moves past it.
std::optional<std::uint64_t> take_number(std::string_view& text) {
  std::uint64_t value = 0;
  std::size_t digits = 0;
  std::size_t at = 0;
  for (; at < text.size() && (text[at] == ',' || (text[at] >= '0' && text[at] <= '9')); ++at) {
    if (text[at] == ',') continue;
    const auto digit = static_cast<std::uint64_t>(text[at] - '0');
    if (value > (std::numeric_limits<std::uint64_t>::max() - digit) / 10) return std::nullopt;
    value = value * 10 + digit;
    ++digits;
  }
  if (digits == 0) return std::nullopt;
  text.remove_prefix(at);
  return value;
}

void skip_blanks(std::string_view& text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
}

struct Line {
  std::uint64_t weight = 0;
  std::uint64_t hundredths = 0;  ///< of a percent
  std::uint64_t calls = 0;
  std::string_view name;
};

std::optional<Line> line_from(std::string_view text) {
  while (!text.empty() && (text.back() == '\r' || text.back() == ' ')) text.remove_suffix(1);
  Line line;
  skip_blanks(text);
  const auto weight = take_number(text);
  if (!weight || text.empty() || (text.front() != ' ' && text.front() != '\t')) return std::nullopt;
  line.weight = *weight;
  skip_blanks(text);
  const auto whole = take_number(text);
  if (!whole || *whole > 100) return std::nullopt;
  line.hundredths = *whole * 100;
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    for (std::uint64_t unit = 10; !text.empty() && text.front() >= '0' && text.front() <= '9'; unit /= 10) {
      line.hundredths += unit * static_cast<std::uint64_t>(text.front() - '0');
      text.remove_prefix(1);
    }
  }
  skip_blanks(text);
  if (!text.starts_with('%')) return std::nullopt;
  text.remove_prefix(1);
  skip_blanks(text);
  // Calls and cost per call may stand before the name.
  for (int column = 0;; ++column) {
    std::string_view rest = text;
    const auto number = take_number(rest);
    if (!number || rest.empty() || rest.front() != ' ') break;
    if (column == 0) line.calls = *number;
    text = rest;
    skip_blanks(text);
  }
  if (text.empty()) return std::nullopt;
  line.name = text;
  return line;
}

}  // namespace

Hotspots hotspots_from_text(std::string_view text, std::string_view origin) {
  Hotspots hotspots;
  hotspots.origin = origin;
  hotspots.unit = "cost";
  bool in_table = true;
  if (const std::size_t table = text.rfind("TOP COST FUNCTIONS"); table != std::string_view::npos) {
    text.remove_prefix(table);
  } else if (const std::size_t steps = text.rfind("TOP STEP FUNCTIONS"); steps != std::string_view::npos) {
    text.remove_prefix(steps);
    hotspots.unit = "steps";
  } else {
    in_table = false;
  }
  bool began = false;
  std::uint64_t largest_share = 0;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    const auto found = line_from(line);
    if (!found) {
      // The table ends at its first line that is none; before it come title and rule.
      if (in_table && began) break;
      continue;
    }
    began = true;
    hotspots.functions.push_back({.name = model::to_line(found->name, name_bytes),
                                  .self = found->weight,
                                  .total = found->weight,
                                  .calls = found->calls});
    // What the percentages are of: the line with the largest share has the smallest rounding error.
    if (found->hundredths > largest_share) {
      largest_share = found->hundredths;
      hotspots.sum = (Wide{found->weight} * 10'000 + found->hundredths / 2) / found->hundredths;
    }
  }
  if (hotspots.functions.empty()) {
    throw Error(ErrorKind::configuration,
                fmt::format("{}: no line tells a function's cost; right are lines such as `1,234,567  15.2%  "
                            "sha2::sha256::compress256`, or a profile in a format that `cyclegate profile` reads",
                            origin));
  }
  if (largest_share == 0) {
    throw Error(ErrorKind::configuration,
                fmt::format("{}: no line has a percentage above 0, so nothing tells what they are parts of; right are "
                            "lines such as `1,234,567  15.2%  sha2::sha256::compress256`",
                            origin));
  }
  sort_by_total(hotspots.functions);
  const HotFunction& dearest = hotspots.functions.front();
  hotspots.sum = std::max(hotspots.sum, dearest.total);
  return hotspots;
}

bool is_function_list(std::string_view text) {
  if (text.find("TOP COST FUNCTIONS") != std::string_view::npos) return true;
  if (text.find("TOP STEP FUNCTIONS") != std::string_view::npos) return true;
  const std::size_t start = text.find_first_not_of(" \t\r\n");
  return start != std::string_view::npos && line_from(text.substr(start, text.find('\n', start) - start)).has_value();
}

}  // namespace cyclegate::doctor
