#include "measure/timing.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "measure/block_order.h"
#include "measure/exact.h"
#include "model/error.h"
#include "model/executor_unavailable.h"
#include "model/wide.h"
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

/// Work done per second, rounded down; saturates. Nothing for a run that took no time.
std::optional<std::int64_t> throughput(std::uint64_t work, std::int64_t wall_ns) {
  constexpr std::uint64_t second = 1'000'000'000;
  constexpr auto most = std::numeric_limits<std::int64_t>::max();
  if (work == 0 || wall_ns <= 0) return std::nullopt;
  const model::Wide rate = static_cast<model::Wide>(work) * second / static_cast<std::uint64_t>(wall_ns);
  return rate > static_cast<std::uint64_t>(most) ? most : static_cast<std::int64_t>(rate);
}

/// `90 s`, `1.5 s`, `20 ms`.
std::string shown(std::chrono::nanoseconds duration) {
  const auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(duration).count();
  if (milliseconds < 1000) return fmt::format("{} ms", milliseconds);
  if (milliseconds % 1000 == 0) return fmt::format("{} s", milliseconds / 1000);
  return fmt::format("{:.1f} s", static_cast<double>(milliseconds) / 1000);
}

}  // namespace

Timing::Timing(const Plan& plan, std::vector<Cell> cells, model::RunSet& base, model::RunSet& head, Journal& journal,
               std::function<void()> lock_machine)
    : plan_(plan),
      cells_(std::move(cells)),
      base_(base),
      head_(head),
      journal_(journal),
      lock_machine_(std::move(lock_machine)) {
  read_journal();
}

void Timing::read_journal() {
  for (const JournalRecord& record : journal_.records()) {
    if (record.timing_end) journaled_end_ = record.timing_end;
    if (record.timing_start) {
      begun_ = *record.timing_start;
      journaled_.clear();
      forget_unavailable();
    }
    if (!record.timed) continue;
    const TimedRecord& timed = *record.timed;
    if (!timed.outcome.ok()) failed_before_[timed.cell] = timed;
    journaled_[{timed.cell, timed.block}].push_back(timed);
  }
  if (journaled_end_) return;
  journaled_.clear();
  forget_unavailable();
}

void Timing::forget_unavailable() {
  std::erase_if(failed_before_, [](const auto& entry) { return is_unavailable(entry.second.warnings); });
}

std::vector<TimedRecord> Timing::recorded(const Cell& cell, std::uint32_t block) const {
  const auto found = journaled_.find({cell.index, block});
  const std::vector<TimedRecord> records = found == journaled_.end() ? std::vector<TimedRecord>() : found->second;
  if (!records.empty() && !records.back().outcome.ok()) return records;
  const auto order = block_order(journal_.header().seed, cell.index, block);
  bool sound = records.size() == block_runs;
  for (std::uint32_t place = 0; sound && place < block_runs; ++place) {
    sound = records[place].place == place && records[place].side == order[place];
  }
  if (sound) return records;
  throw model::Error(
      model::ErrorKind::configuration,
      fmt::format("the journal's block {} of {} is not whole or not in the order of seed {}; start again "
                  "without --resume",
                  block, to_string(cell.planned->cell), journal_.header().seed));
}

bool Timing::out_of_time(const World& world) const {
  return plan_.settings.budget.count() > 0 && world.clock.monotonic() - started_ >= plan_.settings.budget;
}

TimedRecord Timing::make_run(const World& world, Cell& cell, std::uint32_t block, std::uint32_t place, Side side) {
  system::throw_if_interrupted();
  const PlannedCell& planned = *cell.planned;
  const PlannedArtifact& artifact = *planned.artifact(side);
  TimedRecord record{
      .cell = cell.index, .block = block, .place = place, .side = side, .outcome = {}, .samples = {}, .warnings = {}};
  if (auto changed = changed_since_planned(planned, artifact)) {
    record.warnings.push_back({.code = "changed-since-planned", .message = changed->why});
    record.outcome = std::move(*changed);
    return record;
  }
  world.progress.step(fmt::format("{} {}", to_string(planned.cell), to_string(side)));
  executors::TimedSettings settings;
  if (begun_.core && !cell.all_cores) settings.core = static_cast<int>(*begun_.core);
  if (side == Side::head) settings.slow_down = planned.slow_down;
  executors::TimedExecution timed = cell.executor->execute_timed(artifact.file, planned.input, plan_.limits, settings);
  ++executed_;
  record.outcome = std::move(timed.outcome);
  record.warnings = std::move(timed.warnings);
  if (!record.outcome.ok()) return record;
  if (std::string why = disagreement(cell.run(side), timed); !why.empty()) {
    record.outcome = {.kind = model::OutcomeKind::crashed, .code = {}, .pc = {}, .why = std::move(why)};
    return record;
  }
  record.samples = std::move(timed.samples);
  if (const auto wall = record.samples.find("wall_time"); wall != record.samples.end()) {
    if (const auto rate = throughput(planned.work, wall->second)) record.samples["throughput"] = *rate;
  }
  return record;
}

