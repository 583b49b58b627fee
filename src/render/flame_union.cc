#include "render/flame_union.h"

#include <bit>
#include <unordered_map>

namespace cyclegate::render {
namespace {

constexpr std::uint32_t none = model::ProfileNode::kNoParent;

/// Nodes by caller and name, in open addressing: a large profile has millions, and looking one up is a cache miss or
/// two.
class ChainTable {
 public:
  ChainTable(std::vector<UnionNode>& nodes, std::size_t most)
      : nodes_(nodes), slots_(std::bit_ceil(most + most / 2 + 16)), mask_(slots_.size() - 1) {}

  void prefetch(std::uint32_t parent, std::uint32_t name) const {
    __builtin_prefetch(&slots_[hash(parent, name) & mask_]);
  }

  std::uint32_t find_or_add(std::uint32_t parent, std::uint32_t name) {
    const std::uint64_t key = hash(parent, name);
    const auto tag = static_cast<std::uint32_t>(key >> 32U);
    for (std::size_t at = key & mask_;; at = (at + 1) & mask_) {
      Slot& slot = slots_[at];
      if (slot.node == none) {
        slot = {.tag = tag, .node = static_cast<std::uint32_t>(nodes_.size())};
        nodes_.push_back({.parent = parent, .name = name});
        return slot.node;
      }
      if (slot.tag == tag && nodes_[slot.node].parent == parent && nodes_[slot.node].name == name) return slot.node;
    }
  }

 private:
  struct Slot {
    std::uint32_t tag = 0;  ///< of the key, so that a slot of another one is passed without looking at its node
    std::uint32_t node = none;
  };

  static std::uint64_t hash(std::uint32_t parent, std::uint32_t name) {
    std::uint64_t key = (std::uint64_t{parent} << 32U | name) * 0x9E3779B97F4A7C15ULL;
    key ^= key >> 29U;
    return key * 0xBF58476D1CE4E5B9ULL ^ key >> 32U;
  }

  std::vector<UnionNode>& nodes_;
  std::vector<Slot> slots_;
  std::size_t mask_;
};

constexpr std::size_t prefetch_distance = 12;

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
    const auto caller = [&](std::uint32_t parent) { return parent == none ? none : place[parent]; };
    for (std::size_t i = 0; i < place.size(); ++i) {
      // A caller that has no place yet gives a useless prefetch and no harm.
      if (i + prefetch_distance < place.size()) {
        const model::ProfileNode& later = profile.nodes[i + prefetch_distance];
        table.prefetch(caller(later.parent), name_of[later.frame]);
      }
      const model::ProfileNode& node = profile.nodes[i];
      place[i] = table.find_or_add(caller(node.parent), name_of[node.frame]);
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
