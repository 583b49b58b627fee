#include "render/safe_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <iterator>
#include <vector>

namespace cyclegate::render {
namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";  // U+FFFD

struct Character {
  std::uint32_t code = 0;  ///< 0xFFFD for an invalid byte
  std::size_t length = 1;  ///< bytes taken
  bool valid = true;
};

/// The character at `at`, by the well-formed byte sequences of Unicode's table 3-7. at < text.size().
Character decode(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const std::uint8_t first = byte(at);
  if (first < 0x80) return {first, 1, true};
  std::size_t length = 0;
  std::uint32_t code = 0;
  if (first >= 0xC2 && first <= 0xDF) {
    length = 2;
    code = first & 0x1FU;
  } else if (first >= 0xE0 && first <= 0xEF) {
    length = 3;
    code = first & 0x0FU;
  } else if (first >= 0xF0 && first <= 0xF4) {
    length = 4;
    code = first & 0x07U;
  }
  constexpr Character invalid{0xFFFD, 1, false};
  if (length == 0 || at + length > text.size()) return invalid;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(at + i) & 0xC0U) != 0x80U) return invalid;
    code = code << 6U | (byte(at + i) & 0x3FU);
  }
  const bool overlong = (length == 3 && code < 0x800) || (length == 4 && code < 0x10000);
  const bool outside = code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF);
  if (overlong || outside) return invalid;
  return {code, length, true};
}

struct Range {
  std::uint32_t first;
  std::uint32_t last;
};

template <std::size_t N>
bool within(const std::array<Range, N>& ranges, std::uint32_t code) {
  // Ascending and disjoint, all of them.
  const auto after = std::ranges::upper_bound(ranges, code, {}, &Range::first);
  return after != ranges.begin() && code <= std::prev(after)->last;
}

/// Controls, bidirectional formatting, invisible characters, tags, private use beside the BMP and non-characters.
bool is_deceptive(std::uint32_t code) {
  static constexpr std::array<Range, 18> ranges = {{{0x0000, 0x001F},
                                                    {0x007F, 0x009F},
                                                    {0x00AD, 0x00AD},
                                                    {0x034F, 0x034F},
                                                    {0x061C, 0x061C},
                                                    {0x115F, 0x1160},
                                                    {0x17B4, 0x17B5},
                                                    {0x180B, 0x180F},
                                                    {0x200B, 0x200F},
                                                    {0x2028, 0x202E},
                                                    {0x2060, 0x206F},
                                                    {0x3164, 0x3164},
                                                    {0xFDD0, 0xFDEF},
                                                    {0xFE00, 0xFE0E},
                                                    {0xFEFF, 0xFEFF},
                                                    {0xFFA0, 0xFFA0},
                                                    {0xFFF0, 0xFFFC},
                                                    {0xE0000, 0xE0FFF}}};
  return (code & 0xFFFEU) == 0xFFFEU || within(ranges, code);
}

/// Unicode's East_Asian_Width W and F, coarsely, and the emoji planes.
bool is_wide(std::uint32_t code) {
  static constexpr std::array<Range, 11> ranges = {{{0x1100, 0x115F},
                                                    {0x231A, 0x231B},
                                                    {0x2705, 0x2705},
                                                    {0x274C, 0x274C},
                                                    {0x2E80, 0x303E},
                                                    {0x3041, 0xA4CF},
                                                    {0xAC00, 0xD7A3},
                                                    {0xF900, 0xFAFF},
                                                    {0xFE30, 0xFE6F},
                                                    {0xFF00, 0xFF60},
                                                    {0x1F300, 0x3FFFD}}};
  return within(ranges, code);
}

bool is_combining(std::uint32_t code) {
  static constexpr std::array<Range, 9> ranges = {{{0x0300, 0x036F},
                                                   {0x0483, 0x0489},
                                                   {0x0591, 0x05BD},
                                                   {0x0610, 0x061A},
                                                   {0x064B, 0x065F},
                                                   {0x1AB0, 0x1AFF},
                                                   {0x20D0, 0x20FF},
                                                   {0xFE0F, 0xFE0F},
                                                   {0xFE20, 0xFE2F}}};
  return within(ranges, code);
}

