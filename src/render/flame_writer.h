#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "render/flame_tree.h"
#include "render/flamegraph.h"

/// Writes flame graphs into one buffer; no number passes through a stream or a locale.
namespace cyclegate::render {

inline constexpr std::uint32_t flame_row_height = 18;
inline constexpr std::uint32_t flame_margin = 10;
/// However narrow the window, the script draws a picture so wide, and lets it scroll.
inline constexpr std::uint32_t flame_least_view = 800;

/// A file of report-templates/ as the build embedded it: `flamegraph.js`, `flamegraph.css`.
std::string_view flame_file(std::string_view name);

/// Appends decimal digits with thousands separators.
void append_thousands(std::string& out, std::uint64_t value);
/// Appends a figure such as `<0.01 %` so that it may stand in XML.
void append_escaped(std::string& out, std::string_view figure);
/// Appends what share() gives, escaped.
void append_share(std::string& out, std::uint64_t part, std::uint64_t whole);
/// Appends the value with its unit: `1,234 steps`, `12.35 ms`.
void append_quantity(std::string& out, std::uint64_t value, std::string_view unit);
/// The same beside a figure that names the unit already: `1,234`, but `12.35 ms`, because times and sizes take a unit
/// of their own size.
void append_amount(std::string& out, std::uint64_t value, std::string_view unit);

/// The name cut to so many columns: whole; else from a later `::` on, because the end of a path tells most; else its
/// beginning. Empty below 3 columns. report-templates/flamegraph.js does the same.
std::string flame_label(std::string_view clean_name, std::size_t columns);

/// What a lane's frames look like and say.
class FlameText {
 public:
  virtual ~FlameText() = default;
  virtual std::string_view css_class(const FlameNode& node) const = 0;
  /// Appends the lines below the name, each beginning with a line feed, escaped.
  virtual void append_lines(std::string& out, const FlameNode& node) const = 0;
};

/// One graph within a picture.
struct FlameLane {
  std::string title;        ///< shown above it unless empty
  std::string label;        ///< read out
  std::string short_name;   ///< names the lane's share of a search; empty where there is one lane only
  std::string root_lines;   ///< what the row `all` says below its name, escaped, each line beginning with a line feed
  std::uint64_t total = 0;  ///< weight of the row `all`
  std::uint64_t scale = 0;  ///< weight that fills the width; at least `total`
};

/// The head of a picture.
struct FlameHeading {
  std::string title;
  std::string subtitle;
  std::string description;  ///< read out
};

/// A picture in the making: begin, lanes and other parts from top to bottom, finish.
class FlameWriter {
 public:
  FlameWriter(const FlamegraphOptions& options, FlameHeading heading, std::span<const FlameColour> colours);

  /// Draws a lane below what is there.
  void lane(const FlameLane& lane, const FlameTree& tree, const FlameLayout& layout, const FlameText& text);
  /// Text below what is there, in as many lines as it needs.
  void line(std::string_view css_class, std::string_view text);
  /// Boxes in the colours of their classes with a text in each, in as many rows as they need, below what is there.
  void legend(std::string_view text, std::span<const FlameLegendEntry> entries);
  std::string finish();

 private:
  /// The least width that the picture may be seen at.
  std::uint32_t narrowest_view() const;
  void box(const FlameLane& lane, std::uint64_t start, std::uint64_t weight, std::uint32_t y);

  const FlamegraphOptions& options_;
  FlameHeading heading_;
  std::string style_;
  std::string body_;
  std::uint32_t top_ = 0;
};

}  // namespace cyclegate::render
