#include "vm/cost_class.h"

namespace cyclegate::vm {

std::string_view name(OpcodeClass part) {
  constexpr std::array<std::string_view, opcode_class_count> names = {
      "add", "logic", "shift", "compare", "multiply", "divide", "extend", "bits", "hint"};
  return names[static_cast<std::size_t>(part)];
}

std::string_view name(MemoryClass part) {
  constexpr std::array<std::string_view, memory_class_count> names = {"stack-aligned-read",
                                                                      "stack-aligned-write",
                                                                      "stack-unaligned-read",
                                                                      "stack-unaligned-write",
                                                                      "ram-aligned-read",
                                                                      "ram-aligned-write",
                                                                      "ram-unaligned-read",
                                                                      "ram-unaligned-write",
                                                                      "rom-aligned-read",
                                                                      "rom-unaligned-read",
                                                                      "input-aligned-read",
                                                                      "input-unaligned-read",
                                                                      "image"};
  return names[static_cast<std::size_t>(part)];
}

ClassTotals class_totals(const Counters& counters, const CostModel& cost_model, std::uint64_t ram_init_words,
                         std::uint64_t rom_init_words) {
  ClassTotals totals;
  for (std::size_t i = 0; i < operation_count; ++i) {
    const auto operation = static_cast<Operation>(i);
    const std::uint64_t cost = counters.operations[i] * cost_model.price[i] + counters.variable[i];
    if (is_precompile(operation)) {
      totals.precompiles[i - first_precompile] += cost;
    } else {
      totals.place.of(opcode_class(operation)) += cost;
    }
  }
  totals.place.of(OpcodeClass::add) += counters.add_high_zero * cost_model.add_high_zero;
  for (std::size_t zone = 0; zone < zone_count; ++zone) {
    for (std::size_t kind = 0; kind < access_count; ++kind) {
      totals.place.of(memory_class(static_cast<Zone>(zone), static_cast<Access>(kind))) +=
          counters.accesses[zone][kind] * cost_model.memory[zone][kind];
    }
  }
  totals.place.of(MemoryClass::image) += ram_init_words * cost_model.ram_init + rom_init_words * cost_model.rom_init;
  return totals;
}

}  // namespace cyclegate::vm
