#pragma once

#include <string>
#include <string_view>

#include "model/run_set.h"

namespace cyclegate::model {

/// The RunSet as a `cyclegate.runs/1` document (docs/schemas/runs.schema.json): one run per line, equal values give
/// equal bytes, a checksum at the end.
std::string to_json(const RunSet& set);

/// Inverse of to_json. `origin` names the file in messages. Runs are brought into the order of their cells.
/// Throws Error{configuration}: not JSON, cut, edited, of a newer schema, a field missing or of the wrong type, a cell
/// twice. Unknown fields and a missing checksum become warnings of the RunSet.
RunSet run_set_from_json(std::string_view text, std::string_view origin);

/// One run as a single line without newline, as the journal keeps it.
std::string cell_run_to_json(const CellRun& run);
/// Inverse of cell_run_to_json; throws Error{configuration}.
CellRun cell_run_from_json(std::string_view text, std::string_view origin);

}  // namespace cyclegate::model
