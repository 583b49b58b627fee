#pragma once

#include <optional>

#include "doctor/hotspots.h"

namespace cyclegate::doctor {

/// One function that is most of a run.
struct DominantFrame {
  HotFunction outer;  ///< the outermost that holds at least half of the run and is not the program itself
  std::optional<HotFunction> inner;  ///< the innermost below it that does; its total is what it took
                                     ///< below `outer`, without call chains what it took at all
};

/// The program itself (its entry, the language's own library around it, a frame that is 99.95 % of the run or more) is
/// named only where nothing else is most of the run, the entry only where that is its own work. Nothing where no
/// function is half of the run.
std::optional<DominantFrame> dominant_frame(const Hotspots& hotspots);

}  // namespace cyclegate::doctor
