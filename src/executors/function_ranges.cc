#include "executors/function_ranges.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "elf/demangle.h"
#include "elf/image.h"

namespace cyclegate::executors {
namespace {

/// The name that the embedded executor gives to code without a symbol.

struct Names {
  std::vector<std::string> names;        ///< each once
  std::vector<std::uint32_t> of_number;  ///< by number of a range; the last: in none
};

Names names_of(std::span<const FunctionRange> ranges) {
  Names all;
  std::map<std::string_view, std::uint32_t> known;
  for (const FunctionRange& range : ranges) {
    const auto [entry, added] = known.try_emplace(range.name, static_cast<std::uint32_t>(all.names.size()));
    if (added) all.names.push_back(range.name);
    all.of_number.push_back(entry->second);
  }
  all.of_number.push_back(static_cast<std::uint32_t>(all.names.size()));
  all.names.emplace_back(no_symbol);
  return all;
}

std::uint32_t name_of(const Names& names, const CallTreeNode& node) {
  return names.of_number[std::min<std::size_t>(node.function, names.of_number.size() - 1)];
}

using Weights = std::vector<std::uint64_t>;

void add(Weights& sum, const Weights& more) {
  for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += more[i];
}

model::CostParts parts_of(const Weights& weights) {
  return {.main = weights.empty() ? 0 : weights[0], .memory = weights.size() > 1 ? weights[1] : 0};
}

/// For each node whether its function stands nowhere above it.
std::vector<bool> outermost(const CallTree& tree, const std::vector<std::uint32_t>& name) {
  // A walk in depth, since the tree can be as deep as the guest's stack.
  std::vector<std::vector<std::uint32_t>> children(tree.nodes.size());
  std::vector<std::uint32_t> todo;
  for (std::uint32_t i = 0; i < tree.nodes.size(); ++i) {
    const std::uint32_t parent = tree.nodes[i].parent;
    (parent == CallTreeNode::no_parent ? todo : children[parent]).push_back(i);
  }
  std::vector<bool> first(tree.nodes.size());
  std::unordered_map<std::uint32_t, std::uint32_t> above;
  std::vector<bool> left(tree.nodes.size());
  while (!todo.empty()) {
    const std::uint32_t node = todo.back();
    if (left[node]) {
      --above[name[node]];
      todo.pop_back();
      continue;
    }
    left[node] = true;
    first[node] = above[name[node]]++ == 0;
    todo.insert(todo.end(), children[node].begin(), children[node].end());
  }
  return first;
}

}  // namespace

std::expected<std::vector<FunctionRange>, std::string> function_ranges(std::span<const std::uint8_t> elf_file) {
  const auto image = elf::parse(elf_file);
  if (!image) return std::unexpected(image.error().message);
  std::vector<FunctionRange> ranges;
  const auto& symbols = image->functions;
  for (std::size_t i = 0; i < symbols.size(); ++i) {
    if (symbols[i].name.empty()) continue;
    const std::uint64_t room = ~symbols[i].address;
    FunctionRange range{.start = symbols[i].address,
                        .end = symbols[i].address + std::min(symbols[i].size == 0 ? room : symbols[i].size, room),
                        .name = elf::demangle(symbols[i].name)};
    if (!ranges.empty() && ranges.back().start == range.start) {
      // The order of the image is by address, size, name: a longer one replaces, an equal one does not.
      if (symbols[i].size != 0 && range.end != ranges.back().end) ranges.back() = std::move(range);
      continue;
    }
    if (!ranges.empty()) ranges.back().end = std::min(ranges.back().end, range.start);
    ranges.push_back(std::move(range));
  }
  std::erase_if(ranges, [](const FunctionRange& range) { return range.start >= range.end; });
  return ranges;
}

std::string ranges_text(std::span<const FunctionRange> ranges) {
  std::string text;
  for (const FunctionRange& range : ranges) {
    fmt::format_to(std::back_inserter(text), "{:x} {:x}\n", range.start, range.end);
  }
  return text;
}

std::vector<model::FunctionCost> function_costs(const CallTree& tree, std::span<const FunctionRange> ranges,
                                                bool as_cost) {
  const Names names = names_of(ranges);
  const std::size_t columns = tree.columns.size();
  std::vector<std::uint32_t> name(tree.nodes.size());
  for (std::size_t i = 0; i < tree.nodes.size(); ++i) name[i] = name_of(names, tree.nodes[i]);
  // Children stand after their parents, so that one pass from the end adds up whole subtrees.
  std::vector<Weights> subtree(tree.nodes.size());
  for (std::size_t i = tree.nodes.size(); i-- > 0;) {
    const CallTreeNode& node = tree.nodes[i];
    subtree[i].resize(columns);
    add(subtree[i], node.weights);
    if (node.parent == CallTreeNode::no_parent) continue;
    subtree[node.parent].resize(columns);
    add(subtree[node.parent], subtree[i]);
  }
  struct Row {
    std::uint64_t calls = 0;
    Weights self;
    Weights total;
    bool ran = false;
  };
  std::vector<Row> rows(names.names.size(), {.self = Weights(columns), .total = Weights(columns)});
  const std::vector<bool> first = outermost(tree, name);
  for (std::size_t i = 0; i < tree.nodes.size(); ++i) {
    Row& row = rows[name[i]];
    row.ran = true;
    row.calls += tree.nodes[i].calls;
    add(row.self, tree.nodes[i].weights);
    if (first[i]) add(row.total, subtree[i]);
  }
  std::vector<model::FunctionCost> functions;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (!rows[i].ran) continue;
    const auto steps = [](const Weights& weights) {
      return std::accumulate(weights.begin(), weights.end(), std::uint64_t{0});
    };
    model::FunctionCost function{.name = names.names[i],
                                 .calls = rows[i].calls,
                                 .steps_self = steps(rows[i].self),
                                 .steps_total = steps(rows[i].total)};
    if (as_cost) {
      function.self = parts_of(rows[i].self);
      function.total = parts_of(rows[i].total);
    }
    functions.push_back(std::move(function));
  }
  std::ranges::sort(functions, [](const model::FunctionCost& x, const model::FunctionCost& y) {
    const std::uint64_t x_cost = x.total.sum();
    const std::uint64_t y_cost = y.total.sum();
    return std::tie(y_cost, y.steps_total, x.name) < std::tie(x_cost, x.steps_total, y.name);
  });
  return functions;
}

