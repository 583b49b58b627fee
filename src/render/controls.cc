#include "render/controls.h"

#include <fmt/format.h>

#include "render/numbers.h"
#include "render/safe_text.h"

namespace cyclegate::render {
namespace {

std::string numbers(const model::ControlResult& control) {
  if (!control.change.estimate) return control.why.empty() ? "" : fmt::format(" ({})", clean(control.why));
  std::string text = percent_change(*control.change.estimate);
  if (control.change.interval) text += ", " + interval_text(*control.change.interval);
  return fmt::format(" ({}; {})", text, counted(control.blocks, "block"));
}

std::string one(const model::ControlResult& control) {
  const bool worse = control.kind == model::FindingKind::regressed;
  if (control.slow_down.value != 0) {
    return fmt::format("an injected +{} was {}{}", percent(control.slow_down), worse ? "found" : "not found",
                       numbers(control));
  }
  return fmt::format("base against itself {}{}",
                     worse                                          ? "was called worse, a false alarm"
                     : control.kind == model::FindingKind::improved ? "was called better, a false alarm"
                     : control.change.estimate                      ? "was clean"
                                                                    : "could not be timed",
                     numbers(control));
}

}  // namespace

std::string controls_text(const model::Comparison& comparison) {
  std::string text;
  std::size_t shown = 0;
  for (const model::ControlResult& control : comparison.controls) {
    // A slow-down is one of time; the other metrics are in report.json.
    if (control.metric != "wall_time" || shown == 10) continue;
    text += (shown++ == 0 ? "This machine, today: " : "; ") + one(control);
  }
  return text.empty() ? text : text + ".";
}

}  // namespace cyclegate::render
