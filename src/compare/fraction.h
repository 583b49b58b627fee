#pragma once

#include "model/wide.h"

namespace cyclegate::compare {

/// The share that millionths are: 20'000 is 0.02.
inline double fraction(model::Millionths value) {
  return static_cast<double>(value.value) / model::one_million;
}

}  // namespace cyclegate::compare
