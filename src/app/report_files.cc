#include "app/report_files.h"

#include <fmt/format.h>

#include <ostream>

#include "app/console.h"
#include "compare/method_notes.h"
#include "model/comparison_json.h"
#include "render/report.h"
#include "render/summary.h"
#include "render/terminal.h"
#include "system/files.h"

namespace cyclegate::app {

void write_reports(const Invocation& invocation, Services& services, const model::Comparison& comparison,
                   const std::filesystem::path& out, bool with_report_json) {
  render::Options options;
  if (const auto directory = invocation.get("--templates"))
    options.templates = render::load_templates(located(services, *directory));
  options.report_location = out.string();
  options.method_notes = compare::method_notes(comparison.policy.methodology);
  std::string json = model::to_json(comparison);
  if (with_report_json) system::write_atomically(out / "report.json", json);
  // A large one is not kept beside the reports.
  if (!services.console.json()) json = {};
  for (const render::ReportFile& file : render::render_all(comparison, options)) {
    system::write_atomically(out / file.name, file.bytes);
  }
  if (services.console.json()) {
    services.console.out() << json;
    return;
  }
  services.console.out() << render::render_terminal(
      comparison, render::summarise(comparison), options,
      {.colour = services.console.color(), .width = services.console.columns()});
}

}  // namespace cyclegate::app
