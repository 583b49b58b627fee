#include "render/flame_tree.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "render/safe_text.h"

namespace cyclegate::render {
namespace {

constexpr std::size_t name_characters = 600;  // Rust's generics make long names; a megabyte is none

/// The name's FNV-1a hash.
std::string mark_of(std::string_view name) {
  std::uint32_t value = 0x811C9DC5U;
  for (const char c : name) value = (value ^ static_cast<std::uint8_t>(c)) * 0x01000193U;
  return fmt::format("{:08x}", value);
}

/// The position of every name in their order, so that siblings are sorted by comparing integers.
std::vector<std::uint32_t> ranks_of(const std::vector<FlameName>& names) {
  std::vector<std::uint32_t> order(names.size());
  std::iota(order.begin(), order.end(), 0U);
  std::ranges::stable_sort(order, [&](auto left, auto right) { return names[left].clean < names[right].clean; });
  std::vector<std::uint32_t> ranks(names.size());
  for (std::uint32_t i = 0; i < order.size(); ++i) ranks[order[i]] = i;
  return ranks;
}

}  // namespace

FlameName flame_name(std::string_view name) {
  FlameName result;
  result.clean = name.empty() ? "(unknown)" : clean(name, name_characters);
  result.escaped = escape_html(result.clean);
  if (result.clean != name) result.mark = mark_of(name);
  return result;
}

std::vector<std::uint64_t> inclusive_weights(const model::Profile& profile, std::size_t column) {
  const std::size_t columns = profile.columns.size();
  std::vector<std::uint64_t> weights(profile.nodes.size());
  for (std::size_t i = 0; i < weights.size(); ++i) weights[i] = profile.self[i * columns + column];
  for (std::size_t i = weights.size(); i-- > 0;) {
    const std::uint32_t parent = profile.nodes[i].parent;
    if (parent != model::ProfileNode::kNoParent) weights[parent] += weights[i];
  }
  return weights;
}

FlameLayout lay_out(const FlameTree& tree) {
  const std::vector<std::uint32_t> ranks = ranks_of(tree.names);
  const std::size_t count = tree.nodes.size();
  // Callees of node i are children[first[i] .. first[i + 1]); those of nobody stand in the last group.
  const auto group = [&](std::uint32_t parent) {
    return parent == model::ProfileNode::kNoParent ? count : std::size_t{parent};
  };
  std::vector<std::uint32_t> first(count + 2, 0);
  for (const FlameNode& node : tree.nodes) ++first[group(node.parent) + 1];
  std::partial_sum(first.begin(), first.end(), first.begin());
  std::vector<std::uint32_t> children(count);
  std::vector<std::uint32_t> next(first.begin(), first.end() - 1);
  for (std::uint32_t i = 0; i < count; ++i) children[next[group(tree.nodes[i].parent)]++] = i;
  const auto before = [&](std::uint32_t left, std::uint32_t right) {
    const std::uint32_t left_rank = ranks[tree.nodes[left].name];
    const std::uint32_t right_rank = ranks[tree.nodes[right].name];
    return left_rank != right_rank ? left_rank < right_rank : left < right;
  };

  FlameLayout layout;
  layout.boxes.reserve(count);
  struct Pending {
    std::uint32_t node;
    std::uint32_t row;
    std::uint64_t start;
  };
  std::vector<Pending> stack;
  const auto push_group = [&](std::size_t index, std::uint32_t row, std::uint64_t start) {
    const auto begin = children.begin() + first[index];
    const auto end = children.begin() + first[index + 1];
    if (begin == end) return;
    if (row == max_flame_rows) return;
    if (end - begin > 1) std::sort(begin, end, before);
    const std::size_t bottom = stack.size();
    for (auto at = begin; at != end; ++at) {
      stack.push_back({*at, row, start});
      start += tree.nodes[*at].weight;
    }
    std::reverse(stack.begin() + static_cast<std::ptrdiff_t>(bottom), stack.end());
  };
  push_group(count, 0, 0);
  while (!stack.empty()) {
    const Pending top = stack.back();
    stack.pop_back();
    layout.boxes.push_back({top.node, top.row, top.start});
    layout.rows = std::max(layout.rows, top.row + 1);
    push_group(top.node, top.row + 1, top.start);
  }
  layout.too_deep = count - layout.boxes.size();
  return layout;
}

}  // namespace cyclegate::render
