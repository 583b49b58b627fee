#pragma once

#include <string>

#include "model/comparison.h"
#include "render/summary.h"

namespace cyclegate::render {

/// JUnit XML as CI systems read it: a suite per guest with one test case per cell, classname `GUEST.EXECUTOR` and name
/// INPUT, and first a suite `cyclegate` whose one case is the status itself (it can fail without any cell failing). A
/// cell fails when one of its findings gates; it is skipped when its deciding finding gives no answer (inconclusive,
/// incomparable, new, removed). No times: nothing here is a duration of a test.
std::string render_junit(const model::Comparison& comparison, const Summary& summary);

}  // namespace cyclegate::render
