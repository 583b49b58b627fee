#include "profile/check.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string_view>
#include <vector>

#include "model/error.h"
#include "profile/parts.h"

namespace cyclegate::profile {
namespace {

[[noreturn]] void fail(const model::Profile& profile, const std::string& what) {
  throw model::Error(model::ErrorKind::configuration, profile.origin + ": " + what);
}

void check_columns(const model::Profile& profile) {
  if (profile.columns.empty()) fail(profile, "a profile without weights");
  std::set<std::string_view> names;
  for (const auto& column : profile.columns) {
    if (column.name.empty()) fail(profile, "a column without a name");
    if (!names.insert(column.name).second) fail(profile, "two columns are called " + column.name);
  }
}

void check_nodes(const model::Profile& profile) {
  std::vector<std::uint64_t> places;
  places.reserve(profile.nodes.size());
  for (std::size_t index = 0; index < profile.nodes.size(); ++index) {
    const auto& node = profile.nodes[index];
    if (node.frame >= profile.frames.size())
      fail(profile, fmt::format("node {}: there is no frame {}", index, node.frame));
    if (node.parent != model::ProfileNode::kNoParent && node.parent >= index)
      fail(profile, fmt::format("node {}: its caller {} does not come before it", index, node.parent));
    places.push_back(std::uint64_t{node.parent} << 32 | node.frame);
  }
  std::ranges::sort(places);
  if (std::ranges::adjacent_find(places) != places.end())
    fail(profile, "two nodes have the same caller and the same frame");
}

void check_weights(const model::Profile& profile) {
  const std::size_t width = profile.columns.size();
  if (profile.self.size() != profile.nodes.size() * width)
    fail(profile, fmt::format("{} weights; {} nodes with {} columns need {}", profile.self.size(), profile.nodes.size(),
                              width, profile.nodes.size() * width));
  std::vector<std::uint64_t> totals(width);
  const auto parts = all_parts(profile.columns);
  for (std::size_t index = 0; index < profile.nodes.size(); ++index) {
    const auto self = profile.self_of(index);
    for (std::size_t column = 0; column < width; ++column) {
      if (__builtin_add_overflow(totals[column], self[column], &totals[column]))
        fail(profile, "the sum of `" + profile.columns[column].name + "` does not fit 64 bits");
    }
    for (std::size_t column = 0; column < width; ++column) {
      if (parts[column].empty()) continue;
      __extension__ unsigned __int128 sum = 0;
      for (const std::size_t part : parts[column]) sum += self[part];
      if (sum != self[column])
        fail(profile, fmt::format("node {}: the parts of `{}` do not sum to it", index, profile.columns[column].name));
    }
  }
}

}  // namespace

void check(const model::Profile& profile) {
  check_columns(profile);
  for (std::size_t index = 0; index < profile.frames.size(); ++index) {
    if (profile.frames[index].name.empty()) fail(profile, fmt::format("frame {}: has no name", index));
  }
  check_nodes(profile);
  check_weights(profile);
}

}  // namespace cyclegate::profile
