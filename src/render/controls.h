#pragma once

#include <string>

#include "model/comparison.h"

namespace cyclegate::render {

/// What the controls that rode along say of the machine, in one sentence, such as `This machine, today: base against
/// itself was called no worse (+0.10 %, -0.80 % to +1.02 % (95 %)); an injected +3 % was found (+2.94 %, ...).` Empty
/// where there were none.
std::string controls_text(const model::Comparison& comparison);

}  // namespace cyclegate::render
