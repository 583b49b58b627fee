#include "vm/cost_class.h"

#include <fmt/format.h>

namespace cyclegate::vm {
namespace {

template <std::size_t size>
void subtract_all(std::array<std::uint64_t, size>& from, const std::array<std::uint64_t, size>& part) {
  for (std::size_t i = 0; i < size; ++i) from[i] -= part[i];
}

}  // namespace

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

CostClasses::CostClasses(const ClassTotals& totals) {
  const auto add = [this](std::string_view kind, std::string_view part) {
    names_.push_back(fmt::format("{}:{}", kind, part));
  };
  for (std::size_t i = 0; i < opcode_class_count; ++i) {
    if (totals.place.opcodes[i] == 0) continue;
    opcodes_.push_back(i);
    add("opcode", name(static_cast<OpcodeClass>(i)));
  }
  for (std::size_t i = 0; i < precompile_count; ++i) {
    if (totals.precompiles[i] == 0) continue;
    precompiles_.push_back(i);
    add("precompile", name(static_cast<Operation>(first_precompile + i)));
  }
  for (std::size_t i = 0; i < memory_class_count; ++i) {
    if (totals.place.memory[i] == 0) continue;
    memory_.push_back(i);
    add("memory", name(static_cast<MemoryClass>(i)));
  }
}

void CostClasses::append(const PlaceCost& place, const PrecompileCost& precompiles,
                         std::vector<std::uint64_t>& out) const {
  for (const std::size_t i : opcodes_) out.push_back(place.opcodes[i]);
  for (const std::size_t i : precompiles_) out.push_back(precompiles[i]);
  for (const std::size_t i : memory_) out.push_back(place.memory[i]);
}

model::CostSplit CostClasses::split(const PlaceCost& place, const PrecompileCost& precompiles) const {
  std::vector<std::uint64_t> costs;
  append(place, precompiles, costs);
  return model::CostSplit(costs);
}

void subtract(ClassTotals& from, const PlaceCost& place, const PrecompileCost& precompiles) {
  subtract_all(from.place.opcodes, place.opcodes);
  subtract_all(from.place.memory, place.memory);
  subtract_all(from.precompiles, precompiles);
}

void PrecompilesByPlace::add(std::size_t place, std::size_t precompile, std::uint64_t cost) {
  if (at_[place] == none) {
    at_[place] = static_cast<std::uint32_t>(costs_.size());
    costs_.emplace_back();
  }
  costs_[at_[place]][precompile] += cost;
}

const PrecompileCost& PrecompilesByPlace::of(std::size_t place) const {
  static constexpr PrecompileCost nothing{};
  return at_[place] == none ? nothing : costs_[at_[place]];
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
