#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

#include "vm/operation.h"

namespace cyclegate::vm {

class Code;
struct State;

/// How much a run observes; each has handlers of its own, so that a run pays only for what it asked for.
enum class Instrumentation : std::uint8_t { none, cost, functions, profile };
inline constexpr std::size_t instrumentation_count = 4;

/// Frequent operands of a register operation: every box of the operation, and a bound that most b exceed.
struct RegisterBoxes {
  struct Box {
    std::uint64_t a_low = 0;
    std::uint64_t a_span = 0;
    std::uint64_t a_mask = 0;
    std::uint64_t b_low = 0;
    std::uint64_t b_count = 0;
  };
  std::uint64_t b_end = 0;  ///< no box holds b >= b_end; the highest number when one wraps around
  std::vector<Box> boxes;

  bool hold(std::uint64_t a, std::uint64_t b) const {
    for (const Box& box : boxes) {
      const std::uint64_t distance = a - box.a_low;
      if (distance < box.a_span && (distance & box.a_mask) == 0 && b - box.b_low < box.b_count) return true;
    }
    return false;
  }
};

/// Frequent first operands of an operation whose second operand is a constant.
struct ImmediateBoxes {
  struct Box {
    std::uint64_t a_low = 0;
    std::uint64_t a_span = 0;
    std::uint64_t a_mask = 0;
  };
  std::vector<Box> boxes;

  bool hold(std::uint64_t a) const {
    for (const Box& box : boxes) {
      const std::uint64_t distance = a - box.a_low;
      if (distance < box.a_span && (distance & box.a_mask) == 0) return true;
    }
    return false;
  }
};

/// One instruction with its handler. Handlers end in a call of the next one's handler, which the compiler makes a jump.
struct ThreadedInstruction {
  using Handler = const ThreadedInstruction* (*)(const ThreadedInstruction*, State*, std::uint8_t*);

  Handler handler = nullptr;
  std::int64_t immediate = 0;
  union {
    const ThreadedInstruction* target = nullptr;  ///< static jumps
    const ImmediateBoxes* boxes;                  ///< immediate operations; nullptr when none can hold
    std::uint64_t behind;                         ///< jump_register, environment_call: address of the next instruction
  };
  std::uint32_t steps_before = 0;
  std::uint8_t rd = 0;  ///< 32 for x0: writes go to a place that is never read
  std::uint8_t rs1 = 0;
  std::uint8_t rs2 = 0;
  std::uint8_t steps = 0;
};
static_assert(sizeof(ThreadedInstruction) == 32);

/// A whole program with handlers. The order is that of Code::instructions; three entries that stop follow.
struct Threaded {
  std::vector<ThreadedInstruction> instructions;
  /// Functions and profile only: by instruction, the handler that a boundary between two places (functions, or
  /// functions inlined into them) stands in front of; null where there is none.
  std::vector<ThreadedInstruction::Handler> behind_boundary;
  std::deque<ImmediateBoxes> boxes;
  std::array<RegisterBoxes, operation_count> register_boxes;
};

/// Gives every instruction its handler.
Threaded thread(const Code& code, Instrumentation instrumentation);

}  // namespace cyclegate::vm
