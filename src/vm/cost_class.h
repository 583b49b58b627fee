#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "vm/cost_model.h"
#include "vm/counters.h"
#include "vm/operation.h"

namespace cyclegate::vm {

// The parts that a profile splits cost into: coarse enough to be kept for every place of the call tree, fine enough to
// say what kind of code costs.

/// What an opcode does.
enum class OpcodeClass : std::uint8_t { add, logic, shift, compare, multiply, divide, extend, bits, hint };
inline constexpr std::size_t opcode_class_count = static_cast<std::size_t>(OpcodeClass::hint) + 1;
/// e.g. `add`.
std::string_view name(OpcodeClass part);

/// The class of an operation that is no precompile.
constexpr OpcodeClass opcode_class(Operation operation) {
  using enum Operation;
  switch (operation) {
    case add:
    case sub:
    case add_w:
    case sub_w:
    case sh1add:
    case sh2add:
    case sh3add:
      return OpcodeClass::add;
    case xor_:
    case or_:
    case and_:
    case andn:
    case orn:
    case xnor:
      return OpcodeClass::logic;
    case sll:
    case srl:
    case sra:
    case sll_w:
    case srl_w:
    case sra_w:
    case sll_u_w:
    case rol:
    case rol_w:
    case ror:
    case ror_w:
      return OpcodeClass::shift;
    case lt:
    case ltu:
    case eq:
    case min:
    case max:
    case minu:
    case maxu:
    case min_w:
    case max_w:
    case minu_w:
    case maxu_w:
      return OpcodeClass::compare;
    case mul:
    case mulh:
    case mulsuh:
    case muluh:
    case mul_w:
      return OpcodeClass::multiply;
    case div:
    case divu:
    case rem:
    case remu:
    case div_w:
    case divu_w:
    case rem_w:
    case remu_w:
      return OpcodeClass::divide;
    case signextend_b:
    case signextend_h:
    case signextend_w:
      return OpcodeClass::extend;
    case pubout:
    case fcall:
    case fcall_param:
    case fcall_get:
      return OpcodeClass::hint;
    default:
      return OpcodeClass::bits;
  }
}

/// Memory accesses by zone, direction and whether they are whole aligned words (everything else costs more), and the
/// initialised words of the memory image.
enum class MemoryClass : std::uint8_t {
  stack_aligned_read,
  stack_aligned_write,
  stack_unaligned_read,
  stack_unaligned_write,
  ram_aligned_read,
  ram_aligned_write,
  ram_unaligned_read,
  ram_unaligned_write,
  rom_aligned_read,
  rom_unaligned_read,
  input_aligned_read,
  input_unaligned_read,
  image,
};
inline constexpr std::size_t memory_class_count = static_cast<std::size_t>(MemoryClass::image) + 1;
/// e.g. `stack-aligned-read`; `ram` is RAM without the stack.
std::string_view name(MemoryClass part);

constexpr MemoryClass memory_class(Zone zone, Access access) {
  using enum MemoryClass;
  const bool write = access >= Access::write_8_aligned;
  const bool aligned = access == Access::read_8_aligned || access == Access::write_8_aligned;
  switch (zone) {
    case Zone::ram_stack:
      return write ? (aligned ? stack_aligned_write : stack_unaligned_write)
                   : (aligned ? stack_aligned_read : stack_unaligned_read);
    case Zone::ram_no_stack:
      return write ? (aligned ? ram_aligned_write : ram_unaligned_write)
                   : (aligned ? ram_aligned_read : ram_unaligned_read);
    case Zone::rom:
      return aligned ? rom_aligned_read : rom_unaligned_read;
    case Zone::input:
      break;
  }
  return aligned ? input_aligned_read : input_unaligned_read;
}

/// What one place of the call tree took itself, but for its precompiles.
struct PlaceCost {
  std::uint64_t steps = 0;
  std::uint64_t calls = 0;
  std::array<std::uint64_t, opcode_class_count> opcodes{};
  std::array<std::uint64_t, memory_class_count> memory{};

  std::uint64_t& of(OpcodeClass part) { return opcodes[static_cast<std::size_t>(part)]; }
  std::uint64_t& of(MemoryClass part) { return memory[static_cast<std::size_t>(part)]; }
};

inline constexpr std::size_t precompile_count = operation_count - first_precompile;
/// Cost by precompile, in the order of Operation.
using PrecompileCost = std::array<std::uint64_t, precompile_count>;

/// A whole run by class: what the rows of its report sum up to.
struct ClassTotals {
  PlaceCost place;  ///< `steps` and `calls` are 0
  PrecompileCost precompiles{};
};
ClassTotals class_totals(const Counters& counters, const CostModel& cost_model, std::uint64_t ram_init_words,
                         std::uint64_t rom_init_words);

}  // namespace cyclegate::vm
