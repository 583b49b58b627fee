#pragma once

#include <string_view>

#include "model/profile.h"

namespace cyclegate::test {

/// A profile of one column `cost` from lines `a;b;c 12`, for pictures and their tests. Throws std::invalid_argument
/// where a line is none.
model::Profile profile_of(std::string_view folded, std::string_view origin = "sample guest, block 7, embedded");

/// What a rollup guest's run looks like, before and after a change: one function twice as dear, one gone, one new.
model::Profile sample_base();
model::Profile sample_head();

}  // namespace cyclegate::test
