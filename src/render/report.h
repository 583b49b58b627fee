#pragma once

#include <string>
#include <vector>

#include "model/comparison.h"
#include "render/options.h"

namespace cyclegate::render {

/// A file of the report; the caller decides where it goes.
struct ReportFile {
  std::string name;  ///< relative, [a-z0-9_./-] only
  std::string bytes;

  bool operator==(const ReportFile&) const = default;
};

/// comment.md, report.html, junit.xml, summary.txt (the terminal's text, 100 columns, no colour) and pictures/NAME.svg.
/// The same comparison and options give the same bytes. Throws a configuration error for a broken user template.
std::vector<ReportFile> render_all(const model::Comparison& comparison, const Options& options);

/// The pictures of the comment alone, each as NAME.light.svg and NAME.dark.svg, for a publisher that links both. The
/// names without their endings are what Options::picture_link is asked for.
std::vector<ReportFile> render_comment_pictures(const model::Comparison& comparison);

}  // namespace cyclegate::render