std::size_t columns_of(std::uint32_t code) {
  if (is_combining(code)) return 0;
  return is_wide(code) ? 2 : 1;
}

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/// What escape_comment makes of the byte at `at`; empty: the byte as it is.
std::string_view comment_escape(std::string_view text, std::size_t at) {
  const char before = at > 0 ? text[at - 1] : ' ';
  const char after = at + 1 < text.size() ? text[at + 1] : ' ';
  switch (text[at]) {
    case '&':
      return "&amp;";
    case '<':
      return "&lt;";
    case '>':
      return "&gt;";
    case '"':
      return "&quot;";
    case '\'':
      return "&#39;";
    case '\n':
      return "&#10;";
    case '`':
      return "&#96;";
    case '*':
      return "&#42;";
    case '[':
      return "&#91;";
    case ']':
      return "&#93;";
    case '|':
      return "&#124;";
    case '\\':
      return "&#92;";
    case '~':
      return "&#126;";
    case '$':
      return "&#36;";
    case '!':
      return "&#33;";
    case '_':  // inside a word an underscore is no emphasis in GFM
      return is_word(before) && is_word(after) ? "" : "&#95;";
    case '@':
      return "@&#8203;";
    case '#':
      return "#&#8203;";
    case ':':  // URLs that GitHub would link, and :emoji:, but not a::b or 12:30
      if (after == '/') return ":&#8203;";
      return before != ':' && !is_word(before) && (is_word(after) || after == '+' || after == '-') ? ":&#8203;" : "";
    case '.':
      return before == 'w' || before == 'W' ? ".&#8203;" : "";
    case '-':  // GH-123
      return (before == 'h' || before == 'H') && after >= '0' && after <= '9' ? "-&#8203;" : "";
    default:
      return "";
  }
}

}  // namespace

std::string clean(std::string_view text, std::size_t max_characters) {
  std::string result;
  result.reserve(std::min(text.size(), max_characters * 4));
  std::size_t count = 0;
  std::size_t last_start = 0;
  for (std::size_t at = 0; at < text.size();) {
    if (count == max_characters) {
      result.resize(last_start);
      result += ellipsis;
      return result;
    }
    // Most text is printable ASCII, which stays as it is.
    std::size_t end = at;
    while (end < text.size() && end - at < max_characters - count && text[end] >= ' ' && text[end] <= '~') ++end;
    if (end > at) {
      result.append(text.substr(at, end - at));
      last_start = result.size() - 1;
      count += end - at;
      at = end;
      continue;
    }
    const Character character = decode(text, at);
    last_start = result.size();
    if (character.code == '\n' || character.code == '\r' || character.code == '\t') {
      result.push_back(' ');
    } else if (!character.valid || is_deceptive(character.code)) {
      result += replacement;
    } else {
      result.append(text.substr(at, character.length));
    }
    at += character.length;
    ++count;
  }
  return result;
}

std::string clean_lines(std::string_view text, std::size_t max_lines, std::size_t max_characters_per_line) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.remove_suffix(1);
  std::size_t start = text.size();
  for (std::size_t lines = 0; start > 0; --start) {
    if (text[start - 1] == '\n' && ++lines == max_lines) break;
  }
  std::string result = start > 0 ? std::string(ellipsis) + "\n" : std::string();
  text.remove_prefix(start);
  for (bool first = true;; first = false) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (!first) result.push_back('\n');
    result += clean(line, max_characters_per_line);
    if (end == text.size()) return result;
    text.remove_prefix(end + 1);
  }
}

std::string escape_html(std::string_view text) {
  std::string result;
  result.reserve(text.size() + text.size() / 8);
  for (const char c : text) {
    switch (c) {
      case '&':
        result += "&amp;";
        break;
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      case '"':
        result += "&quot;";
        break;
      case '\'':
        result += "&#39;";
        break;
      case '\n':
        result += "&#10;";
        break;
      default:
        result.push_back(c);
    }
  }
  return result;
}

std::string escape_comment(std::string_view text) {
  std::string result;
  result.reserve(text.size() + text.size() / 4);
  for (std::size_t at = 0; at < text.size(); ++at) {
    const std::string_view escaped = comment_escape(text, at);
    if (escaped.empty()) {
      result.push_back(text[at]);
    } else {
      result += escaped;
    }
  }
  return result;
}

