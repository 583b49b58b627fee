#include "render/flame_removed.h"

#include <fmt/format.h>

#include <algorithm>

#include "render/flame_difference_text.h"
#include "render/flame_writer.h"
#include "render/safe_text.h"

namespace cyclegate::render {
namespace {

constexpr std::size_t most_named = 3;

/// `label a; b; c; and 2 more`, each node as `say(node)` has it.
template <typename Say>
std::string named(std::string text, const std::vector<std::uint32_t>& nodes, Say say) {
  for (std::size_t i = 0; i < std::min(most_named, nodes.size()); ++i) {
    if (i > 0) text += "; ";
    text += say(nodes[i]);
  }
  if (nodes.size() > most_named) text += fmt::format("; and {} more", nodes.size() - most_named);
  return text;
}

std::string name_of(const FlameUnion& both, std::uint32_t node) {
  return flame_label(flame_name(both.names[both.nodes[node].name]).clean, 40);
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
      if (outermost || both.head[parent] != 0) chains.gone.push_back(i);
    } else if (outermost || both.head[parent] >= both.threshold) {
      chains.shrunk.push_back(i);
      chains.left_in_head += both.head[i];
    }
  }
  const auto dearer = [&](auto left, auto right) { return both.base[left] > both.base[right]; };
  std::ranges::stable_sort(chains.gone, dearer);
  std::ranges::stable_sort(chains.shrunk, dearer);
  return chains;
}

std::vector<std::string> removed_lines(const FlameUnion& both, const RemovedChains& chains, std::string_view unit) {
  std::vector<std::string> lines;
  if (!chains.gone.empty()) {
    lines.push_back(named("Gone: ", chains.gone, [&](std::uint32_t node) {
      std::string text = name_of(both, node) + " -";
      append_quantity(text, both.base[node], unit);
      return text;
    }));
  }
  if (!chains.shrunk.empty()) {
    lines.push_back(named("Too narrow to draw in head: ", chains.shrunk, [&](std::uint32_t node) {
      std::string text = name_of(both, node) + " ";
      append_both(text, both.base[node], both.head[node], unit, Form::text);
      return text;
    }));
  }
  return lines;
}

}  // namespace cyclegate::render
