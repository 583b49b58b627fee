#include "vm/profile_tracker.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

#include "vm/function_tracker.h"

namespace cyclegate::vm {
namespace {

/// One node's numbers in the order of the profile's columns.
class Table {
 public:
  Table(const ClassTotals& totals, std::uint64_t main_price) : main_price_(main_price), classes_(totals) {
    // What decides comes first: it is what is shown unless another is asked for.
    columns_ = {{.name = "cost", .unit = "cost"}, {.name = "cost:main", .unit = "cost"}};
    for (const std::string& name : classes_.names()) columns_.push_back({.name = "cost:" + name, .unit = "cost"});
    columns_.push_back({.name = "steps", .unit = "steps"});
  }

  const std::vector<model::ProfileColumn>& columns() const { return columns_; }

  void append(const PlaceCost& place, const PrecompileCost& precompiles, std::vector<std::uint64_t>& out) const {
    const std::size_t start = out.size();
    out.push_back(0);
    out.push_back(place.steps * main_price_);
    classes_.append(place, precompiles, out);
    std::uint64_t sum = 0;
    for (std::size_t i = start + 1; i < out.size(); ++i) sum += out[i];
    out[start] = sum;
    out.push_back(place.steps);
  }

 private:
  std::uint64_t main_price_;
  CostClasses classes_;
  std::vector<model::ProfileColumn> columns_;
};

}  // namespace

ProfileTracker::ProfileTracker(const Code& program, std::uint32_t entry, std::uint64_t now, PlaceCost*& place)
    : CallStack(program), places_(program.places().data()), place_cost_(&place), known_(cache_size), last_(now) {
  add_node(0, no_instruction);
  nodes_[0].depth = 0;
  *place_cost_ = &cost(0);
  start(entry, now);
}

std::uint32_t ProfileTracker::add_node(std::uint32_t parent, std::uint32_t frame) {
  const auto node = static_cast<std::uint32_t>(nodes_.size());
  if (node % chunk_size == 0) chunks_.push_back(std::make_unique<PlaceCost[]>(chunk_size));
  const std::uint32_t depth = node == 0 ? 0 : nodes_[parent].depth + 1;
  nodes_.push_back({.parent = parent, .frame = frame, .depth = depth});
  return node;
}

std::uint32_t ProfileTracker::find_child(std::uint32_t parent, std::uint32_t frame) {
  const std::uint64_t key = std::uint64_t{parent} << 32 | frame;
  std::uint32_t node = parent;
  if (const auto found = children_.find(key); found != children_.end()) {
    node = found->second;
  } else {
    // The outermost functions have nothing to be folded into; there are no more of them than functions.
    if (parent != 0 && (nodes_.size() >= max_nodes || nodes_[parent].depth >= max_depth)) {
      folded_ = true;
      return parent;
    }
    node = add_node(parent, frame);
    children_.emplace(key, node);
  }
  nodes_[parent].last_frame = frame;
  nodes_[parent].last_child = node;
  return node;
}

std::uint32_t ProfileTracker::resolve(std::uint32_t base, std::uint32_t place) {
  if (place < code().functions.size()) return nodes_[base].frame == place ? base : child(base, place);
  Known& known = known_[(base * 0x9e37'79b1U ^ place * 0x85eb'ca77U) >> 7 & (cache_size - 1)];
  if (known.base != base || known.place != place) {
    const Code::InlinedPlace& inlined = code().inlined_places[place - code().functions.size()];
    const std::uint32_t node = child(resolve(base, inlined.outer), inlined.frame);
    known = {.base = base, .place = place, .node = node};
  }
  return known.node;
}

void ProfileTracker::arrived(std::uint32_t instruction) {
  place_ = places_[instruction];
  leaf_ = resolve(stack().empty() ? 0 : stack().back().node, place_);
  *place_cost_ = &cost(leaf_);
}

void ProfileTracker::called(std::uint32_t function) {
  if (stack().empty()) return;
  const std::uint32_t node = stack().back().node;
  if (nodes_[node].frame == function) ++cost(node).calls;
}

model::Profile ProfileTracker::profile(const ClassTotals& totals, std::uint64_t steps) const {
  const Table table(totals, code().cost_model.main);
  PrecompilesByPlace precompiles(nodes_.size());
  for (const auto& [key, spent] : precompiles_) precompiles.add(key >> 8, key & 0xff, spent);

  model::Profile out;
  out.columns = table.columns();
  out.nodes.reserve(nodes_.size());
  out.self.reserve(nodes_.size() * out.columns.size());
  std::unordered_map<std::uint32_t, std::uint32_t> frames;
  ClassTotals bios = totals;
  bios.place.steps = steps;
  bios.place.calls = 1;
  for (std::uint32_t node = 1; node < nodes_.size(); ++node) {
    const Node& from = nodes_[node];
    const auto [frame, added] = frames.try_emplace(from.frame, static_cast<std::uint32_t>(out.frames.size()));
    if (added) out.frames.push_back(code().frame(from.frame));
    const PlaceCost& own = cost(node);
    out.nodes.push_back({.parent = from.parent == 0 ? model::ProfileNode::kNoParent : from.parent - 1,
                         .frame = frame->second,
                         .calls = own.calls});
    table.append(own, precompiles.of(node), out.self);
    bios.place.steps -= own.steps;
    subtract(bios, own, precompiles.of(node));
  }
  out.nodes.push_back({.parent = model::ProfileNode::kNoParent,
                       .frame = static_cast<std::uint32_t>(out.frames.size()),
                       .calls = bios.place.calls});
  out.frames.push_back({.name = "[zisk bios]"});
  table.append(bios.place, bios.precompiles, out.self);
  if (folded_ || overflowed()) {
    out.warnings.push_back({.code = "folded-calls",
                            .message = fmt::format("the call tree has more than {} places or calls deeper than {}: the "
                                                   "cost of the rest is counted in the functions that called it",
                                                   max_nodes, max_depth)});
  }
  return out;
}

std::vector<model::FunctionCost> ProfileTracker::rows(const CostClasses& classes, ClassTotals& rest) const {
  struct Row {
    std::uint64_t calls = 0;
    PlaceCost place;
    Moment self;
    Moment total;
  };
  const std::size_t functions = code().functions.size();
  std::vector<Moment> totals(nodes_.size());
  for (const auto& [key, spent] : precompiles_) totals[key >> 8].precompiles += spent;
  std::vector<Row> rows(functions);
  // By node: the function whose code it is, and whether that function stands above it too.
  std::vector<std::uint32_t> function(nodes_.size(), 0);
  for (std::uint32_t node = 1; node < nodes_.size(); ++node) {
    const PlaceCost& own = cost(node);
    totals[node] += {.steps = own.steps, .opcodes = sum(own.opcodes), .precompiles = 0, .memory = sum(own.memory)};
    function[node] = nodes_[node].frame < functions ? nodes_[node].frame : function[nodes_[node].parent];
    rows[function[node]].self += totals[node];
    rows[function[node]].calls += own.calls;
    for (std::size_t i = 0; i < opcode_class_count; ++i) rows[function[node]].place.opcodes[i] += own.opcodes[i];
    for (std::size_t i = 0; i < memory_class_count; ++i) rows[function[node]].place.memory[i] += own.memory[i];
  }
  PrecompilesByPlace precompiles(functions);
  for (const auto& [key, spent] : precompiles_) precompiles.add(function[key >> 8], key & 0xff, spent);
  for (auto node = static_cast<std::uint32_t>(nodes_.size() - 1); node > 0; --node) {
    totals[nodes_[node].parent] += totals[node];
  }
  // Depth first, so that what is above a node is known: which functions are active.
  std::vector<std::vector<std::uint32_t>> children(nodes_.size());
  for (auto node = static_cast<std::uint32_t>(nodes_.size() - 1); node > 0; --node) {
    children[nodes_[node].parent].push_back(node);
  }
  std::vector<std::uint32_t> active(functions, 0);
  std::vector<std::pair<std::uint32_t, bool>> todo{{0, false}};
  while (!todo.empty()) {
    const auto [node, done] = todo.back();
    todo.pop_back();
    const std::uint32_t frame = nodes_[node].frame;
    const bool counts = frame < functions;
    if (done) {
      --active[frame];
      continue;
    }
    if (counts) {
      if (active[frame]++ == 0) rows[frame].total += totals[node];
      todo.emplace_back(node, true);
    }
    for (const std::uint32_t below : children[node]) todo.emplace_back(below, false);
  }
  std::vector<model::FunctionCost> out;
  for (std::size_t i = 0; i < functions; ++i) {
    const Row& row = rows[i];
    if (row.calls == 0 && row.self.steps == 0 && row.total.steps == 0) continue;
    out.push_back(function_cost(code().functions[i], row.calls, row.self, row.total, code().cost_model.main));
    out.back().split = classes.split(row.place, precompiles.of(i));
    subtract(rest, row.place, precompiles.of(i));
  }
  sort_functions(out);
  return out;
}

}  // namespace cyclegate::vm
