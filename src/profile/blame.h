#pragma once

#include <string>
#include <vector>

#include "model/blame.h"
#include "model/profile.h"
#include "profile/functions.h"

namespace cyclegate::profile {

/// Which functions a change comes from; fills base, head, rows and note of a Blame.
///
/// Every function's own cost is in exactly one row or, where nothing about it changed, in none; so the rows' changes
/// sum to the total change by construction. A function of base and one of head with another name are one renamed row
/// when their own cost, each part of it and their calls are equal, when they have the same callers and callees, apart
/// from functions that are themselves new or gone, and when no other function fits either. Where callers are not known,
/// or neither a function's calls nor its parts (samples, folded stacks), nothing is renamed. Where only one side knows
/// the parts of self, or the calls, they are left out on both: what is not known is not 0. The note says so then.
model::Blame blame(const Functions& base, const Functions& head);

/// The blame between two profiles by the column of that name, which both must have in the same unit: else
/// throws model::Error{usage}.
model::Blame blame(const model::Profile& base, const model::Profile& head, const std::string& column);

}  // namespace cyclegate::profile
