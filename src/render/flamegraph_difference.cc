#include "render/flamegraph_difference.h"

#include <fmt/format.h>

#include <algorithm>

#include "model/error.h"
#include "render/flame_difference_text.h"
#include "render/flame_removed.h"
#include "render/flame_union.h"
#include "render/flame_writer.h"
#include "render/numbers.h"
#include "render/safe_text.h"

namespace cyclegate::render {
namespace {

using model::Error;
using model::ErrorKind;
using model::Profile;

/// The two columns to compare.
struct ComparedColumns {
  std::size_t base = 0;
  std::size_t head = 0;
  std::string name;  ///< cleaned
  std::string unit;  ///< cleaned
};

ComparedColumns columns_of(const Profile& base, const Profile& head, const FlamegraphOptions& options) {
  ComparedColumns columns;
  columns.head = flame_column(head, options.column);
  const auto& wanted = head.columns[columns.head];
  columns.base = flame_column(base, wanted.name);
  const auto& other = base.columns[columns.base];
  if (other.unit != wanted.unit) {
    throw Error(ErrorKind::usage,
                fmt::format("{} counts `{}` in {}, but {} in {}: they cannot be compared", clean(base.origin),
                            clean(wanted.name, 80), clean(other.unit, 40), clean(head.origin), clean(wanted.unit, 40)));
  }
  columns.name = clean(wanted.name, 80);
  columns.unit = clean(wanted.unit, 40);
  return columns;
}

FlameTree tree_of(const FlameUnion& both, const std::vector<std::uint64_t>& weights) {
  return visible_tree(
      weights, both.threshold, both.names.size(), [&](std::size_t i) { return both.nodes[i].parent; },
      [&](std::size_t i) { return both.nodes[i].name; },
      [&](std::uint32_t name) -> std::string_view { return both.names[name]; });
}

/// What is said of the frames that are not drawn.
std::string not_drawn(const FlameTree& tree, const FlameLayout& layout) {
  std::string text;
  if (tree.too_narrow > 0) text += fmt::format("; {} too narrow to draw", counted(tree.too_narrow, "frame"));
  if (layout.too_deep > 0) text += fmt::format("; {} too deep to draw", counted(layout.too_deep, "frame"));
  return text;
}

std::string title_of(const Profile& base, const Profile& head, const FlamegraphOptions& options) {
  if (!options.title.empty()) return options.title;
  if (base.origin == head.origin) return head.origin;
  return fmt::format("{} \u2192 {}", shorten_middle(clean(base.origin, name_cap), 70),
                     shorten_middle(clean(head.origin, name_cap), 70));
}

std::string change_of(const FlameUnion& both, const ComparedColumns& columns) {
  std::string text = columns.name == columns.unit ? "" : columns.name + ": ";
  append_both(text, both.base_total, both.head_total, columns.unit, Form::text);
  return text;
}

std::string root_lines(std::uint64_t base, std::uint64_t head, std::string_view escaped_unit) {
  std::string text = "\n";
  append_both(text, base, head, escaped_unit, Form::xml);
  return text;
}

std::string legend_text(DifferenceColour colour) {
  return colour == DifferenceColour::inclusive
             ? "Colour: change from base to head of what a function and its callees took; each step begins at its "
               "figure"
             : "Colour: change from base to head of what a function took itself; each step begins at its figure";
}

/// The legend's colours for HTML.
std::string legend_style() {
  std::string light;
  std::string dark;
  for (const FlameColour& colour : flame_difference_colours()) {
    light += fmt::format(".legend .{}{{background:#{:06x}}}", colour.css_class, colour.light);
    dark += fmt::format(".legend .{}{{background:#{:06x}}}", colour.css_class, colour.dark);
  }
  return light + "@media(prefers-color-scheme:dark){" + dark + "}";
}

constexpr std::string_view page_rules =
    "body{margin:0;font:14px -apple-system,'Segoe UI','Noto Sans',Helvetica,Arial,sans-serif;background:#fff;"
    "color:#1f2328}header{display:flex;flex-wrap:wrap;gap:8px 24px;align-items:center;justify-content:space-between;"
    "padding:12px 10px 4px;position:sticky;top:0;background:inherit;z-index:1}h1{font-size:18px;margin:0}"
    "p{margin:4px 0 0}main{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,560px),1fr));gap:0 8px}"
    "figure{margin:0;min-width:0;overflow-x:auto}.flamegraph{display:block}"
    ".legend{padding:4px 10px;display:flex;flex-wrap:wrap;gap:2px;align-items:center}"
    ".legend span{padding:1px 8px}.legend .gone,.legend .new{outline:1px dashed currentColor;outline-offset:-1px}"
    "@media(prefers-color-scheme:dark){body{background:#0d1117;color:#f0f6fc}}";

}  // namespace

std::string flamegraph_difference_svg(const Profile& base, const Profile& head, const FlamegraphOptions& options,
                                      DifferenceColour colour) {
  check_flame_width(options.width);
  const ComparedColumns columns = columns_of(base, head, options);
  const FlameUnion both = unite(base, columns.base, head, columns.head, options, FlameMatching::across);
  const std::string unit = escape_html(columns.unit);

  const FlameTree tree = tree_of(both, both.head);
  const FlameLayout layout = lay_out(tree);
  FlameHeading heading;
  heading.title = title_of(base, head, options);
  heading.subtitle = options.subtitle;
  if (heading.subtitle.empty()) {
    heading.subtitle = change_of(both, columns) + "; widths are head's" + not_drawn(tree, layout);
  }
  heading.description = fmt::format(
      "A differential flame graph, {}: every box is a function of head reached by one chain of callers; its colour is "
      "its change from base, its title says the change with and without the functions it called. What only base has, "
      "and what is too narrow to draw in head, follows in a lane of its own.",
      change_of(both, columns));
  FlameWriter writer(options, heading, flame_difference_colours());
  writer.legend(legend_text(colour), flame_difference_legend());
  if (const std::string moved = moved_line(both); !moved.empty()) writer.line("quiet", moved);
  if (both.head_total == 0) {
    writer.line("quiet", "head counted nothing");
  } else {
    writer.lane({.title = {},
                 .label = "head, " + columns.name + " by call chain",
                 .short_name = both.removed_total > 0 ? "head" : "",
                 .root_lines = root_lines(both.base_total, both.head_total, unit),
                 .total = both.head_total,
                 .scale = both.scale},
                tree, layout, DifferenceText(both, tree, unit, colour, false));
  }
  if (both.removed_total == 0) {
    const bool around =
        std::ranges::any_of(both.notes, [](const auto& entry) { return entry.second.shift == FlameShift::around; });
    writer.line("quiet", around ? "No frame of base is gone but such as lay between and took nothing themselves."
                                : "No frame of base is gone.");
    return writer.finish();
  }
  const RemovedChains chains = removed_chains(both);
  for (const std::string& said : removed_lines(both, chains, columns.unit)) writer.line("quiet", said);
  const FlameTree removed = tree_of(both, both.removed);
  const FlameLayout removed_layout = lay_out(removed);
  const std::string_view which = chains.shrunk.empty() ? "Only in base" : "Only in base, or too narrow to draw in head";
  std::string lane_title = fmt::format("{}: ", which);
  append_quantity(lane_title, both.removed_total, columns.unit);
  lane_title += fmt::format(", {} of base, at the same scale", share(both.removed_total, both.base_total));
  lane_title += not_drawn(removed, removed_layout);
  writer.lane({.title = lane_title,
               .label = fmt::format("{}, {} by call chain", which, columns.name),
               .short_name = "removed",
               .root_lines = root_lines(both.removed_total, chains.left_in_head, unit),
               .total = both.removed_total,
               .scale = both.scale},
              removed, removed_layout, DifferenceText(both, removed, unit, colour, true));
  return writer.finish();
}

std::string flamegraph_pair_page(const Profile& base, const Profile& head, const FlamegraphOptions& options,
                                 DifferenceColour colour) {
  check_flame_width(options.width);
  const ComparedColumns columns = columns_of(base, head, options);
  const FlameUnion both = unite(base, columns.base, head, columns.head, options, FlameMatching::exact);
  const std::string unit = escape_html(columns.unit);

  const auto picture = [&](std::string_view side, const std::string& origin, const std::vector<std::uint64_t>& weights,
                           std::uint64_t total) {
    FlamegraphOptions inner = options;
    inner.theme = Theme::inherited;
    inner.width = std::max<std::uint32_t>(300, options.width / 2);
    const FlameTree tree = tree_of(both, weights);
    const FlameLayout layout = lay_out(tree);
    FlameHeading heading;
    heading.title = fmt::format("{}: {}", side, origin);
    append_quantity(heading.subtitle, total, columns.unit);
    heading.subtitle += not_drawn(tree, layout);
    heading.description = fmt::format("The flame graph of {}; colours are the change from base to head.", side);
    FlameWriter writer(inner, heading, {});
    if (total == 0) {
      writer.line("quiet", "nothing was counted");
    } else {
      writer.lane({.title = {},
                   .label = fmt::format("{}, {} by call chain", side, columns.name),
                   .short_name = std::string(side),
                   .root_lines = root_lines(both.base_total, both.head_total, unit),
                   .total = total,
                   .scale = both.scale},
                  tree, layout, DifferenceText(both, tree, unit, colour, false));
    }
    return writer.finish();
  };

  const std::string title = clean(title_of(base, head, options), name_cap);
  std::string page = "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>";
  page += escape_html(title);
  page += "</title><meta name=\"viewport\" content=\"width=device-width\"><style>";
  page += page_rules;
  page += flame_style(Theme::automatic, flame_difference_colours());
  page += flame_file("flamegraph.css");
  page += legend_style();
  page += "</style></head><body>\n<header><div><h1>";
  page += escape_html(title);
  page += "</h1><p>";
  page += escape_html(clean(options.subtitle.empty() ? change_of(both, columns) : options.subtitle));
  page += "</p></div><div id=\"flamegraph-controls\"></div></header>\n<p class=\"legend\">";
  page += legend_text(colour);
  page += ":\u00A0";
  for (const FlameLegendEntry& entry : flame_difference_legend()) {
    page += fmt::format("<span class=\"{}\">{}</span>", entry.css_class, entry.text);
  }
  page += "</p>\n<main><figure>\n";
  page += picture("base", base.origin, both.base, both.base_total);
  page += "</figure><figure>\n";
  page += picture("head", head.origin, both.head, both.head_total);
  page += "</figure></main>\n";
  if (options.interactive) {
    page += "<script>\n";
    page += flame_file("flamegraph.js");
    page += "</script>\n";
  }
  page += "</body></html>\n";
  return page;
}

}  // namespace cyclegate::render
