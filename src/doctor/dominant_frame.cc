#include "doctor/dominant_frame.h"

#include <algorithm>
#include <map>
#include <string_view>
#include <vector>

#include "model/frame_kind.h"
#include "model/function_path.h"

namespace cyclegate::doctor {
namespace {

using model::Profile;
using model::Wide;

constexpr std::uint32_t none = model::ProfileNode::kNoParent;

/// Where programs begin, under the names that languages and zkVMs give it.
bool is_entry(std::string_view name) {
  std::string path = model::function_path(name).own;
  while (true) {
    const std::size_t last = path.rfind("::");
    const std::string_view word = std::string_view(path).substr(last == std::string::npos ? 0 : last + 2);
    if (word.starts_with('{') && last != std::string::npos) {
      path.resize(last);  // `main::{closure#0}`
      continue;
    }
    return word == "main" || word.ends_with("_main") || word == "_start" || word == "__start";
  }
}

bool is_runtime(const HotFunction& function) {
  return model::frame_kind(function.name) == model::FrameKind::runtime;
}

/// A function that holds at least half of the run.
struct Candidate {
  const HotFunction* function = nullptr;
  std::size_t depth = 0;  ///< of its outermost frame, where call chains are known
};

/// How deep the outermost frame of each candidate lies.
void add_depths(std::vector<Candidate>& candidates, const Profile& tree) {
  std::map<std::string_view, Candidate*> by_name;
  for (Candidate& candidate : candidates) {
    candidate.depth = tree.nodes.size();
    by_name.emplace(candidate.function->name, &candidate);
  }
  std::vector<Candidate*> of_frame;
  of_frame.reserve(tree.frames.size());
  for (const auto& frame : tree.frames) {
    const auto found = by_name.find(frame.name);
    of_frame.push_back(found == by_name.end() ? nullptr : found->second);
  }
  std::vector<std::size_t> depth(tree.nodes.size());
  for (std::size_t i = 0; i < tree.nodes.size(); ++i) {
    const std::uint32_t parent = tree.nodes[i].parent;
    depth[i] = parent == none ? 0 : depth[parent] + 1;
    if (Candidate* const candidate = of_frame[tree.nodes[i].frame])
      candidate->depth = std::min(candidate->depth, depth[i]);
  }
}

/// What `inner` took in calls from `outer` and from what that called.
Wide cost_below(const Hotspots& hotspots, std::string_view outer, std::string_view inner) {
  const Profile& tree = *hotspots.tree;
  enum : unsigned char { outside = 0, below_outer = 1, below_both = 2 };
  std::vector<unsigned char> state(tree.nodes.size(), outside);
  Wide cost = 0;
  for (std::size_t i = 0; i < tree.nodes.size(); ++i) {
    const std::string& name = tree.frames[tree.nodes[i].frame].name;
    const std::uint32_t parent = tree.nodes[i].parent;
    state[i] = parent == none ? static_cast<unsigned char>(outside) : state[parent];
    if (state[i] == outside && name == outer) state[i] = below_outer;
    if (state[i] == below_outer && name == inner) state[i] = below_both;
    if (state[i] == below_both) cost += tree.self_of(i)[hotspots.column];
  }
  return cost;
}

/// The innermost candidate below `outer` that is half of the run there.
std::optional<HotFunction> innermost_below(const Hotspots& hotspots, const std::vector<Candidate>& candidates,
                                           const Candidate& outer) {
  // From the innermost: the first that fits. There are as many as there are frames in the dearest chain.
  constexpr std::size_t most_walks = 64;
  std::size_t walks = 0;
  for (std::size_t i = candidates.size(); i-- > 0 && walks < most_walks;) {
    const HotFunction& function = *candidates[i].function;
    if (&function == outer.function) break;
    if (!hotspots.tree) return function;
    ++walks;
    const Wide cost = cost_below(hotspots, outer.function->name, function.name);
    if (cost * 2 < hotspots.sum) continue;
    HotFunction inner = function;
    inner.total = cost;
    return inner;
  }
  return std::nullopt;
}

}  // namespace

std::optional<DominantFrame> dominant_frame(const Hotspots& hotspots) {
  if (hotspots.sum == 0) return std::nullopt;
  std::vector<Candidate> candidates;
  const HotFunction* busy_entry = nullptr;
  for (const HotFunction& function : hotspots.functions) {
    if (function.total * 2 < hotspots.sum) break;
    if (!is_entry(function.name)) {
      candidates.push_back({.function = &function});
    } else if (function.self * 2 >= hotspots.sum) {
      busy_entry = &function;
    }
  }
  if (candidates.empty()) {
    if (busy_entry == nullptr) return std::nullopt;
    return DominantFrame{.outer = *busy_entry, .inner = std::nullopt};
  }
  if (hotspots.tree) add_depths(candidates, *hotspots.tree);
  // Outermost first; without call chains what does less itself is the caller.
  std::ranges::stable_sort(candidates, [](const Candidate& left, const Candidate& right) {
    if (left.function->total != right.function->total) return left.function->total > right.function->total;
    return left.depth != right.depth ? left.depth < right.depth : left.function->self < right.function->self;
  });
  const Candidate* outer = nullptr;
  for (const Candidate& candidate : candidates) {
    if (is_runtime(*candidate.function)) continue;
    outer = &candidate;
    if (candidate.function->total * 10'000 < hotspots.sum * 9'995) break;
  }
  if (outer == nullptr) outer = &candidates.back();
  return DominantFrame{.outer = *outer->function, .inner = innermost_below(hotspots, candidates, *outer)};
}

}  // namespace cyclegate::doctor
