#include "vm/counters.h"

#include <algorithm>
#include <limits>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "model/wide.h"

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

bool report_cost(const Counters& counters, const CostModel& cost_model, std::uint64_t ram_init_words,
                 std::uint64_t rom_init_words, model::Execution& execution) {
  constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
  std::vector<model::CostRow> opcodes;
  std::vector<model::CostRow> precompiles;
  std::vector<model::CostRow> frops;
  std::vector<model::CostRow> memory;
  model::Cost cost;
  cost.base = cost_model.base;
  // No sum is greater than these two: where they fit into 64 bits, all do.
  model::Wide total = cost.base;
  model::Wide avoided = 0;
  const auto product = [](model::Wide count, std::uint64_t price) { return count * price; };
  const auto paid = [&](model::Wide amount) {
    total += amount;
    return static_cast<std::uint64_t>(amount);
  };
  bool saturated = false;
  cost.parts.main = paid(product(execution.steps, cost_model.main));
  for (std::size_t i = 0; i < operation_count; ++i) {
    const auto operation = static_cast<Operation>(i);
    const std::string row_name(name(operation));
    const std::uint64_t price = cost_model.price[i];
    model::CostRow row{.name = row_name, .count = counters.operations[i], .cost = 0};
    row.cost = paid(product(counters.operations[i], price));
    if (operation == Operation::add) {
      row.count += counters.add_high_zero;
      row.cost += paid(product(counters.add_high_zero, cost_model.add_high_zero));
    }
    row.cost += paid(counters.variable[i]);
    saturated = saturated || counters.variable[i] == most;
    (is_precompile(operation) ? cost.parts.precompiles : cost.parts.opcodes) += row.cost;
    if (row.count != 0) (is_precompile(operation) ? precompiles : opcodes).push_back(row);
    if (counters.frequent[i] != 0) {
      const model::Wide amount = product(counters.frequent[i], price);
      avoided += amount;
      const auto narrow = static_cast<std::uint64_t>(amount);
      frops.push_back({.name = row_name, .count = counters.frequent[i], .cost = narrow});
      cost.frops += narrow;
    }
  }
  for (std::size_t zone = 0; zone < zone_count; ++zone) {
    for (std::size_t kind = 0; kind < access_count; ++kind) {
      const auto access = static_cast<Access>(kind);
      std::uint64_t count = counters.accesses[zone][kind];
      std::uint64_t row_cost = paid(product(count, cost_model.memory[zone][kind]));
      // ziskemu shows the words of the memory image in these two rows.
      if (static_cast<Zone>(zone) == Zone::ram_stack && access == Access::write_8_aligned) {
        count += ram_init_words;
        row_cost += paid(product(ram_init_words, cost_model.ram_init));
      }
      if (static_cast<Zone>(zone) == Zone::rom && access == Access::read_8_aligned) {
        count += rom_init_words;
        row_cost += paid(product(rom_init_words, cost_model.rom_init));
      }
      if (count == 0) continue;
      cost.parts.memory += row_cost;
      std::string row_name(name(static_cast<Zone>(zone)));
      row_name += ' ';
      row_name += name(access);
      memory.push_back({.name = std::move(row_name), .count = count, .cost = row_cost});
    }
  }
  if (saturated || total > most || avoided > most) return false;
  sort_rows(opcodes);
  sort_rows(precompiles);
  sort_rows(frops);
  execution.opcodes = std::move(opcodes);
  execution.precompiles = std::move(precompiles);
  execution.frops = std::move(frops);
  execution.memory = std::move(memory);
  execution.cost = cost;
  return true;
}

}  // namespace cyclegate::vm
