#include "executors/pick_metric.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "executors/json_search.h"
#include "executors/picked_number.h"
#include "model/text.h"

namespace cyclegate::executors {
namespace {

/// Keeps the time linear also where each match has to be looked for to the end of the text.
constexpr std::size_t max_matches = 100'000;

using Found = std::expected<std::string, std::string>;

/// RE2 matches in time linear in the text, whatever the pattern: std::regex would let a guest's output hang us or
/// overflow our stack.
RE2::Options pattern_options() {
  RE2::Options options(RE2::Latin1);  // any bytes
  options.set_log_errors(false);
  options.set_max_mem(std::int64_t{8} << 20);
  return options;
}

std::string compiled(const std::string& pattern) {
  return "(?m)" + pattern;
}

std::string shown(std::string_view text) {
  return model::to_line(text, 60);
}

/// Where what begins at `at` with a backslash or a bracket ends: an escape, literal text (\Q...\E) or a class.
std::size_t behind_unit(std::string_view pattern, std::size_t at) {
  const auto behind = [&](std::string_view end, std::size_t from) {
    const std::size_t found = pattern.find(end, from);
    return found == std::string_view::npos ? pattern.size() : found + end.size();
  };
  if (pattern[at] == '\\') {
    const std::string_view escape = pattern.substr(at, 3);
    if (escape.starts_with("\\Q")) return behind("\\E", at + 2);
    if (escape == "\\p{" || escape == "\\P{") return behind("}", at + 3);
    return std::min(at + 2, pattern.size());
  }
  std::size_t next = at + 1;
  if (pattern.substr(next).starts_with('^')) ++next;
  if (pattern.substr(next).starts_with(']')) ++next;  // a member, as the first one
  while (next < pattern.size() && pattern[next] != ']') {
    if (pattern.substr(next).starts_with("[:")) {
      next = behind(":]", next + 2);
    } else {
      next = pattern[next] == '\\' ? behind_unit(pattern, next) : next + 1;
    }
  }
  return std::min(next + 1, pattern.size());
}

/// Where a reader of a pattern is within a group.
struct Level {
  bool entry = false;     ///< text was taken before the group
  bool taken = false;     ///< text was taken for certain before this place
  bool all_taken = true;  ///< so it was at the end of the group's alternatives so far
};

bool is_optional(std::string_view pattern, std::size_t end) {
  return end < pattern.size() && (pattern[end] == '*' || pattern[end] == '?' || pattern.substr(end).starts_with("{0"));
}

/// The pattern without what it asks of the place before a match: ^, \A and \b where no text has been taken for certain.
std::string anywhere(std::string_view pattern) {
  std::string result;
  std::vector<Level> levels(1);
  std::size_t end = 0;
  for (std::size_t at = 0; at < pattern.size(); at = end) {
    const char c = pattern[at];
    end = c == '\\' || c == '[' ? behind_unit(pattern, at) : at + 1;
    if (c == '(' && end < pattern.size() && pattern[end] == '?') {  // (?:, (?i:, (?i), (?P<name>
      end = std::min(pattern.find_first_of(":>)", end), pattern.size() - 1);
      if (pattern[end] != ')') ++end;
    } else if (c == '{') {
      end = std::min(pattern.find('}', end), pattern.size() - 1) + 1;
    }
    const std::string_view text = pattern.substr(at, end - at);
    Level& level = levels.back();
    if (text == "^" || text == "\\A" || text == "\\b") {
      result += level.taken ? text : "(?:)";
      continue;
    }
    result += text;
    if (c == '(') {
      levels.push_back({.entry = level.taken, .taken = level.taken});
    } else if (c == '|') {
      level.all_taken = level.all_taken && level.taken;
      level.taken = level.entry;
    } else if (c == ')' && levels.size() > 1) {
      const bool taken = level.all_taken && level.taken && !is_optional(pattern, end);
      levels.pop_back();
      levels.back().taken = levels.back().taken || taken;
    } else if (!std::string_view("*+?{$").contains(c) && !is_optional(pattern, end)) {
      level.taken = level.taken || (text != "\\B" && text != "\\z" && text != "\\Q" && text != "\\E");
    }
  }
  return result;
}

/// A match of the pattern.
struct Match {
  std::size_t begin = 0;
  std::string value;  ///< of its group, or all of it
};

/// Shows the matches to `visit`, in order, as long as it says true. False where there are too many. Each begins behind
/// the one before, or, where they may overlap, behind its group.
template <typename Visit>
bool each_match(const RE2& pattern, std::string_view text, bool overlap, Visit visit) {
  const re2::StringPiece rest(text.data(), text.size());
  re2::StringPiece groups[2];
  const int wanted = pattern.NumberOfCapturingGroups() == 0 ? 1 : 2;
  std::size_t at = 0;
  std::size_t matches = 0;
  while (at <= text.size() && pattern.Match(rest, at, rest.size(), RE2::UNANCHORED, groups, wanted)) {
    const re2::StringPiece& group = groups[wanted - 1];
    const auto begin = static_cast<std::size_t>(groups[0].data() - text.data());
    Match match{.begin = begin, .value = std::string(group.data() == nullptr ? "" : group.data(), group.size())};
    if (!visit(std::move(match))) break;
    if (++matches > max_matches) return false;
    const bool at_group = overlap && group.data() != nullptr;
    const std::size_t end =
        at_group ? static_cast<std::size_t>(group.data() - text.data()) + group.size() : begin + groups[0].size();
    at = end > at ? end : at + 1;  // an empty match does not move by itself
  }
  return true;
}

/// The line, as far as it is not long, on which a match stands.
std::string_view line_of(std::string_view text, std::size_t match) {
  const std::size_t newline = match == 0 ? std::string_view::npos : text.rfind('\n', match - 1);
  const std::size_t begin = newline == std::string_view::npos ? 0 : newline + 1;
  return text.substr(match - begin > 30 ? match : begin).substr(0, 240);
}

Found by_pattern(std::string_view text, const model::PickedMetric& metric) {
  const RE2 pattern(compiled(metric.pattern), pattern_options());
  if (!pattern.ok()) return std::unexpected(fmt::format("its pattern is wrong: {}", pattern.error()));
  const auto too_many = [] {
    return std::unexpected(fmt::format("its pattern matches more than {} times", max_matches));
  };
  std::optional<std::string> found;
  std::optional<Match> other;
  const bool same = metric.match == model::Match::same;
  const auto differs = [&](Match match) {
    if (match.value != *found) other = std::move(match);
    return !other;
  };
  const auto take = [&](Match match) {
    if (found && same) return differs(std::move(match));
    found = std::move(match.value);
    return metric.match != model::Match::first;
  };
  if (!each_match(pattern, text, false, take)) return too_many();
  if (!found) return std::unexpected(std::string("its pattern finds nothing"));
  if (other) {
    return std::unexpected(
        fmt::format("its pattern finds {} and {}; say match: first or match: last, or a pattern that finds one",
                    shown(*found), shown(other->value)));
  }
  // Words without a newline at their end move the program's line away from its beginning, and may be the beginning of
  // a match that takes the program's number for what follows the guest's.
  const bool shared = metric.from == "stdout" || metric.from == "stderr";  // with the guest
  if (!same || !shared) return *found;
  const std::string loosened = anywhere(metric.pattern);
  const RE2 moved(compiled(loosened), pattern_options());
  if (!moved.ok()) return std::unexpected(fmt::format("its pattern is wrong as {}: {}", loosened, moved.error()));
  if (!each_match(moved, text, true, differs)) return too_many();
  if (other) {
    const std::string_view line = line_of(text, other->begin);
    return std::unexpected(fmt::format(
        "its pattern finds {}, and {} behind other words ('{}'); say match: first or match: last, or have it written "
        "where nobody else writes, such as a file",
        shown(*found), shown(other->value), shown(line.substr(0, line.find('\n', 1)))));
  }
  return *found;
}

Found whole_text(std::string_view text) {
  constexpr std::string_view blanks = " \t\r\n";
  const std::size_t first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return std::unexpected(std::string("there is nothing"));
  return std::string(text.substr(first, text.find_last_not_of(blanks) + 1 - first));
}

}  // namespace

std::string pattern_problem(const std::string& pattern) {
  const RE2 compiled_pattern(compiled(pattern), pattern_options());
  if (!compiled_pattern.ok()) return compiled_pattern.error();
  if (compiled_pattern.NumberOfCapturingGroups() > 1)
    return "it has more than one group; (?:...) is one that does not count";
  return "";
}

std::expected<std::uint64_t, std::string> pick_metric(std::string_view text, const model::PickedMetric& metric) {
  Found found = !metric.pattern.empty()   ? by_pattern(text, metric)
                : !metric.pointer.empty() ? find_json_value(text, metric.pointer, metric.match)
                                          : whole_text(text);
  if (!found) return std::unexpected(std::move(found.error()));
  return picked_number(*found, metric.scale, metric.metric.kind == model::MetricKind::exact);
}

}  // namespace cyclegate::executors
