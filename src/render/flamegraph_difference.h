#pragma once

#include <string>

#include "model/profile.h"
#include "render/flamegraph.h"

namespace cyclegate::render {

/// Which change gives a frame its colour; both stand in its title.
enum class DifferenceColour {
  inclusive,  ///< of what the function took with its callees: leads from the outermost frame to the cause
  self,       ///< of what the function took itself: marks the cause only
};

/// A differential flame graph. Its widths are head's; every frame says what it took in base and in head, with its
/// callees and by itself, and has a colour of a diverging scale that colour-blind people can read, with a legend.
/// Frames that only base has, or that are too narrow to draw in head, stand in a lane of their own at the same scale,
/// below the callers that led to them, so that nothing vanishes. Chains of callers are matched by function name, across
/// frames that only one side has where flame_alignment.h finds any.
///
/// The column is options.column, else head's first. Throws model::Error (usage) where base or head does not have it or
/// counts it in another unit. options.palette is not used.
std::string flamegraph_difference_svg(const model::Profile& base, const model::Profile& head,
                                      const FlamegraphOptions& options,
                                      DifferenceColour colour = DifferenceColour::inclusive);

/// An HTML page without outside references with base's and head's graph beside each other at one scale, in the colours
/// of the difference. What is zoomed, searched or pointed at in one is so in the other. Each shows its own chains of
/// callers, matched by all their names.
std::string flamegraph_pair_page(const model::Profile& base, const model::Profile& head,
                                 const FlamegraphOptions& options,
                                 DifferenceColour colour = DifferenceColour::inclusive);

}  // namespace cyclegate::render
