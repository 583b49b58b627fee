#include "render/text_table.h"

#include <algorithm>
#include <array>
#include <numeric>

#include "render/function_name.h"
#include "render/safe_text.h"

namespace cyclegate::render {
namespace {

constexpr std::size_t gap = 2;
constexpr std::size_t narrowest = 8;  // a column is not squeezed below this

/// Whether a line may end at this blank: not between a number and its unit.
bool may_break(std::string_view text, std::size_t blank) {
  const char before = blank == 0 ? ' ' : text[blank - 1];
  if (before < '0' || before > '9') return true;
  std::string_view word = text.substr(blank + 1);
  word = word.substr(0, word.find(' '));
  while (!word.empty() && std::string_view(").,;:").contains(word.back())) word.remove_suffix(1);
  constexpr std::array<std::string_view, 12> units = {"%", "ns", "\u00B5s", "ms",  "s",   "min",
                                                      "h", "B",  "KiB",     "MiB", "GiB", "TiB"};
  return std::ranges::find(units, word) == units.end();
}

}  // namespace

std::string painted(std::string_view text, Paint paint, bool colour) {
  if (!colour || paint == Paint::plain || text.empty()) return std::string(text);
  std::string_view code;
  switch (paint) {
    case Paint::bold:
      code = "1";
      break;
    case Paint::good:
      code = "32";
      break;
    case Paint::bad:
      code = "31";
      break;
    case Paint::open:
      code = "33";
      break;
    case Paint::muted:
      code = "2";
      break;
    case Paint::plain:
      break;
  }
  return std::string("\x1b[").append(code).append("m").append(text).append("\x1b[0m");
}

std::string wrap(std::string_view text, std::size_t width, std::size_t indent, Paint paint, bool colour) {
  const std::size_t room = width > indent ? width - indent : 1;
  std::string out;
  while (!text.empty()) {
    std::size_t take = text.size();
    if (display_width(text) > room) {
      // The longest run of whole words that fits; a longer word is shortened.
      take = 0;
      for (std::size_t space = text.find(' '); space != std::string_view::npos; space = text.find(' ', space + 1)) {
        if (display_width(text.substr(0, space)) > room) break;
        if (may_break(text, space)) take = space;
      }
      if (take == 0) take = std::min(text.find(' '), text.size());
    }
    out += std::string(indent, ' ') + painted(shorten_end(text.substr(0, take), room), paint, colour) + "\n";
    text.remove_prefix(std::min(text.size(), take + 1));
  }
  return out;
}

std::vector<std::size_t> TextTable::natural_widths() const {
  std::vector<std::size_t> widths;
  widths.reserve(columns_.size());
  for (const Column& column : columns_) widths.push_back(display_width(column.title));
  for (const auto& row : rows_) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], display_width(row[i].text));
  }
  return widths;
}

bool TextTable::shows_all(std::size_t width, std::size_t indent) const {
  constexpr std::size_t readable_name = 24;
  std::vector<std::size_t> widths = natural_widths();
  widths.front() = std::min(widths.front(), readable_name);
  return indent + gap * (widths.size() - 2) + std::accumulate(widths.begin(), widths.end() - 1, 0UZ) <= width;
}

std::string TextTable::render(std::size_t width, std::size_t indent, bool colour) const {
  const std::size_t last = columns_.size() - 1;
  std::vector<std::size_t> widths = natural_widths();
  const std::size_t others = indent + gap * (last - 1) + std::accumulate(widths.begin(), widths.end() - 1, 0UZ);
  const bool beside = others + gap + widths[last] <= width;
  std::size_t excess = others > width ? others - width : 0;
  for (std::size_t column = 0; column < last; ++column) {
    const std::size_t spare = widths[column] > narrowest ? widths[column] - narrowest : 0;
    const std::size_t taken = std::min(spare, excess);
    widths[column] -= taken;
    excess -= taken;
  }
  std::string out;
  const auto line = [&](const std::vector<Cell>& cells) {
    std::string text(indent, ' ');
    for (std::size_t i = 0; i < (beside ? last + 1 : last); ++i) {
      // Names keep what tells them apart; everything else keeps its beginning.
      const std::string shown =
          i == 0 ? shorten_function(cells[i].text, widths[i]) : shorten_end(cells[i].text, widths[i]);
      const std::string space(widths[i] - std::min(widths[i], display_width(shown)), ' ');
      const std::string ink = painted(shown, cells[i].paint, colour);
      if (i > 0) text.append(gap, ' ');
      text += columns_[i].align == Align::right ? space + ink : ink + space;
    }
    while (text.ends_with(' ')) text.pop_back();
    out += text + "\n";
    if (!beside) out += wrap(cells[last].text, width, indent + 2 * gap, Paint::muted, colour);
  };
  std::vector<Cell> titles;
  titles.reserve(columns_.size());
  for (const Column& column : columns_) titles.push_back({column.title, Paint::muted});
  if (!beside) titles[last].text.clear();
  line(titles);
  for (const auto& row : rows_) line(row);
  return out;
}

}  // namespace cyclegate::render
