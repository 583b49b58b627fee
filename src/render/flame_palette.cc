#include "render/flame_palette.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "model/error.h"
#include "model/frame_kind.h"
#include "model/wide.h"

namespace cyclegate::render {
namespace {

// Light fills have a contrast of 5 to 13 to the dark text, dark fills to the light text; tests/unit/render computes it.
constexpr auto hot_colours = std::to_array<FlameColour>({
    {"c0", 0xFA9384, 0x7C2012},
    {"c1", 0xFAA68C, 0x832D13},
    {"c2", 0xFBB998, 0x883A13},
    {"c3", 0xF8984E, 0x66350F},
    {"c4", 0xF8AA58, 0x6C3F0F},
    {"c5", 0xF9BD65, 0x704A10},
    {"c6", 0xEBA00A, 0x563D0C},
    {"c7", 0xEDB10A, 0x5B470D},
    {"c8", 0xF1C30A, 0x61510E},
    {"c9", 0xC8AF08, 0x4A420B},
    {"c10", 0xFAA690, 0x862A13},
    {"c11", 0xFABA90, 0x823F13},
    {"c12", 0xF69A23, 0x5D3A0D},
    {"c13", 0xF4AE0A, 0x5E460D},
    {"c14", 0xFBB89E, 0x8D3614},
    {"c15", 0xF79940, 0x62370E},
});
constexpr auto cool_colours = std::to_array<FlameColour>({
    {"c0", 0x23C4AE, 0x104A42},
    {"c1", 0x25CFCA, 0x115250},
    {"c2", 0x5DD9E2, 0x145B60},
    {"c3", 0x32BFDB, 0x114852},
    {"c4", 0x6FC6E6, 0x155065},
    {"c5", 0x9ACFED, 0x1A577A},
    {"c6", 0x7AB5E8, 0x17446B},
    {"c7", 0x99BDED, 0x1C4985},
    {"c8", 0xB4C8F2, 0x234EA3},
    {"c9", 0x9AADED, 0x1F3A92},
    {"c10", 0x25D0C2, 0x11524D},
    {"c11", 0x6DD7E5, 0x155A63},
    {"c12", 0x60B9E3, 0x14465E},
    {"c13", 0x94BFEC, 0x1B4B7E},
    {"c14", 0x84D3E9, 0x17596B},
    {"c15", 0x73B6E6, 0x164566},
});
constexpr auto module_colours = std::to_array<FlameColour>({
    {"c0", 0xECA7A7, 0x812626},
    {"c1", 0xC1D436, 0x4F5619},
    {"c2", 0x32D35A, 0x185126},
    {"c3", 0xA2D0EB, 0x225776},
    {"c4", 0xCCABED, 0x5F2B93},
    {"c5", 0xF1BBCF, 0x922A51},
    {"c6", 0xD8B549, 0x544518},
    {"c7", 0x7DE06E, 0x245E1B},
    {"c8", 0x2BCCCC, 0x174E4E},
    {"c9", 0xCAC5F3, 0x4A39C4},
    {"c10", 0xEBA1D9, 0x792364},
    {"c11", 0xECC1A7, 0x7A4423},
    {"c12", 0x7CCD2C, 0x324E17},
    {"c13", 0x66DFB1, 0x1B5D44},
    {"c14", 0xA6B7EC, 0x29428C},
    {"c15", 0xE9BAF0, 0x822A8F},
});
// In the order of model::FrameKind.
constexpr auto kind_colours = std::to_array<FlameColour>({
    {"k0", 0xF8AA58, 0x6C3F0F},
    {"k1", 0x7DE06E, 0x245E1B},
    {"k2", 0xA2D0EB, 0x225776},
    {"k3", 0xCCABED, 0x5F2B93},
    {"k4", 0xF1C30A, 0x61510E},
    {"k5", 0xEBA1D9, 0x792364},
    {"k6", 0xD0D7DE, 0x373E47},
});
// Blue for less and orange for more are told apart by people with any colour blindness, and by their lightness.
constexpr auto difference_colours = std::to_array<FlameColour>({
    {"z", 0xDFE3E8, 0x353B43},
    {"m0", 0xDAEBFE, 0x072B54},
    {"m1", 0xC4DFFD, 0x09366B},
    {"m2", 0xA7CFFD, 0x0A4281},
    {"m3", 0x89BFFC, 0x0C4D98},
    {"m4", 0x6AAEFB, 0x0E5AB0},
    {"p0", 0xFEE4D2, 0x462106},
    {"p1", 0xFDD4B7, 0x592907},
    {"p2", 0xFCBF94, 0x6C3209},
    {"p3", 0xFBA86C, 0x7F3B0A},
    {"p4", 0xFA8E42, 0x94450C},
    {"p5", 0xF96C08, 0xA94E0E},
    {"new", 0xF96C08, 0xA94E0E},
    {"gone", 0x4399FA, 0x1066C9},
});
constexpr auto common_colours = std::to_array<FlameColour>({
    {"root", 0xDFE3E8, 0x353B43},
    {"above", 0xD0D7DE, 0x373E47},
    {"hit", 0xE39BF5, 0x7A2A94},
});

constexpr std::string_view rules =
    "svg.flamegraph{font:12px -apple-system,'Segoe UI','Noto Sans',Helvetica,Arial,sans-serif}"
    ".flamegraph .title{font-size:16px;font-weight:600}.flamegraph .lane-title{font-weight:600}"
    ".flamegraph .frames text,.flamegraph .mono{font:12px ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans "
    "Mono',monospace;pointer-events:none;white-space:pre}"
    ".flamegraph .frames g{outline:none}.flamegraph .gone>rect{stroke-width:1;stroke-dasharray:3 2}"
    ".flamegraph .new>rect{stroke-width:1}";

std::string theme_rules(std::span<const FlameColour> colours, bool dark) {
  std::string css = fmt::format(
      "svg.flamegraph{{background:{0}}}.flamegraph .canvas{{fill:{0}}}.flamegraph text{{fill:{1}}}.flamegraph "
      ".quiet{{fill:{2}}}"
      ".flamegraph .gone>rect,.flamegraph .new>rect{{stroke:{1}}}",
      dark ? "#0d1117" : "#fff", dark ? "#f0f6fc" : "#1f2328", dark ? "#9198a1" : "#59636e");
  const auto add = [&](const FlameColour& colour) {
    css += fmt::format(".flamegraph .{}>rect{{fill:#{:06x}}}", colour.css_class, dark ? colour.dark : colour.light);
  };
  std::ranges::for_each(colours, add);
  std::ranges::for_each(common_colours, add);
  return css;
}

std::uint32_t hash(std::string_view text) {
  std::uint32_t value = 0x811C9DC5U;  // FNV-1a
  for (const char c : text) value = (value ^ static_cast<std::uint8_t>(c)) * 0x01000193U;
  return value ^ value >> 16U;
}

bool is_identifier_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

}  // namespace

FlamePalette flame_palette_from(std::string_view name) {
  if (name == "hot") return FlamePalette::hot;
  if (name == "cool") return FlamePalette::cool;
  if (name == "module") return FlamePalette::module;
  if (name == "kind") return FlamePalette::kind;
  throw model::Error(model::ErrorKind::usage,
                     fmt::format("no palette is named `{}`; there are hot, cool, module and kind", name));
}

std::span<const FlameColour> flame_colours(FlamePalette palette) {
  switch (palette) {
    case FlamePalette::cool:
      return cool_colours;
    case FlamePalette::module:
      return module_colours;
    case FlamePalette::kind:
      return kind_colours;
    case FlamePalette::hot:
      break;
  }
  return hot_colours;
}

std::span<const FlameColour> flame_difference_colours() {
  return difference_colours;
}
std::span<const FlameColour> flame_common_colours() {
  return common_colours;
}

std::string_view flame_class(FlamePalette palette, std::string_view name, std::string_view module_name) {
  if (palette == FlamePalette::kind)
    return kind_colours.at(static_cast<std::size_t>(model::frame_kind(name))).css_class;
  std::string_view key = name;
  if (palette == FlamePalette::module) {
    key = flame_module(name);
    if (key.empty()) key = module_name;
  }
  return hot_colours.at(hash(key) % hot_colours.size()).css_class;  // the classes are the same in the three
}

std::string_view flame_difference_class(std::uint64_t base, std::uint64_t head) {
  static constexpr std::array<std::string_view, 5> less = {"m0", "m1", "m2", "m3", "m4"};
  static constexpr std::array<std::string_view, 6> more = {"p0", "p1", "p2", "p3", "p4", "p5"};
  if (base == head) return "z";
  if (base == 0) return "new";
  if (head == 0) return "gone";
  const model::Wide change = model::Wide{head > base ? head - base : base - head} * 10'000;
  const std::size_t steps = head > base ? more.size() : less.size();
  std::size_t step = 0;
  while (step + 1 < steps && change >= model::Wide{base} * flame_difference_steps[step + 1]) ++step;
  return head > base ? more.at(step) : less.at(step);
}

std::span<const FlameLegendEntry> flame_legend(FlamePalette palette) {
  static constexpr auto kinds = std::to_array<FlameLegendEntry>({
      {"k0", "own work"},
      {"k1", "precompile"},
      {"k2", "hash"},
      {"k3", "curve"},
      {"k4", "copy"},
      {"k5", "allocate"},
      {"k6", "runtime"},
  });
  if (palette == FlamePalette::kind) return kinds;
  return {};
}

std::span<const FlameLegendEntry> flame_difference_legend() {
  static constexpr auto entries = std::to_array<FlameLegendEntry>({
      {"gone", "gone"},
      {"m4", "-50 %"},
      {"m3", "-20 %"},
      {"m2", "-5 %"},
      {"m1", "-1 %"},
      {"m0", "less"},
      {"z", "0"},
      {"p0", "more"},
      {"p1", "+1 %"},
      {"p2", "+5 %"},
      {"p3", "+20 %"},
      {"p4", "+50 %"},
      {"p5", "+100 %"},
      {"new", "new"},
  });
  return entries;
}

std::string_view flame_module(std::string_view name) {
  // Past the brackets, references and qualifiers that stand before a Rust path.
  while (!name.empty()) {
    if (!is_identifier_character(name.front())) {
      name.remove_prefix(1);
    } else if (name.starts_with("mut ") || name.starts_with("dyn ")) {
      name.remove_prefix(4);
    } else if (name.starts_with("const ")) {
      name.remove_prefix(6);
    } else {
      break;
    }
  }
  std::size_t end = 0;
  while (end < name.size() && is_identifier_character(name[end])) ++end;
  return name.substr(end).starts_with("::") ? name.substr(0, end) : std::string_view{};
}

std::string flame_style(Theme theme, std::span<const FlameColour> colours) {
  std::string css(rules);
  switch (theme) {
    case Theme::light:
      return css + ":root{color-scheme:light}" + theme_rules(colours, false);
    case Theme::dark:
      return css + ":root{color-scheme:dark}" + theme_rules(colours, true);
    case Theme::automatic:
      return css + ":root{color-scheme:light dark}" + theme_rules(colours, false) +
             "@media(prefers-color-scheme:dark){" + theme_rules(colours, true) + "}";
    case Theme::inherited:
      return "";
  }
  return css;
}

}  // namespace cyclegate::render
