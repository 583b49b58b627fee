#include "render/flame_union.h"

#include <algorithm>
#include <unordered_map>

#include "render/flame_alignment.h"

namespace cyclegate::render {
namespace {

constexpr std::size_t prefetch_distance = 12;

/// Makes what each node took itself what it took with its callees, and sums up what is removed. Which names have
/// weight is told by the profiles' own chains: the first call decides, before base is laid elsewhere.
void sum_up(FlameUnion& both) {
  both.removed.assign(both.nodes.size(), 0);
  both.removed_total = 0;
  const bool first = both.sides.empty();
  both.sides.resize(both.names.size());
  for (std::size_t i = both.nodes.size(); i-- > 0;) {
    // Callees come later, so that theirs is in already: what was this node's own becomes inclusive. Where head has
    // nothing or less than is drawn, so has it below, and all of base's is removed.
    if (both.head[i] == 0 || both.shrunk(i)) both.removed[i] = both.base[i];
    if (first) {
      both.sides[both.nodes[i].name] |=
          static_cast<std::uint8_t>((both.base[i] != 0 ? 1U : 0U) | (both.head[i] != 0 ? 2U : 0U));
    }
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

constexpr std::uint32_t none = model::ProfileNode::kNoParent;

/// Where the base weights of every node go.
class Places {
 public:
  Places(FlameUnion& both, const FlameAlignment& alignment, ChainTable& chains)
      : both_(both),
        alignment_(alignment),
        chains_(chains),
        place_(both.nodes.size(), none),
        taken_(both.nodes.size(), false) {}

  /// By node, itself mostly; nodes that are missing are added to the union.
  std::vector<std::uint32_t> find() && {
    for (const FlamePair& pair : alignment_.pairs) lay(pair.base, pair.head);
    for (const FlameWay& way : alignment_.between) taken_[way.node] = true;
    // Frames that went stay where they are below their callers: nothing else goes there.
    for (const FlameWay& way : alignment_.around) taken_[way.node] = true;
    follow_between();
    follow_around();
    for (std::uint32_t i = 0; i < place_.size(); ++i) {
      if (place_[i] != none) continue;
      const std::uint32_t caller = both_.nodes[i].parent;
      const bool stays = both_.base[i] == 0 || caller == none || place_[caller] == caller;
      place_[i] = stays ? i : chains_.find_or_add(place_[caller], both_.nodes[i].name);
    }
    return std::move(place_);
  }

 private:
  void lay(std::uint32_t base, std::uint32_t head) {
    place_[base] = head;
    taken_[head] = true;
    if (both_.base[base] < both_.threshold && both_.head[head] < both_.threshold) return;
    const std::uint32_t caller = both_.nodes[base].parent;
    both_.notes[head] = {.shift = FlameShift::moved, .caller = caller == none ? none : both_.nodes[caller].name};
  }

  bool has(std::uint32_t node, const std::vector<std::uint64_t>& weights) const {
    return node != none && weights[node] != 0;
  }

  /// Calls `look(node, way)` for all callees of frames in `ways`.
  template <typename Look>
  void for_callees(const std::vector<FlameWay>& ways, Look look) const {
    if (ways.empty()) return;
    std::vector<bool> is_way(place_.size(), false);
    std::unordered_map<std::uint32_t, const FlameWay*> by_node;
    for (const FlameWay& way : ways) {
      is_way[way.node] = true;
      by_node.emplace(way.node, &way);
    }
    for (std::uint32_t i = 0; i < place_.size(); ++i) {
      const std::uint32_t caller = both_.nodes[i].parent;
      if (caller != none && is_way[caller]) look(i, *by_node.at(caller));
    }
  }

  /// Callees too light to decide that head has below a frame that came, base without it.
  void follow_between() {
    std::unordered_map<std::uint32_t, std::uint32_t> targets;  // of base's node: the heaviest of head
    for_callees(alignment_.between, [&](std::uint32_t head, const FlameWay& way) {
      if (both_.head[head] == 0 || taken_[head]) return;
      const std::uint32_t base = chains_.find(way.base_caller, both_.nodes[head].name);
      if (!has(base, both_.base) || place_[base] != none || taken_[base]) return;
      if (has(chains_.find(way.head_caller, both_.nodes[head].name), both_.head)) return;
      const auto [entry, is_new] = targets.try_emplace(base, head);
      if (!is_new && both_.head[head] > both_.head[entry->second]) entry->second = head;
    });
    for (const auto& [base, head] : targets) lay(base, head);
  }

  /// Callees too light to decide that base has below a frame that went, head without it.
  void follow_around() {
    std::unordered_map<std::uint32_t, std::uint32_t> sources;  // of head's node: the heaviest of base
    for_callees(alignment_.around, [&](std::uint32_t base, const FlameWay& way) {
      if (both_.base[base] == 0 || place_[base] != none || taken_[base]) return;
      const std::uint32_t head = chains_.find(way.head_caller, both_.nodes[base].name);
      if (!has(head, both_.head) || taken_[head]) return;
      if (has(chains_.find(way.base_caller, both_.nodes[base].name), both_.base)) return;
      const auto [entry, is_new] = sources.try_emplace(head, base);
      if (!is_new && both_.base[base] > both_.base[entry->second]) entry->second = base;
    });
    for (const auto& [head, base] : sources) lay(base, head);
  }

  FlameUnion& both_;
  const FlameAlignment& alignment_;
  ChainTable& chains_;
  std::vector<std::uint32_t> place_;
  std::vector<bool> taken_;  ///< head's that base is laid over, and frames of ways
};

/// Lays base's chains over head's as the alignment says, with all that is below them. Nodes that lose their weight stay
/// without any.
void lay_over(FlameUnion& both, const FlameAlignment& alignment, ChainTable& chains) {
  both.removed = {};  // made anew below; its room is needed meanwhile
  const std::vector<std::uint32_t> place = Places(both, alignment, chains).find();
  both.base.resize(both.nodes.size());
  both.head.resize(both.nodes.size());
  take_apart(both);
  for (std::uint32_t i = 0; i < place.size(); ++i) {
    if (place[i] == i) continue;
    both.base[place[i]] += both.base[i];
    both.base[i] = 0;
  }
  sum_up(both);
  for (const FlameWay& way : alignment.between) both.notes[way.node] = {.shift = FlameShift::between};
  for (const FlameWay& way : alignment.around) both.notes[place[way.node]] = {.shift = FlameShift::around};
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
    LazyChainTable chains(result.nodes);
    if (const FlameAlignment alignment = align(result, chains); !alignment.pairs.empty()) {
      lay_over(result, alignment, chains.get());
    }
  }
  return result;
}

}  // namespace cyclegate::render
