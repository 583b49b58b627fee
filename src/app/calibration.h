#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "measure/plan.h"
#include "model/calibration.h"
#include "model/comparison.h"
#include "model/run_set.h"

namespace cyclegate::app {

/// `count` A/A cells from the first-th on, taken from the templates in turn. Within a change every cell has a name of
/// its own: the second cell of an input `light` is called `light.2`.
std::vector<measure::PlannedCell> calibration_cells(const std::vector<measure::PlannedCell>& templates,
                                                    std::size_t first, std::size_t count);

/// The guests that such cells declare, each with those inputs that all its executors run: no declared cell is without a
/// run (model::GuestInfo), whatever was cut off.
std::vector<model::GuestInfo> calibration_guests(const std::vector<measure::PlannedCell>& cells);

/// Counts what was said about one change of A/A cells. `slowed` is the cell that was slowed down, if there is one; it
/// is no A/A cell, and aggregates that contain it are nobody's false alarm.
void count_change(const model::Comparison& comparison, const model::RunSet& base, const model::RunSet& head,
                  const model::CellId* slowed, model::Calibration& calibration);

/// What was said about the slowed cell, and how many blocks `head` has of it.
model::InjectedSlowDown judge_injected(const model::Comparison& comparison, const model::RunSet& head,
                                       const model::CellId& slowed, model::Millionths slow_down,
                                       const std::string& metric);

/// The most changes with a false alarm, out of `changes`, that are not significantly (5 %, binomial) more than 5 %.
std::uint64_t allowed_false_alarms(std::uint64_t changes);

/// Wilson's 95 % interval of a proportion (Wilson 1927); 0 to 1 when `of` is 0.
model::Interval proportion_interval(std::uint64_t hits, std::uint64_t of);

/// Fills in rates and the answer, when everything is counted.
void conclude(model::Calibration& calibration);

/// The table for people.
std::string calibration_text(const model::Calibration& calibration, std::size_t width, bool colour);

}  // namespace cyclegate::app
