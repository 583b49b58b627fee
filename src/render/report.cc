#include "render/report.h"

#include "render/html.h"
#include "render/junit.h"
#include "render/markdown.h"
#include "render/pictures.h"
#include "render/summary.h"
#include "render/terminal.h"

namespace cyclegate::render {

std::vector<ReportFile> render_all(const model::Comparison& comparison, const Options& options) {
  const Summary summary = summarise(comparison);
  std::vector<ReportFile> files;
  files.push_back({"comment.md", render_markdown(comparison, summary, options)});
  files.push_back({"report.html", render_html(comparison, summary, options)});
  files.push_back({"junit.xml", render_junit(comparison, summary)});
  files.push_back({"summary.txt", render_terminal(comparison, summary, options, {.colour = false, .width = 100})});
  for (const PictureRef& picture : choose_pictures(comparison, summary, options.max_pictures)) {
    files.push_back({"pictures/" + picture.name + ".svg", draw(picture, Theme::automatic)});
  }
  return files;
}

std::vector<ReportFile> render_comment_pictures(const model::Comparison& comparison) {
  const Summary summary = summarise(comparison);
  std::vector<ReportFile> files;
  for (const PictureRef& picture : choose_pictures(comparison, summary, comment_pictures)) {
    files.push_back({picture.name + ".light.svg", draw(picture, Theme::light)});
    files.push_back({picture.name + ".dark.svg", draw(picture, Theme::dark)});
  }
  return files;
}

}  // namespace cyclegate::render
