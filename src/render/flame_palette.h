#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "render/svg.h"

/// Colours of flame graphs. A frame carries a class, the style sheet gives it a colour per theme; every colour keeps a
/// contrast of at least 4.5:1 to the text on it (WCAG 2.2, 1.4.3).
namespace cyclegate::render {

/// What a frame's colour tells.
enum class FlamePalette {
  hot,     ///< nothing: warm colours by name, as flame graphs have had since 2011
  cool,    ///< nothing: blue and green by name
  module,  ///< one colour per crate, library or namespace
  kind,    ///< what the function does: copying, allocating, hashing, curve arithmetic, precompiles, ...
};

/// `hot`, `cool`, `module`, `kind`. Throws model::Error (usage) naming the choices.
FlamePalette flame_palette_from(std::string_view name);

/// The colours of the text and of a fill, as they stand in the style sheet; for the contrast to be checked.
struct FlameColour {
  std::string_view css_class;
  std::uint32_t light = 0;  ///< 0xRRGGBB
  std::uint32_t dark = 0;
};
inline constexpr FlameColour flame_text_colour{.css_class = {}, .light = 0x1F2328, .dark = 0xF0F6FC};

/// The classes of a palette, those of a difference, and the ones every flame graph has.
std::span<const FlameColour> flame_colours(FlamePalette palette);
std::span<const FlameColour> flame_difference_colours();
std::span<const FlameColour> flame_common_colours();

/// The class of a frame of this name; `module_name` is the library it lies in, where known.
std::string_view flame_class(FlamePalette palette, std::string_view name, std::string_view module_name);

/// Where the steps of the diverging scale begin, in ten-thousandths of base's weight: `p0`..`p5` for more, `m0`..`m4`
/// for less (all of it less is `gone`).
inline constexpr std::uint32_t flame_difference_steps[] = {0, 100, 500, 2000, 5000, 10000};

/// The class of a frame whose weight went from base to head: `z` unchanged, `m0`..`m4` less, `p0`..`p5` more, `new`,
/// `gone`.
std::string_view flame_difference_class(std::uint64_t base, std::uint64_t head);

/// One entry of a legend.
struct FlameLegendEntry {
  std::string_view css_class;
  std::string_view text;
};
/// The legend of FlamePalette::kind; empty for the others, whose colours tell nothing or too much.
std::span<const FlameLegendEntry> flame_legend(FlamePalette palette);
/// The legend of a difference from the left, `gone`, to the right, `new`.
std::span<const FlameLegendEntry> flame_difference_legend();

/// The crate or namespace a function belongs to: `keccak` of `<keccak::State as Digest>::update`; empty where the name
/// has none.
std::string_view flame_module(std::string_view name);

/// The whole style sheet for these colours. Empty for Theme::inherited.
std::string flame_style(Theme theme, std::span<const FlameColour> colours);

}  // namespace cyclegate::render
