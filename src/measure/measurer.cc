#include "measure/measurer.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "executors/registry.h"
#include "measure/controls.h"
#include "measure/exact.h"
#include "measure/journal.h"
#include "measure/planned_executors.h"
#include "measure/result_store.h"
#include "measure/reuse_key.h"
#include "measure/run_set_store.h"
#include "measure/timing.h"
#include "model/error.h"
#include "model/executor_unavailable.h"
#include "model/run_set_json.h"
#include "system/clock.h"
#include "system/lock.h"
#include "system/progress.h"
#include "system/sha256.h"

namespace cyclegate::measure {
namespace {

using model::CellRun;
using model::Error;
using model::ErrorKind;
using model::RunSet;
using model::Side;

constexpr Side sides[] = {Side::base, Side::head};

/// A seed that a log can show: 52 bits, so that every JSON reader keeps them.
std::uint64_t derived_seed(const std::string& plan, const model::Session& session) {
  const std::string digits = system::Sha256().field(plan).field(session.id).finish_hex();
  std::uint64_t seed = 0;
  std::from_chars(digits.data(), digits.data() + 13, seed, 16);
  return seed;
}

/// Everything between the plan and its two RunSets.
class Measurement {
 public:
  Measurement(Plan plan, const World& world, const std::filesystem::path& out, bool resume)
      : plan_(prepared(std::move(plan))),
        world_(world),
        out_(out),
        planned_(planned_executors(plan_, world.executors)),
        repricing_(repricing_executors(plan_)),
        journal_(journal_path(out), new_header(), resume) {
    measured_.base = frame(Side::base);
    measured_.head = frame(Side::head);
  }

  Measured run() {
    decide_what_runs();
    run_exactly();
    if (plan_.settings.timed) run_timed();
    write_run_sets(out_, measured_.base, measured_.head);
    return std::move(measured_);
  }

 private:
  static Plan prepared(Plan plan) {
    normalise(plan);
    return plan;
  }

  JournalHeader new_header() const {
    JournalHeader header;
    header.plan = plan_identity(plan_, planned_);
    header.seed = plan_.settings.seed.value_or(derived_seed(header.plan, plan_.head.session));
    header.base = to_json(plan_.base);
    header.head = to_json(plan_.head);
    return header;
  }

  /// The RunSet without its runs, as the first start of this session had it.
  RunSet frame(Side side) const {
    const JournalHeader& header = journal_.header();
    RunSet set = model::run_set_from_json(side == Side::base ? header.base : header.head,
                                          fmt::format("the journal's frame of {}", to_string(side)));
    set.side = side;
    set.runs.clear();
    set.repriced.clear();
    set.metrics = all_metrics(planned_, plan_);
    auto looks = std::move(set.schedule.looks);
    set.schedule = {.seed = header.seed,
                    .warmups = plan_.settings.warmups,
                    .blocks = 0,
                    .exact_repetitions = plan_.settings.exact_repetitions,
                    .resumed = false,
                    .looks = std::move(looks)};
    return set;
  }

  RunSet& set(Side side) { return side == Side::base ? measured_.base : measured_.head; }

  /// The run of that cell and side as far as it is known before anything runs.
  CellRun blank(const PlannedCell& cell, const PlannedArtifact& artifact) const {
    CellRun run;
    run.cell = cell.cell;
    run.artifact = artifact.file.identity;
    run.comparability = comparability(planned_.find(cell.cell.executor)->second.description, cell.input_sha256,
                                      cell.cell.input, measured_.head.session);
    run.comparability.toolchain = artifact.toolchain;
    run.reuse_key = reuse_key(run.artifact, run.comparability);
    return run;
  }

  /// What that executor is under head's cost model; nullptr where head brings none of its own.
  const PlannedExecutor* repricing(const PlannedCell& cell) const {
    const auto found = repricing_.find(cell.cell.executor);
    return found == repricing_.end() || !cell.base || !cell.head ? nullptr : &found->second;
  }

  void reprice(std::uint32_t index, const PlannedExecutor& executor);

  std::optional<CellRun> stored(const CellRun& blank) const {
    if (world_.store == nullptr) return std::nullopt;
    std::optional<CellRun> run = world_.store->lookup(blank.cell, blank.reuse_key);
    if (!run || !run->outcome.ok() || run->exact.empty()) return std::nullopt;
    run->cell = blank.cell;
    run->artifact = blank.artifact;
    run->reuse_key = blank.reuse_key;
    run->comparability = blank.comparability;
    run->sampled.clear();
    run->reused = true;
    return run;
  }

