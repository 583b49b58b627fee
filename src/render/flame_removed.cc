#include "render/flame_removed.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "render/flame_difference_text.h"
#include "render/flame_writer.h"
#include "render/safe_text.h"

namespace cyclegate::render {
namespace {

constexpr std::size_t most_named = 3;

/// One function of a line: what all its nodes of that line took, which are never within each other.
struct Named {
  std::uint32_t node = 0;  ///< its dearest
  std::uint64_t base = 0;
  std::uint64_t head = 0;
};

/// The functions of these nodes, the dearest first.
std::vector<Named> by_function(const FlameUnion& both, const std::vector<std::uint32_t>& nodes) {
  std::vector<Named> functions;
  std::unordered_map<std::uint32_t, std::size_t> place;  // by name
  for (const std::uint32_t node : nodes) {
    const auto [found, is_new] = place.try_emplace(both.nodes[node].name, functions.size());
    if (is_new) functions.push_back({.node = node});
    Named& function = functions[found->second];
    const auto dear = [&](std::uint32_t at) { return std::max(both.base[at], both.head[at]); };
    if (dear(node) > dear(function.node)) function.node = node;
    function.base += both.base[node];
    function.head += both.head[node];
  }
  std::ranges::stable_sort(functions, [](const Named& left, const Named& right) {
    return std::max(left.base, left.head) > std::max(right.base, right.head);
  });
  return functions;
}

/// `label a; b; c; and 2 more`, each function as `say(function)` has it.
template <typename Say>
std::string named(std::string text, const std::vector<Named>& functions, Say say) {
  for (std::size_t i = 0; i < std::min(most_named, functions.size()); ++i) {
    if (i > 0) text += "; ";
    text += say(functions[i]);
  }
  if (functions.size() > most_named) text += fmt::format("; and {} more", functions.size() - most_named);
  return text;
}

std::string name_of(const FlameUnion& both, std::uint32_t node) {
  return flame_label(flame_name(both.names[both.nodes[node].name]).clean, 40);
}

/// `under main`, `outermost`.
std::string caller_of(const FlameUnion& both, std::uint32_t node) {
  const std::uint32_t parent = both.nodes[node].parent;
  return parent == model::ProfileNode::kNoParent ? "outermost" : "under " + name_of(both, parent);
}

/// Of every name the node that takes most in head.
std::vector<std::uint32_t> dearest_in_head(const FlameUnion& both) {
  std::vector<std::uint32_t> places(both.names.size(), 0);
  std::vector<std::uint64_t> most(both.names.size(), 0);
  for (std::uint32_t i = 0; i < both.nodes.size(); ++i) {
    const std::uint32_t name = both.nodes[i].name;
    if (both.head[i] <= most[name]) continue;
    most[name] = both.head[i];
    places[name] = i;
  }
  return places;
}

}  // namespace

RemovedChains removed_chains(const FlameUnion& both) {
  RemovedChains chains;
  for (std::uint32_t i = 0; i < both.nodes.size(); ++i) {
    const bool shrunk = both.shrunk(i);
    if (!shrunk && (both.base[i] == 0 || both.head[i] != 0)) continue;
    const std::uint32_t parent = both.nodes[i].parent;
    const bool outermost = parent == model::ProfileNode::kNoParent;
    if (!shrunk) {
      if (outermost || both.head[parent] != 0) (both.in_head(i) ? chains.elsewhere : chains.gone).push_back(i);
    } else if (outermost || both.head[parent] >= both.threshold) {
      chains.shrunk.push_back(i);
      chains.left_in_head += both.head[i];
    }
  }
  return chains;
}

std::vector<std::string> removed_lines(const FlameUnion& both, const RemovedChains& chains, std::string_view unit) {
  std::vector<std::string> lines;
  const auto less = [&](const Named& function) {
    std::string text = name_of(both, function.node) + " -";
    append_quantity(text, function.base, unit);
    return text;
  };
  if (!chains.gone.empty()) lines.push_back(named("Gone: ", by_function(both, chains.gone), less));
  if (!chains.elsewhere.empty()) {
    const std::vector<std::uint32_t> places = dearest_in_head(both);
    lines.push_back(
        named("Under other callers in head: ", by_function(both, chains.elsewhere), [&](const Named& function) {
          const std::uint32_t there = places[both.nodes[function.node].name];
          std::string text = less(function) + fmt::format(" (most in head {}: ", caller_of(both, there));
          append_quantity(text, both.head[there], unit);
          return text + ")";
        }));
  }
  if (!chains.shrunk.empty()) {
    lines.push_back(named("Too narrow to draw in head: ", by_function(both, chains.shrunk), [&](const Named& function) {
      std::string text = name_of(both, function.node) + " ";
      append_both(text, function.base, function.head, unit, Form::text);
      return text;
    }));
  }
  return lines;
}

std::string moved_line(const FlameUnion& both) {
  std::vector<std::uint32_t> moved;
  for (const auto& [node, note] : both.notes) {
    if (note.shift == FlameShift::moved) moved.push_back(node);
  }
  if (moved.empty()) return "";
  return named("Compared although the caller differs: ", by_function(both, moved), [&](const Named& function) {
    const std::uint32_t node = function.node;
    const std::uint32_t caller = both.notes.at(node).caller;
    const std::string before = caller == model::ProfileNode::kNoParent
                                   ? "outermost"
                                   : "under " + flame_label(flame_name(both.names[caller]).clean, 40);
    return fmt::format("{} ({} in base, {} in head)", name_of(both, node), before, caller_of(both, node));
  });
}

}  // namespace cyclegate::render
