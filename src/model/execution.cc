#include "model/execution.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "model/wide.h"

namespace cyclegate::model {

CostParts& CostParts::operator+=(const CostParts& other) {
  main += other.main;
  opcodes += other.opcodes;
  precompiles += other.precompiles;
  memory += other.memory;
  return *this;
}

bool splits_add_up(std::span<const FunctionCost> functions, const CostKinds& kinds) {
  if (kinds.empty()) return false;
  enum Kind : std::uint8_t { opcode, precompile, memory };
  std::vector<Kind> of_kind;
  for (const std::string_view name : kinds.names()) {
    if (name.starts_with("opcode:"))
      of_kind.push_back(opcode);
    else if (name.starts_with("precompile:"))
      of_kind.push_back(precompile);
    else if (name.starts_with("memory:"))
      of_kind.push_back(memory);
    else
      return false;
  }
  return std::ranges::all_of(functions, [&](const FunctionCost& row) {
    const auto costs = row.split.form();
    if (costs.size() > of_kind.size()) return false;
    std::array<Wide, 3> sums{};
    for (std::size_t kind = 0; kind < costs.size(); ++kind) sums.at(of_kind[kind]) += costs[kind];
    return sums[opcode] == row.self.opcodes && sums[precompile] == row.self.precompiles &&
           sums[memory] == row.self.memory;
  });
}

}  // namespace cyclegate::model
