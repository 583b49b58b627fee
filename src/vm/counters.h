#pragma once

#include <array>
#include <cstdint>

#include "model/execution.h"
#include "vm/address_map.h"
#include "vm/cost_model.h"
#include "vm/operation.h"

namespace cyclegate::vm {

/// What an execution did, counted by what has a price. Prices are applied at the end.
struct Counters {
  std::array<std::uint64_t, operation_count> operations{};  ///< not frequent; `add` without add_high_zero
  std::array<std::uint64_t, operation_count> frequent{};    ///< FROPS hits
  std::uint64_t add_high_zero = 0;
  std::array<std::array<std::uint64_t, access_count>, zone_count> accesses{};
  std::array<std::uint64_t, operation_count> variable{};  ///< cost of calls by length; saturates

  void access(Zone zone, Access kind, std::uint64_t times = 1) {
    accesses[static_cast<std::size_t>(zone)][static_cast<std::size_t>(kind)] += times;
  }
};

/// The zone of an address that a guest may read.
constexpr Zone zone_of(std::uint64_t address) {
  if (address >= ram_address) return address - ram_address < stack_size ? Zone::ram_stack : Zone::ram_no_stack;
  return address >= rom_address ? Zone::rom : Zone::input;
}

/// The kind of a read of 1, 2, 4 or 8 bytes.
constexpr Access read_access(std::uint64_t address, unsigned width) {
  const auto offset = static_cast<unsigned>(address & 7);
  switch (width) {
    case 1:
      return Access::read_1;
    case 2:
      return offset > 6 ? Access::read_2_double : Access::read_2_single;
    case 4:
      return offset > 4 ? Access::read_4_double : (offset & 3) == 0 ? Access::read_4_aligned : Access::read_4_single;
    default:
      return offset == 0 ? Access::read_8_aligned : Access::read_8_double;
  }
}

/// The kind of a write; `value` is the whole register that is stored.
constexpr Access write_access(std::uint64_t address, unsigned width, std::uint64_t value) {
  const auto offset = static_cast<unsigned>(address & 7);
  switch (width) {
    case 1:
      return (value >> 8) == 0 ? Access::write_1_clean : Access::write_1_dirty;
    case 2:
      return offset > 6 ? Access::write_2_double : Access::write_2_single;
    case 4:
      if (offset > 4) return Access::write_4_double;
      if ((offset & 3) != 0) return Access::write_4_single;
      return (value >> 32) == 0 ? Access::write_4_aligned_clean : Access::write_4_aligned_dirty;
    default:
      return offset == 0 ? Access::write_8_aligned : Access::write_8_double;
  }
}

/// Counts one operation outside the handlers (the BIOS), with its FROPS check.
void count_operation(Counters& counters, const CostModel& cost_model, Operation operation, std::uint64_t a,
                     std::uint64_t b, std::uint64_t c);

/// Whether an `add` has the lower price: all operands fit into 32 bits, b possibly sign-extended.
constexpr bool add_is_high_zero(std::uint64_t a, std::uint64_t b, std::uint64_t c) {
  const std::uint64_t b_high = b >> 32;
  return ((a | c) >> 32) == 0 && (b_high == 0 || b_high == 0xffff'ffffU);
}

/// Fills cost, opcodes, precompiles, frops and memory of `execution` from the counters, its steps, and the words of the
/// memory image. False, with none of them filled in, when total or avoided cost does not fit into 64 bits.
[[nodiscard]] bool report_cost(const Counters& counters, const CostModel& cost_model, std::uint64_t ram_init_words,
                               std::uint64_t rom_init_words, model::Execution& execution);

}  // namespace cyclegate::vm
