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

FunctionTracker::FunctionTracker(const Code& code, std::uint32_t entry, const Moment& start_of_run)
    : CallStack(code), rows_(code.functions.size()), last_(start_of_run) {
  start(entry, start_of_run);
}

void FunctionTracker::charge(const Moment& now) {
  rows_[current()].self += now - last_;
  last_ = now;
}

void FunctionTracker::entered(Frame& frame, const Moment& now) {
  Row& row = rows_[frame.function];
  if (row.active++ == 0) row.entered = now;
}

void FunctionTracker::left(const Frame& frame, const Moment& now) {
  Row& row = rows_[frame.function];
  if (--row.active == 0) row.total += now - row.entered;
}

std::vector<model::FunctionCost> FunctionTracker::rows(std::uint64_t main_price) const {
  std::vector<model::FunctionCost> out;
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    const Row& row = rows_[i];
    if (row.calls == 0 && row.self.steps == 0 && row.total.steps == 0) continue;
    out.push_back(function_cost(code().functions[i], row.calls, row.self, row.total, main_price));
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
