#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/cell.h"
#include "model/comparison.h"
#include "model/policy.h"
#include "model/run_set.h"
#include "model/warning.h"
#include "model/wide.h"

namespace cyclegate::model {

/// What the known slow-down looked like to the gate.
struct InjectedSlowDown {
  Millionths slow_down{0};  ///< by which one cell's head runs were really made longer
  CellId cell;
  bool found = false;  ///< called a REGRESSION (or KILL), corrected for all cells of its change
  Change change;
  std::uint32_t blocks = 0;  ///< randomised blocks behind it

  bool operator==(const InjectedSlowDown&) const = default;
};

/// How well this machine measures: base against base through the whole procedure (`cyclegate calibrate`). A change is
/// what a pull request would be: cells that are measured together and corrected for each other.
struct Calibration {
  Session session;
  Environment environment;
  Methodology methodology = Methodology::robust;
  std::string metric;      ///< the sampled metric that decided
  std::uint64_t seed = 0;  ///< of orders and simulations
  std::optional<std::uint32_t> core;

  std::uint64_t cells = 0;             ///< A/A cells
  std::uint64_t cells_per_change = 0;  ///< of the last one maybe fewer
  std::uint64_t changes = 0;
  std::uint64_t false_alarms = 0;            ///< changes in which anything was called worse
  std::uint64_t allowed_false_alarms = 0;    ///< the most that a true rate of 5 % gives but once in twenty times
  double false_alarm_rate = 0;               ///< false_alarms / changes
  Interval false_alarm_interval;             ///< of the true rate (Wilson 1927)
  std::uint64_t false_cells = 0;             ///< A/A cells called worse
  std::uint64_t passed_cells = 0;            ///< A/A cells proven to be no worse than the tolerance
  std::uint64_t inconclusive_cells = 0;      ///< A/A cells about which the runs were not enough to say
  std::uint64_t failed_cells = 0;            ///< A/A cells that could not be timed or judged
  std::uint64_t runs = 0;                    ///< timed runs of A/A cells, both sides, warm-ups not counted
  double runs_per_cell = 0;                  ///< both sides
  double variation = 0;                      ///< median over cells of the coefficient of variation within blocks
  std::optional<double> smallest_effect;     ///< slow-down of one cell that is found 95 % of the time; absent: none is
  std::uint64_t simulations = 0;             ///< simulated changes behind each tried effect
  double smallest_effect_power = 0;          ///< share of them in which it was found
  double smallest_effect_power_error = 0;    ///< standard error of that share
  std::optional<InjectedSlowDown> injected;  ///< absent when none was asked for
  bool passed = false;                       ///< no more false alarms than allowed, and the slow-down was found
  std::vector<Warning> warnings;

  bool operator==(const Calibration&) const = default;
};

/// As a `cyclegate.calibration/1` document (docs/schemas/calibration.schema.json).
std::string to_json(const Calibration& calibration);

}  // namespace cyclegate::model
