#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "model/policy.h"

namespace cyclegate::compare {

/// After how many blocks (of two runs a side) timing may stop, rising; the last is the most that will be made. `runs`
/// are those of the configuration, a side; the least are rounded up to whole blocks, the most down.
///
/// robust: `min_runs`, but not before 5 blocks, then those of 5, 6, 8, 11, 15, 20 blocks (and on by a third each: 27,
/// 36, ...) that lie between it and nine tenths of `max_runs`, then `max_runs`. Below five blocks no test of many cells
/// could show anything. Where min_runs is max_runs: one look, after exactly that many.
///
/// classic: `min_runs`; what is flaky then is looked at again after twice as many (10 and 20 by default), at most
/// `max_runs`.
std::vector<std::uint32_t> planned_looks(model::Methodology methodology, std::uint32_t min_runs,
                                         std::uint32_t max_runs);

/// The looks that have been made once `blocks` blocks are there: the planned ones up to there, and `blocks` itself
/// where the end was not planned (the time was up). Without a plan (an older file): `blocks` alone.
std::vector<std::uint32_t> looks_made(std::span<const std::uint32_t> planned, std::uint32_t blocks);

}  // namespace cyclegate::compare
