#include "profile/parts.h"

#include <algorithm>
#include <map>

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

}  // namespace cyclegate::profile
