#pragma once

#include <string>
#include <vector>

#include "capture.h"
#include "model/execution.h"

namespace cyclegate::test {

/// Rows as lines. ziskemu orders rows of equal cost and count by its own opcode numbers, we by name.
std::string rows_text(std::vector<model::CostRow> rows, bool ordered = false);

/// Checks steps, cost and rows other than memory's against a capture.
void check_cost(const model::Execution& execution, const Capture& capture);

}  // namespace cyclegate::test
