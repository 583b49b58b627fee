#include "profile/functions.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "model/error.h"
#include "model/function_figures.h"
#include "model/text.h"
#include "profile/parts.h"

namespace cyclegate::profile {
namespace {

using model::ProfileNode;

// The function of every frame that stands in the tree. Frames that differ in file or line only are one function.
std::vector<FunctionWeights*> functions_by_frame(const model::Profile& profile, Functions& functions) {
  std::vector<FunctionWeights*> by_frame(profile.frames.size(), nullptr);
  for (const auto& node : profile.nodes) {
    FunctionWeights*& function = by_frame[node.frame];
    if (function == nullptr) function = &functions.by_name[profile.frames[node.frame].name];
  }
  return by_frame;
}

// The callees of every node, so that the tree can be walked outermost first along one stack at a time.
struct Children {
  explicit Children(const model::Profile& profile)
      : first(profile.nodes.size(), ProfileNode::kNoParent), next(profile.nodes.size(), ProfileNode::kNoParent) {
    for (std::size_t index = profile.nodes.size(); index-- > 0;) {
      const std::uint32_t parent = profile.nodes[index].parent;
      std::uint32_t& head = parent == ProfileNode::kNoParent ? outermost : first[parent];
      next[index] = head;
      head = static_cast<std::uint32_t>(index);
    }
  }

  std::uint32_t outermost = ProfileNode::kNoParent;
  std::vector<std::uint32_t> first;
  std::vector<std::uint32_t> next;
};

// Adds each node's whole to its function.
void add_totals(const model::Profile& profile, std::size_t column, const std::vector<FunctionWeights*>& function_of) {
  std::map<FunctionWeights*, std::size_t> numbers;
  std::vector<std::size_t> number_of;
  number_of.reserve(function_of.size());
  for (auto* function : function_of) number_of.push_back(numbers.emplace(function, numbers.size()).first->second);
  const auto totals = inclusive_by_function(profile, column, number_of, numbers.size());
  for (const auto& [function, number] : numbers) {
    if (function != nullptr) function->total = totals[number];  // nullptr: of frames that stand nowhere
  }
}

}  // namespace

std::vector<model::Wide> inclusive_by_function(const model::Profile& profile, std::size_t column,
                                               std::span<const std::size_t> function_of, std::size_t count) {
  const std::size_t width = profile.columns.size();
  std::vector<model::Wide> whole(profile.nodes.size());
  for (std::size_t index = profile.nodes.size(); index-- > 0;) {
    whole[index] += profile.self[index * width + column];
    const std::uint32_t parent = profile.nodes[index].parent;
    if (parent != ProfileNode::kNoParent) whole[parent] += whole[index];
  }
  const Children children(profile);
  std::vector<model::Wide> totals(count);
  std::vector<std::uint32_t> on_stack(count, 0);

  std::uint32_t node = children.outermost;
  std::vector<std::uint32_t> stack;
  while (node != ProfileNode::kNoParent || !stack.empty()) {
    if (node == ProfileNode::kNoParent) {
      const std::uint32_t done = stack.back();
      stack.pop_back();
      --on_stack[function_of[profile.nodes[done].frame]];
      node = children.next[done];
      continue;
    }
    // A function that is already on the stack above has this weight already.
    const std::size_t function = function_of[profile.nodes[node].frame];
    if (on_stack[function]++ == 0) totals[function] += whole[node];
    stack.push_back(node);
    node = children.first[node];
  }
  return totals;
}

std::optional<model::Wide> Functions::total_of(const FunctionWeights* function) const {
  if (!have_totals) return std::nullopt;
  return function == nullptr ? model::Wide{0} : function->total;
}

std::optional<model::Wide> Functions::calls_of(const FunctionWeights* function) const {
  if (!have_calls || (function != nullptr && function->calls == 0)) return std::nullopt;
  return function == nullptr ? model::Wide{0} : function->calls;
}

void Functions::add(const Functions& other, std::uint64_t weight) {
  const bool first = by_name.empty();
  have_callers = other.have_callers && (have_callers || first);
  have_parts = other.have_parts && (have_parts || first);
  have_calls = other.have_calls && (have_calls || first);
  have_totals = other.have_totals && (have_totals || first);
  sum += other.sum * weight;
  for (const auto& [name, from] : other.by_name) {
    FunctionWeights& to = by_name[name];
    to.self += from.self * weight;
    to.total += from.total * weight;
    to.calls += from.calls * weight;
    for (const auto& [part, value] : from.parts) to.parts[part] += value * weight;
    to.callers.insert(from.callers.begin(), from.callers.end());
    to.callees.insert(from.callees.begin(), from.callees.end());
  }
}

Functions functions_of(const model::Profile& profile, std::size_t column) {
  Functions functions;
  functions.have_callers = true;
  const auto function_of = functions_by_frame(profile, functions);
  const auto parts = parts_of(profile.columns, column);
  functions.have_parts = !parts.empty();
  functions.have_calls = has_calls(profile);
  functions.have_totals = true;
  const std::size_t skipped = profile.columns[column].name.size() + 1;  // `cost:`
  for (std::size_t index = 0; index < profile.nodes.size(); ++index) {
    const ProfileNode& node = profile.nodes[index];
    FunctionWeights& function = *function_of[node.frame];
    const auto self = profile.self_of(index);
    function.self += self[column];
    functions.sum += self[column];
    function.calls += node.calls;
    for (const std::size_t part : parts) {
      if (self[part] > 0) function.parts[profile.columns[part].name.substr(skipped)] += self[part];
    }
    if (node.parent == ProfileNode::kNoParent) continue;
    const std::uint32_t caller = profile.nodes[node.parent].frame;
    function.callers.insert(profile.frames[caller].name);
    function_of[caller]->callees.insert(profile.frames[node.frame].name);
  }
  add_totals(profile, column, function_of);
  return functions;
}

Functions functions_of(std::span<const model::FunctionCost> rows, bool by_cost, const model::CostKinds& kinds) {
  Functions functions;
  functions.have_parts = by_cost;
  const model::FunctionFigures figures(rows, by_cost);
  functions.have_calls = figures.has_calls();
  functions.have_totals = figures.has_totals();
  for (const auto& row : rows) {
    const auto [place, fresh] = functions.by_name.try_emplace(row.name);
    if (!fresh)
      throw model::Error(model::ErrorKind::configuration,
                         "the function `" + model::to_line(row.name, 4096) +
                             "` is listed twice; what the two took with callees cannot be added, as one may have "
                             "called the other: list every name once");
    FunctionWeights& function = place->second;
    function.calls += figures.calls(row).value_or(0);
    function.total += figures.total(row).value_or(0);
    function.self += figures.self(row);
    functions.sum += figures.self(row);
    if (!by_cost) continue;
    const auto part = [&](const std::string& name, std::uint64_t value) {
      if (value > 0) function.parts[name] += value;
    };
    part("main", row.self.main);
    if (kinds.empty()) {
      part("memory", row.self.memory);
      part("opcodes", row.self.opcodes);
      part("precompiles", row.self.precompiles);
    } else {
      const auto costs = row.split.form();
      for (std::size_t kind = 0; kind < costs.size(); ++kind) part(kinds.names()[kind], costs[kind]);
    }
    part("unsplit", row.unsplit_self);
  }
  return functions;
}

}  // namespace cyclegate::profile
