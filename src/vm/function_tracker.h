#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/execution.h"
#include "vm/call_stack.h"
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

/// A row of Execution::functions. MAIN is `main_price` per step.
model::FunctionCost function_cost(const std::string& name, std::uint64_t calls, const Moment& self, const Moment& total,
                                  std::uint64_t main_price);
/// Puts rows into the order of Execution::functions.
void sort_functions(std::vector<model::FunctionCost>& functions);

/// Attributes a run's steps and cost to functions. Self cost goes to the function whose code ran, by symbols, so that
/// the self costs add up to the run whatever the guest does with its stack. Inclusive cost goes to every function on
/// the call stack, once however often it is there.
class FunctionTracker : public CallStack<FunctionTracker, Moment> {
 public:
  /// `entry` is the instruction that runs first.
  FunctionTracker(const Code& code, std::uint32_t entry, const Moment& start_of_run);

  /// Rows of all functions that ran, falling total cost, then name. MAIN is `main_price` per step.
  std::vector<model::FunctionCost> rows(std::uint64_t main_price) const;

 private:
  friend CallStack;

  struct Row {
    std::uint64_t calls = 0;
    std::uint64_t active = 0;  ///< frames on the stack
    Moment entered;            ///< when `active` became 1
    Moment self;
    Moment total;
  };

  void charge(const Moment& now);
  void entered(Frame& frame, const Moment& now);
  void left(const Frame& frame, const Moment& now);
  void called(std::uint32_t function) { ++rows_[function].calls; }
  void arrived(std::uint32_t) {}
  bool is_elsewhere(std::uint32_t) const { return false; }

  std::vector<Row> rows_;
  Moment last_;
};

}  // namespace cyclegate::vm
