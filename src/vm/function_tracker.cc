#include "vm/function_tracker.h"

#include <algorithm>
#include <tuple>

namespace cyclegate::vm {

Moment& Moment::operator+=(const Moment& other) {
  steps += other.steps;
  opcodes += other.opcodes;
  precompiles += other.precompiles;
  memory += other.memory;
  return *this;
}

Moment Moment::operator-(const Moment& earlier) const {
  return {.steps = steps - earlier.steps,
          .opcodes = opcodes - earlier.opcodes,
          .precompiles = precompiles - earlier.precompiles,
          .memory = memory - earlier.memory};
}

FunctionTracker::FunctionTracker(const Code& code, std::uint32_t entry, std::uint64_t steps, PlaceCost*& place)
    : CallStack(code), place_cost_(&place), rows_(code.functions.size()), places_(code.functions.size()) {
  now_.steps = steps;
  start(entry, steps);
}

void FunctionTracker::charge(std::uint64_t steps) {
  // Sums are made where functions change: that is rarer than what they count.
  const PlaceCost& place = places_[current()];
  Moment& self = rows_[current()].self;
  const Moment spent{.steps = self.steps + steps - now_.steps,
                     .opcodes = sum(place.opcodes),
                     .precompiles = self.precompiles,
                     .memory = sum(place.memory)};
  now_ += spent - self;
  self = spent;
}

void FunctionTracker::precompile(Operation operation, std::uint64_t cost) {
  precompiles_[std::uint64_t{current()} << 8 | (index(operation) - first_precompile)] += cost;
  rows_[current()].self.precompiles += cost;
  now_.precompiles += cost;
}

void FunctionTracker::entered(Frame& frame, std::uint64_t) {
  Row& row = rows_[frame.function];
  if (row.active++ == 0) row.entered = now_;
}

void FunctionTracker::left(const Frame& frame, std::uint64_t) {
  Row& row = rows_[frame.function];
  if (--row.active == 0) row.total += now_ - row.entered;
}

std::vector<model::FunctionCost> FunctionTracker::rows(const CostClasses& classes, ClassTotals& rest) const {
  PrecompilesByPlace precompiles(rows_.size());
  for (const auto& [key, spent] : precompiles_) precompiles.add(key >> 8, key & 0xff, spent);
  std::vector<model::FunctionCost> out;
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    const Row& row = rows_[i];
    if (row.calls == 0 && row.self.steps == 0 && row.total.steps == 0) continue;
    out.push_back(function_cost(code().functions[i], row.calls, row.self, row.total, code().cost_model.main));
    out.back().split = classes.split(places_[i], precompiles.of(i));
    subtract(rest, places_[i], precompiles.of(i));
  }
  sort_functions(out);
  return out;
}

model::FunctionCost function_cost(const std::string& name, std::uint64_t calls, const Moment& self, const Moment& total,
                                  std::uint64_t main_price) {
  const auto parts = [main_price](const Moment& moment) {
    return model::CostParts{.main = moment.steps * main_price,
                            .opcodes = moment.opcodes,
                            .precompiles = moment.precompiles,
                            .memory = moment.memory};
  };
  return {.name = name,
          .calls = calls,
          .steps_self = self.steps,
          .steps_total = total.steps,
          .self = parts(self),
          .total = parts(total)};
}

void sort_functions(std::vector<model::FunctionCost>& functions) {
  std::ranges::sort(functions, [](const model::FunctionCost& x, const model::FunctionCost& y) {
    const std::uint64_t x_cost = x.total.sum();
    const std::uint64_t y_cost = y.total.sum();
    return std::tie(y_cost, x.name) < std::tie(x_cost, y.name);
  });
}

}  // namespace cyclegate::vm
