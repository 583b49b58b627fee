#pragma once

#include <cstdint>
#include <vector>

#include "model/execution.h"
#include "vm/code.h"

namespace cyclegate::vm {

/// Cost and steps at one moment of a run.
struct Moment {
  std::uint64_t steps = 0;
  std::uint64_t opcodes = 0;
  std::uint64_t precompiles = 0;
  std::uint64_t memory = 0;

  Moment& operator+=(const Moment& other);
  Moment operator-(const Moment& earlier) const;
};

/// Attributes a run's steps and cost to functions. Self cost goes to the function whose code ran, by symbols, so that
/// the self costs add up to the run whatever the guest does with its stack. Inclusive cost goes to every function on
/// the call stack, once however often it is there. The stack follows jumps that keep a return address; a jump back to a
/// kept address drops what is above it (returns, also past callers); a computed jump into the middle of a function that
/// is on the stack drops what is above that one (longjmp, exceptions), where the stack pointer tells which activation
/// is meant; any other jump into another function is a tail call, whose frame goes with that of its caller. A jump to
/// an unknown place in the same function changes nothing.
class FunctionTracker {
 public:
  /// `entry` is the index of the function that runs first.
  FunctionTracker(const Code& code, std::uint32_t entry, const Moment& start);

  std::uint32_t current() const { return current_; }
  /// The function of an instruction.
  std::uint32_t function_of(std::uint32_t instruction) const { return code_.function_of[instruction]; }
  /// A jump to `instruction` that keeps `return_address`. The stack pointer (x2) is that of the jump, here and below.
  void call(std::uint32_t instruction, std::uint64_t return_address, std::uint64_t stack_pointer, const Moment& now);
  /// A jump to a computed address: a return, a tail call, a switch or a longjmp.
  void jump_register(std::uint32_t instruction, std::uint64_t stack_pointer, const Moment& now);
  /// A static jump or fall-through into another function.
  void move(std::uint32_t instruction, std::uint64_t stack_pointer, const Moment& now);
  /// The run has ended.
  void finish(const Moment& now);
  /// Rows of all functions that ran, falling total cost, then name. MAIN is `main_price` per step.
  std::vector<model::FunctionCost> rows(std::uint64_t main_price) const;
  bool overflowed() const { return overflowed_; }

 private:
  struct Frame {
    std::uint64_t return_address = 0;
    std::uint64_t stack_pointer = 0;  ///< when it was entered
    std::uint32_t function = 0;
    bool tail = false;
  };
  struct Row {
    std::uint64_t calls = 0;
    std::uint64_t active = 0;  ///< frames on the stack
    Moment entered;            ///< when `active` became 1
    Moment self;
    Moment total;
  };

  void switch_to(std::uint32_t function, const Moment& now);
  void push(const Frame& frame, const Moment& now);
  void pop(const Moment& now);
  void tail_call(std::uint32_t instruction, std::uint64_t stack_pointer, const Moment& now);
  /// How deep the stack is when it ends with the activation that a jump into the middle of `function` resumes; 0 for
  /// none.
  std::size_t resumed_depth(std::uint32_t function, std::uint64_t stack_pointer) const;

  const Code& code_;
  std::vector<Frame> stack_;
  std::vector<Row> rows_;
  std::uint32_t current_;
  Moment last_;
  bool overflowed_ = false;
};

}  // namespace cyclegate::vm
