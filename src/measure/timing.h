#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "measure/journal.h"
#include "measure/measurer.h"
#include "measure/plan.h"
#include "model/stopping_rule.h"

namespace cyclegate::measure {

/// The timed runs of a session, strictly one after the other: before a cell's first block `warmups` runs a side,
/// alternating, that count for nothing; then rounds of one randomised block (block_order.h) per cell, round-robin over
/// the cells. After each round from `min_runs` on the stopping rule is asked; `max_runs` or the budget end it as well.
/// A round that the budget cuts off does not count, so that all cells have the same number of blocks. A timed run that
/// fails, or does not give the steps and output of the exact runs, fails its cell on that side; the cell is not timed
/// further and keeps no samples.
class Timing {
 public:
  /// One cell to be timed: its place in the plan and its runs in both RunSets.
  struct Cell {
    std::uint32_t index = 0;
    executors::Executor* executor = nullptr;
    model::CellRun* base = nullptr;
    model::CellRun* head = nullptr;
    bool warm = false;  ///< warmed up by this process

    model::CellRun& run(model::Side side) { return side == model::Side::base ? *base : *head; }
  };

  /// `cells` in the plan's order, pointing into `base` and `head`. `before_run` is called before each run that is
  /// really made (it takes the machine's lock when it is called first).
  Timing(const Plan& plan, std::vector<Cell> cells, model::RunSet& base, model::RunSet& head, Journal& journal,
         std::function<void()> before_run);

  /// Makes the runs that the journal does not have.
  void run(const World& world, model::StoppingRule& rule);

  std::uint64_t executed() const { return executed_; }
  std::uint64_t resumed() const { return resumed_; }

 private:
  using BlockKey = std::pair<std::uint32_t, std::uint32_t>;  ///< cell index, block

  void read_journal();
  /// What the journal has of that block, if it is whole or ended the cell.
  const std::vector<TimedRecord>* recorded(const Cell& cell, std::uint32_t block) const;
  std::vector<TimedRecord> make_block(const World& world, Cell& cell, std::uint32_t block);
  TimedRecord make_run(const World& world, Cell& cell, std::uint32_t block, std::uint32_t place, model::Side side);
  /// Adds the block's samples; false when the cell failed.
  bool take(Cell& cell, const std::vector<TimedRecord>& records, std::uint32_t first_order);
  void finish(std::uint32_t blocks, bool budget_exhausted);
  bool budget_exhausted(const World& world) const;
  std::chrono::nanoseconds elapsed(const World& world) const;

  const Plan& plan_;
  std::vector<Cell> cells_;
  model::RunSet& base_;
  model::RunSet& head_;
  Journal& journal_;
  std::function<void()> before_run_;
  std::map<BlockKey, std::vector<TimedRecord>> journaled_;
  std::optional<TimingEnd> journaled_end_;
  std::chrono::nanoseconds elapsed_before_{0};  ///< in earlier starts
  std::chrono::nanoseconds started_{0};
  std::string last_guest_;
  std::uint64_t executed_ = 0;
  std::uint64_t resumed_ = 0;
};

}  // namespace cyclegate::measure
