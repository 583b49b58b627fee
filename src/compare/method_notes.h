#pragma once

#include <string>
#include <vector>

#include "model/policy.h"

namespace cyclegate::compare {

/// What a report says of the methodology in use: how often it errs. From error-rates.tsv, which is data: one sentence a
/// line after the methodology's name and a tab.
std::vector<std::string> method_notes(model::Methodology methodology);

}  // namespace cyclegate::compare
