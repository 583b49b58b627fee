#pragma once

#include <cstdint>

#include "vm/state.h"
#include "vm/threaded.h"

namespace cyclegate::vm {

// What handlers do rarely or at length. Functions that return bool return false when the run has stopped, and have said
// why in the state.

/// A load that is unaligned or not from RAM, into s->value.
bool slow_load(State* s, const ThreadedInstruction* i, std::uint64_t address, unsigned width);
/// A store that is unaligned, outside RAM, the first one to its block, or to the system block with its UART.
bool slow_store(State* s, const ThreadedInstruction* i, std::uint64_t address, unsigned width, std::uint64_t value);

/// A jump to s->jump_target, where no instruction is.
const ThreadedInstruction* stop_at_bad_jump(State* s, const ThreadedInstruction* i);
/// Form::halt.
const ThreadedInstruction* stop_at_halt(State* s, const ThreadedInstruction* i);
/// Form::unavailable.
const ThreadedInstruction* stop_at_unavailable(State* s, const ThreadedInstruction* i);

bool run_keccak(State* s, const ThreadedInstruction* i, bool counted);
bool run_sha256(State* s, const ThreadedInstruction* i, bool counted);
bool run_dma_copy(State* s, const ThreadedInstruction* i, bool counted);
bool run_dma_copy_immediate(State* s, const ThreadedInstruction* i, bool counted);
bool run_dma_compare(State* s, const ThreadedInstruction* i, bool counted);
bool run_dma_compare_immediate(State* s, const ThreadedInstruction* i, bool counted);
bool run_dma_set(State* s, const ThreadedInstruction* i, bool counted);
bool run_dma_set_immediate(State* s, const ThreadedInstruction* i, bool counted);
bool run_dma_copy_input(State* s, const ThreadedInstruction* i, bool counted);
bool run_dma_copy_input_immediate(State* s, const ThreadedInstruction* i, bool counted);
bool run_operands(State* s, const ThreadedInstruction* i, bool counted);
bool run_parameter_block(State* s, const ThreadedInstruction* i, bool counted);
bool run_add256(State* s, const ThreadedInstruction* i, bool counted);
bool run_blake2b(State* s, const ThreadedInstruction* i, bool counted);
bool run_jump_dest(State* s, const ThreadedInstruction* i, bool counted);
bool run_fcall_parameter(State* s, const ThreadedInstruction* i, bool counted);
bool run_fcall(State* s, const ThreadedInstruction* i, bool counted);
bool run_fcall_get(State* s, const ThreadedInstruction* i, bool counted);

/// Ends the run with Stop::trap and returns false.
bool trap(State* s, const ThreadedInstruction* i, std::string why);

}  // namespace cyclegate::vm
