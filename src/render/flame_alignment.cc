#include "render/flame_alignment.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

namespace cyclegate::render {
namespace {

constexpr std::uint64_t parts_looked_at = 1000;
constexpr std::size_t most_between = 8;
constexpr std::uint32_t none = model::ProfileNode::kNoParent;

/// A node of the union that is heavy enough to be looked at.
struct Heavy {
  std::uint32_t node = none;
  std::uint32_t name = 0;
  std::uint64_t base = 0;
  std::uint64_t head = 0;
  std::uint64_t light_base = 0;  ///< what callees took that are not heavy
  std::uint64_t light_head = 0;
  std::vector<std::uint32_t> callees;  ///< indices of heavy nodes
};

/// One side's weights of a node.
struct Side {
  std::uint64_t Heavy::* all;
  std::uint64_t Heavy::* light;
};
constexpr Side of_base{.all = &Heavy::base, .light = &Heavy::light_base};
constexpr Side of_head{.all = &Heavy::head, .light = &Heavy::light_head};

class Search {
 public:
  explicit Search(const FlameUnion& both) : least_(std::max(both.threshold, both.scale / parts_looked_at + 1)) {
    heavy_.emplace_back();  // stands for all, the caller of the outermost
    std::vector<std::uint32_t> place(both.nodes.size(), none);
    for (std::uint32_t i = 0; i < both.nodes.size(); ++i) {
      const std::uint32_t caller = both.nodes[i].parent == none ? 0 : place[both.nodes[i].parent];
      if (both.base[i] < least_ && both.head[i] < least_) {
        if (caller == none) continue;
        heavy_[caller].light_base += both.base[i];
        heavy_[caller].light_head += both.head[i];
        continue;
      }
      place[i] = static_cast<std::uint32_t>(heavy_.size());
      heavy_[caller].callees.push_back(place[i]);
      heavy_.push_back(
          {.node = i, .name = both.nodes[i].name, .base = both.base[i], .head = both.head[i], .callees = {}});
    }
  }

  FlameAlignment run() && {
    pending_.push_back({0, 0});
    while (!pending_.empty()) {
      const Pair pair = pending_.back();
      pending_.pop_back();
      look_below(pair);
    }
    return std::move(found_);
  }

 private:
  /// A chain of base and the one of head that is compared with it; mostly the same node.
  struct Pair {
    std::uint32_t base = 0;
    std::uint32_t head = 0;
  };
  using ByName = std::unordered_map<std::uint32_t, std::uint32_t>;  // name -> heavy node

  /// Callees of `caller` with enough of that side's weight, the heaviest first.
  std::vector<std::uint32_t> callees(std::uint32_t caller, Side side) const {
    std::vector<std::uint32_t> result;
    for (const std::uint32_t callee : heavy_[caller].callees) {
      if (heavy_[callee].*side.all >= least_) result.push_back(callee);
    }
    std::ranges::stable_sort(result,
                             [&](auto left, auto right) { return heavy_[left].*side.all > heavy_[right].*side.all; });
    return result;
  }

  void look_below(Pair callers) {
    const std::vector<std::uint32_t> base = callees(callers.base, of_base);
    const std::vector<std::uint32_t> head = callees(callers.head, of_head);
    ByName gone;
    ByName came;
    for (const std::uint32_t callee : head) came.emplace(heavy_[callee].name, callee);
    for (const std::uint32_t callee : base) {
      const auto found = came.find(heavy_[callee].name);
      if (found != came.end()) {
        pending_.push_back({callee, found->second});
        came.erase(found);
      } else if (heavy_[callee].head == 0) {
        gone.emplace(heavy_[callee].name, callee);
      }
    }
    std::erase_if(came, [&](const auto& entry) { return heavy_[entry.second].base != 0; });
    if (gone.empty() || came.empty()) return;
    for (const std::uint32_t callee : head) {
      const std::uint32_t last = cross(callee, of_head, came, gone, found_.between);
      if (last != none) found_.shortcuts.push_back({heavy_[callers.base].node, heavy_[last].node});
    }
    for (const std::uint32_t callee : base) {
      const std::uint32_t last = cross(callee, of_base, gone, came, found_.around);
      if (last != none) found_.shortcuts.push_back({heavy_[last].node, heavy_[callers.head].node});
    }
  }

  /// Goes down from `first`, one of `ours` that only `side` has, until at least half of what it took lies in callees
  /// that are among `theirs`, and pairs those. The last frame of the way, or none.
  std::uint32_t cross(std::uint32_t first, Side side, ByName& ours, ByName& theirs,
                      std::vector<std::uint32_t>& passed) {
    const auto own = ours.find(heavy_[first].name);
    if (own == ours.end() || own->second != first) return none;
    std::vector<std::uint32_t> way;
    for (std::uint32_t at = first; way.size() < most_between;) {
      way.push_back(at);
      const std::uint64_t whole = heavy_[first].*side.all - heavy_[at].*side.light;
      const auto half = [&](std::uint64_t part) { return part != 0 && part >= whole - part; };
      const std::vector<std::uint32_t> below = callees(at, side);
      std::uint64_t met = 0;
      for (const std::uint32_t callee : below) {
        if (theirs.contains(heavy_[callee].name)) met += heavy_[callee].*side.all;
      }
      if (half(met)) {
        for (const std::uint32_t callee : below) {
          const auto other = theirs.find(heavy_[callee].name);
          if (other == theirs.end()) continue;
          pending_.push_back(side.all == of_head.all ? Pair{other->second, callee} : Pair{callee, other->second});
          theirs.erase(other);
        }
        for (const std::uint32_t step : way) passed.push_back(heavy_[step].node);
        ours.erase(own);
        return at;
      }
      if (below.empty() || !half(heavy_[below.front()].*side.all)) return none;
      at = below.front();
    }
    return none;
  }

  std::uint64_t least_;
  std::vector<Heavy> heavy_;
  std::vector<Pair> pending_;
  FlameAlignment found_;
};

}  // namespace

FlameAlignment align(const FlameUnion& both) {
  return Search(both).run();
}

}  // namespace cyclegate::render
