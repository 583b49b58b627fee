#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "model/execution.h"
#include "vm/call_stack.h"
#include "vm/code.h"
#include "vm/cost_class.h"

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
class FunctionTracker : public CallStack<FunctionTracker, std::uint64_t> {
 public:
  /// `entry` is the instruction that runs first, `steps` those before it. `place` is kept pointing at the cost of the
  /// current function by class, for the handlers.
  FunctionTracker(const Code& code, std::uint32_t entry, std::uint64_t steps, PlaceCost*& place);

  /// The current function called a precompile.
  void precompile(Operation operation, std::uint64_t cost);

  /// Rows of all functions that ran, falling total cost, then name; what they took by class is taken off `rest`.
  std::vector<model::FunctionCost> rows(const CostClasses& classes, ClassTotals& rest) const;

 private:
  friend CallStack;

  struct Row {
    std::uint64_t calls = 0;
    std::uint64_t active = 0;  ///< frames on the stack
    Moment entered;            ///< when `active` became 1
    Moment self;
    Moment total;
  };

  void charge(std::uint64_t steps);
  void entered(Frame& frame, std::uint64_t);
  void left(const Frame& frame, std::uint64_t);
  void called(std::uint32_t function) { ++rows_[function].calls; }
  void arrived(std::uint32_t) { *place_cost_ = &places_[current()]; }
  bool is_elsewhere(std::uint32_t) const { return false; }

  PlaceCost** place_cost_;
  std::vector<Row> rows_;
  std::vector<PlaceCost> places_;                                 ///< by function; opcodes and memory only
  std::unordered_map<std::uint64_t, std::uint64_t> precompiles_;  ///< by function << 8 | precompile
  Moment now_;                                                    ///< what all functions took until the last charge
};

}  // namespace cyclegate::vm
