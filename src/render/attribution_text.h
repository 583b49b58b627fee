#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "model/comparison.h"

namespace cyclegate::render {

/// What an attribution is about: `block-hash on embedded, inputs by weight`, `block-hash/light_block on embedded`;
/// `, over 5 of 8 cells` follows where that is so.
std::string attribution_place(const model::Attribution& attribution);

/// What the four amounts do not show by themselves: that head's guest is worse or better under one model only, and the
/// change of `cost_total` where what every run costs changed as well; else empty.
std::string attribution_note(const model::Attribution& attribution);

/// Guests with their inputs together, else their one cell. Pointers into `comparison`.
std::vector<const model::Attribution*> widest_attributions(const model::Comparison& comparison);

/// The models by name, the sentence that says which decides, and a table of up to `top` guests in which base, guest,
/// model and interaction add up to head; empty where both sides have one cost model.
std::string attributions_text(const model::Comparison& comparison, std::size_t top, std::size_t width, bool colour);

}  // namespace cyclegate::render
