#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "vm/slow_path.h"
#include "vm/state.h"

namespace cyclegate::vm {

// What all precompiles need: operands from memory, a place for the result, and the accounting of both.

/// Counts 8-byte accesses to a range, which may reach from the stack into the rest of RAM.
void count_words(State* s, std::uint64_t address, bool write, std::uint64_t words);
inline void count_reads(State* s, std::uint64_t address, std::uint64_t words) {
  count_words(s, address, false, words);
}
inline void count_writes(State* s, std::uint64_t address, std::uint64_t words) {
  count_words(s, address, true, words);
}

/// Counts a call and its price, with the part that depends on the length.
void count_call(State* s, Operation operation, std::uint64_t variable = 0);

/// Reads words at an aligned address, as loads do (input past the end of the file is 0); false after a trap.
bool read_operand(State* s, const ThreadedInstruction* i, std::string_view name, std::uint64_t address,
                  std::span<std::uint64_t> out);

/// Host address of where a result of `bytes` goes; nullptr when the run has stopped.
std::uint8_t* result_place(State* s, const ThreadedInstruction* i, std::string_view name, std::uint64_t address,
                           std::uint64_t bytes);

/// Writes result words; false when the run has stopped.
bool write_result(State* s, const ThreadedInstruction* i, std::string_view name, std::uint64_t address,
                  std::span<const std::uint64_t> words);

/// The count of the register forms of DMA calls goes through memory: one word is written by the first step and read by
/// the second.
bool pass_count(State* s, const ThreadedInstruction* i, std::uint64_t count, bool counted);

/// Looks at the clock after every so many bytes, as one step may take long; false when the time is up.
bool has_time(State* s, const ThreadedInstruction* i, std::uint64_t bytes);

}  // namespace cyclegate::vm
