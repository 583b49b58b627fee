#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "vm/address_map.h"
#include "vm/code.h"

namespace cyclegate::vm {

/// One activation of a function.
struct Frame {
  std::uint64_t return_address = 0;
  std::uint64_t stack_pointer = 0;  ///< when it was entered
  std::uint32_t function = 0;
  std::uint32_t node = 0;  ///< the observer's own
  bool tail = false;
};

/// Follows a guest's calls by its jumps, whatever it does with its stack. The stack follows jumps that keep a return
/// address; a jump back to a kept address drops what is above it (returns, also past callers); a computed jump into the
/// middle of a function that is on the stack drops what is above that one (longjmp, exceptions), where the stack
/// pointer tells which activation is meant; any other jump into another function is a tail call, whose frame goes with
/// that of its caller. A jump to an unknown place in the same function changes nothing.
///
/// What the steps and the cost in between belong to is the Observer's affair (it derives from this class). It has
/// - `Now`: what is known of steps and cost at a moment,
/// - `charge(now)`: what was spent since the last call belongs to the current place,
/// - `entered(frame, now)`, `left(frame, now)`: an activation begins (it may set `node`), or ends,
/// - `called(function)`: the function was called; the instruction has arrived there,
/// - `arrived(instruction)`: the current place is now that of an instruction.
template <class Observer, class Now>
class CallStack {
 public:
  /// Deeper calls are not followed: a hostile guest can call without using memory of its own.
  static constexpr std::size_t deepest = std::size_t{1} << 20;

  std::uint32_t current() const { return current_; }
  /// The function of an instruction.
  std::uint32_t function_of(std::uint32_t instruction) const { return code_.function_of[instruction]; }
  bool overflowed() const { return overflowed_; }

  /// The run begins at `instruction`.
  void start(std::uint32_t instruction, const Now& now) {
    const std::uint32_t function = function_of(instruction);
    push({.return_address = bios_return, .stack_pointer = ~std::uint64_t{0}, .function = function}, now);
    arrive(instruction);
    observer().called(function);
  }

  /// A jump to `instruction` that keeps `return_address`. The stack pointer (x2) is that of the jump, here and below.
  void call(std::uint32_t instruction, std::uint64_t return_address, std::uint64_t stack_pointer, const Now& now) {
    const std::uint32_t function = function_of(instruction);
    observer().charge(now);
    push({.return_address = return_address, .stack_pointer = stack_pointer, .function = function}, now);
    arrive(instruction);
    observer().called(function);
  }

  /// A jump to a computed address: a return, a tail call, a switch or a longjmp.
  void jump_register(std::uint32_t instruction, std::uint64_t stack_pointer, const Now& now) {
    const std::uint64_t pc = code_.instructions[instruction].pc;
    const std::uint32_t function = function_of(instruction);
    const bool in_place = function == current_ && (stack_.empty() || stack_.back().return_address != pc);
    // A switch of the running activation, or a longjmp between activations of one function.
    if (in_place && (stack_.empty() || stack_.back().stack_pointer >= stack_pointer)) {
      return move_inside(instruction, now);
    }
    // A frame's return address is looked for among its tail calls' frames too: they share it.
    const std::size_t lowest = stack_.size() > farthest_return ? stack_.size() - farthest_return : 0;
    for (std::size_t depth = stack_.size(); !in_place && depth > lowest; --depth) {
      if (stack_[depth - 1].return_address != pc || stack_[depth - 1].tail) continue;
      return unwind(depth - 1, instruction, now);
    }
    // Code without a symbol is many functions, not one.
    const bool named = function + 1 != code_.functions.size();
    if (named && !code_.function_start[instruction]) {
      if (const std::size_t depth = resumed_depth(function, stack_pointer); depth > 0) {
        return unwind(depth, instruction, now);
      }
    }
    if (function != current_) {
      tail_call(instruction, stack_pointer, now);
    } else {
      move_inside(instruction, now);
    }
  }

  /// A static jump or fall-through to another place, perhaps in another function.
  void move(std::uint32_t instruction, std::uint64_t stack_pointer, const Now& now) {
    if (function_of(instruction) != current_) {
      tail_call(instruction, stack_pointer, now);
    } else {
      move_inside(instruction, now);
    }
  }

  /// The run has ended.
  void finish(const Now& now) {
    observer().charge(now);
    while (!stack_.empty()) pop(now);
  }

 protected:
  const Code& code() const { return code_; }
  /// Innermost last.
  const std::vector<Frame>& stack() const { return stack_; }

 private:
  friend Observer;
  explicit CallStack(const Code& code) : code_(code) {}

  /// How far a computed jump looks for the frame it returns to.
  static constexpr std::size_t farthest_return = 1024;

  Observer& observer() { return static_cast<Observer&>(*this); }

  void arrive(std::uint32_t instruction) {
    current_ = function_of(instruction);
    observer().arrived(instruction);
  }

  void move_inside(std::uint32_t instruction, const Now& now) {
    if (!observer().is_elsewhere(instruction)) return;
    observer().charge(now);
    arrive(instruction);
  }

  void push(Frame frame, const Now& now) {
    if (stack_.size() == deepest) {
      overflowed_ = true;
      return;
    }
    observer().entered(frame, now);
    stack_.push_back(frame);
  }

  void pop(const Now& now) {
    observer().left(stack_.back(), now);
    stack_.pop_back();
  }

  void unwind(std::size_t depth, std::uint32_t instruction, const Now& now) {
    observer().charge(now);
    while (stack_.size() > depth) pop(now);
    arrive(instruction);
  }

  void tail_call(std::uint32_t instruction, std::uint64_t stack_pointer, const Now& now) {
    const std::uint32_t function = function_of(instruction);
    observer().charge(now);
    // Back to a function that is already in this chain of tail calls (a cold part returning, or a loop of tail calls).
    bool known = false;
    for (std::size_t depth = stack_.size(); depth > 0; --depth) {
      if (stack_[depth - 1].function == function) {
        while (stack_.size() > depth) pop(now);
        known = true;
        break;
      }
      if (!stack_[depth - 1].tail) break;
    }
    if (!known) {
      push({.return_address = stack_.empty() ? bios_return : stack_.back().return_address,
            .stack_pointer = stack_pointer,
            .function = function,
            .tail = true},
           now);
    }
    arrive(instruction);
    if (code_.function_start[instruction]) observer().called(function);
  }

  /// How deep the stack is when it ends with the activation that a jump into the middle of `function` resumes; 0 for
  /// none.
  std::size_t resumed_depth(std::uint32_t function, std::uint64_t stack_pointer) const {
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

  const Code& code_;
  std::vector<Frame> stack_;
  std::uint32_t current_ = 0;
  bool overflowed_ = false;
};

}  // namespace cyclegate::vm
