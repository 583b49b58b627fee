#pragma once

#include <cstdint>
#include <string>

#include "model/wide.h"

namespace cyclegate::doctor {

using model::thousands;

/// part of whole in hundredths of a percent, rounded half up; a whole of 0 gives 0.
std::uint64_t hundredths(model::Wide part, model::Wide whole);

/// The same as `12.34 %`.
std::string share(model::Wide part, model::Wide whole);

}  // namespace cyclegate::doctor
