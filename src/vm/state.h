#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <string>

#include "vm/code.h"
#include "vm/cost_class.h"
#include "vm/counters.h"
#include "vm/fcalls.h"
#include "vm/memory.h"
#include "vm/operands.h"
#include "vm/threaded.h"

namespace cyclegate::vm {

class FunctionTracker;
class ProfileTracker;

/// Why a run of handlers came back to its caller.
enum class Stop : std::uint8_t {
  running,
  pause,         ///< a taken jump found `jump_budget` used up; go on at `resume`
  fell_through,  ///< the single-stepped instruction ended; go on behind it
  exit,          ///< ecall 93
  returned,      ///< a jump to the BIOS's return address
  trap,
  memory_limit,
  time_limit,
};

/// Everything handlers work on.
struct State {
  State(const Code& program, std::span<const std::uint8_t> input, std::uint64_t memory_limit)
      : code(program), memory(program, input, memory_limit) {}

  std::array<std::uint64_t, 33> registers{};  ///< [0] is always 0; [32] takes what is written to x0
  /// Steps so far minus steps_before of the current instruction: constant along straight code, so that steps cost
  /// nothing but one addition per taken jump.
  std::int64_t bias = 0;
  /// A taken jump that leaves `bias` above this pauses.
  std::int64_t jump_budget = 0;
  Counters counters;
  const Code& code;
  Memory memory;

  /// The instruction at an address; nullptr when there is none.
  const ThreadedInstruction* find(std::uint64_t address) const {
    const std::uint64_t offset = address - text_start;
    const std::uint32_t at = offset < text_size && (offset & 1) == 0 ? text_index[offset / 2] : code.find(address);
    return at == no_instruction ? nullptr : threaded->instructions.data() + at;
  }

  const Threaded* threaded = nullptr;
  std::uint64_t text_start = 0;  ///< the first text range, where find() looks first
  std::uint64_t text_size = 0;
  const std::uint32_t* text_index = nullptr;
  std::array<std::uint64_t, operation_count> frequent_b_end{};  ///< by Operation: RegisterBoxes::b_end
  FunctionTracker* functions = nullptr;                         ///< Instrumentation::functions only
  ProfileTracker* profile = nullptr;                            ///< Instrumentation::profile only
  PlaceCost no_place;
  PlaceCost* place = &no_place;  ///< what the current place (function, or place of the call tree) costs; kept up by
                                 ///< `functions` and `profile`
  const ThreadedInstruction* resume = nullptr;
  std::uint64_t jump_target = 0;  ///< of a jump that found no instruction
  std::uint64_t value = 0;        ///< what a slow load read
  std::uint64_t misaligned = 0;
  FcallState fcalls;
  NextDouble next_double;
  std::uint64_t blake2b_step = 0;  ///< when the last round of BLAKE2b ran
  std::uint64_t copied_bytes = 0;  ///< by DMA since the clock was last looked at
  std::chrono::steady_clock::time_point deadline;
  const ThreadedInstruction* stopped_at = nullptr;
  Stop stop = Stop::running;
  std::string why;
  std::string console;
};

/// Most of what a guest prints that is kept.
inline constexpr std::size_t max_console_bytes = 65536;

}  // namespace cyclegate::vm
