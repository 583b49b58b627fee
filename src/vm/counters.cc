#include "vm/counters.h"

#include <algorithm>
#include <string>
#include <tuple>
#include <vector>

namespace cyclegate::vm {
namespace {

void sort_rows(std::vector<model::CostRow>& rows) {
  std::ranges::sort(rows, [](const model::CostRow& x, const model::CostRow& y) {
    return std::tie(y.cost, y.count, x.name) < std::tie(x.cost, x.count, y.name);
  });
}

}  // namespace

void count_operation(Counters& counters, const CostModel& cost_model, Operation operation, std::uint64_t a,
                     std::uint64_t b, std::uint64_t c) {
  const auto& boxes = cost_model.frops[index(operation)];
  if (std::ranges::any_of(boxes, [&](const FropsBox& box) { return box.holds(a, b); })) {
    ++counters.frequent[index(operation)];
    return;
  }
  if (operation == Operation::add && add_is_high_zero(a, b, c)) {
    ++counters.add_high_zero;
    return;
  }
  ++counters.operations[index(operation)];
}

void report_cost(const Counters& counters, const CostModel& cost_model, std::uint64_t ram_init_words,
                 std::uint64_t rom_init_words, model::Execution& execution) {
  model::Cost cost;
  cost.base = cost_model.base;
  cost.parts.main = execution.steps * cost_model.main;
  for (std::size_t i = 0; i < operation_count; ++i) {
    const auto operation = static_cast<Operation>(i);
    const std::string row_name(name(operation));
    const std::uint64_t price = cost_model.price[i];
    model::CostRow row{.name = row_name, .count = counters.operations[i], .cost = counters.operations[i] * price};
    if (operation == Operation::add) {
      row.count += counters.add_high_zero;
      row.cost += counters.add_high_zero * cost_model.add_high_zero;
    }
    row.cost += counters.variable[i];
    (is_precompile(operation) ? cost.parts.precompiles : cost.parts.opcodes) += row.cost;
    if (row.count != 0) (is_precompile(operation) ? execution.precompiles : execution.opcodes).push_back(row);
    if (counters.frequent[i] != 0) {
      execution.frops.push_back(
          {.name = row_name, .count = counters.frequent[i], .cost = counters.frequent[i] * price});
      cost.frops += counters.frequent[i] * price;
    }
  }
  for (std::size_t zone = 0; zone < zone_count; ++zone) {
    for (std::size_t kind = 0; kind < access_count; ++kind) {
      const auto access = static_cast<Access>(kind);
      std::uint64_t count = counters.accesses[zone][kind];
      std::uint64_t row_cost = count * cost_model.memory[zone][kind];
      // ziskemu shows the words of the memory image in these two rows.
      if (static_cast<Zone>(zone) == Zone::ram_stack && access == Access::write_8_aligned) {
        count += ram_init_words;
        row_cost += ram_init_words * cost_model.ram_init;
      }
      if (static_cast<Zone>(zone) == Zone::rom && access == Access::read_8_aligned) {
        count += rom_init_words;
        row_cost += rom_init_words * cost_model.rom_init;
      }
      if (count == 0) continue;
      cost.parts.memory += row_cost;
      std::string row_name(name(static_cast<Zone>(zone)));
      row_name += ' ';
      row_name += name(access);
      execution.memory.push_back({.name = std::move(row_name), .count = count, .cost = row_cost});
    }
  }
  sort_rows(execution.opcodes);
  sort_rows(execution.precompiles);
  sort_rows(execution.frops);
  execution.cost = cost;
}

}  // namespace cyclegate::vm
