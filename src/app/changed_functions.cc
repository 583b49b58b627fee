#include "app/changed_functions.h"

#include <string>
#include <string_view>

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
  const std::string suffix = path.generic_string();
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

}  // namespace

std::vector<model::ChangedFunction> changed_functions(std::span<const std::uint8_t> elf, const fs::path& tree,
                                                      const git::ChangedLines& changed) {
  std::vector<model::ChangedFunction> functions;
  if (changed.empty()) return functions;
  const auto lines = elf::source_lines(
      elf, [&](std::string_view name) { return changed_file(name, tree, changed); },
      [&](const std::string& file, std::uint32_t line) { return git::contains(changed.at(file), line); });
  for (const elf::SourceLine& line : lines) {
    if (functions.size() == max_changed_functions) break;
    // Sorted: the first line of a function in a file comes first.
    if (!functions.empty() && functions.back().name == line.function && functions.back().file == line.file) continue;
    functions.push_back({.name = line.function, .file = line.file, .line = line.line});
  }
  return functions;
}

}  // namespace cyclegate::app
