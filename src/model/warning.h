#pragma once

#include <string>

namespace cyclegate::model {

/// A doubt that rides beside the number it qualifies.
struct Warning {
  std::string code;     ///< stable, machine-readable, e.g. `few-inputs`, `high-load`
  std::string message;  ///< one sentence for people

  bool operator==(const Warning&) const = default;
};

}  // namespace cyclegate::model