  void decide_what_runs();
  CellRun& run_of(const ExactTask& task);
  void run_open(std::vector<ExactTask>& tasks);
  void run_exactly();
  void run_stored();
  void run_timed();
  void lock_machine() {
    if (lock_ || world_.machine_lock.empty()) return;
    lock_.emplace(world_.machine_lock, "measuring for " + out_.string(), world_.clock,
                  [this](const std::string& sentence) { world_.progress.note(sentence); });
  }

  Plan plan_;
  const World& world_;
  std::filesystem::path out_;
  PlannedExecutors planned_;
  PlannedExecutors repricing_;  ///< under head's cost model
  Journal journal_;
  Measured measured_;
  std::vector<ExactTask> tasks_;
  std::vector<ExactTask> stored_;         ///< of base cells whose numbers are stored, should they have to run
  std::vector<std::uint32_t> differing_;  ///< cells that both sides have and in which their artefacts differ
  std::optional<Controls> controls_;
  std::optional<system::FileLock> lock_;
};

/// Both sides of the cell once more, under head's cost model.
void Measurement::reprice(std::uint32_t index, const PlannedExecutor& executor) {
  const PlannedCell& cell = plan_.cells[index];
  for (const Side side : sides) {
    CellRun run = blank(cell, *cell.artifact(side));
    run.comparability.cost_model = executor.description.cost_model;
    run.reuse_key = reuse_key(run.artifact, run.comparability);
    set(side).repriced.push_back(std::move(run));
    tasks_.push_back({.cell = index,
                      .side = side,
                      .executor = executor.executor,
                      .metrics = executor.description.metrics,
                      .done = {},
                      .repriced = true});
  }
}

/// Whether base pins other bytes for the cell's input than those that both sides run on.
bool input_changed(const model::RunSet& base, const PlannedCell& cell) {
  const auto guest = std::ranges::find(base.guests, cell.cell.guest, &model::GuestInfo::name);
  if (guest == base.guests.end()) return false;
  const auto input = std::ranges::find(guest->inputs, cell.cell.input, &model::InputInfo::name);
  return input != guest->inputs.end() && !input->sha256.empty() && input->sha256 != cell.input_sha256;
}

void Measurement::decide_what_runs() {
  std::map<std::string_view, std::size_t> unmeasured;  // cells by executor
  std::set<std::string_view> limited;                  // executors
  for (std::uint32_t index = 0; index < plan_.cells.size(); ++index) {
    const PlannedCell& cell = plan_.cells[index];
    std::optional<CellRun> base;
    std::optional<CellRun> head;
    if (cell.base) base = blank(cell, *cell.base);
    if (cell.head) head = blank(cell, *cell.head);
    const bool equal = base && head && !base->artifact.empty() && base->reuse_key == head->reuse_key;
    if (base && head && !equal) differing_.push_back(index);
    // On bytes that base has never seen, the same artefact may still fail: then it runs.
    bool same = equal && !input_changed(plan_.base, cell);
    if (base) {
      if (auto known = stored(*base)) {
        base = std::move(known);
        ++measured_.stored;
      }
    }
    const PlannedExecutor& entry = planned_.find(cell.cell.executor)->second;
    const bool available = entry.description.unavailable.empty();
    // Without its executor nothing is known of a cell, the same artefact or not.
    same = same && (available || base->reused);
    // Another model is a change of its own, whose size only the numbers tell.
    const PlannedExecutor* const other_model = available ? repricing(cell) : nullptr;
    same = same && other_model == nullptr;
    if (same) {
      ++measured_.same;
      if (base->reused) head = base;
      for (CellRun* run : {&*base, &*head}) {
        run->reused = true;
        run->warnings.push_back(
            {.code = "same-artifact", .message = "base and head have the same artefact: nothing was run"});
      }
    }
    if (!same && base && base->reused && head && available) {
      stored_.push_back({.cell = index,
                         .side = Side::base,
                         .executor = entry.executor,
                         .metrics = entry.description.metrics,
                         .done = {},
                         .for_tables = true});
    }
    if (!available && ((base && !base->reused) || (head && !head->reused))) ++unmeasured[cell.cell.executor];
    for (const Side side : sides) {
      auto& run = side == Side::base ? base : head;
      if (!run) continue;
      if (!run->reused) {
        if (available) {
          // Says why a metric is missing that might have decided.
          if (!entry.description.limited.empty()) {
            run->warnings.push_back(
                {.code = "executor-limited", .message = limits_of(cell.cell.executor, entry.description)});
            limited.insert(cell.cell.executor);
          }
          tasks_.push_back({.cell = index,
                            .side = side,
                            .executor = entry.executor,
                            .metrics = entry.description.metrics,
                            .done = {}});
        } else {
          run->outcome = {.kind = model::OutcomeKind::crashed,
                          .code = {},
                          .pc = {},
                          .why = why_not(cell.cell.executor, entry.description)};
          // Its cells are no failure of the guest: this machine lacks a program.
          run->warnings.push_back({.code = std::string(model::executor_unavailable), .message = run->outcome.why});
        }
      }
      set(side).runs.push_back(std::move(*run));
    }
    if (other_model != nullptr) reprice(index, *other_model);
  }
  const auto warn = [&](const model::Warning& warning) {
    for (RunSet* set : {&measured_.base, &measured_.head}) set->warnings.push_back(warning);
  };
  for (const auto& executor : limited) {
    warn({.code = "executor-limited", .message = limits_of(executor, planned_.find(executor)->second.description)});
  }
  for (const auto& [executor, cells] : unmeasured) {
    warn({.code = std::string(model::executor_unavailable),
          .message = fmt::format("{} {} could not be measured: {}", cells, cells == 1 ? "cell" : "cells",
                                 why_not(executor, planned_.find(executor)->second.description))});
  }
}

/// The one run that the task is about.
CellRun& Measurement::run_of(const ExactTask& task) {
  auto& runs = task.repriced ? set(task.side).repriced : set(task.side).runs;
  return *std::ranges::lower_bound(runs, plan_.cells[task.cell].cell, {}, &CellRun::cell);
}

void Measurement::run_open(std::vector<ExactTask>& tasks) {
  const auto is_open = [&](const ExactTask& task) { return !task.complete(plan_.settings.exact_repetitions); };
  if (std::ranges::none_of(tasks, is_open)) return;
  lock_machine();
  measured_.executed += run_exact(plan_, tasks, journal_, world_.progress);
}

/// All repetitions of the task as what `known` is the frame of.
CellRun whole_of(ExactTask& task, CellRun known) {
  CellRun whole = fold(std::exchange(task.done, {}));
  whole.cell = std::move(known.cell);
  whole.artifact = std::move(known.artifact);
  whole.reuse_key = std::move(known.reuse_key);
  whole.comparability = std::move(known.comparability);
  whole.warnings.insert(whole.warnings.begin(), known.warnings.begin(), known.warnings.end());
  return whole;
}

void Measurement::run_exactly() {
  std::map<std::tuple<std::uint32_t, Side, bool>, ExactTask*> by_place;
  for (auto* tasks : {&tasks_, &stored_}) {
    for (ExactTask& task : *tasks) by_place[{task.cell, task.side, task.repriced}] = &task;
  }
  for (JournalRecord& record : journal_.records()) {
    if (!record.exact) continue;
    const auto found = by_place.find({record.exact->cell, record.exact->side, record.exact->repriced});
    // Made again in a later start, which left it in the journal.
    if (found != by_place.end() && record.exact->repetition + 1 == found->second->done.size())
      found->second->forget_unavailable();
    if (found == by_place.end() || found->second->done.size() != record.exact->repetition) {
      throw Error(ErrorKind::configuration,
                  "the journal has an exact run that the plan does not have; start again "
                  "without --resume");
    }
    found->second->done.push_back(std::move(record.exact->run));
    ++measured_.resumed;
  }
  // What the machine lacked in an earlier start it may have now; a session whose timing has ended stays what it was.
  const auto ended = [](const JournalRecord& record) { return record.timing_end.has_value(); };
  if (std::ranges::none_of(journal_.records(), ended)) {
    for (auto* tasks : {&tasks_, &stored_}) {
      for (ExactTask& task : *tasks) task.forget_unavailable();
    }
  }
  run_open(tasks_);
  for (ExactTask& task : tasks_) {
    CellRun& run = run_of(task);
    run = whole_of(task, std::move(run));
  }
  run_stored();
}

bool has_tables(const CellRun& run) {
  return !run.functions.empty() || !run.opcodes.empty() || !run.precompiles.empty() || !run.memory.empty();
}

/// Whether a metric that both have has the one value in all of their repetitions.
bool same_values(const CellRun& one, const CellRun& other) {
  return std::ranges::all_of(one.exact, [&](const auto& metric) {
    const auto found = other.exact.find(metric.first);
    if (found == other.exact.end() || metric.second.empty()) return true;
    const auto is_first = [&](std::uint64_t value) { return value == metric.second.front(); };
    return std::ranges::all_of(metric.second, is_first) && std::ranges::all_of(found->second, is_first);
  });
}

/// A stored result has no functions, no opcodes and no memory classes. Where head's numbers are others, base runs once
/// more, so that both sides have them and the change can be told by what it comes from.
void Measurement::run_stored() {
  std::vector<ExactTask> tasks;
  for (ExactTask& task : stored_) {
    const CellRun& base = run_of(task);
    const CellRun& head = *std::ranges::lower_bound(measured_.head.runs, base.cell, {}, &CellRun::cell);
    if (head.outcome.ok() && has_tables(head) && !has_tables(base) && !same_values(base, head))
      tasks.push_back(std::move(task));
  }
  run_open(tasks);
  std::size_t differing = 0;
  std::string first;
  for (ExactTask& task : tasks) {
    const CellRun& now = task.done.front();
    const CellRun& base = run_of(task);
    if (!now.outcome.ok() || (same_values(base, now) && base.output_sha256 == now.output_sha256)) continue;
    // It is not what base gives here, so that head is held against what it does give.
    task.for_tables = false;
    if (differing++ == 0) first = to_string(base.cell);
  }
  if (differing > 0) {
    measured_.base.warnings.push_back(
        {.code = "base-differs-from-baseline",
         .message = fmt::format("in {} of base ({} is the first) the same artefact gives other numbers here than the "
                                "stored ones: those from here are used; `cyclegate baseline save` pins anew",
                                differing == 1 ? "1 cell" : fmt::format("{} cells", differing), first)});
  }
  run_open(tasks);
  for (ExactTask& task : tasks) {
    CellRun& run = run_of(task);
    const CellRun& now = task.done.front();
    const bool changed =
        std::ranges::find(now.warnings, "changed-since-planned", &model::Warning::code) != now.warnings.end();
    if (!task.for_tables || changed) {
      run = whole_of(task, std::move(run));
    } else if (!now.outcome.ok()) {
      run.warnings.push_back({.code = "no-functions",
                              .message = fmt::format("base's numbers are stored ones, and its run for the functions "
                                                     "behind them failed: {}",
                                                     model::describe(now.outcome))});
      continue;
    } else {
      // The stored value is one more repetition.
      std::vector<CellRun> both = {std::move(task.done.front()), run};
      both.back().warnings.clear();
      task.done = std::move(both);
      run = whole_of(task, std::move(run));
    }
    ++measured_.stored_run;
  }
}

void Measurement::run_timed() {
  std::vector<Timing::Cell> cells;
  for (const std::uint32_t index : differing_) {
    const model::CellId& id = plan_.cells[index].cell;
    const PlannedExecutor& entry = planned_.find(id.executor)->second;
    const auto run_of = [&](Side side) {
      auto& runs = set(side).runs;
      return &*std::ranges::lower_bound(runs, id, {}, &CellRun::cell);
    };
    Timing::Cell cell{.index = index,
                      .planned = &plan_.cells[index],
                      .executor = entry.executor,
                      .base = run_of(Side::base),
                      .head = run_of(Side::head),
                      .all_cores = entry.description.takes_all_cores};
    if (entry.has_sampled && cell.base->outcome.ok() && cell.head->outcome.ok()) cells.push_back(cell);
  }
  if (cells.empty()) return;
  if (plan_.settings.controls) {
    controls_.emplace(cells, measured_.base, measured_.head);
    controls_->add_to(cells, static_cast<std::uint32_t>(plan_.cells.size()));
  }
  Timing timing(plan_, std::move(cells), measured_.base, measured_.head, journal_, [this] { lock_machine(); });
  timing.run(world_);
  if (controls_) controls_->drop_exact();
  measured_.executed += timing.executed();
  measured_.resumed += timing.resumed();
}

}  // namespace

Measured measure(Plan plan, const World& world, const std::filesystem::path& out, bool resume) {
  return Measurement(std::move(plan), world, out, resume).run();
}

}  // namespace cyclegate::measure
