#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "model/wide.h"

namespace cyclegate::compare {

/// A relative change for a sentence: `+3.20 %`, `-12.5 %`, `0 %`, `+<0.01 %`.
std::string percent(double fraction);
/// head/base - 1 in the same form; `from 0` where base is 0 and head is not.
std::string percent(model::Wide base, model::Wide head);
/// A threshold as it is configured: `0.5 %`.
std::string percent(model::Millionths fraction);
/// A ratio as it is configured: `1.10x`.
std::string ratio(model::Millionths value);
/// `1 cell`, `3 cells`.
std::string counted(std::uint64_t count, std::string_view noun);
/// The first twelve digits of a sha256; `none` when empty.
std::string abbreviated(std::string_view sha256);

}  // namespace cyclegate::compare
