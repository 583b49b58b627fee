#include "doctor/hotspots.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <unordered_set>

#include "doctor/function_sign.h"
#include "model/error.h"
#include "model/function_figures.h"
#include "model/text.h"
#include "profile/functions.h"

namespace cyclegate::doctor {
namespace {

using model::Error;
using model::ErrorKind;
using model::Profile;
using model::Wide;

constexpr std::size_t longest_frame = 1000;
constexpr std::uint32_t none = model::ProfileNode::kNoParent;

/// Functions and sum from the tree.
void fill_from_tree(Hotspots& hotspots) {
  const Profile& tree = *hotspots.tree;
  std::map<std::string_view, std::size_t> by_name;
  std::vector<std::size_t> function_of;
  function_of.reserve(tree.frames.size());
  for (const auto& frame : tree.frames)
    function_of.push_back(by_name.emplace(frame.name, by_name.size()).first->second);
  std::vector<HotFunction> functions(by_name.size());
  std::vector<bool> ran(by_name.size());
  for (std::size_t i = 0; i < tree.nodes.size(); ++i) {
    const std::size_t number = function_of[tree.nodes[i].frame];
    const std::uint64_t self = tree.self_of(i)[hotspots.column];
    ran[number] = true;
    functions[number].self += self;
    functions[number].calls += tree.nodes[i].calls;
    hotspots.sum += self;
  }
  const auto totals = profile::inclusive_by_function(tree, hotspots.column, function_of, by_name.size());
  hotspots.functions.clear();
  for (const auto& [name, number] : by_name) {
    if (!ran[number]) continue;
    functions[number].name = name;
    functions[number].total = totals[number];
    hotspots.functions.push_back(std::move(functions[number]));
  }
  sort_by_total(hotspots.functions);
}

}  // namespace

void sort_by_total(std::vector<HotFunction>& functions) {
  std::ranges::sort(functions, [](const HotFunction& left, const HotFunction& right) {
    return left.total != right.total ? left.total > right.total : left.name < right.name;
  });
}

Hotspots hotspots_of(Profile profile, std::string_view column) {
  Hotspots hotspots;
  if (profile.columns.empty()) throw Error(ErrorKind::configuration, profile.origin + ": the profile counts nothing");
  if (!column.empty()) {
    const auto found = std::ranges::find(profile.columns, column, &model::ProfileColumn::name);
    if (found == profile.columns.end()) {
      std::string names;
      for (const auto& candidate : profile.columns) names += (names.empty() ? "" : ", ") + candidate.name;
      throw Error(ErrorKind::usage, fmt::format("{} has no column `{}`; it has {}", profile.origin, column, names));
    }
    hotspots.column = static_cast<std::size_t>(found - profile.columns.begin());
  }
  hotspots.origin = profile.origin;
  const model::ProfileColumn& counted = profile.columns[hotspots.column];
  const bool is_part = counted.name.find(':') != std::string::npos;
  hotspots.unit = is_part ? counted.name : counted.unit;
  hotspots.complete = true;
  hotspots.tree = std::move(profile);
  fill_from_tree(hotspots);
  return hotspots;
}

Hotspots hotspots_of(const model::Execution& execution, std::string_view origin) {
  Hotspots hotspots;
  if (execution.profile) {
    const auto& columns = execution.profile->columns;
    const bool has_cost = std::ranges::find(columns, "cost", &model::ProfileColumn::name) != columns.end();
    hotspots = hotspots_of(*execution.profile, has_cost ? "cost" : "");
  } else {
    // ziskemu has the cost of a run, but beyond its profile's limit of no function.
    const bool by_cost = model::has_cost(execution.functions);
    const model::FunctionFigures figures(execution.functions, by_cost);
    hotspots.unit = by_cost ? "cost" : "steps";
    hotspots.complete = true;
    hotspots.totals_known = figures.has_totals();
    for (const model::FunctionCost& function : execution.functions) {
      const std::uint64_t self = figures.self(function);
      hotspots.functions.push_back({.name = function.name,
                                    .self = self,
                                    .total = hotspots.totals_known ? figures.total(function).value_or(self) : self,
                                    .calls = figures.calls(function).value_or(0)});
      hotspots.sum += hotspots.functions.back().self;
    }
    sort_by_total(hotspots.functions);
  }
  hotspots.origin = origin;
  hotspots.precompiles_known = execution.cost.has_value();
  for (const model::CostRow& row : execution.precompiles) {
    if (row.count > 0) hotspots.precompiles.push_back(row.name);
  }
  hotspots.misaligned_accesses = execution.misaligned_accesses;
  hotspots.steps = execution.steps;
  return hotspots;
}

Wide cost_of(const Hotspots& hotspots, const std::function<bool(std::string_view name)>& wanted) {
  if (!hotspots.tree) {
    Wide own = 0;
    Wide largest = 0;
    for (const HotFunction& function : hotspots.functions) {
      if (!wanted(function.name)) continue;
      own += function.self;
      largest = std::max(largest, function.total);
    }
    // A list of the dearest has one number per function, which may hold another of the list.
    return hotspots.complete ? std::min(std::max(own, largest), hotspots.sum) : largest;
  }
  const Profile& tree = *hotspots.tree;
  std::vector<bool> frame_wanted(tree.frames.size());
  for (std::size_t i = 0; i < tree.frames.size(); ++i) frame_wanted[i] = wanted(tree.frames[i].name);
  std::vector<bool> inside(tree.nodes.size());
  Wide cost = 0;
  for (std::size_t i = 0; i < tree.nodes.size(); ++i) {
    const std::uint32_t parent = tree.nodes[i].parent;
    inside[i] = frame_wanted[tree.nodes[i].frame] || (parent != none && inside[parent]);
    if (inside[i]) cost += tree.self_of(i)[hotspots.column];
  }
  return cost;
}

Hotspots excluding(const Hotspots& hotspots, const std::vector<std::string>& frames) {
  if (frames.empty()) return hotspots;
  std::vector<bool> whole_name;
  std::vector<bool> fits;
  for (const std::string& frame : frames) {
    whole_name.push_back(std::ranges::find(hotspots.functions, frame, &HotFunction::name) != hotspots.functions.end());
    fits.push_back(whole_name.back());
  }
  std::unordered_set<std::string_view> excluded;
  for (const HotFunction& function : hotspots.functions) {
    const NamedFunction named(function.name);
    for (std::size_t i = 0; i < frames.size(); ++i) {
      if (whole_name[i] ? function.name != frames[i] : !has_sign(named, frames[i])) continue;
      fits[i] = true;
      excluded.insert(function.name);
    }
  }
  for (std::size_t i = 0; i < frames.size(); ++i) {
    if (fits[i]) continue;
    throw Error(ErrorKind::usage,
                fmt::format("--exclude {}: no function of {} has this name or a word in its path that begins so",
                            model::to_line(frames[i], longest_frame), hotspots.origin));
  }
  const auto is_excluded = [&](std::string_view name) { return excluded.contains(name); };
  Hotspots rest = hotspots;
  if (!rest.tree) {
    rest.sum -= std::min(rest.sum, cost_of(hotspots, is_excluded));
    std::erase_if(rest.functions, [&](const HotFunction& function) { return is_excluded(function.name); });
    for (HotFunction& function : rest.functions) function.whole = false;
    return rest;
  }
  Profile& tree = *rest.tree;
  std::vector<std::uint32_t> place(tree.nodes.size(), none);
  std::vector<model::ProfileNode> nodes;
  std::vector<std::uint64_t> self;
  for (std::size_t i = 0; i < tree.nodes.size(); ++i) {
    const model::ProfileNode& node = tree.nodes[i];
    if (is_excluded(tree.frames[node.frame].name) || (node.parent != none && place[node.parent] == none)) continue;
    place[i] = static_cast<std::uint32_t>(nodes.size());
    nodes.push_back(node);
    if (node.parent != none) nodes.back().parent = place[node.parent];
    const auto row = tree.self_of(i);
    self.insert(self.end(), row.begin(), row.end());
  }
  // What a node lost, all that called it lost. Callers stand before what they call.
  std::vector<bool> lost(tree.nodes.size());
  std::unordered_set<std::string_view> not_whole;
  for (std::size_t i = tree.nodes.size(); i-- > 0;) {
    const model::ProfileNode& node = tree.nodes[i];
    if (lost[i] && place[i] != none) not_whole.insert(tree.frames[node.frame].name);
    if (node.parent != none && (lost[i] || place[i] == none)) lost[node.parent] = true;
  }
  tree.nodes = std::move(nodes);
  tree.self = std::move(self);
  rest.sum = 0;
  fill_from_tree(rest);
  for (HotFunction& function : rest.functions) function.whole = !not_whole.contains(function.name);
  return rest;
}

}  // namespace cyclegate::doctor
