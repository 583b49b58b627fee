#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "render/templates.h"

namespace cyclegate::render {

/// Where a picture can be seen, in light and in dark (the same twice if there is one only).
struct PictureLink {
  std::string light;
  std::string dark;
};

/// A maintainer let this commit pass whatever the verdict is.
struct Acceptance {
  std::string by;      ///< who, untrusted text
  std::string reason;  ///< why, untrusted text
  std::string url;     ///< where it was said; dropped unless it is a plain http(s) URL
};

/// What the caller knows and a Comparison does not. Everything has a default.
struct Options {
  Templates templates = built_in_templates();
  /// Where the reports lie, for people: a directory or a URL. Empty: not mentioned.
  std::string report_location;
  /// Address of the page report.html, linked from the comment; dropped unless it is a plain http(s) or relative URL.
  std::string report_url;
  /// Commands that repeat the comparison; empty: `cyclegate gate` with the commits compared.
  std::vector<std::string> reproduce;
  /// Sentences about the methodology that only its implementation knows, e.g. its error rates.
  std::vector<std::string> method_notes;
  /// Whether the numbers come from a job that anybody can influence (a fork's): said in the first lines.
  bool unprivileged = false;
  /// Said in the first lines, before the verdict's next step; status and verdict are shown as they are.
  std::optional<Acceptance> accepted;
  /// For the comment: picture name (choose_pictures) to its addresses. Without one the comment is complete as text.
  std::function<std::optional<PictureLink>(std::string_view name)> picture_link;
  /// Most pictures drawn for files and page.
  std::size_t max_pictures = 48;
};

}  // namespace cyclegate::render
