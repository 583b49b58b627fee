#pragma once

#include <array>
#include <cstdint>

#include "model/run_set.h"

namespace cyclegate::measure {

/// Runs in one randomised block: two of each side.
inline constexpr std::uint32_t block_runs = 4;
/// Runs of one side in a block.
inline constexpr std::uint32_t block_runs_a_side = 2;

/// The order of one block's runs: one of the six orders of two base and two head runs, drawn uniformly by SplitMix64
/// (Steele, Lea, Flood 2014) from seed, cell and block alone, so that a block's order does not depend on what ran
/// before and a resumed session draws the same.
std::array<model::Side, block_runs> block_order(std::uint64_t seed, std::uint64_t cell, std::uint32_t block);

}  // namespace cyclegate::measure
