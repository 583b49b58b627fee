#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "model/run_set.h"
#include "stats/aligned_rank.h"

namespace cyclegate::compare {

/// The samples of both sides as complete blocks.
struct PairedBlocks {
  std::vector<stats::Block> blocks;  ///< two runs a side each, by block number
  std::size_t left_over = 0;         ///< runs outside them
};

/// Pairs by block number, whatever the order of the samples.
PairedBlocks pair_blocks(std::span<const model::Sample> base, std::span<const model::Sample> head);

/// The values in the order in which they ran.
std::vector<std::int64_t> in_order(std::span<const model::Sample> samples);

/// Whether every value has a logarithm.
bool all_positive(std::span<const model::Sample> samples);

/// The median of the samples as an integer in the metric's unit; nullopt where there is none or it is negative.
std::optional<std::uint64_t> median_of(std::span<const model::Sample> samples);

/// How long one more block of every cell takes, in seconds: the mean over the blocks that were made, both sides, by
/// `wall_time`. Nullopt where that was not measured in nanoseconds.
std::optional<double> seconds_per_block(const model::RunSet& base, const model::RunSet& head);

}  // namespace cyclegate::compare
