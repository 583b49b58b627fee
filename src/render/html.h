#pragma once

#include <string>

#include "model/comparison.h"
#include "render/options.h"
#include "render/summary.h"

namespace cyclegate::render {

/// The whole report as one page: no request to anywhere (its Content-Security-Policy allows none), no script, light and
/// dark, from phone width on. Lists are bounded (2,000 findings a group at most) and say how many rows are left out;
/// all of them are in report.json. Throws a configuration error naming a user's template that is not well-formed.
std::string render_html(const model::Comparison& comparison, const Summary& summary, const Options& options);

}  // namespace cyclegate::render
