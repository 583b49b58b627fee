#include "render/flame_writer.h"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <vector>

#include "model/wide.h"
#include "render/embedded_templates.h"
#include "render/numbers.h"
#include "render/safe_text.h"

namespace cyclegate::render {
namespace {

constexpr std::uint64_t hundredths = 100;
// The widest of the usual monospace fonts (SF Mono) takes 7.42 pixels per column at 12 pixels.
constexpr std::uint64_t column_hundredths = 742;
constexpr std::uint64_t label_margin_hundredths = 600;

void append_number(std::string& out, std::uint64_t value) {
  std::array<char, 20> digits;
  std::size_t at = digits.size();
  do {
    digits[--at] = static_cast<char>('0' + value % 10);
    value /= 10;
  } while (value != 0);
  out.append(digits.data() + at, digits.size() - at);
}

/// Hundredths of a pixel as a decimal without trailing zeros.
void append_pixels(std::string& out, std::uint64_t value) {
  append_number(out, value / hundredths);
  const std::uint64_t rest = value % hundredths;
  if (rest == 0) return;
  out.push_back('.');
  out.push_back(static_cast<char>('0' + rest / 10));
  if (rest % 10 != 0) out.push_back(static_cast<char>('0' + rest % 10));
}

/// Values of this unit are shown in one of their own size.
bool is_scaled(std::string_view unit) {
  return unit == "ns" || unit == "bytes";
}

/// What is not drawn of a frame's weight, for the search to say what it cannot see.
void append_unseen(std::string& out, std::uint64_t weight) {
  if (weight == 0) return;
  out += "\" data-n=\"";
  append_number(out, weight);
}

/// floor(value * width / scale), exactly.
std::uint64_t scaled(std::uint64_t value, std::uint64_t width, std::uint64_t scale) {
  std::uint64_t product = 0;
  if (!__builtin_mul_overflow(value, width, &product)) return product / scale;
  return static_cast<std::uint64_t>(model::Wide{value} * width / scale);
}

/// The text in lines of at most so many columns, broken between words; a word that is longer loses its end.
std::vector<std::string> wrapped(std::string_view text, std::size_t columns) {
  std::vector<std::string> lines;
  std::size_t taken = 0;
  while (!text.empty()) {
    const std::string word = shorten_end(text.substr(0, text.find(' ')), columns);
    text.remove_prefix(std::min(text.size(), text.find(' ')));
    text.remove_prefix(text.empty() ? 0 : 1);
    const std::size_t width = display_width(word);
    if (lines.empty() || taken + 1 + width > columns) {
      lines.push_back(word);
      taken = width;
    } else {
      lines.back() += ' ';
      lines.back() += word;
      taken += 1 + width;
    }
  }
  return lines;
}

/// Where the parts of a path begin: after every `::` outside brackets.
std::vector<std::size_t> path_parts(std::string_view name) {
  std::vector<std::size_t> parts;
  int depth = 0;
  for (std::size_t i = 0; i + 1 < name.size(); ++i) {
    const char c = name[i];
    if (c == '<' || c == '(' || c == '[' || c == '{') ++depth;
    if ((c == '>' && (i == 0 || name[i - 1] != '-')) || c == ')' || c == ']' || c == '}') --depth;
    if (depth == 0 && c == '-' && name[i + 1] == '>') break;  // what it returns is not its name
    if (depth == 0 && c == ':' && name[i + 1] == ':' && i > 0) parts.push_back(++i + 1);
  }
  while (!parts.empty() && (parts.back() >= name.size() || name[parts.back()] == '<')) parts.pop_back();
  return parts;
}

}  // namespace

std::string_view flame_file(std::string_view name) {
  const auto files = templates::embedded_files();
  const auto found = std::ranges::find(files, name, &model::EmbeddedFile::name);
  if (found == files.end()) throw std::logic_error(std::string(name) + " is not embedded");
  return found->bytes;
}

void append_thousands(std::string& out, std::uint64_t value) {
  std::array<char, 27> digits;
  std::size_t at = digits.size();
  for (int count = 0; count == 0 || value != 0; ++count) {
    if (count != 0 && count % 3 == 0) digits[--at] = ',';
    digits[--at] = static_cast<char>('0' + value % 10);
    value /= 10;
  }
  out.append(digits.data() + at, digits.size() - at);
}

void append_escaped(std::string& out, std::string_view figure) {
  for (const char c : figure) {
    if (c == '<') {
      out += "&lt;";
    } else {
      out.push_back(c);
    }
  }
}

void append_share(std::string& out, std::uint64_t part, std::uint64_t whole) {
  // The common case of share() without its 128-bit arithmetic: rounds half up to hundredths of a percent.
  if (part != 0 && part < whole && whole < (std::uint64_t{1} << 50U)) {
    const std::uint64_t value = (part * 10'000 + whole / 2) / whole;
    if (value > 0 && value < 10'000) {
      append_number(out, value / 100);
      out.push_back('.');
      out.push_back(static_cast<char>('0' + value / 10 % 10));
      out.push_back(static_cast<char>('0' + value % 10));
      out += " %";
      return;
    }
  }
  append_escaped(out, share(part, whole));
}

void append_amount(std::string& out, std::uint64_t value, std::string_view unit) {
  if (is_scaled(unit)) {
    out += quantity(value, unit);
  } else {
    append_thousands(out, value);
  }
}

void append_quantity(std::string& out, std::uint64_t value, std::string_view unit) {
  append_amount(out, value, unit);
  if (is_scaled(unit)) return;
  if (unit.empty()) return;
  out.push_back(' ');
  out += unit;
}

std::string flame_label(std::string_view name, std::size_t columns) {
  if (columns < 3) return "";
  if (display_width(name) <= columns) return std::string(name);
  std::size_t last = 0;
  for (const std::size_t part : path_parts(name)) {
    if (display_width(name.substr(part)) < columns) return "\u2026" + std::string(name.substr(part));
    last = part;
  }
  return shorten_end(name.substr(last), columns);
}

FlameWriter::FlameWriter(const FlamegraphOptions& options, FlameHeading heading, std::span<const FlameColour> colours)
    : options_(options),
      heading_(std::move(heading)),
      style_(flame_style(options.theme, colours)),
      top_(options.interactive ? 72 : 54) {}

void FlameWriter::box(const FlameLane& lane, std::uint64_t start, std::uint64_t weight, std::uint32_t y) {
  const std::uint64_t width = std::uint64_t{options_.width - 2 * flame_margin} * hundredths;
  const std::uint64_t left = scaled(start, width, lane.scale);
  const std::uint64_t right = scaled(start + weight, width, lane.scale);
  body_ += "<rect x=\"";
  append_pixels(body_, flame_margin * hundredths + left);
  body_ += "\" y=\"";
  append_number(body_, y);
  // A little canvas between neighbours where there is room for it.
  body_ += "\" width=\"";
  append_pixels(body_, right - left > 2 * hundredths ? right - left - hundredths / 2 : right - left);
  body_ += "\" height=\"17\"/>";
}

void FlameWriter::lane(const FlameLane& lane, const FlameTree& tree, const FlameLayout& layout, const FlameText& text) {
  if (!lane.title.empty()) line("lane-title", lane.title);
  const std::uint64_t width = std::uint64_t{options_.width - 2 * flame_margin} * hundredths;
  const std::uint32_t rows = layout.rows + 1;  // with the row `all`
  const bool down = options_.direction == FlameDirection::down;
  const auto y_of = [&](std::uint32_t row) { return top_ + flame_row_height * (down ? row : rows - 1 - row); };
  const auto label = [&](const FlameName& name, std::uint64_t start, std::uint64_t weight, std::uint32_t y) {
    const std::uint64_t left = scaled(start, width, lane.scale);
    const std::uint64_t taken = scaled(start + weight, width, lane.scale) - left;
    if (taken < label_margin_hundredths + 3 * column_hundredths) return;
    const std::string cut = flame_label(name.clean, (taken - label_margin_hundredths) / column_hundredths);
    if (cut.empty()) return;
    body_ += "<text x=\"";
    append_pixels(body_, flame_margin * hundredths + left + label_margin_hundredths / 2);
    body_ += "\" y=\"";
    append_number(body_, y + 13);
    body_ += "\">";
    body_ += cut.size() == name.clean.size() ? name.escaped : escape_html(cut);
    body_ += "</text>";
  };

  body_.reserve(body_.size() + layout.boxes.size() * 260 + 4096);
  body_ += "<g class=\"frames\" aria-label=\"";
  body_ += escape_html(clean(lane.label));
  if (!lane.short_name.empty()) {
    body_ += "\" data-short=\"";
    body_ += escape_html(lane.short_name);
  }
  body_ += "\" data-scale=\"";
  append_number(body_, lane.scale);
  body_ += "\" data-y=\"";
  append_number(body_, y_of(0));
  body_ += down ? "\" data-down=\"1\">\n" : "\" data-down=\"0\">\n";
  const FlameName all{.clean = "all", .escaped = "all"};
  body_ += "<g class=\"root\" data-x=\"0\" data-w=\"";
  append_number(body_, lane.total);
  append_unseen(body_, tree.unseen);
  body_ += "\"><title>all";
  body_ += lane.root_lines;
  body_ += "</title>";
  box(lane, 0, lane.total, y_of(0));
  label(all, 0, lane.total, y_of(0));
  body_ += "</g>\n";
  for (const FlameBox& place : layout.boxes) {
    const FlameNode& node = tree.nodes[place.node];
    const FlameName& name = tree.names[node.name];
    const std::uint32_t y = y_of(place.row + 1);
    body_ += "<g class=\"";
    body_ += text.css_class(node);
    body_ += "\" data-x=\"";
    append_number(body_, place.start);
    body_ += "\" data-w=\"";
    append_number(body_, node.weight);
    // Of the last row that is drawn, all may be deeper.
    append_unseen(body_, place.row + 1 < max_flame_rows ? node.unseen : node.weight);
    if (!name.mark.empty()) {
      body_ += "\" data-k=\"";
      body_ += name.mark;
    }
    body_ += "\"><title>";
    body_ += name.escaped;
    text.append_lines(body_, node);
    body_ += "</title>";
    box(lane, place.start, node.weight, y);
    label(name, place.start, node.weight, y);
    body_ += "</g>\n";
  }
  body_ += "</g>\n";
  top_ += rows * flame_row_height + 12;
}

void FlameWriter::line(std::string_view css_class, std::string_view text) {
  const std::uint32_t pixels = (narrowest_view() - 2 * flame_margin) * 2;
  bool first = true;
  for (const std::string& part : wrapped(clean(text, 1000), pixels / (css_class == "lane-title" ? 15 : 14))) {
    if (!first) top_ -= 3;
    first = false;
    body_ += "<text class=\"";
    body_ += css_class;
    body_ += "\" x=\"";
    append_number(body_, flame_margin);
    body_ += "\" y=\"";
    append_number(body_, top_ + 13);
    body_ += "\">";
    body_ += escape_html(part);
    body_ += "</text>\n";
    top_ += 20;
  }
}

void FlameWriter::legend(std::string_view text, std::span<const FlameLegendEntry> entries) {
  line("quiet", text);
  // Fourteen boxes in a row fit into the narrowest view.
  const std::uint32_t width = entries.size() > 8 ? 55 : 80;
  const std::uint32_t end = narrowest_view() - flame_margin;
  std::uint32_t x = flame_margin;
  for (const FlameLegendEntry& entry : entries) {
    if (x + width > end && x != flame_margin) {
      x = flame_margin;
      top_ += 20;
    }
    body_ += "<g class=\"";
    body_ += entry.css_class;
    body_ += "\"><rect x=\"";
    append_number(body_, x);
    body_ += "\" y=\"";
    append_number(body_, top_);
    body_ += "\" width=\"";
    append_number(body_, width - 2);
    body_ += "\" height=\"17\"/><text text-anchor=\"middle\" x=\"";
    append_number(body_, x + (width - 2) / 2);
    body_ += "\" y=\"";
    append_number(body_, top_ + 13);
    body_ += "\">";
    body_ += escape_html(clean(entry.text));
    body_ += "</text></g>\n";
    x += width;
  }
  top_ += 28;
}

std::uint32_t FlameWriter::narrowest_view() const {
  return options_.interactive ? std::min(options_.width, flame_least_view) : options_.width;
}

std::string FlameWriter::finish() {
  const std::string title = clean(heading_.title, name_cap);
  // A column of the sans-serif title takes about 8.5 pixels, of the lines below it 6.5.
  // The script's controls stand to the right of the title.
  const std::uint32_t controls =
      options_.interactive && options_.theme != Theme::inherited ? std::min<std::uint32_t>(360, options_.width / 2) : 0;
  const std::size_t title_columns = (options_.width - 2 * flame_margin - controls) * 2 / 17;
  const std::size_t line_columns = (options_.width - 2 * flame_margin) * 2 / 13;
  std::string out;
  out.reserve(body_.size() + style_.size() + 40'000);
  out += "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"flamegraph\" width=\"";
  append_number(out, options_.width);
  out += "\" height=\"";
  append_number(out, top_);
  out += "\" viewBox=\"0 0 ";
  append_number(out, options_.width);
  out.push_back(' ');
  append_number(out, top_);
  out += "\" role=\"graphics-document document\" aria-roledescription=\"flame graph\" aria-label=\"";
  out += escape_html(title);
  out += "\">\n<desc>";
  out += escape_html(clean(heading_.description, 1000));
  out += "</desc>\n";
  if (!style_.empty()) {
    out += "<style>";
    out += style_;
    if (options_.interactive) out += flame_file("flamegraph.css");
    out += "</style>\n";
  }
  out += "<rect class=\"canvas\" width=\"100%\" height=\"100%\"/>\n<text class=\"title\" x=\"10\" y=\"24\">";
  out += escape_html(shorten_end(title, title_columns));
  out += "</text>\n<text class=\"quiet\" x=\"10\" y=\"43\">";
  out += escape_html(shorten_end(clean(heading_.subtitle, 1000), line_columns));
  out += "</text>\n";
  if (options_.interactive) out += "<text class=\"details mono\" x=\"10\" y=\"62\"></text>\n";
  out += body_;
  if (options_.interactive && options_.theme != Theme::inherited) {
    out += "<script><![CDATA[\n";
    out += flame_file("flamegraph.js");
    out += "]]></script>\n";
  }
  out += "</svg>\n";
  return out;
}

}  // namespace cyclegate::render
