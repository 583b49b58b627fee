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
  std::vector<std::uint32_t> callees;  ///< indices of heavy nodes
};

using Weight = std::uint64_t Heavy::*;

class Search {
 public:
  explicit Search(const FlameUnion& both) : least_(std::max(both.threshold, both.scale / parts_looked_at + 1)) {
    heavy_.emplace_back();  // stands for all, the caller of the outermost
    std::unordered_map<std::uint32_t, std::uint32_t> place{{none, 0}};
    for (std::uint32_t i = 0; i < both.nodes.size(); ++i) {
      if (both.base[i] < least_ && both.head[i] < least_) continue;
      const auto index = static_cast<std::uint32_t>(heavy_.size());
      place.emplace(i, index);
      heavy_[place.at(both.nodes[i].parent)].callees.push_back(index);
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
  std::vector<std::uint32_t> callees(std::uint32_t caller, Weight side) const {
    std::vector<std::uint32_t> result;
    for (const std::uint32_t callee : heavy_[caller].callees) {
      if (heavy_[callee].*side >= least_) result.push_back(callee);
    }
    std::ranges::stable_sort(result, [&](auto left, auto right) { return heavy_[left].*side > heavy_[right].*side; });
    return result;
  }

  void look_below(Pair callers) {
    const std::vector<std::uint32_t> of_base = callees(callers.base, &Heavy::base);
    const std::vector<std::uint32_t> of_head = callees(callers.head, &Heavy::head);
    ByName gone;
    ByName came;
    for (const std::uint32_t callee : of_head) came.emplace(heavy_[callee].name, callee);
    for (const std::uint32_t callee : of_base) {
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
    for (const std::uint32_t callee : of_head) cross(callee, &Heavy::head, came, gone, found_.between);
    for (const std::uint32_t callee : of_base) cross(callee, &Heavy::base, gone, came, found_.around);
  }

  /// Goes down from `first`, one of `ours` that only `side` has, until at least half of what it took lies in callees
  /// that are among `theirs`, and pairs those.
  void cross(std::uint32_t first, Weight side, ByName& ours, ByName& theirs, std::vector<std::uint32_t>& passed) {
    const auto own = ours.find(heavy_[first].name);
    if (own == ours.end() || own->second != first) return;
    const auto half = [&](std::uint64_t part) { return part >= heavy_[first].*side - part; };
    std::vector<std::uint32_t> way;
    for (std::uint32_t at = first; way.size() < most_between;) {
      way.push_back(at);
      const std::vector<std::uint32_t> below = callees(at, side);
      std::uint64_t met = 0;
      for (const std::uint32_t callee : below) {
        if (theirs.contains(heavy_[callee].name)) met += heavy_[callee].*side;
      }
      if (met != 0 && half(met)) {
        for (const std::uint32_t callee : below) {
          const auto other = theirs.find(heavy_[callee].name);
          if (other == theirs.end()) continue;
          const Pair pair = side == &Heavy::head ? Pair{other->second, callee} : Pair{callee, other->second};
          found_.moves.push_back({.from = heavy_[pair.base].node, .to = heavy_[pair.head].node});
          pending_.push_back(pair);
          theirs.erase(other);
        }
        for (const std::uint32_t step : way) passed.push_back(heavy_[step].node);
        ours.erase(own);
        return;
      }
      if (below.empty() || !half(heavy_[below.front()].*side)) return;
      at = below.front();
    }
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
