#include "render/flame_union.h"

#include <bit>
#include <unordered_map>

namespace cyclegate::render {
namespace {

constexpr std::uint32_t none = model::ProfileNode::kNoParent;

/// Nodes by caller and name, in open addressing: a large profile has millions.
class ChainTable {
 public:
  ChainTable(std::vector<UnionNode>& nodes, std::size_t expected)
      : nodes_(nodes), slots_(std::bit_ceil(expected * 2 + 16), none), mask_(slots_.size() - 1) {}

  std::uint32_t find_or_add(std::uint32_t parent, std::uint32_t name) {
    for (std::size_t at = hash(parent, name) & mask_;; at = (at + 1) & mask_) {
      std::uint32_t& slot = slots_[at];
      if (slot == none) {
        slot = static_cast<std::uint32_t>(nodes_.size());
        nodes_.push_back({.parent = parent, .name = name});
        return slot;
      }
      if (nodes_[slot].parent == parent && nodes_[slot].name == name) return slot;
    }
  }

 private:
  static std::size_t hash(std::uint32_t parent, std::uint32_t name) {
    std::uint64_t key = std::uint64_t{parent} << 32U | name;
    key = (key ^ key >> 31U) * 0x9E3779B97F4A7C15ULL;
    return static_cast<std::size_t>(key ^ key >> 32U);
  }

  std::vector<UnionNode>& nodes_;
  std::vector<std::uint32_t> slots_;
  std::size_t mask_;
};

}  // namespace

FlameUnion unite(const model::Profile& base, std::size_t base_column, const model::Profile& head,
                 std::size_t head_column) {
  FlameUnion result;
  std::unordered_map<std::string_view, std::uint32_t> names;
  const std::size_t most = base.nodes.size() + head.nodes.size();
  result.nodes.reserve(most);
  ChainTable table(result.nodes, most);
  const auto add = [&](const model::Profile& profile, std::size_t column, std::uint64_t UnionNode::* self) {
    std::vector<std::uint32_t> name_of(profile.frames.size());
    for (std::size_t i = 0; i < name_of.size(); ++i) {
      const auto [place, is_new] =
          names.try_emplace(profile.frames[i].name, static_cast<std::uint32_t>(result.names.size()));
      if (is_new) result.names.push_back(profile.frames[i].name);
      name_of[i] = place->second;
    }
    std::vector<std::uint32_t> place(profile.nodes.size());
    for (std::size_t i = 0; i < place.size(); ++i) {
      const model::ProfileNode& node = profile.nodes[i];
      place[i] = table.find_or_add(node.parent == none ? none : place[node.parent], name_of[node.frame]);
      result.nodes[place[i]].*self += profile.self_of(i)[column];
    }
  };
  add(base, base_column, &UnionNode::base_self);
  add(head, head_column, &UnionNode::head_self);

  const std::size_t count = result.nodes.size();
  result.base.resize(count);
  result.head.resize(count);
  result.removed.resize(count);
  for (std::size_t i = count; i-- > 0;) {
    const UnionNode& node = result.nodes[i];
    // Callees come later, so theirs is in already.
    result.base[i] += node.base_self;
    result.head[i] += node.head_self;
    if (result.head[i] == 0) result.removed[i] += node.base_self;
    if (node.parent == none) {
      result.base_total += result.base[i];
      result.head_total += result.head[i];
      result.removed_total += result.removed[i];
    } else {
      result.base[node.parent] += result.base[i];
      result.head[node.parent] += result.head[i];
      result.removed[node.parent] += result.removed[i];
    }
  }
  return result;
}

}  // namespace cyclegate::render
