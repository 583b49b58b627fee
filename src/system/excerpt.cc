#include "system/excerpt.h"

#include <algorithm>
#include <cstdint>
#include <vector>

namespace cyclegate::system {
namespace {

/// Length of the UTF-8 sequence at the start of `text`, 0 when there is none (RFC 3629, section 4).
std::size_t sequence_length(std::string_view text) {
  const auto byte = [&](std::size_t i) {
    return i < text.size() ? static_cast<std::uint8_t>(text[i]) : std::uint8_t{0};
  };
  const auto between = [](std::uint8_t value, unsigned low, unsigned high) { return value >= low && value <= high; };
  const auto tail = [&](std::size_t i) { return between(byte(i), 0x80, 0xBF); };
  const std::uint8_t first = byte(0);
  if (first < 0x80) return 1;
  if (between(first, 0xC2, 0xDF)) return tail(1) ? 2 : 0;
  if (between(first, 0xE0, 0xEF)) {
    const unsigned low = first == 0xE0 ? 0xA0 : 0x80;
    const unsigned high = first == 0xED ? 0x9F : 0xBF;
    return between(byte(1), low, high) && tail(2) ? 3 : 0;
  }
  if (between(first, 0xF0, 0xF4)) {
    const unsigned low = first == 0xF0 ? 0x90 : 0x80;
    const unsigned high = first == 0xF4 ? 0x8F : 0xBF;
    return between(byte(1), low, high) && tail(2) && tail(3) ? 4 : 0;
  }
  return 0;
}

/// Length of the escape sequence (ECMA-48: CSI, OSC, or ESC and one more) at the start of `text`, which is an ESC.
std::size_t escape_length(std::string_view text) {
  if (text.size() < 2) return text.size();
  if (text[1] == '[') {
    std::size_t i = 2;
    while (i < text.size() && text[i] >= 0x20 && text[i] <= 0x3F) ++i;
    return std::min(i + 1, text.size());
  }
  if (text[1] == ']') {
    for (std::size_t i = 2; i < text.size(); ++i) {
      if (text[i] == '\a') return i + 1;
      if (text[i] == '\x1b') return std::min(i + 2, text.size());
    }
    return text.size();
  }
  return 2;
}

std::string cleaned(std::string_view line) {
  std::string result;
  for (std::size_t i = 0; i < line.size();) {
    const char c = line[i];
    if (c == '\x1b') {
      i += escape_length(line.substr(i));
      continue;
    }
    const std::size_t length = sequence_length(line.substr(i));
    if (length == 0) {
      result += '?';
    } else if (c == '\t') {
      result += "  ";
    } else if (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f) {
      result += line.substr(i, length);
    }
    i += std::max<std::size_t>(length, 1);
  }
  result.erase(result.find_last_not_of(' ') + 1);
  return result;
}

/// What a terminal would still show of a line that was redrawn.
std::string_view last_state(std::string_view line) {
  while (line.ends_with('\r')) line.remove_suffix(1);
  const std::size_t redrawn = line.rfind('\r');
  return redrawn == std::string_view::npos ? line : line.substr(redrawn + 1);
}

}  // namespace

std::string last_lines(std::string_view text, std::size_t lines, std::size_t bytes) {
  std::vector<std::string> kept;  // the last line first
  std::size_t room = bytes;
  while (!text.empty() && kept.size() < lines && room > 0) {
    if (text.ends_with('\n')) text.remove_suffix(1);
    const std::size_t at = text.rfind('\n');
    const std::size_t start = at == std::string_view::npos ? 0 : at + 1;
    std::string line = cleaned(last_state(text.substr(start)));
    text = text.substr(0, start);
    if (line.empty() && kept.empty()) continue;
    if (line.size() + 1 > room) {
      constexpr std::string_view cut = "...";
      if (room <= cut.size() + 1) break;
      std::size_t from = line.size() - (room - cut.size() - 1);
      while (from < line.size() && (static_cast<unsigned char>(line[from]) & 0xC0U) == 0x80U) ++from;
      line = std::string(cut) + line.substr(from);
      room = 0;
    } else {
      room -= line.size() + 1;
    }
    kept.push_back(std::move(line));
  }
  std::string result;
  for (auto line = kept.rbegin(); line != kept.rend(); ++line) {
    if (!result.empty()) result += '\n';
    result += *line;
  }
  return result;
}

}  // namespace cyclegate::system
