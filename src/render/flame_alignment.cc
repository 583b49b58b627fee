#include "render/flame_alignment.h"

#include <algorithm>
#include <map>
#include <optional>
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
  std::uint64_t Heavy::* other;  ///< the other side's weight
};
constexpr Side of_base{.all = &Heavy::base, .light = &Heavy::light_base, .other = &Heavy::head};
constexpr Side of_head{.all = &Heavy::head, .light = &Heavy::light_head, .other = &Heavy::base};

using ByName = std::unordered_map<std::uint32_t, std::uint32_t>;  // name -> heavy node

/// Frames that one side alone may have between, and the callees that the other has without them.
struct Crossing {
  bool in_head = false;                          ///< head has the frames
  std::vector<std::uint32_t> way;                ///< heavy nodes, outermost first
  std::map<std::uint32_t, std::uint32_t> picks;  ///< the other side's callee -> the one below the way
  std::uint64_t matched = 0;                     ///< what of the picks' weight both sides have
  std::uint64_t undisputed = 0;                  ///< of it, what no other crossing could match better
};

/// What came and went below two callers that are compared with each other.
struct Unmatched {
  ByName gone;
  ByName came;
};

class Search {
 public:
  // More than a thousandth, in whole numbers; what is drawn has no say, so that figures do not depend on it.
  Search(const FlameUnion& both, LazyChainTable& chains)
      : both_(both), chains_(chains), least_(both.scale / parts_looked_at + 1) {
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
      // One side may be light.
      if (both.base[i] < least_) heavy_[caller].light_base += both.base[i];
      if (both.head[i] < least_) heavy_[caller].light_head += both.head[i];
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
  /// A chain of base and the one of head that is compared with it, as heavy nodes; mostly the same node.
  struct Pair {
    std::uint32_t base = 0;
    std::uint32_t head = 0;
  };

  void look_below(Pair callers) {
    Unmatched left;
    for (const std::uint32_t callee : heavy_[callers.head].callees) {
      if (heavy_[callee].head >= least_) left.came.emplace(heavy_[callee].name, callee);
    }
    for (const std::uint32_t callee : heavy_[callers.base].callees) {
      if (heavy_[callee].base < least_) continue;
      const auto found = left.came.find(heavy_[callee].name);
      if (found == left.came.end()) {
        left.gone.emplace(heavy_[callee].name, callee);
      } else {
        pending_.push_back({callee, found->second});
        left.came.erase(found);
      }
    }
    if (left.gone.empty() || left.came.empty()) return;
    // A callee of the same name that is light keeps the match.
    std::erase_if(left.gone, [&](const auto& entry) { return calls(callers, callers.head, entry, both_.head); });
    std::erase_if(left.came, [&](const auto& entry) { return calls(callers, callers.base, entry, both_.base); });
    while (!left.gone.empty() && !left.came.empty() && take_best(callers, left)) {
    }
  }

  /// Whether `caller` calls a function of that name on the side of those weights.
  bool calls(Pair callers, std::uint32_t caller, const ByName::value_type& callee,
             const std::vector<std::uint64_t>& weights) {
    if (callers.base == callers.head) return weights[heavy_[callee.second].node] != 0;
    const std::uint32_t found = chains_.get().find(heavy_[caller].node, callee.first);
    return found != none && weights[found] != 0;
  }

  std::uint64_t matched_by(const Crossing& crossing, std::uint32_t theirs, std::uint32_t callee) const {
    const Side side = crossing.in_head ? of_head : of_base;
    return std::min(heavy_[callee].*side.all, heavy_[theirs].*side.other);
  }

  /// Goes down from `first` until at least half of what it took lies in callees that are among `theirs`.
  std::optional<Crossing> cross(std::uint32_t first, bool in_head, const ByName& theirs) const {
    const Side side = in_head ? of_head : of_base;
    Crossing result{.in_head = in_head, .way = {}, .picks = {}};
    std::uint64_t whole = heavy_[first].*side.all;
    std::uint64_t met = 0;
    const auto half = [&](std::uint64_t part) { return part != 0 && part >= whole - part; };
    for (std::uint32_t at = first; result.way.size() < most_between;) {
      result.way.push_back(at);
      whole -= heavy_[at].*side.light;
      std::uint32_t next = none;
      for (const std::uint32_t callee : heavy_[at].callees) {
        const std::uint64_t weight = heavy_[callee].*side.all;
        if (weight < least_) continue;
        const auto other = theirs.find(heavy_[callee].name);
        if (other == theirs.end()) {
          if (next == none || weight > heavy_[next].*side.all) next = callee;
          continue;
        }
        const auto [pick, is_new] = result.picks.try_emplace(other->second, callee);
        if (!is_new && heavy_[pick->second].*side.all >= weight) continue;
        if (!is_new) met -= heavy_[pick->second].*side.all;
        pick->second = callee;
        met += weight;
      }
      if (half(met)) {
        for (const auto& [other, callee] : result.picks) result.matched += matched_by(result, other, callee);
        return result;
      }
      if (next == none || !half(met + heavy_[next].*side.all)) return std::nullopt;
      at = next;
    }
    return std::nullopt;
  }

  /// Takes the crossing that matches most, and those that do not come into the way of any other. False: there is none.
  bool take_best(Pair callers, Unmatched& left) {
    std::vector<Crossing> crossings;
    const auto look = [&](std::uint32_t caller, bool in_head, const ByName& ours, const ByName& theirs) {
      for (const std::uint32_t callee : heavy_[caller].callees) {
        const auto own = ours.find(heavy_[callee].name);
        if (own == ours.end() || own->second != callee) continue;
        if (auto crossing = cross(callee, in_head, theirs)) crossings.push_back(std::move(*crossing));
      }
    };
    look(callers.head, true, left.came, left.gone);
    look(callers.base, false, left.gone, left.came);
    if (crossings.empty()) return false;
    std::unordered_map<std::uint32_t, std::uint64_t> best;  // heavy node -> the most that it could match
    for (const Crossing& crossing : crossings) {
      std::uint64_t& own = best[crossing.way.front()];
      own = std::max(own, crossing.matched);
      for (const auto& [other, callee] : crossing.picks) {
        std::uint64_t& most = best[other];
        most = std::max(most, matched_by(crossing, other, callee));
      }
    }
    for (Crossing& crossing : crossings) {
      for (const auto& [other, callee] : crossing.picks) {
        const std::uint64_t matched = matched_by(crossing, other, callee);
        if (matched >= best[other]) crossing.undisputed += matched;
      }
    }
    std::ranges::stable_sort(crossings, [](const Crossing& a, const Crossing& b) {
      return std::pair{a.undisputed, a.matched} > std::pair{b.undisputed, b.matched};
    });
    bool first = true;
    for (const Crossing& crossing : crossings) {
      const bool in_nobodys_way =
          crossing.undisputed == crossing.matched && best[crossing.way.front()] == crossing.matched;
      if (!std::exchange(first, false) && !in_nobodys_way) continue;
      take(callers, crossing, left, best);
    }
    return true;
  }

  /// Nothing where another crossing has taken a part of it.
  void take(Pair callers, const Crossing& crossing, Unmatched& left,
            const std::unordered_map<std::uint32_t, std::uint64_t>& best) {
    ByName& ours = crossing.in_head ? left.came : left.gone;
    ByName& theirs = crossing.in_head ? left.gone : left.came;
    const auto own = ours.find(heavy_[crossing.way.front()].name);
    const auto there = [&](const auto& pick) { return theirs.contains(heavy_[pick.first].name); };
    if (own == ours.end() || !std::ranges::all_of(crossing.picks, there)) return;
    for (const auto& [other, callee] : crossing.picks) {
      // What another crossing matches better is left to it.
      if (crossing.undisputed != 0 && matched_by(crossing, other, callee) < best.at(other)) continue;
      const Pair pair = crossing.in_head ? Pair{other, callee} : Pair{callee, other};
      pending_.push_back(pair);
      found_.pairs.push_back({heavy_[pair.base].node, heavy_[pair.head].node});
      theirs.erase(heavy_[other].name);
    }
    auto& passed = crossing.in_head ? found_.between : found_.around;
    for (const std::uint32_t step : crossing.way) {
      passed.push_back({heavy_[step].node, heavy_[callers.base].node, heavy_[callers.head].node});
    }
    ours.erase(own);
  }

  const FlameUnion& both_;
  LazyChainTable& chains_;
  std::uint64_t least_;
  std::vector<Heavy> heavy_;
  std::vector<Pair> pending_;
  FlameAlignment found_;
};

}  // namespace

FlameAlignment align(const FlameUnion& both, LazyChainTable& chains) {
  return Search(both, chains).run();
}

}  // namespace cyclegate::render
