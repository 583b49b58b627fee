#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

struct git_repository;

namespace cyclegate::git {

/// Lines of a file, both ends included, from 1.
struct LineRange {
  std::uint32_t first = 1;
  std::uint32_t last = 1;

  bool operator==(const LineRange&) const = default;
};

/// What a change touches: path (in head) to its lines in head, ascending. Where lines were only taken away, the line
/// before them stands for the place. Deleted and binary files have no lines.
using ChangedLines = std::map<std::string, std::vector<LineRange>>;

/// Most files and ranges that a diff gives; a change beyond that is not looked at line by line.
inline constexpr std::size_t max_changed_files = 3'000;
inline constexpr std::size_t max_changed_ranges = 200'000;

/// Whether the line lies in one of the ranges.
bool contains(const std::vector<LineRange>& ranges, std::uint32_t line);

/// The diff of two trees by their ids, without context lines and without looking for renames. Empty when it is larger
/// than the limits above. Throws model::Error{configuration} when a tree cannot be read.
ChangedLines changed_lines_of_trees(git_repository* repository, const std::string& base_tree,
                                    const std::string& head_tree);

}  // namespace cyclegate::git
