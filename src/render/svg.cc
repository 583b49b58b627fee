#include "render/svg.h"

#include <fmt/format.h>

#include <cmath>

#include "render/safe_text.h"

namespace cyclegate::render {
namespace {

// Every rule begins with `svg`, so that nothing else on a page is meant by it.
constexpr std::string_view common_rules =
    "svg text{font:12px -apple-system,'Segoe UI','Noto Sans',Helvetica,Arial,sans-serif}"
    "svg .title{font-size:15px;font-weight:600}svg .small{font-size:11px}"
    "svg .name{font:12px ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace}"
    "svg .strong{font-weight:600}svg .rest{font-style:italic}"
    "svg .grid{stroke-width:1}svg .median{stroke-width:2}";

/// Blue for better and orange for worse are told apart by people with any colour blindness, and by their lightness.
constexpr std::string_view light_rules =
    "svg .canvas{fill:#fff}svg .title,svg .name,svg .plain{fill:#1f2328}"
    "svg .small,svg .rest,svg .axis{fill:#59636e}svg .grid{stroke:#d8dee4}svg .base{fill:#c4ccd4}"
    "svg .same{fill:#818b98}svg .better{fill:#0969da}svg .worse{fill:#bc4c00}svg .head{fill:#0969da}"
    "svg .base-line{stroke:#57606a}svg .head-line{stroke:#0a3069}";
constexpr std::string_view dark_rules =
    "svg .canvas{fill:#0d1117}svg .title,svg .name,svg .plain{fill:#f0f6fc}"
    "svg .small,svg .rest,svg .axis{fill:#9198a1}svg .grid{stroke:#30363d}svg .base{fill:#565d66}"
    "svg .same{fill:#8b949e}svg .better{fill:#58a6ff}svg .worse{fill:#f0883e}svg .head{fill:#58a6ff}"
    "svg .base-line{stroke:#d1d9e0}svg .head-line{stroke:#cae8ff}";

/// One decimal, without a trailing `.0`.
std::string coordinate(double value) {
  const auto tenths = std::llround(value * 10);
  return tenths % 10 == 0 ? fmt::format("{}", tenths / 10) : fmt::format("{:.1f}", static_cast<double>(tenths) / 10);
}

std::string hinted(std::string_view element, std::string_view hint) {
  return hint.empty() ? fmt::format("/>") : fmt::format("><title>{}</title></{}>", escape_html(clean(hint)), element);
}

}  // namespace

std::string svg_style(Theme theme) {
  std::string rules(common_rules);
  switch (theme) {
    case Theme::light:
      return rules.append(light_rules);
    case Theme::dark:
      return rules.append(dark_rules);
    case Theme::automatic:
      return rules.append(light_rules).append("@media(prefers-color-scheme:dark){").append(dark_rules).append("}");
    case Theme::inherited:
      return "";
  }
  return rules;
}

SvgCanvas::SvgCanvas(std::string_view title, std::string_view description, Theme theme)
    : title_(clean(title)), description_(clean(description, 1000)), theme_(theme) {}

void SvgCanvas::rectangle(double x, double y, double width, double height, std::string_view css_class,
                          std::string_view hint) {
  body_ += fmt::format(R"(<rect class="{}" x="{}" y="{}" width="{}" height="{}" rx="1.5"{})", css_class, coordinate(x),
                       coordinate(y), coordinate(width), coordinate(height), hinted("rect", hint)) +
           "\n";
}

void SvgCanvas::circle(double x, double y, double radius, std::string_view css_class) {
  body_ += fmt::format("<circle class=\"{}\" cx=\"{}\" cy=\"{}\" r=\"{}\"/>\n", css_class, coordinate(x), coordinate(y),
                       coordinate(radius));
}

void SvgCanvas::line(double x1, double y1, double x2, double y2, std::string_view css_class) {
  body_ += fmt::format("<line class=\"{}\" x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\"/>\n", css_class, coordinate(x1),
                       coordinate(y1), coordinate(x2), coordinate(y2));
}

void SvgCanvas::text(double x, double y, std::string_view css_class, std::string_view anchor, std::string_view content,
                     std::string_view hint) {
  const std::string title =
      hint.empty() ? std::string() : fmt::format("<title>{}</title>", escape_html(clean(hint, name_cap)));
  body_ += fmt::format("<text class=\"{}\" x=\"{}\" y=\"{}\" text-anchor=\"{}\">{}{}</text>\n", css_class,
                       coordinate(x), coordinate(y), anchor, title, escape_html(clean(content)));
}

std::string SvgCanvas::finish(double height) const {
  const std::string style = svg_style(theme_);
  std::string result = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" viewBox=\"0 0 {0} {1}\" role=\"img\" "
      "aria-label=\"{2}\">\n<title>{2}</title>\n<desc>{3}</desc>\n",
      coordinate(picture_width), coordinate(height), escape_html(title_), escape_html(description_));
  if (!style.empty()) result += "<style>" + style + "</style>\n";
  result += fmt::format("<rect class=\"canvas\" width=\"{}\" height=\"{}\" rx=\"6\"/>\n", coordinate(picture_width),
                        coordinate(height));
  return result + body_ + "</svg>\n";
}

}  // namespace cyclegate::render
