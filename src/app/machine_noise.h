#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "model/policy.h"
#include "model/run_set.h"

namespace cyclegate::app {

/// The noise of one cell, measured base against base: per randomised block the logarithms of its four runs in the order
/// in which they were made, less their mean.
using BlockNoise = std::array<double, 4>;
struct CellNoise {
  std::string guest;
  std::string executor;  ///< cells of one guest on one executor are averaged
  std::vector<BlockNoise> blocks;
};

/// The complete blocks of every cell that has that metric on both sides, which must be A/A cells.
std::vector<CellNoise> noise_of(const model::RunSet& base, const model::RunSet& head, const std::string& metric);

/// The median over cells of the coefficient of variation within blocks (standard deviation of the logarithms with three
/// degrees of freedom a block). 0 without cells.
double typical_variation(const std::vector<CellNoise>& noise);

/// How a change is simulated.
struct Simulation {
  std::size_t cells = 20;           ///< of a change; one of them is slowed down
  std::uint32_t min_runs = 10;      ///< a side, as configured
  std::uint32_t max_runs = 40;      ///< a side, as configured
  std::uint64_t simulations = 200;  ///< changes for each effect
  std::uint64_t seed = 0;
  model::Policy policy;
};

/// The share of simulated changes in which one cell that is slower by `effect` (0.03 is 3 %) is called a REGRESSION by
/// the methodology `robust`, with all its looks and its correction for all cells of the change. Each simulated cell has
/// the noise of a measured one: whole blocks are drawn from it with replacement, and their runs are dealt to the sides
/// at random. Cells stop for themselves as timing lets them. Without noise: 0.
double power(const std::vector<CellNoise>& noise, double effect, const Simulation& simulation);

/// The smallest effect, in steps of 0.1 % up to 30 %, whose power is at least 95 %.
struct SmallestEffect {
  std::optional<double> effect;  ///< absent: even 30 % is found less often
  double power = 0;              ///< at that effect, or at 30 %
};
SmallestEffect smallest_effect(const std::vector<CellNoise>& noise, const Simulation& simulation);

}  // namespace cyclegate::app
