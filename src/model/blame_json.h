#pragma once

#include <string>

#include "model/blame.h"

namespace cyclegate::model {

/// As a `cyclegate.blame/1` document (docs/schemas/blame.schema.json).
std::string to_json(const Blame& blame);

}  // namespace cyclegate::model
