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
/// A cell of which the rule says then that it has enough is timed no further. The budget is looked at before each
/// run. A round that it cuts off does not count, so that all cells that are still timed have the same number of blocks.
/// A cell of which a timed run fails, or does not give the steps and output of the exact runs, is not timed further and
/// keeps no samples. On head it has failed by that; on base the outcome of the exact runs stays, so that head is still
/// held to their numbers, and the warning `timing-failed` says why there are no times. An artefact or input that is no
/// longer the one that was hashed (warning `changed-since-planned`) fails its cell on either side. What the machine
/// lacks by then (`executor-unavailable`) is no failure of either: the exact numbers stay, with the warning
/// `timing-failed`.
///
/// Blocks go round-robin, so that an interruption finds every cell under way. Timing that was not finished therefore
/// starts again as a whole, warm-ups included: no cell ever has samples of two starts. Only a cell that has failed is
/// finished, and stays failed; one that the machine could not time is tried again.
class Timing {
 public:
  /// One cell to be timed: its place in the plan and its runs in both RunSets.
  struct Cell {
    std::uint32_t index = 0;  ///< within the plan; beyond its cells for controls
    const PlannedCell* planned = nullptr;
    executors::Executor* executor = nullptr;
    model::CellRun* base = nullptr;
    model::CellRun* head = nullptr;
    bool all_cores = false;  ///< its runs are pinned to no core (executors::Description::takes_all_cores)
    bool warm = false;       ///< warmed up by this process

    model::CellRun& run(model::Side side) { return side == model::Side::base ? *base : *head; }
  };

  /// `cells` in their order, pointing into `base` and `head`. `lock_machine` is called before anything runs; it may
  /// wait.
  Timing(const Plan& plan, std::vector<Cell> cells, model::RunSet& base, model::RunSet& head, Journal& journal,
         std::function<void()> lock_machine);

  /// Takes a finished timing from the journal, or makes all its runs.
  void run(const World& world);

  std::uint64_t executed() const { return executed_; }
  std::uint64_t resumed() const { return resumed_; }

 private:
  using BlockKey = std::pair<std::uint32_t, std::uint32_t>;  ///< cell index, block

  void read_journal();
  /// What the machine lacked in an earlier start it may have now.
  void forget_unavailable();
  void start(const World& world);
  /// The block's runs: those of the journal, or new ones. Empty when time was up before they were all made.
  std::vector<TimedRecord> block(const World& world, Cell& cell, std::uint32_t block);
  std::vector<TimedRecord> recorded(const Cell& cell, std::uint32_t block) const;
  std::vector<TimedRecord> make_block(const World& world, Cell& cell, std::uint32_t block);
  TimedRecord make_run(const World& world, Cell& cell, std::uint32_t block, std::uint32_t place, model::Side side);
  void cool_down(const World& world, const std::string& guest);
  /// Adds the block's samples; false when the cell failed.
  bool take(Cell& cell, const std::vector<TimedRecord>& records, std::uint32_t first_order);
  void finish(const World& world, std::uint32_t blocks, bool budget_exhausted);
  bool out_of_time(const World& world) const;

  const Plan& plan_;
  std::vector<Cell> cells_;
  model::RunSet& base_;
  model::RunSet& head_;
  Journal& journal_;
  std::function<void()> lock_machine_;
  TimingStart begun_;
  std::map<BlockKey, std::vector<TimedRecord>> journaled_;  ///< of a finished timing
  std::optional<TimingEnd> journaled_end_;
  std::map<std::uint32_t, TimedRecord> failed_before_;  ///< by cell, in a start before the last
  std::chrono::nanoseconds started_{0};
  std::string last_guest_;
  std::uint64_t executed_ = 0;
  std::uint64_t resumed_ = 0;
};

}  // namespace cyclegate::measure
