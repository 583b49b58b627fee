#pragma once

#include <functional>
#include <string>
#include <vector>

#include "simulation.h"

namespace cyclegate::error_rates {

inline constexpr std::array<double, 3> variations{0.01, 0.03, 0.08};
inline constexpr std::array<double, 5> effects{0.01, 0.02, 0.03, 0.05, 0.10};

/// How many pull requests stand behind each figure.
struct Size {
  std::uint64_t without_change = 0;  ///< of each noise and variation
  std::uint64_t with_effect = 0;     ///< of each noise, variation and effect
  std::uint64_t at_margin = 0;       ///< of each noise and variation; all twenty cells count
  std::uint64_t power = 0;           ///< of each of the three powers that are goals
};

/// One of the eighteen kinds of noise.
struct Row {
  Noise noise = Noise::lognormal;
  double cv = 0;
  double margin = 0;
  Tally without_change;
  Tally at_margin;
  std::array<Tally, effects.size()> with_effect;
};

/// One of the three powers that are goals.
struct Power {
  double cv = 0;
  double effect = 0;
  double at_least = 0;
  Tally tally;
};

struct Figures {
  Size size;
  std::vector<Row> rows;
  std::vector<Power> powers;
};

/// What must hold. `error` is the Monte-Carlo standard error; a goal is missed where the figure lies on the wrong side
/// of the limit by more than three of them, and met where it lies on the right side.
struct Goal {
  std::string what;
  double figure = 0;
  double error = 0;
  double limit = 0;
  bool at_most = true;

  bool met() const { return at_most ? figure <= limit : figure >= limit; }
  bool missed() const { return at_most ? figure > limit + 3 * error : figure < limit - 3 * error; }
};

/// The margin of PASS: 2 %, or the cell's historical variation where that is more.
double margin_for(double cv);

/// Simulates everything. `progress` is called with a line before each step.
Figures simulate_all(const Size& size, const std::function<void(const std::string&)>& progress);

/// The figures that are goals, each in its worst row.
std::vector<Goal> goals(const Figures& figures);

}  // namespace cyclegate::error_rates
