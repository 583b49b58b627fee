#include "render/flame_union.h"

#include <algorithm>
#include <bit>
#include <unordered_map>

#include "render/flame_alignment.h"

namespace cyclegate::render {
namespace {

/// Nodes by caller and name, in open addressing: a large profile has millions, and looking one up is a cache miss or
/// two.
class ChainTable {
 public:
  ChainTable(std::vector<UnionNode>& nodes, std::size_t most)
      : nodes_(nodes), slots_(std::bit_ceil(most + most / 2 + 16)), mask_(slots_.size() - 1) {}

  /// Enters a node that is there, none of the same caller and name twice.
  void enter(std::uint32_t node) {
    const std::uint64_t key = hash(nodes_[node].parent, nodes_[node].name);
    std::size_t at = key & mask_;
    while (slots_[at].node != model::ProfileNode::kNoParent) at = (at + 1) & mask_;
    slots_[at] = {.tag = static_cast<std::uint32_t>(key >> 32U), .node = node};
  }

  void prefetch(std::uint32_t parent, std::uint32_t name) const {
    __builtin_prefetch(&slots_[hash(parent, name) & mask_]);
  }

  /// kNoParent where there is none.
  std::uint32_t find(std::uint32_t parent, std::uint32_t name) const {
    const std::uint64_t key = hash(parent, name);
    for (std::size_t at = key & mask_;; at = (at + 1) & mask_) {
      const std::uint32_t node = slots_[at].node;
      if (node == model::ProfileNode::kNoParent) return node;
      if (nodes_[node].parent == parent && nodes_[node].name == name) return node;
    }
  }

