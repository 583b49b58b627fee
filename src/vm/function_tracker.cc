#include "vm/function_tracker.h"

#include <algorithm>
#include <tuple>

#include "vm/address_map.h"

namespace cyclegate::vm {
namespace {

/// Deeper calls are not followed: a hostile guest can call without using memory of its own.
constexpr std::size_t deepest_stack = std::size_t{1} << 20;
/// How far a computed jump looks for the frame it returns to.
constexpr std::size_t farthest_return = 1024;

}  // namespace

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

FunctionTracker::FunctionTracker(const Code& code, std::uint32_t entry, const Moment& start)
    : code_(code), rows_(code.functions.size()), current_(entry), last_(start) {
  push({.return_address = bios_return, .stack_pointer = ~std::uint64_t{0}, .function = entry, .tail = false}, start);
  ++rows_[entry].calls;
}

void FunctionTracker::switch_to(std::uint32_t function, const Moment& now) {
  rows_[current_].self += now - last_;
  last_ = now;
  current_ = function;
}

void FunctionTracker::push(const Frame& frame, const Moment& now) {
  if (stack_.size() == deepest_stack) {
    overflowed_ = true;
    return;
  }
  stack_.push_back(frame);
  Row& row = rows_[frame.function];
  if (row.active++ == 0) row.entered = now;
}

void FunctionTracker::pop(const Moment& now) {
  Row& row = rows_[stack_.back().function];
  if (--row.active == 0) row.total += now - row.entered;
  stack_.pop_back();
}

void FunctionTracker::call(std::uint32_t instruction, std::uint64_t return_address, std::uint64_t stack_pointer,
                           const Moment& now) {
  const std::uint32_t function = code_.function_of[instruction];
  switch_to(function, now);
  push({.return_address = return_address, .stack_pointer = stack_pointer, .function = function, .tail = false}, now);
  ++rows_[function].calls;
}

void FunctionTracker::jump_register(std::uint32_t instruction, std::uint64_t stack_pointer, const Moment& now) {
  const std::uint64_t pc = code_.instructions[instruction].pc;
  const std::uint32_t function = code_.function_of[instruction];
  const bool in_place = function == current_ && (stack_.empty() || stack_.back().return_address != pc);
  // A switch of the running activation, or a longjmp between activations of one function.
  if (in_place && (stack_.empty() || stack_.back().stack_pointer >= stack_pointer)) return;
  // A frame's return address is looked for among its tail calls' frames too: they share it.
  const std::size_t lowest = stack_.size() > farthest_return ? stack_.size() - farthest_return : 0;
  for (std::size_t depth = stack_.size(); !in_place && depth > lowest; --depth) {
    if (stack_[depth - 1].return_address != pc || stack_[depth - 1].tail) continue;
    while (stack_.size() >= depth) pop(now);
    switch_to(function, now);
    return;
  }
  // Code without a symbol is many functions, not one.
  const bool named = function + 1 != code_.functions.size();
  if (named && !code_.function_start[instruction]) {
    if (const std::size_t depth = resumed_depth(function, stack_pointer); depth > 0) {
      while (stack_.size() > depth) pop(now);
      switch_to(function, now);
      return;
    }
  }
  if (function != current_) tail_call(instruction, stack_pointer, now);
}

std::size_t FunctionTracker::resumed_depth(std::uint32_t function, std::uint64_t stack_pointer) const {
  // Stacks grow down: an activation that has saved anything was entered with a higher stack pointer than it has now,
  // and what it called was entered with this one or a lower one.
  const std::size_t lowest = stack_.size() > farthest_return ? stack_.size() - farthest_return : 0;
  std::size_t nearest = 0;
  for (std::size_t depth = stack_.size(); depth > lowest; --depth) {
    const Frame& frame = stack_[depth - 1];
    if (frame.function != function) continue;
    if (frame.stack_pointer > stack_pointer) return depth;
    if (nearest == 0) nearest = depth;
  }
  return nearest;
}

void FunctionTracker::move(std::uint32_t instruction, std::uint64_t stack_pointer, const Moment& now) {
  if (code_.function_of[instruction] != current_) tail_call(instruction, stack_pointer, now);
}

void FunctionTracker::tail_call(std::uint32_t instruction, std::uint64_t stack_pointer, const Moment& now) {
  const std::uint32_t function = code_.function_of[instruction];
  switch_to(function, now);
  if (code_.function_start[instruction]) ++rows_[function].calls;
  // Back to a function that is already in this chain of tail calls (a cold part returning, or a loop of tail calls).
  for (std::size_t depth = stack_.size(); depth > 0; --depth) {
    if (stack_[depth - 1].function == function) {
      while (stack_.size() > depth) pop(now);
      return;
    }
    if (!stack_[depth - 1].tail) break;
  }
  push({.return_address = stack_.empty() ? bios_return : stack_.back().return_address,
        .stack_pointer = stack_pointer,
        .function = function,
        .tail = true},
       now);
}

void FunctionTracker::finish(const Moment& now) {
  switch_to(current_, now);
  while (!stack_.empty()) pop(now);
}

std::vector<model::FunctionCost> FunctionTracker::rows(std::uint64_t main_price) const {
  const auto parts = [main_price](const Moment& moment) {
    return model::CostParts{.main = moment.steps * main_price,
                            .opcodes = moment.opcodes,
                            .precompiles = moment.precompiles,
                            .memory = moment.memory};
  };
  std::vector<model::FunctionCost> out;
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    const Row& row = rows_[i];
    if (row.calls == 0 && row.self.steps == 0 && row.total.steps == 0) continue;
    out.push_back({.name = code_.functions[i],
                   .calls = row.calls,
                   .steps_self = row.self.steps,
                   .steps_total = row.total.steps,
                   .self = parts(row.self),
                   .total = parts(row.total)});
  }
  std::ranges::sort(out, [](const model::FunctionCost& x, const model::FunctionCost& y) {
    const std::uint64_t x_cost = x.total.sum();
    const std::uint64_t y_cost = y.total.sum();
    return std::tie(y_cost, x.name) < std::tie(x_cost, y.name);
  });
  return out;
}

}  // namespace cyclegate::vm
