// The answer of `cyclegate calibrate` for people.
#include <fmt/format.h>

#include "app/calibration.h"
#include "render/numbers.h"
#include "render/safe_text.h"
#include "render/text_table.h"

namespace cyclegate::app {
namespace {

using render::Paint;

std::string share_text(double share) {
  return fmt::format("{:.1f} %", share * 100);
}

std::string machine_text(const model::Calibration& calibration) {
  const model::Environment& environment = calibration.environment;
  std::string text = fmt::format("{}, {} cores", environment.cpu, environment.cores);
  if (calibration.core) text += fmt::format(", timed on core {}", *calibration.core);
  if (environment.preflight) {
    const auto hundredths = [](std::uint64_t value) { return fmt::format("{}.{:02}", value / 100, value % 100); };
    if (environment.preflight->busy_hundredths)
      text += fmt::format(", {} of them kept busy by others", hundredths(*environment.preflight->busy_hundredths));
    if (environment.preflight->load_hundredths)
      text += fmt::format(", load average {}", hundredths(*environment.preflight->load_hundredths));
  }
  return text;
}

}  // namespace

std::string calibration_text(const model::Calibration& calibration, std::size_t width, bool colour) {
  std::string text = render::painted(
      fmt::format("base against base on this machine: {} in {}, {}, methodology {}",
                  render::counted(calibration.cells, "A/A cell"), render::counted(calibration.changes, "change"),
                  calibration.metric, to_string(calibration.methodology)),
      Paint::bold, colour);
  text += '\n' + render::wrap(machine_text(calibration), width, 2, Paint::muted, colour) + '\n';
  render::TextTable table({{.title = "", .align = render::TextTable::Align::left}, {.title = ""}, {.title = ""}});
  const bool quiet = calibration.false_alarms <= calibration.allowed_false_alarms;
  table.add(
      {{.text = "false alarms"},
       {.text = fmt::format("{} of {}", calibration.false_alarms, render::counted(calibration.changes, "change")),
        .paint = quiet ? Paint::good : Paint::bad},
       {.text = fmt::format(
            "a cell or a guest as a whole called worse: {}, true rate {} to {} (95 %); promised is at most 5 %, up to "
            "{} can be chance",
            share_text(calibration.false_alarm_rate), share_text(calibration.false_alarm_interval.low),
            share_text(calibration.false_alarm_interval.high), calibration.allowed_false_alarms)}});
  table.add({{.text = "cells called worse"},
             {.text = fmt::format("{} of {}", calibration.false_cells, calibration.cells)},
             {.text = fmt::format("{} passed, {} inconclusive, {} without times", calibration.passed_cells,
                                  calibration.inconclusive_cells, calibration.failed_cells),
              .paint = calibration.failed_cells > 0 ? Paint::bad : Paint::plain}});
  table.add({{.text = "runs"},
             {.text = render::thousands(calibration.runs)},
             {.text = fmt::format("{:.1f} a cell, both sides together", calibration.runs_per_cell)}});
  table.add({{.text = "noise"},
             {.text = fmt::format("{:.2f} %", calibration.variation * 100)},
             {.text = "coefficient of variation within blocks, median over cells"}});
  if (calibration.simulations > 0) {
    const std::string error = fmt::format("found in {} of {} simulated changes of {}, +-{} (standard error)",
                                          share_text(calibration.smallest_effect_power), calibration.simulations,
                                          render::counted(calibration.cells_per_change, "cell"),
                                          share_text(calibration.smallest_effect_power_error));
    table.add({{.text = "smallest effect seen 95 % of the time"},
               {.text = calibration.smallest_effect ? fmt::format("+{}", share_text(*calibration.smallest_effect))
                                                    : "above +30 %",
                .paint = Paint::bold},
               {.text = error + ", with the noise of this machine"}});
  }
  if (calibration.injected) {
    const model::InjectedSlowDown& injected = *calibration.injected;
    std::string seen = injected.change.estimate ? "seen as " + render::percent_change(*injected.change.estimate)
                                                : "without an estimate";
    if (injected.change.interval) seen += ", " + render::interval_text(*injected.change.interval);
    table.add({{.text = fmt::format("injected +{}", render::percent(injected.slow_down))},
               {.text = injected.found ? "found" : "not found", .paint = injected.found ? Paint::good : Paint::bad},
               {.text = fmt::format("{} on {}, after {}", seen, render::clean(to_string(injected.cell)),
                                    render::counted(injected.blocks, "block"))}});
  }
  text += table.render(width, 2, colour);
  for (const model::Warning& warning : calibration.warnings) {
    text += render::wrap(fmt::format("warning {}: {}", warning.code, render::clean(warning.message)), width, 2,
                         Paint::open, colour);
  }
  text +=
      render::painted(
          calibration.passed
              ? "this machine keeps the promise"
              : (calibration.failed_cells > 0 ? "not measured whole: cells without times"
                 : quiet ? "the slow-down was not found: measure with less noise, more runs (measure.runs.max), or "
                           "inject more"
                         : "more false alarms than chance explains: something disturbs one side more than the other"),
          calibration.passed ? Paint::good : Paint::bad, colour) +
      '\n';
  return text;
}

}  // namespace cyclegate::app
