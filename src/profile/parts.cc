#include "profile/parts.h"

#include <algorithm>
#include <map>
#include <utility>

namespace cyclegate::profile {

std::vector<std::vector<std::size_t>> all_parts(std::span<const model::ProfileColumn> columns) {
  std::map<std::string_view, std::size_t> by_name;
  for (std::size_t index = 0; index < columns.size(); ++index) by_name.emplace(columns[index].name, index);
  std::vector<std::vector<std::size_t>> parts(columns.size());
  for (std::size_t index = 0; index < columns.size(); ++index) {
    std::string_view name = columns[index].name;
    for (std::size_t colon = name.rfind(':'); colon != std::string_view::npos; colon = name.rfind(':')) {
      name = name.substr(0, colon);
      const auto whole = by_name.find(name);
      if (whole == by_name.end()) continue;
      parts[whole->second].push_back(index);
      break;
    }
  }
  return parts;
}

std::vector<std::size_t> parts_of(std::span<const model::ProfileColumn> columns, std::size_t whole) {
  return all_parts(columns)[whole];
}

bool has_calls(const model::Profile& profile) {
  return std::ranges::any_of(profile.nodes, [](const auto& node) { return node.calls > 0; });
}

std::size_t find_column(std::span<const model::ProfileColumn> columns, std::string_view name) {
  const auto found = std::ranges::find(columns, name, &model::ProfileColumn::name);
  return static_cast<std::size_t>(found - columns.begin());
}

namespace {

// Whether the profile splits a whole, of that unit, that the column would be a part of.
bool splits(const model::Profile& profile, const model::ProfileColumn& column) {
  std::string_view name = column.name;
  for (std::size_t colon = name.rfind(':'); colon != std::string_view::npos; colon = name.rfind(':')) {
    name = name.substr(0, colon);
    const std::size_t whole = find_column(profile.columns, name);
    if (whole == profile.columns.size()) continue;
    return profile.columns[whole].unit == column.unit && !parts_of(profile.columns, whole).empty();
  }
  return false;
}

void add_zeros(model::Profile& profile, const model::ProfileColumn& column) {
  const std::size_t width = profile.columns.size();
  std::vector<std::uint64_t> self;
  self.reserve(profile.nodes.size() * (width + 1));
  for (std::size_t node = 0; node < profile.nodes.size(); ++node) {
    const auto row = profile.self_of(node);
    self.insert(self.end(), row.begin(), row.end());
    self.push_back(0);
  }
  profile.self = std::move(self);
  profile.columns.push_back(column);
}

}  // namespace

void add_missing_part(model::Profile& one, model::Profile& other, std::string_view column) {
  const std::size_t of_one = find_column(one.columns, column);
  const std::size_t of_other = find_column(other.columns, column);
  const bool in_one = of_one < one.columns.size();
  const bool in_other = of_other < other.columns.size();
  if (in_one == in_other) return;
  model::Profile& with = in_one ? one : other;
  model::Profile& without = in_one ? other : one;
  const model::ProfileColumn missing = with.columns[in_one ? of_one : of_other];
  if (splits(with, missing) && splits(without, missing)) add_zeros(without, missing);
}

}  // namespace cyclegate::profile