std::string escape_comment_within(std::string_view text, std::size_t max_bytes) {
  std::string result;
  std::size_t fits = 0;  // length of `result` up to which an ellipsis may follow
  for (std::size_t at = 0; at < text.size();) {
    if (result.size() + ellipsis.size() <= max_bytes) fits = result.size();
    const std::string_view escaped = comment_escape(text, at);
    const std::size_t length = decode(text, at).length;
    if (escaped.empty()) {
      result.append(text.substr(at, length));
    } else {
      result += escaped;
    }
    at += length;
    if (result.size() > max_bytes) {
      result.resize(fits);
      if (max_bytes >= ellipsis.size()) result += ellipsis;
      return result;
    }
  }
  return result;
}

std::string without_workflow_commands(std::string_view lines) {
  std::string result;
  result.reserve(lines.size());
  bool line_begins = true;
  for (std::size_t at = 0; at < lines.size(); ++at) {
    const char c = lines[at];
    if (line_begins && c == ':' && lines.substr(at + 1).starts_with(':')) {
      result += "\u2236";
    } else {
      result.push_back(c == '[' && result.ends_with("##") ? '(' : c);
    }
    line_begins = c == '\n' || c == '\r' || (line_begins && (c == ' ' || c == '\t'));
  }
  return result;
}

std::string json_without_workflow_commands(std::string_view json) {
  std::string result;
  result.reserve(json.size());
  for (std::size_t at = json.find("##["); at != std::string_view::npos; at = json.find("##[")) {
    result.append(json.substr(0, at)).append("##\\u005b");
    json.remove_prefix(at + 3);
  }
  return result.append(json);
}

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  for (std::size_t at = 0; at < text.size();) {
    const Character character = decode(text, at);
    width += columns_of(character.code);
    at += character.length;
  }
  return width;
}

std::string shorten_end(std::string_view text, std::size_t columns) {
  if (display_width(text) <= columns) return std::string(text);
  if (columns == 0) return "";
  std::size_t width = 0;
  std::size_t at = 0;
  while (at < text.size()) {
    const Character character = decode(text, at);
    if (width + columns_of(character.code) > columns - 1) break;
    width += columns_of(character.code);
    at += character.length;
  }
  return std::string(text.substr(0, at)).append(ellipsis);
}

std::string shorten_middle(std::string_view text, std::size_t columns) {
  if (display_width(text) <= columns) return std::string(text);
  if (columns < 5) return shorten_end(text, columns);
  std::vector<std::size_t> starts;
  for (std::size_t at = 0; at < text.size(); at += decode(text, at).length) starts.push_back(at);
  const std::size_t tail_columns = (columns - 1) / 2;
  std::size_t tail_start = text.size();
  for (std::size_t width = 0; !starts.empty(); starts.pop_back()) {
    width += columns_of(decode(text, starts.back()).code);
    if (width > tail_columns) break;
    tail_start = starts.back();
  }
  const std::string head = shorten_end(text, columns - tail_columns);
  return head + std::string(text.substr(tail_start));
}

std::string slug(std::string_view text) {
  constexpr std::size_t cap = 48;
  std::string result;
  bool exact = text.size() <= cap;
  for (const char c : text.substr(0, cap)) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    exact = exact && plain;
    const char lowered = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    if (plain || lowered != c) {
      result.push_back(lowered);
    } else if (!result.empty() && result.back() != '-') {
      result.push_back('-');
    }
  }
  if (exact && !result.empty()) return result;
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  for (const char c : text) hash = (hash ^ static_cast<std::uint8_t>(c)) * 0x100000001b3ULL;
  while (!result.empty() && result.back() == '-') result.pop_back();
  return fmt::format("{}{}{:08x}", result, result.empty() ? "" : "-", static_cast<std::uint32_t>(hash ^ hash >> 32U));
}

std::optional<std::string> safe_url(std::string_view url) {
  if (url.empty() || url.size() > 2048) return std::nullopt;
  const auto allowed = [](char c) {
    return is_word(c) || std::string_view("-._~/?=&%:+#").find(c) != std::string_view::npos;
  };
  if (!std::ranges::all_of(url, allowed)) return std::nullopt;
  const bool absolute = url.starts_with("https://") || url.starts_with("http://");
  const bool relative = is_word(url.front()) && url.find(':') == std::string_view::npos;
  if (!absolute && !relative) return std::nullopt;
  return std::string(url);
}

}  // namespace cyclegate::render
