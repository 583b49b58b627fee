// convert, and compare of reports of other tools.
#include "app/tool_report_commands.h"

#include <fmt/format.h>

#include <ostream>
#include <utility>

#include "app/commands.h"
#include "app/console.h"
#include "app/guest_target.h"
#include "app/services.h"
#include "app/tool_report.h"
#include "model/error.h"
#include "model/text.h"
#include "render/numbers.h"
#include "render/text_table.h"
#include "reports/report_comparison.h"
#include "reports/ziskemu_json.h"
#include "system/files.h"

namespace cyclegate::app {
namespace {

namespace fs = std::filesystem;

using render::Paint;
using render::TextTable;

constexpr std::size_t longest_name = 200;
constexpr std::size_t most_functions = 50;

reports::ReportComparison compared(const ToolReport& baseline, const ToolReport& current) {
  if (const auto* report = std::get_if<reports::ZiskemuReport>(&baseline)) {
    return reports::compare_reports(*report, std::get<reports::ZiskemuReport>(current));
  }
  return reports::compare_results(std::get<reports::HyperfineResults>(baseline),
                                  std::get<reports::HyperfineResults>(current));
}

TextTable::Cell value(const std::optional<std::uint64_t>& number, const std::string& unit) {
  if (!number) return {.text = "-"};
  // Sizes and times are easier to read rounded; what is counted is shown to the last digit.
  return {.text = unit == "ns" ? render::duration(*number) : render::thousands(*number)};
}

TextTable::Cell change(const reports::ComparedLine& line, bool comparable) {
  // What only one of two incomparable reports lists may be in the other's run as well.
  if (!comparable) return {.text = "incomparable", .paint = Paint::muted};
  if (line.one_sided && (!line.baseline || !line.current)) return {.text = "-", .paint = Paint::muted};
  if (!line.baseline) return {.text = "NEW", .paint = Paint::open};
  if (!line.current) return {.text = "GONE", .paint = Paint::open};
  const Paint paint = *line.baseline == *line.current  ? Paint::muted
                      : *line.current < *line.baseline ? Paint::good
                                                       : Paint::bad;
  return {.text = render::percent_change(*line.baseline, *line.current), .paint = paint};
}

std::string table(const std::vector<reports::ComparedLine>& lines, std::string title, bool comparable, std::size_t most,
                  const Console& console) {
  TextTable text({{std::move(title)},
                  {"Baseline", TextTable::Align::right},
                  {"Current", TextTable::Align::right},
                  {"Change", TextTable::Align::right},
                  {""}});
  std::size_t shown = 0;
  for (const reports::ComparedLine& line : lines) {
    if (shown++ == most) break;
    text.add({{.text = model::to_line(line.name, longest_name)},
              value(line.baseline, line.unit),
              value(line.current, line.unit),
              change(line, comparable),
              {}});
  }
  std::string out = text.render(console.columns(), 0, console.color());
  if (lines.size() > most) out += fmt::format("and {} more; --json has all\n", lines.size() - most);
  return out;
}

}  // namespace

ExitCode run_convert(const Invocation& invocation, Services& services) {
  const fs::path path = existing_file(services, *invocation.get("FILE"));
  const auto output = output_file(services, invocation);
  const ToolReport report = read_tool_report(path);
  std::string json;
  if (const auto* ziskemu = std::get_if<reports::ZiskemuReport>(&report)) {
    for (const model::Warning& warning : ziskemu->warnings) {
      services.console.note(model::to_line(warning.message, 1000));
    }
    json = reports::to_json(*ziskemu);
  } else {
    json = std::get<reports::HyperfineResults>(report).json;
  }
  if (output) {
    system::write_atomically(*output, json);
  } else {
    services.console.out() << json;
  }
  return ExitCode::success;
}

ExitCode compare_tool_reports(Services& services, const fs::path& baseline, const fs::path& current) {
  const ToolReport first = read_tool_report(baseline);
  const ToolReport second = read_tool_report(current);
  if (first.index() != second.index()) {
    throw model::Error(model::ErrorKind::usage,
                       fmt::format("{} is {}, {} is {}; give two of one kind", baseline.string(), kind_of(first),
                                   current.string(), kind_of(second)));
  }
  const reports::ReportComparison comparison = compared(first, second);
  Console& console = services.console;
  if (console.json()) {
    console.out() << reports::to_json(comparison, baseline.string(), current.string());
    return ExitCode::success;
  }
  const bool comparable = comparison.incomparable.empty();
  if (!comparable) {
    console.out() << render::wrap("These reports are incomparable: " + comparison.incomparable, console.columns(), 0,
                                  Paint::bad, console.color())
                  << '\n';
  }
  console.out() << table(comparison.metrics, "Metric", comparable, comparison.metrics.size(), console);
  if (!comparison.functions.empty()) {
    console.out() << '\n'
                  << table(comparison.functions, "Top functions (" + comparison.functions_unit + ")", comparable,
                           most_functions, console);
  }
  if (!comparison.notes.empty()) console.out() << '\n';
  for (const std::string& note : comparison.notes) {
    console.out() << render::wrap(model::to_line(note, 2000), console.columns(), 0, Paint::muted, console.color());
  }
  return ExitCode::success;
}

}  // namespace cyclegate::app
