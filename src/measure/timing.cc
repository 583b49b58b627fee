#include "measure/timing.h"

#include <fmt/format.h>

#include <algorithm>

#include "measure/block_order.h"
#include "measure/exact.h"
#include "model/error.h"
#include "system/clock.h"
#include "system/interrupt.h"
#include "system/progress.h"

namespace cyclegate::measure {
namespace {

using model::CellRun;
using model::Side;

/// Why the timed run is not of the same execution as the exact ones, or nothing.
std::string disagreement(const CellRun& exact, const executors::TimedExecution& timed) {
  if (!exact.output_sha256.empty() && timed.output_sha256 != exact.output_sha256) {
    return fmt::format("the timed run's output has sha256 {}, the exact run's {}", timed.output_sha256,
                       exact.output_sha256);
  }
  const auto steps = exact.exact.find("steps");
  if (steps != exact.exact.end() && std::ranges::find(steps->second, timed.steps) == steps->second.end()) {
    return fmt::format("the timed run took {} steps, the exact run {}", timed.steps, steps->second.front());
  }
  return "";
}

}  // namespace

Timing::Timing(const Plan& plan, std::vector<Cell> cells, model::RunSet& base, model::RunSet& head, Journal& journal,
               std::function<void()> before_run)
    : plan_(plan),
      cells_(std::move(cells)),
      base_(base),
      head_(head),
      journal_(journal),
      before_run_(std::move(before_run)) {
  read_journal();
}

void Timing::read_journal() {
  for (const JournalRecord& record : journal_.records()) {
    if (record.timing_end) journaled_end_ = record.timing_end;
    if (!record.timed) continue;
    const TimedRecord& timed = *record.timed;
    elapsed_before_ = std::max(elapsed_before_, std::chrono::nanoseconds(timed.elapsed_ns));
    auto& block = journaled_[{timed.cell, timed.block}];
    if (timed.place == 0) block.clear();  // the block was interrupted and started again
    block.push_back(timed);
  }
}

const std::vector<TimedRecord>* Timing::recorded(const Cell& cell, std::uint32_t block) const {
  const auto found = journaled_.find({cell.index, block});
  if (found == journaled_.end() || found->second.empty()) return nullptr;
  const std::vector<TimedRecord>& records = found->second;
  if (!records.back().outcome.ok()) return &records;
  if (records.size() != block_runs) return nullptr;
  const auto order = block_order(journal_.header().seed, cell.index, block);
  for (std::uint32_t place = 0; place < block_runs; ++place) {
    if (records[place].place == place && records[place].side == order[place]) continue;
    throw model::Error(model::ErrorKind::configuration,
                       fmt::format("the journal's block {} of {} is not in the order of seed {}; start again without "
                                   "--resume",
                                   block, to_string(plan_.cells[cell.index].cell), journal_.header().seed));
  }
  return &records;
}

std::chrono::nanoseconds Timing::elapsed(const World& world) const {
  return elapsed_before_ + (world.clock.monotonic() - started_);
}

bool Timing::budget_exhausted(const World& world) const {
  return plan_.settings.budget.count() > 0 && elapsed(world) >= plan_.settings.budget;
}

TimedRecord Timing::make_run(const World& world, Cell& cell, std::uint32_t block, std::uint32_t place, Side side) {
  system::throw_if_interrupted();
  const PlannedCell& planned = plan_.cells[cell.index];
  const PlannedArtifact& artifact = *planned.artifact(side);
  TimedRecord record{
      .cell = cell.index, .block = block, .place = place, .side = side, .outcome = {}, .samples = {}, .elapsed_ns = 0};
  if (auto changed = changed_since_planned(planned, artifact)) {
    record.outcome = std::move(*changed);
  } else {
    world.progress.step(fmt::format("{} {}", to_string(planned.cell), to_string(side)));
    executors::TimedExecution timed = cell.executor->execute_timed(artifact.file, planned.input, plan_.limits);
    ++executed_;
    record.outcome = std::move(timed.outcome);
    if (record.outcome.ok()) {
      if (std::string why = disagreement(cell.run(side), timed); !why.empty()) {
        record.outcome = {.kind = model::OutcomeKind::crashed, .code = {}, .pc = {}, .why = std::move(why)};
      } else {
        record.samples = std::move(timed.samples);
      }
    }
  }
  record.elapsed_ns = elapsed(world).count();
  return record;
}

std::vector<TimedRecord> Timing::make_block(const World& world, Cell& cell, std::uint32_t block) {
  const auto asked = world.clock.monotonic();
  before_run_();
  started_ += world.clock.monotonic() - asked;  // waiting for the machine is not timing
  const std::string& guest = plan_.cells[cell.index].cell.guest;
  if (!last_guest_.empty() && guest != last_guest_ && plan_.settings.cooldown.count() > 0) {
    world.clock.sleep_for(plan_.settings.cooldown);
  }
  last_guest_ = guest;
  std::vector<TimedRecord> records;
  const auto add = [&](TimedRecord record) {
    journal_.add({.header = {}, .exact = {}, .timed = record, .timing_end = {}});
    records.push_back(std::move(record));
    return records.back().outcome.ok();
  };
  if (!cell.warm) {
    for (std::uint32_t run = 0; run < 2 * plan_.settings.warmups; ++run) {
      TimedRecord record = make_run(world, cell, block, 0, run % 2 == 0 ? Side::base : Side::head);
      if (!record.outcome.ok()) {
        add(std::move(record));
        return records;
      }
    }
    cell.warm = true;
  }
  const auto order = block_order(journal_.header().seed, cell.index, block);
  for (std::uint32_t place = 0; place < block_runs; ++place) {
    if (!add(make_run(world, cell, block, place, order[place]))) break;
  }
  return records;
}

bool Timing::take(Cell& cell, const std::vector<TimedRecord>& records, std::uint32_t first_order) {
  const TimedRecord& last = records.back();
  if (!last.outcome.ok()) {
    cell.run(last.side).outcome = last.outcome;
    cell.base->sampled.clear();
    cell.head->sampled.clear();
    return false;
  }
  for (const TimedRecord& record : records) {
    for (const auto& [metric, value] : record.samples) {
      cell.run(record.side)
          .sampled[metric]
          .push_back({.block = record.block, .order = first_order + record.place, .value = value});
    }
  }
  return true;
}

void Timing::finish(std::uint32_t blocks, bool budget_exhausted) {
  if (!journaled_end_) {
    journal_.add({.header = {},
                  .exact = {},
                  .timed = {},
                  .timing_end = TimingEnd{.blocks = blocks, .budget_exhausted = budget_exhausted}});
  }
  for (Cell& cell : cells_) {
    for (const Side side : {Side::base, Side::head}) {
      auto& sampled = cell.run(side).sampled;
      for (auto& [metric, samples] : sampled) {
        std::erase_if(samples, [&](const model::Sample& sample) { return sample.block >= blocks; });
      }
      std::erase_if(sampled, [](const auto& entry) { return entry.second.empty(); });
    }
  }
  for (model::RunSet* set : {&base_, &head_}) {
    set->schedule.blocks = blocks;
    if (!budget_exhausted) continue;
    set->warnings.push_back(
        {.code = "budget",
         .message = fmt::format("the time budget of {} s ended timing after {} runs a side; asked for were {} to {}",
                                std::chrono::duration_cast<std::chrono::seconds>(plan_.settings.budget).count(),
                                blocks * block_runs_a_side, plan_.settings.min_runs, plan_.settings.max_runs)});
  }
}

void Timing::run(const World& world, model::StoppingRule& rule) {
  const Settings& settings = plan_.settings;
  started_ = world.clock.monotonic();
  world.progress.begin(cells_.size() * 2 * (settings.warmups + settings.min_runs), "timed runs");
  std::vector<Cell*> active;
  active.reserve(cells_.size());
  for (Cell& cell : cells_) active.push_back(&cell);
  const std::uint32_t min_blocks = (settings.min_runs + block_runs_a_side - 1) / block_runs_a_side;
  const std::uint32_t max_blocks = std::max(min_blocks, settings.max_runs / block_runs_a_side);
  std::uint32_t order = 0;
  std::uint32_t blocks = 0;
  bool out_of_time = false;
  for (std::uint32_t block = 0; block < max_blocks && !active.empty() && !out_of_time; ++block) {
    std::vector<Cell*> still_active;
    for (Cell* cell : active) {
      if (block == 0) order += 2 * settings.warmups;
      const auto* known = recorded(*cell, block);
      if (known == nullptr && (journaled_end_ ? journaled_end_->budget_exhausted : budget_exhausted(world))) {
        out_of_time = true;
        break;
      }
      if (known != nullptr) resumed_ += known->size();
      if (take(*cell, known != nullptr ? *known : make_block(world, *cell, block), order)) {
        still_active.push_back(cell);
      }
      order += block_runs;
    }
    if (out_of_time) break;
    active = std::move(still_active);
    blocks = block + 1;
    if (journaled_end_) {
      if (blocks >= journaled_end_->blocks && !journaled_end_->budget_exhausted) break;
    } else if (blocks >= min_blocks && rule.enough(base_, head_, blocks)) {
      break;
    }
  }
  world.progress.end();
  finish(blocks, out_of_time);
}

}  // namespace cyclegate::measure
