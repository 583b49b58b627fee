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
  Table(const ClassTotals& totals, std::uint64_t main_price) : main_price_(main_price) {
    // What decides comes first: it is what is shown unless another is asked for.
    columns_ = {{.name = "cost", .unit = "cost"}, {.name = "cost:main", .unit = "cost"}};
    for (std::size_t i = 0; i < opcode_class_count; ++i) {
      if (totals.place.opcodes[i] == 0) continue;
      opcodes_.push_back(i);
      add("opcode", name(static_cast<OpcodeClass>(i)));
    }
    for (std::size_t i = 0; i < precompile_count; ++i) {
      if (totals.precompiles[i] == 0) continue;
      precompiles_.push_back(i);
      add("precompile", name(static_cast<Operation>(first_precompile + i)));
    }
    for (std::size_t i = 0; i < memory_class_count; ++i) {
      if (totals.place.memory[i] == 0) continue;
      memory_.push_back(i);
      add("memory", name(static_cast<MemoryClass>(i)));
    }
    columns_.push_back({.name = "steps", .unit = "steps"});
  }

  const std::vector<model::ProfileColumn>& columns() const { return columns_; }

  void append(const PlaceCost& place, const PrecompileCost& precompiles, std::vector<std::uint64_t>& out) const {
    const std::size_t start = out.size();
    out.push_back(0);
    out.push_back(place.steps * main_price_);
    for (const std::size_t i : opcodes_) out.push_back(place.opcodes[i]);
    for (const std::size_t i : precompiles_) out.push_back(precompiles[i]);
    for (const std::size_t i : memory_) out.push_back(place.memory[i]);
    std::uint64_t sum = 0;
    for (std::size_t i = start + 1; i < out.size(); ++i) sum += out[i];
    out[start] = sum;
    out.push_back(place.steps);
  }

 private:
  void add(std::string_view kind, std::string_view part) {
    columns_.push_back({.name = fmt::format("cost:{}:{}", kind, part), .unit = "cost"});
  }

  std::uint64_t main_price_;
  std::vector<model::ProfileColumn> columns_;
  std::vector<std::size_t> opcodes_;
  std::vector<std::size_t> precompiles_;
  std::vector<std::size_t> memory_;
};

template <std::size_t size>
void subtract(std::array<std::uint64_t, size>& from, const std::array<std::uint64_t, size>& part) {
  for (std::size_t i = 0; i < size; ++i) from[i] -= part[i];
}

std::uint64_t sum(std::span<const std::uint64_t> numbers) {
  std::uint64_t out = 0;
  for (const std::uint64_t number : numbers) out += number;
  return out;
}

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
  std::vector<PrecompileCost> sparse;
  std::vector<std::uint32_t> sparse_at(nodes_.size(), no_instruction);
  for (const auto& [key, spent] : precompiles_) {
    std::uint32_t& at = sparse_at[key >> 8];
    if (at == no_instruction) {
      at = static_cast<std::uint32_t>(sparse.size());
      sparse.emplace_back();
    }
    sparse[at][key & 0xff] += spent;
  }

  model::Profile out;
  out.columns = table.columns();
  out.nodes.reserve(nodes_.size());
  out.self.reserve(nodes_.size() * out.columns.size());
  std::unordered_map<std::uint32_t, std::uint32_t> frames;
  ClassTotals bios = totals;
  bios.place.steps = steps;
  bios.place.calls = 1;
  constexpr PrecompileCost none{};
  for (std::uint32_t node = 1; node < nodes_.size(); ++node) {
    const Node& from = nodes_[node];
    const auto [frame, added] = frames.try_emplace(from.frame, static_cast<std::uint32_t>(out.frames.size()));
    if (added) out.frames.push_back(code().frame(from.frame));
    const PlaceCost& own = cost(node);
    out.nodes.push_back({.parent = from.parent == 0 ? model::ProfileNode::kNoParent : from.parent - 1,
                         .frame = frame->second,
                         .calls = own.calls});
    const PrecompileCost& precompiles = sparse_at[node] == no_instruction ? none : sparse[sparse_at[node]];
    table.append(own, precompiles, out.self);
    bios.place.steps -= own.steps;
    subtract(bios.place.opcodes, own.opcodes);
    subtract(bios.place.memory, own.memory);
    subtract(bios.precompiles, precompiles);
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

std::vector<model::FunctionCost> ProfileTracker::rows() const {
  struct Row {
    std::uint64_t calls = 0;
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
  }
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
  }
  sort_functions(out);
  return out;
}

}  // namespace cyclegate::vm
