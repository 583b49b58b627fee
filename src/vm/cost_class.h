#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "model/cost_split.h"
#include "vm/cost_model.h"
#include "vm/counters.h"
#include "vm/operation.h"

namespace cyclegate::vm {

// The parts that functions and profiles split cost into: coarse enough to be kept for every place of the call tree,
// fine enough to say what kind of code costs.

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

/// What one function or place of the call tree took itself, but for its precompiles.
struct PlaceCost {
  std::uint64_t steps = 0;
  std::uint64_t calls = 0;
  std::array<std::uint64_t, opcode_class_count> opcodes{};
  std::array<std::uint64_t, memory_class_count> memory{};

  std::uint64_t& of(OpcodeClass part) { return opcodes[static_cast<std::size_t>(part)]; }
  std::uint64_t& of(MemoryClass part) { return memory[static_cast<std::size_t>(part)]; }
};

template <std::size_t size>
constexpr std::uint64_t sum(const std::array<std::uint64_t, size>& costs) {
  std::uint64_t out = 0;
  for (const std::uint64_t cost : costs) out += cost;
  return out;
}

inline constexpr std::size_t precompile_count = operation_count - first_precompile;
/// Cost by precompile, in the order of Operation.
using PrecompileCost = std::array<std::uint64_t, precompile_count>;

/// A whole run by class: what the rows of its report sum up to.
struct ClassTotals {
  PlaceCost place;  ///< `steps` and `calls` are 0
  PrecompileCost precompiles{};
};
/// The classes that a run has cost in, and the numbers of each place in their order.
class CostClasses {
 public:
  explicit CostClasses(const ClassTotals& totals);

  /// `opcode:CLASS`, `precompile:NAME`, `memory:CLASS`.
  const std::vector<std::string>& names() const { return names_; }
  void append(const PlaceCost& place, const PrecompileCost& precompiles, std::vector<std::uint64_t>& out) const;
  model::CostSplit split(const PlaceCost& place, const PrecompileCost& precompiles) const;

 private:
  std::vector<std::string> names_;
  std::vector<std::size_t> opcodes_;
  std::vector<std::size_t> precompiles_;
  std::vector<std::size_t> memory_;
};
static_assert(opcode_class_count + precompile_count + memory_class_count <= model::CostSplit::most_kinds);

/// What is left of `from` without one place.
void subtract(ClassTotals& from, const PlaceCost& place, const PrecompileCost& precompiles);

/// The cost of precompiles by the place that called them, which few do: places are by number, from 0.
class PrecompilesByPlace {
 public:
  explicit PrecompilesByPlace(std::size_t places) : at_(places, none) {}
  void add(std::size_t place, std::size_t precompile, std::uint64_t cost);
  const PrecompileCost& of(std::size_t place) const;

 private:
  static constexpr std::uint32_t none = ~std::uint32_t{0};
  std::vector<PrecompileCost> costs_;
  std::vector<std::uint32_t> at_;  ///< index into costs_
};

ClassTotals class_totals(const Counters& counters, const CostModel& cost_model, std::uint64_t ram_init_words,
                         std::uint64_t rom_init_words);

}  // namespace cyclegate::vm