void Timing::cool_down(const World& world, const std::string& guest) {
  if (!last_guest_.empty() && guest != last_guest_ && plan_.settings.cooldown.count() > 0) {
    const auto before = world.clock.monotonic();
    world.clock.sleep_for(plan_.settings.cooldown);
    started_ += world.clock.monotonic() - before;  // waiting is not timing
  }
  last_guest_ = guest;
}

std::vector<TimedRecord> Timing::make_block(const World& world, Cell& cell, std::uint32_t block) {
  cool_down(world, cell.planned->cell.guest);
  std::vector<TimedRecord> records;
  const auto add = [&](TimedRecord made) {
    JournalRecord record;
    record.timed = made;
    journal_.add(record);
    records.push_back(std::move(made));
    return records.back().outcome.ok();
  };
  if (!cell.warm) {
    for (std::uint32_t run = 0; run < 2 * plan_.settings.warmups; ++run) {
      if (out_of_time(world)) return {};
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
    if (out_of_time(world)) return {};
    if (!add(make_run(world, cell, block, place, order[place]))) break;
  }
  return records;
}

std::vector<TimedRecord> Timing::block(const World& world, Cell& cell, std::uint32_t block) {
  if (const auto failed = failed_before_.find(cell.index);
      failed != failed_before_.end() && !journaled_.contains({cell.index, block})) {
    ++resumed_;
    return {failed->second};
  }
  if (journaled_end_) {
    std::vector<TimedRecord> records = recorded(cell, block);
    resumed_ += records.size();
    return records;
  }
  return out_of_time(world) ? std::vector<TimedRecord>() : make_block(world, cell, block);
}

bool Timing::take(Cell& cell, const std::vector<TimedRecord>& records, std::uint32_t first_order) {
  const TimedRecord& last = records.back();
  if (!last.outcome.ok()) {
    model::CellRun& run = cell.run(last.side);
    const auto warn = [&run](const model::Warning& warning) {
      if (std::ranges::find(run.warnings, warning) == run.warnings.end()) run.warnings.push_back(warning);
    };
    // That would speak of the whole cell, whose exact runs were made.
    for (const model::Warning& warning : last.warnings) {
      if (warning.code != model::executor_unavailable) warn(warning);
    }
    const auto changed = std::ranges::find(last.warnings, "changed-since-planned", &model::Warning::code);
    if (is_unavailable(last.warnings)) {
      // What the machine lacks now says nothing of either side, and takes no number away that both have.
      warn({.code = "timing-failed", .message = fmt::format("timing ended: {}", model::describe(last.outcome))});
    } else if (last.side == Side::head || changed != last.warnings.end()) {
      run.outcome = last.outcome;
    } else {
      // What base's exact runs gave is still there to hold head to.
      warn({.code = "timing-failed",
            .message =
                fmt::format("timing ended, since a timed run of base failed: {}", model::describe(last.outcome))});
    }
    cell.base->sampled.clear();
    cell.head->sampled.clear();
    return false;
  }
  for (const TimedRecord& record : records) {
    model::CellRun& run = cell.run(record.side);
    for (const auto& [metric, value] : record.samples) {
      run.sampled[metric].push_back({.block = record.block, .order = first_order + record.place, .value = value});
    }
    for (const model::Warning& warning : record.warnings) {
      if (std::ranges::find(run.warnings, warning.code, &model::Warning::code) == run.warnings.end())
        run.warnings.push_back(warning);
    }
  }
  return true;
}

void Timing::start(const World& world) {
  lock_machine_();
  begun_ = {};
  if (plan_.settings.core) begun_.core = static_cast<std::uint32_t>(*plan_.settings.core);
  if (world.preflight) {
    system::PreflightFacts facts = world.preflight();
    begun_.preflight = std::move(facts.preflight);
    begun_.warnings = std::move(facts.warnings);
  }
  JournalRecord record;
  record.timing_start = begun_;
  journal_.add(record);
  started_ = world.clock.monotonic();
}

void Timing::finish(const World& world, std::uint32_t blocks, bool budget_exhausted) {
  if (!journaled_end_) {
    journaled_end_ = TimingEnd{.blocks = blocks,
                               .budget_exhausted = budget_exhausted,
                               .elapsed_ns = static_cast<std::uint64_t>(
                                   std::max<std::int64_t>((world.clock.monotonic() - started_).count(), 0))};
    JournalRecord record;
    record.timing_end = journaled_end_;
    journal_.add(record);
  }
  for (Cell& cell : cells_) {
    // A cell that failed in a round that does not count has failed all the same.
    const auto failed = failed_before_.find(cell.index);
    if (failed != failed_before_.end() && failed->second.block >= blocks) take(cell, {failed->second}, 0);
    for (const Side side : {Side::base, Side::head}) {
      auto& sampled = cell.run(side).sampled;
      for (auto& [metric, samples] : sampled) {
        std::erase_if(samples, [&](const model::Sample& sample) { return sample.block >= blocks; });
      }
      std::erase_if(sampled, [](const auto& entry) { return entry.second.empty(); });
    }
  }
  const bool pinned = std::ranges::any_of(cells_, [](const Cell& cell) { return !cell.all_cores; });
  const bool provers = std::ranges::any_of(cells_, &Cell::all_cores);
  for (model::RunSet* set : {&base_, &head_}) {
    set->schedule.blocks = blocks;
    if (pinned) set->schedule.core = begun_.core;
    set->schedule.timing_ns = journaled_end_->elapsed_ns;
    set->environment.preflight = begun_.preflight;
    if (!budget_exhausted) continue;
    set->warnings.push_back(
        {.code = "budget",
         .message = fmt::format(
             "the time budget of {} ended timing after {} runs a side{}; asked for were {} to {}: raise "
             "measure.budget{}",
             shown(plan_.settings.budget), blocks * block_runs_a_side,
             blocks == 0 ? " (the first round over all cells was not over, and half a round counts for none)" : "",
             plan_.settings.min_runs, plan_.settings.max_runs,
             pinned && provers ? ", or give the provers, whose runs it is shared with, a configuration of "
                                 "their own"
                               : "")});
  }
  head_.warnings.insert(head_.warnings.end(), begun_.warnings.begin(), begun_.warnings.end());
}

void Timing::run(const World& world) {
  const Settings& settings = plan_.settings;
  if (!journaled_end_) start(world);
  world.progress.begin(cells_.size() * 2 * (settings.warmups + settings.min_runs), "timed runs");
  std::vector<Cell*> active;
  active.reserve(cells_.size());
  for (Cell& cell : cells_) active.push_back(&cell);
  const std::uint32_t min_blocks = (settings.min_runs + block_runs_a_side - 1) / block_runs_a_side;
  const std::uint32_t max_blocks =
      journaled_end_ ? journaled_end_->blocks : std::max(min_blocks, settings.max_runs / block_runs_a_side);
  std::uint32_t order = 0;
  std::uint32_t blocks = 0;
  bool budget_exhausted = journaled_end_ && journaled_end_->budget_exhausted;
  for (std::uint32_t block = 0; block < max_blocks && !active.empty(); ++block) {
    std::vector<Cell*> still_active;
    for (Cell* cell : active) {
      if (block == 0) order += 2 * settings.warmups;
      const std::vector<TimedRecord> records = this->block(world, *cell, block);
      if (records.empty()) {
        budget_exhausted = true;
        break;
      }
      if (take(*cell, records, order)) still_active.push_back(cell);
      order += block_runs;
    }
    if (budget_exhausted && !journaled_end_) break;
    active = std::move(still_active);
    blocks = block + 1;
    if (blocks < min_blocks) continue;
    // A finished timing is asked about, too: the answers are the same, and tell which cells have stopped.
    if (!world.rule.enough(base_, head_, blocks)) {
      std::erase_if(active, [&](const Cell* cell) { return world.rule.enough_of(cell->planned->cell); });
    } else if (!journaled_end_) {
      break;
    }
  }
  world.progress.end();
  finish(world, blocks, budget_exhausted);
}

}  // namespace cyclegate::measure
