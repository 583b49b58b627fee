#include "app/changed_functions.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "elf/source_lines.h"

namespace cyclegate::app {
namespace {

namespace fs = std::filesystem;

/// The changed file that the compiler's name means; empty: none, or more than one.
std::string changed_file(std::string_view name, const fs::path& tree, const git::ChangedLines& changed) {
  const fs::path path = fs::path(name).lexically_normal();
  if (path.is_absolute()) {
    const std::string relative = path.lexically_relative(tree).generic_string();
    return changed.contains(relative) ? relative : std::string();
  }
  std::string suffix = path.generic_string();
  if (suffix.empty() || suffix.starts_with("..")) return {};
  if (changed.contains(suffix)) return suffix;
  std::string found;
  for (const auto& [file, lines] : changed) {
    if (!file.ends_with("/" + suffix)) continue;
    if (!found.empty()) return {};
    found = file;
  }
  return found;
}

/// Lines that an optimiser left without code of their own: so far away a changed line still counts for its neighbours.
constexpr std::uint32_t near = 3;

/// The changed line at most `near` lines away, the line itself before any other; 0: there is none.
std::uint32_t nearest_change(const std::vector<git::LineRange>& ranges, std::uint32_t line) {
  std::uint32_t best = 0;
  std::uint32_t distance = near + 1;
  const auto after = std::ranges::upper_bound(ranges, line + near, {}, &git::LineRange::first);
  for (auto range = after; range != ranges.begin();) {
    --range;
    const std::uint32_t place = std::clamp(line, range->first, range->last);
    const std::uint32_t away = place < line ? line - place : place - line;
    if (away < distance) {
      best = place;
      distance = away;
    }
    if (range->last + near < line) break;
  }
  return best;
}

}  // namespace

std::vector<model::ChangedFunction> changed_functions(std::span<const std::uint8_t> elf, const fs::path& tree,
                                                      const git::ChangedLines& changed) {
  std::vector<model::ChangedFunction> functions;
  if (changed.empty()) return functions;
  const auto lines = elf::source_lines(
      elf, [&](std::string_view name) { return changed_file(name, tree, changed); },
      [&](const std::string& file, std::uint32_t line) { return nearest_change(changed.at(file), line) != 0; });
  // A change that has code itself says nothing about the code beside it.
  const auto change_at = [&](const std::string& file, std::uint32_t place) {
    const auto& ranges = changed.at(file);
    return std::pair(file, std::prev(std::ranges::upper_bound(ranges, place, {}, &git::LineRange::first))->first);
  };
  std::set<std::pair<std::string, std::uint32_t>> with_code;
  for (const elf::SourceLine& line : lines) {
    if (git::contains(changed.at(line.file), line.line)) with_code.insert(change_at(line.file, line.line));
  }
  // Sorted: of a function in a file the first line comes first; one that was itself changed is better than one nearby.
  bool exact = false;
  for (const elf::SourceLine& line : lines) {
    const std::uint32_t place = nearest_change(changed.at(line.file), line.line);
    if (place != line.line && with_code.contains(change_at(line.file, place))) continue;
    const bool known =
        !functions.empty() && functions.back().name == line.function && functions.back().file == line.file;
    if (!known) {
      if (functions.size() == max_changed_functions) break;
      functions.push_back({.name = line.function, .file = line.file, .line = place});
      exact = place == line.line;
    } else if (!exact && place == line.line) {
      functions.back().line = place;
      exact = true;
    }
  }
  return functions;
}

}  // namespace cyclegate::app