  std::uint32_t find_or_add(std::uint32_t parent, std::uint32_t name) {
    const std::uint64_t key = hash(parent, name);
    const auto tag = static_cast<std::uint32_t>(key >> 32U);
    for (std::size_t at = key & mask_;; at = (at + 1) & mask_) {
      Slot& slot = slots_[at];
      if (slot.node == model::ProfileNode::kNoParent) {
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
    std::uint32_t node = model::ProfileNode::kNoParent;
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

/// Makes what each node took itself what it took with its callees, and sums up what is removed and which names have
/// weight.
void sum_up(FlameUnion& both) {
  both.removed.assign(both.nodes.size(), 0);
  both.sides.assign(both.names.size(), 0);
  both.removed_total = 0;
  for (std::size_t i = both.nodes.size(); i-- > 0;) {
    // Callees come later, so that theirs is in already: what was this node's own becomes inclusive. Where head has
    // nothing or less than is drawn, so has it below, and all of base's is removed.
    if (both.head[i] == 0 || both.shrunk(i)) both.removed[i] = both.base[i];
    both.sides[both.nodes[i].name] |=
        static_cast<std::uint8_t>((both.base[i] != 0 ? 1U : 0U) | (both.head[i] != 0 ? 2U : 0U));
    const std::uint32_t parent = both.nodes[i].parent;
    if (parent == model::ProfileNode::kNoParent) {
      both.removed_total += both.removed[i];
    } else {
      both.base[parent] += both.base[i];
      both.head[parent] += both.head[i];
      both.removed[parent] += both.removed[i];
    }
  }
}

/// The reverse of sum_up: callers come first, and are corrected by callees that are still inclusive.
void take_apart(FlameUnion& both) {
  for (std::size_t i = 0; i < both.nodes.size(); ++i) {
    const std::uint32_t parent = both.nodes[i].parent;
    if (parent == model::ProfileNode::kNoParent) continue;
    both.base[parent] -= both.base[i];
    both.head[parent] -= both.head[i];
  }
}

/// Where every node's weights go, itself mostly; nodes that are missing are added.
std::vector<std::uint32_t> places_of(FlameUnion& both, const FlameAlignment& alignment) {
  constexpr std::uint32_t none = model::ProfileNode::kNoParent;
  const auto count = static_cast<std::uint32_t>(both.nodes.size());
  std::unordered_map<std::uint32_t, std::vector<std::uint32_t>> shortcuts;  // by base's caller
  std::vector<bool> leads(count, false);                                    // is a key of it
  for (const FlameShortcut& shortcut : alignment.shortcuts) {
    shortcuts[shortcut.base_caller].push_back(shortcut.head_caller);
    if (shortcut.base_caller != none) leads[shortcut.base_caller] = true;
  }
  ChainTable table(both.nodes, count);
  for (std::uint32_t i = 0; i < count; ++i) {
    if (both.head[i] != 0) table.enter(i);
  }
  std::vector<bool> taken(count, false);
  const auto by_shortcut = [&](std::uint32_t i, std::uint32_t caller) {
    for (const std::uint32_t to : shortcuts.at(caller)) {
      const std::uint32_t found = table.find(to, both.nodes[i].name);
      if (found >= count || both.base[found] != 0 || taken[found]) continue;
      taken[found] = true;
      if (both.base[i] >= both.threshold || both.head[found] >= both.threshold) {
        both.notes[found] = {.shift = FlameShift::moved, .caller = caller == none ? none : both.nodes[caller].name};
      }
      return found;
    }
    return none;
  };
  const bool outermost = shortcuts.contains(none);
  std::vector<std::uint32_t> place(count);
  for (std::uint32_t i = 0; i < count; ++i) {
    place[i] = i;
    const std::uint32_t caller = both.nodes[i].parent;
    const bool led = caller == none ? outermost : leads[caller];
    const bool moved = caller != none && place[caller] != caller;
    if ((!led && !moved) || both.base[i] == 0 || both.head[i] != 0) continue;
    if (moved) place[i] = table.find(place[caller], both.nodes[i].name);
    const bool unmatched = !moved || place[i] == none;
    const std::uint32_t found = led && unmatched ? by_shortcut(i, caller) : none;
    if (found != none) place[i] = found;
    if (place[i] == none) place[i] = table.find_or_add(place[caller], both.nodes[i].name);
  }
  return place;
}

/// Lays base's chains over head's as the alignment says, with all that is below them. Nodes that lose their weight stay
/// without any.
void lay_over(FlameUnion& both, const FlameAlignment& alignment) {
  both.removed = {};  // made anew below; its room is needed meanwhile
  const std::vector<std::uint32_t> place = places_of(both, alignment);
  both.base.resize(both.nodes.size());
  both.head.resize(both.nodes.size());
  take_apart(both);
  for (std::uint32_t i = 0; i < place.size(); ++i) {
    if (place[i] == i) continue;
    both.base[place[i]] += both.base[i];
    both.base[i] = 0;
  }
  sum_up(both);
  for (const std::uint32_t node : alignment.between) both.notes[node] = {.shift = FlameShift::between};
  for (const std::uint32_t node : alignment.around) both.notes[place[node]] = {.shift = FlameShift::around};
}

}  // namespace

FlameNote FlameUnion::note(std::uint32_t node) const {
  if (notes.empty()) return {};
  const auto found = notes.find(node);
  return found == notes.end() ? FlameNote{} : found->second;
}

std::vector<UnionSelf> FlameUnion::self_of(const FlameTree& tree) const {
  std::vector<std::uint32_t> place(nodes.size(), model::ProfileNode::kNoParent);  // node -> its index in the tree
  std::vector<UnionSelf> self(tree.nodes.size());
  for (std::uint32_t i = 0; i < tree.nodes.size(); ++i) {
    const std::uint32_t source = tree.nodes[i].source;
    place[source] = i;
    self[i] = {.base = base[source], .head = head[source]};
  }
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (nodes[i].parent == model::ProfileNode::kNoParent || place[nodes[i].parent] == model::ProfileNode::kNoParent)
      continue;
    UnionSelf& caller = self[place[nodes[i].parent]];
    caller.base -= base[i];
    caller.head -= head[i];
  }
  return self;
}

FlameUnion unite(const model::Profile& base, std::size_t base_column, const model::Profile& head,
                 std::size_t head_column, const FlamegraphOptions& options, FlameMatching matching) {
  FlameUnion result;
  {
    // The tables go before the rest of the result takes its place.
    std::unordered_map<std::string_view, std::uint32_t> names;
    const std::size_t most = base.nodes.size() + head.nodes.size();
    // With room for what lay_over() adds; what stays untouched takes no memory.
    result.nodes.reserve(most + most / 4);
    result.base.reserve(most + most / 4);
    result.head.reserve(most + most / 4);
    ChainTable table(result.nodes, most);
    const auto add = [&](const model::Profile& profile, std::size_t column, std::vector<std::uint64_t>& self) {
      std::uint64_t total = 0;
      std::vector<std::uint32_t> name_of(profile.frames.size());
      for (std::size_t i = 0; i < name_of.size(); ++i) {
        const auto [place, is_new] =
            names.try_emplace(profile.frames[i].name, static_cast<std::uint32_t>(result.names.size()));
        if (is_new) result.names.push_back(profile.frames[i].name);
        name_of[i] = place->second;
      }
      std::vector<std::uint32_t> place(profile.nodes.size());
      const auto caller = [&](std::uint32_t parent) {
        return parent == model::ProfileNode::kNoParent ? model::ProfileNode::kNoParent : place[parent];
      };
      for (std::size_t i = 0; i < place.size(); ++i) {
        // A caller that has no place yet gives a useless prefetch and no harm.
        if (i + prefetch_distance < place.size()) {
          const model::ProfileNode& later = profile.nodes[i + prefetch_distance];
          table.prefetch(caller(later.parent), name_of[later.frame]);
        }
        const model::ProfileNode& node = profile.nodes[i];
        place[i] = table.find_or_add(caller(node.parent), name_of[node.frame]);
        if (self.size() < result.nodes.size()) self.resize(result.nodes.size());
        const std::uint64_t weight = profile.self_of(i)[column];
        self[place[i]] += weight;
        total += weight;
      }
      return total;
    };
    result.base_total = add(base, base_column, result.base);
    result.head_total = add(head, head_column, result.head);
  }
  result.scale = std::max(result.base_total, result.head_total);
  result.threshold = flame_threshold(options, result.scale);
  result.base.resize(result.nodes.size());
  result.head.resize(result.nodes.size());
  sum_up(result);
  if (matching == FlameMatching::across) {
    if (const FlameAlignment alignment = align(result); !alignment.shortcuts.empty()) lay_over(result, alignment);
  }
  return result;
}

}  // namespace cyclegate::render
