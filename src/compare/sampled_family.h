#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "model/metric.h"
#include "model/policy.h"
#include "stats/aligned_rank.h"

namespace cyclegate::compare {

/// The level at which a comparison may raise any false alarm in one family; no more than that of a false PASS either.
inline constexpr double alpha = 0.05;
/// The level spent on PASS. The boundaries are those of a normal walk; on exact tests of 5 to 20 blocks they spend a
/// little more than they say (simulated under drift: .052 of .05), and a false PASS is a missed regression.
inline constexpr double pass_alpha = 0.048;

/// Coverage of the intervals that are shown, over all looks.
inline constexpr double interval_level = 0.95;

/// One cell of a family.
struct SampledCell {
  std::size_t group = 0;  ///< guest and executor: cells of one group are averaged
  std::uint64_t weight = 1;
  model::Better better = model::Better::lower;  ///< the same within a group
  /// PASS: proven to be worse by less than this (a fraction). At 0 only a gain passes.
  double margin = 0.02;
};

/// The sampled cells that are judged together by the methodology `robust`, without anything of what they are: blocks
/// in, answers out. docs/statistics.md says what is done and why.
///
/// Looks are made as blocks come (`look`), or all at once (`look_at_all`): the answers are the same. Every answer is
/// about all looks made so far and stays valid whenever one stops. Where any group has several cells, half of `alpha`
/// goes to the cells and half to the groups' aggregates; else the cells have all of it. Holm's adjustment within each.
///
/// Ratios are logarithms of head/base. Nothing is computed before it is asked for; what is asked for different cells
/// may be asked at once from several threads after `adjust`.
class SampledFamily {
 public:
  /// `planned` are the looks (compare/look_schedule.h), at least one and rising; the last is the most blocks.
  /// Throws std::invalid_argument otherwise.
  SampledFamily(std::vector<std::uint32_t> planned, const model::Policy& policy);

  /// Adds a cell and gives its number, from 0. Before the first look.
  std::size_t add_cell(const SampledCell& cell);
  std::size_t cells() const { return cells_.size(); }
  /// Groups are 0 to the largest one that a cell has named.
  std::size_t groups() const { return groups_.size(); }

  /// Adds one complete block, in order.
  void add_block(std::size_t cell, const stats::Block& block);

  /// Looks at the first `blocks` blocks of every cell (at all, where it has fewer). Numbers rise from look to look, up
  /// to most_blocks(). A look that was not planned (the time was up) is the last one. Throws std::invalid_argument
  /// otherwise.
  void look(std::uint32_t blocks);

  /// Makes all looks that the blocks allow: the planned ones, and one at the end. Where there are more blocks than were
  /// planned, they count as planned. Only as the first look.
  void look_at_all();

  /// Whether no further block of that group could change an answer worth having: every cell is a REGRESSION or has
  /// passed, and where a gain of at least `maybe` is in sight, KEEP is proven, or MAYBE and the estimate says that it
  /// is no KEEP. Never before the first look. A group that is decided needs no more blocks, though others do.
  bool decided(std::size_t group) const;
  /// Whether all groups are.
  bool decided() const;

  /// Whether this cell needs no further block, though others may: it is a REGRESSION or has passed, and its group has
  /// no gain left to prove. It may then keep the blocks it has while the others get more (docs/statistics.md, "The
  /// procedure"). Never before the first look.
  bool enough(std::size_t cell) const;

  /// Holm-adjusted repeated p-value of "head is not worse"; at most `alpha` is a REGRESSION.
  double p_worse(std::size_t cell) const;
  /// Likewise of "head is not better".
  double p_better(std::size_t cell) const;
  bool regressed(std::size_t cell) const { return p_worse(cell) <= alpha; }
  bool improved(std::size_t cell) const { return p_better(cell) <= alpha; }
  /// PASS: "worse by the margin or more" was rejected at some look, at `pass_alpha` over all looks.
  bool passed(std::size_t cell) const { return cells_[cell].passed; }
  /// The same with `worst_input` for the margin.
  bool within_worst_input(std::size_t number) const;
  /// Hodges-Lehmann-type estimate of log(head/base). The cell needs a block that has been looked at.
  double estimate(std::size_t cell) const;
  /// Interval of the last look; nullopt where the blocks are too few for its level.
  std::optional<stats::LogInterval> interval(std::size_t cell) const;

  /// The same of a group's weighted geometric mean. A group of one cell is that cell.
  double group_p_worse(std::size_t group) const;
  double group_p_better(std::size_t group) const;
  bool group_regressed(std::size_t group) const { return group_p_worse(group) <= alpha; }
  bool group_improved(std::size_t group) const { return group_p_better(group) <= alpha; }
  double group_estimate(std::size_t group) const;
  std::optional<stats::LogInterval> group_interval(std::size_t group) const;
  /// Proven at interval_level: the gain is more than `keep`.
  bool group_keep(std::size_t group) const;
  /// Proven at interval_level: the gain is at least `maybe`. Never where the rules know no MAYBE and it is no KEEP.
  bool group_maybe(std::size_t group) const;

  /// The looks made.
  std::span<const std::uint32_t> looks() const { return {looks_.data(), made_}; }
  std::uint32_t most_blocks() const { return most_; }

  /// Computes all adjusted p-values, so that asking for them is only reading.
  void adjust() const;

 private:
  // Nominal one-sided p-values of the looks made.
  struct Evidence {
    std::vector<double> worse;
    std::vector<double> better;
  };
  struct Cell {
    SampledCell about;
    std::vector<stats::Block> blocks;  // as costs: sides changed where higher is better
    std::uint32_t seen = 0;
    std::size_t last_look = 0;               // the last one that had new blocks
    std::optional<stats::AlignedRank> test;  // of that one
    Evidence evidence;
    bool passed = false;
    mutable std::optional<double> estimate;  // as a cost
    mutable std::optional<std::optional<stats::LogInterval>> interval;
    mutable std::optional<bool> within_worst_input;
  };
  struct Group {
    std::vector<std::size_t> cells;
    std::size_t last_look = 0;
    Evidence evidence;
    mutable std::optional<double> estimate;
    mutable std::optional<std::optional<stats::LogInterval>> interval;
  };
  struct Adjusted {
    std::vector<double> worse;
    std::vector<double> better;
  };

  double level(double overall, std::size_t look) const;
  bool passes(const stats::AlignedRank& test, double margin, std::size_t look) const;
  void look_at(Cell& cell, std::uint32_t blocks) const;
  void look_at(Group& group) const;
  double repeated(const std::vector<double>& p_values) const;
  double cost_estimate(const Cell& cell) const;
  std::optional<stats::LogInterval> cost_interval(const Cell& cell) const;
  double cost_estimate(const Group& group) const;
  std::optional<stats::LogInterval> cost_interval(const Group& group) const;
  Adjusted adjusted(std::span<const Evidence* const> members, double share) const;
  bool settled(std::size_t number) const;

  std::vector<std::uint32_t> looks_;  // made, then planned
  std::size_t made_ = 0;
  std::uint32_t most_ = 0;
  double keep_;  // logarithms of cost
  double maybe_;
  double worst_input_;
  bool shared_ = false;  // some group has several cells
  std::vector<Cell> cells_;
  std::vector<Group> groups_;
  mutable std::optional<Adjusted> adjusted_cells_;
  mutable std::optional<Adjusted> adjusted_groups_;
};

}  // namespace cyclegate::compare
