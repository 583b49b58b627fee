#pragma once

#include <string>
#include <string_view>

/// What the pictures share: canvas, colours, text. Pictures carry no script and no reference to anything outside.
namespace cyclegate::render {

/// Which colours a picture has.
enum class Theme {
  automatic,  ///< the reader's, by prefers-color-scheme
  light,
  dark,
  inherited,  ///< none of its own: it is part of a page whose style sheet has svg_style()
};

/// Width of every picture in pixels; what a GitHub comment shows without scaling down.
inline constexpr double picture_width = 800;
/// What stays free on its sides.
inline constexpr double picture_margin = 16;

/// The style rules of the pictures for one theme; `automatic` has both under media queries.
std::string svg_style(Theme theme);

/// Collects the elements of one picture. Coordinates are pixels with at most one decimal, so that bytes are stable.
class SvgCanvas {
 public:
  /// Title and description are read out by screen readers and must say what the picture shows.
  SvgCanvas(std::string_view title, std::string_view description, Theme theme);

  /// A rectangle of a CSS class; `hint` becomes its tooltip unless empty.
  void rectangle(double x, double y, double width, double height, std::string_view css_class,
                 std::string_view hint = "");
  void circle(double x, double y, double radius, std::string_view css_class);
  void line(double x1, double y1, double x2, double y2, std::string_view css_class);
  /// Text with its anchor (`start`, `middle`, `end`) at x and its baseline at y; escaped here.
  void text(double x, double y, std::string_view css_class, std::string_view anchor, std::string_view content,
            std::string_view hint = "");
  /// The whole picture with the given height.
  std::string finish(double height) const;

 private:
  std::string title_;
  std::string description_;
  Theme theme_;
  std::string body_;
};

}  // namespace cyclegate::render