model::Profile call_tree_profile(const CallTree& tree, std::span<const FunctionRange> ranges, std::string_view name,
                                 std::string_view unit) {
  const Names names = names_of(ranges);
  const bool parts = tree.columns.size() > 1;
  model::Profile profile;
  profile.columns.push_back({.name = std::string(name), .unit = std::string(unit)});
  for (std::string_view column : tree.columns) {
    if (!parts) break;
    // `user_cycles` is the part `cycles:user` of `cycles`.
    const std::string suffix = fmt::format("_{}", name);
    if (column.ends_with(suffix)) column.remove_suffix(suffix.size());
    profile.columns.push_back({.name = fmt::format("{}:{}", name, column), .unit = std::string(unit)});
  }
  for (const std::string& frame : names.names) profile.frames.push_back({.name = frame});
  // Two ranges of one name below one caller are one node.
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint32_t> known;
  std::vector<std::uint32_t> place(tree.nodes.size());
  for (std::size_t i = 0; i < tree.nodes.size(); ++i) {
    const CallTreeNode& node = tree.nodes[i];
    const std::uint32_t parent =
        node.parent == CallTreeNode::no_parent ? model::ProfileNode::kNoParent : place[node.parent];
    const std::uint32_t frame = name_of(names, node);
    const auto [entry, added] = known.try_emplace({parent, frame}, static_cast<std::uint32_t>(profile.nodes.size()));
    if (added) {
      profile.nodes.push_back({.parent = parent, .frame = frame, .calls = 0});
      profile.self.resize(profile.self.size() + profile.columns.size());
    }
    place[i] = entry->second;
    profile.nodes[place[i]].calls += node.calls;
    std::uint64_t* self = profile.self.data() + place[i] * profile.columns.size();
    for (std::size_t column = 0; column < tree.columns.size(); ++column) {
      self[0] += node.weights[column];
      if (parts) self[column + 1] += node.weights[column];
    }
  }
  return profile;
}

}  // namespace cyclegate::executors
