#include "compare.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <tuple>

namespace cyclegate::test {

std::string rows_text(std::vector<model::CostRow> rows, bool ordered) {
  std::string out;
  if (!ordered) {
    std::ranges::sort(rows, [](const model::CostRow& x, const model::CostRow& y) {
      return std::tie(y.cost, y.count, x.name) < std::tie(x.cost, x.count, y.name);
    });
  }
  for (const auto& row : rows)
    out += row.name + ' ' + std::to_string(row.count) + ' ' + std::to_string(row.cost) + '\n';
  return out;
}

void check_cost(const model::Execution& execution, const Capture& capture) {
  CHECK(execution.steps == capture.steps);
  REQUIRE(execution.cost);
  CHECK(execution.cost->parts.main == capture.cost.parts.main);
  CHECK(execution.cost->parts.opcodes == capture.cost.parts.opcodes);
  CHECK(execution.cost->parts.precompiles == capture.cost.parts.precompiles);
  CHECK(execution.cost->parts.memory == capture.cost.parts.memory);
  CHECK(execution.cost->base == capture.cost.base);
  CHECK(execution.cost->frops == capture.cost.frops);
  CHECK(execution.cost->variable() == capture.variable);
  CHECK(execution.cost->total() == capture.total);
  CHECK(rows_text(execution.opcodes, true) == rows_text(capture.opcodes));
  CHECK(rows_text(execution.precompiles, true) == rows_text(capture.precompiles));
  CHECK(rows_text(execution.frops, true) == rows_text(capture.frops));
}

}  // namespace cyclegate::test
