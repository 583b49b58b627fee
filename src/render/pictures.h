#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "model/comparison.h"
#include "render/summary.h"
#include "render/svg.h"

namespace cyclegate::render {

/// A picture of a report: what it shows and under which name. Points into the comparison.
struct PictureRef {
  std::string name;   ///< unique within the report, [a-z0-9_-] only, e.g. `function-json-digest-embedded`
  std::string title;  ///< untrusted text: also the alternative text
  const model::Breakdown* breakdown = nullptr;  ///< exactly one of the two is set
  const model::Distribution* distribution = nullptr;
};

/// The pictures worth drawing, the guests with the worst verdicts first: breakdowns in which something differs, then
/// the distributions of cells with a finding that matters. At most `limit`.
std::vector<PictureRef> choose_pictures(const model::Comparison& comparison, const Summary& summary, std::size_t limit);

/// Draws it.
std::string draw(const PictureRef& picture, Theme theme);

}  // namespace cyclegate::render
