#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "model/profile.h"
#include "render/flame_palette.h"
#include "render/svg.h"

namespace cyclegate::render {

/// Which way the callees lie.
enum class FlameDirection {
  down,  ///< icicle: the outermost function on top, callees below
  up,    ///< flame: the outermost function at the bottom
};

/// The least width a frame must have to be drawn.
struct MinWidth {
  double value = 0.1;
  bool percent = false;  ///< of the picture's width; else pixels

  bool operator==(const MinWidth&) const = default;
};

/// `0.1`, `0.5px` or `0.01%`. Throws model::Error (usage) for anything else, and for more than half the picture.
MinWidth min_width_from(std::string_view text);

/// What can be chosen of a flame graph.
struct FlamegraphOptions {
  std::string title;     ///< empty: the profile's origin
  std::string subtitle;  ///< empty: what is counted and how much
  std::string column;    ///< which weight decides the widths; empty: the first
  FlameDirection direction = FlameDirection::down;
  FlamePalette palette = FlamePalette::hot;
  std::uint32_t width = 1200;  ///< pixels, 300 to 20,000; a script, where it runs, fills the window instead
  MinWidth min_width;
  Theme theme = Theme::automatic;
  bool interactive = true;  ///< with the script for zoom, search and keyboard; the still picture is the same
};

/// Throws model::Error (usage) unless pictures may be so wide.
void check_flame_width(std::uint32_t width);

/// The index of a column. Throws model::Error (usage) naming the columns there are.
std::size_t flame_column(const model::Profile& profile, std::string_view name);

/// A flame graph: one box per function and chain of callers, as wide as what it took with its callees. The bytes
/// depend on nothing but the arguments. Names are hostile text. Throws model::Error (usage) for a column that is not
/// there and a width out of range.
///
/// The interactive picture zooms (click, Enter), searches (`/`, Ctrl-F; text or regular expression, with the share
/// that matches), walks by arrow keys, and keeps its state in the address; report-templates/flamegraph.js.
std::string flamegraph_svg(const model::Profile& profile, const FlamegraphOptions& options);

/// The least inclusive weight that is drawn when `scale` fills the width.
std::uint64_t flame_threshold(const FlamegraphOptions& options, std::uint64_t scale);

}  // namespace cyclegate::render
