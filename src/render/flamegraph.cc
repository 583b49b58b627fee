#include "render/flamegraph.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "model/error.h"
#include "model/wide.h"
#include "render/flame_tree.h"
#include "render/flame_writer.h"
#include "render/numbers.h"
#include "render/safe_text.h"

namespace cyclegate::render {
namespace {

using model::Error;
using model::ErrorKind;
using model::Profile;
using model::ProfileFrame;

class ProfileText : public FlameText {
 public:
  ProfileText(const Profile& profile, std::size_t column, const FlamegraphOptions& options, const FlameTree& tree)
      : profile_(profile), column_(column), unit_(clean(profile.columns[column].unit, 40)), total_(tree.total) {
    unit_ = escape_html(unit_);
    classes_.resize(tree.names.size());
    lines_.resize(tree.names.size());
    for (const FlameNode& node : tree.nodes) {
      if (!classes_[node.name].empty()) continue;
      const ProfileFrame& frame = profile.frames[profile.nodes[node.source].frame];
      classes_[node.name] = flame_class(options.palette, frame.name, frame.module_name);
      std::string& lines = lines_[node.name];
      const std::string place = place_of(frame);
      if (frame.inlined) lines += "\ninlined";
      if (!place.empty()) lines += (frame.inlined ? ", " : "\n") + escape_html(place);
    }
  }

  std::string_view css_class(const FlameNode& node) const override { return classes_[node.name]; }

  void append_lines(std::string& out, const FlameNode& node) const override {
    const std::uint64_t self = profile_.self_of(node.source)[column_];
    out.push_back('\n');
    append_quantity(out, node.weight, unit_);
    out += ", ";
    append_share(out, node.weight, total_);
    if (self != node.weight) {
      out += "\nself ";
      append_amount(out, self, unit_);
      out += ", ";
      append_share(out, self, total_);
    }
    const std::uint64_t calls = profile_.nodes[node.source].calls;
    if (calls > 0) {
      out.push_back('\n');
      append_thousands(out, calls);
      out += calls == 1 ? " call" : " calls";
    }
    out += lines_[node.name];
  }

 private:
  static std::string place_of(const ProfileFrame& frame) {
    std::string place = clean(frame.file, name_cap);
    if (!place.empty() && frame.line > 0) place += fmt::format(":{}", frame.line);
    if (!frame.module_name.empty()) {
      place += (place.empty() ? "in " : " in ") + clean(frame.module_name, name_cap);
    }
    return place;
  }

  const Profile& profile_;
  std::size_t column_;
  std::string unit_;
  std::uint64_t total_;
  std::vector<std::string_view> classes_;  // by name of the tree
  std::vector<std::string> lines_;
};

}  // namespace

MinWidth min_width_from(std::string_view text) {
  std::string_view digits = text;
  MinWidth result;
  if (digits.ends_with('%')) {
    result.percent = true;
    digits.remove_suffix(1);
  } else if (digits.ends_with("px")) {
    digits.remove_suffix(2);
  }
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), result.value);
  const bool whole = error == std::errc() && end == digits.data() + digits.size() && !digits.empty();
  if (!whole || !std::isfinite(result.value) || result.value < 0 || result.value > (result.percent ? 50 : 1000)) {
    throw Error(ErrorKind::usage,
                fmt::format("`{}` is no width of a frame; right are pixels up to 1000 such as `0.5`, or a share of the "
                            "picture up to 50% such as `0.01%`",
                            text));
  }
  return result;
}

void check_flame_width(std::uint32_t width) {
  if (width >= 300 && width <= 20'000) return;
  throw Error(ErrorKind::usage,
              fmt::format("a picture {} pixels wide cannot be drawn; right are 300 to 20,000", width));
}

std::size_t flame_column(const Profile& profile, std::string_view name) {
  if (profile.columns.empty()) throw Error(ErrorKind::configuration, "the profile counts nothing: it has no column");
  if (name.empty()) return 0;
  const auto found = std::ranges::find(profile.columns, name, &model::ProfileColumn::name);
  if (found != profile.columns.end()) return static_cast<std::size_t>(found - profile.columns.begin());
  std::string names;
  for (const auto& column : profile.columns) {
    names += names.empty() ? "" : ", ";
    names += column.name;
  }
  throw Error(ErrorKind::usage,
              fmt::format("{} has no column `{}`; it has {}", clean(profile.origin), clean(name, 80), clean(names)));
}

std::uint64_t flame_threshold(const FlamegraphOptions& options, std::uint64_t scale) {
  const double width = options.width - 2.0 * flame_margin;
  const double fraction = options.min_width.percent ? options.min_width.value / 100 : options.min_width.value / width;
  // In millionths of a millionth, so that the product is exact and the same on every machine.
  const auto parts = static_cast<std::uint64_t>(std::llround(std::min(1.0, fraction) * 1e12));
  const model::Wide product = model::Wide{scale} * parts;
  return std::max<std::uint64_t>(1, static_cast<std::uint64_t>((product + 999'999'999'999ULL) / 1'000'000'000'000ULL));
}

std::string flamegraph_svg(const Profile& profile, const FlamegraphOptions& options) {
  check_flame_width(options.width);
  const std::size_t column = flame_column(profile, options.column);
  const std::vector<std::uint64_t> inclusive = inclusive_weights(profile, column);
  std::uint64_t total = 0;
  for (std::size_t i = 0; i < inclusive.size(); ++i) {
    if (profile.nodes[i].parent == model::ProfileNode::kNoParent) total += inclusive[i];
  }
  const FlameTree tree = visible_tree(
      inclusive, flame_threshold(options, total), profile.frames.size(),
      [&](std::size_t i) { return profile.nodes[i].parent; }, [&](std::size_t i) { return profile.nodes[i].frame; },
      [&](std::uint32_t frame) -> std::string_view { return profile.frames[frame].name; });
  const FlameLayout layout = lay_out(tree);
  const std::string unit = clean(profile.columns[column].unit, 40);
  std::string amount;
  append_quantity(amount, total, unit);
  FlameHeading heading;
  heading.title = options.title.empty() ? profile.origin : options.title;
  heading.subtitle = options.subtitle;
  if (heading.subtitle.empty()) {
    const std::string name = clean(profile.columns[column].name, 80);
    heading.subtitle = name == unit ? amount : name + ": " + amount;
    if (tree.too_narrow > 0)
      heading.subtitle += fmt::format("; {} too narrow to draw", counted(tree.too_narrow, "frame"));
    if (layout.too_deep > 0)
      heading.subtitle += fmt::format("; {} too deep to draw", counted(layout.too_deep, "frame"));
  }
  heading.description = fmt::format(
      "A flame graph of {}: every box is a function reached by one chain of callers, as wide as what it took together "
      "with the functions it called; callees lie {} their caller.",
      amount, options.direction == FlameDirection::down ? "below" : "above");
  FlameWriter writer(options, heading, flame_colours(options.palette));
  if (total == 0) {
    writer.line("quiet", "nothing was counted");
    return writer.finish();
  }
  if (const auto legend = flame_legend(options.palette); !legend.empty()) {
    writer.legend("Colour: what a function does, by its name", legend);
  }
  writer.lane({.title = {},
               .label = clean(profile.columns[column].name, 80) + " by call chain",
               .root_lines = "\n" + escape_html(amount) + ", 100 %",
               .total = total,
               .scale = total},
              tree, layout, ProfileText(profile, column, options, tree));
  return writer.finish();
}

}  // namespace cyclegate::render
