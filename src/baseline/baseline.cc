#include "baseline/baseline.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>
#include <utility>

#include "model/nondeterministic_output.h"
#include "model/text.h"

namespace cyclegate::baseline {
namespace {

/// Why a run cannot be pinned; empty when it can.
std::string obstacle(const model::CellRun& run) {
  if (!run.outcome.ok()) return fmt::format("it failed: {}", model::describe(run.outcome));
  if (run.exact.empty()) return "it has no exact metric";
  if (!model::is_sha256(run.reuse_key)) return "it has no reuse key";
  for (const auto& [metric, values] : run.exact) {
    if (values.empty()) return fmt::format("{} has no value", metric);
    if (std::ranges::adjacent_find(values, std::not_equal_to<>()) != values.end())
      return fmt::format("{} differs between repetitions of the same run", metric);
  }
  if (std::ranges::find(run.warnings, model::nondeterministic_output, &model::Warning::code) != run.warnings.end())
    return "its output differs between repetitions of the same run";
  return {};
}

PinnedCell pinned_from(const model::CellRun& run) {
  PinnedCell cell{.input = run.cell.input,
                  .executor = run.cell.executor,
                  .comparability = run.comparability,
                  .artifact = run.artifact,
                  .reuse_key = run.reuse_key,
                  .output_sha256 = run.output_sha256,
                  .exact = {}};
  // Exact metrics do not depend on where they were measured.
  cell.comparability.machine.clear();
  cell.comparability.session.clear();
  for (const auto& [metric, values] : run.exact) cell.exact.emplace(metric, values.front());
  return cell;
}

void place(GuestBaseline& guest, PinnedCell cell) {
  const auto key = [](const PinnedCell& c) { return std::tie(c.input, c.executor); };
  const auto at = std::ranges::lower_bound(guest.cells, key(cell), {}, key);
  if (at != guest.cells.end() && key(*at) == key(cell)) {
    *at = std::move(cell);
  } else {
    guest.cells.insert(at, std::move(cell));
  }
}

}  // namespace

const PinnedCell* find_cell(const Baseline& baseline, const model::CellId& cell) {
  const auto guest = baseline.guests.find(cell.guest);
  if (guest == baseline.guests.end()) return nullptr;
  const auto wanted = std::tie(cell.input, cell.executor);
  const auto key = [](const PinnedCell& c) { return std::tie(c.input, c.executor); };
  const auto at = std::ranges::lower_bound(guest->second.cells, wanted, {}, key);
  return at != guest->second.cells.end() && key(*at) == wanted ? &*at : nullptr;
}

Pinned pin(const model::RunSet& set, const Baseline& existing) {
  Pinned result{.baseline = existing, .warnings = {}};
  result.baseline.warnings.clear();
  for (const model::GuestInfo& guest : set.guests) {
    const auto stored = result.baseline.guests.find(guest.name);
    if (stored == result.baseline.guests.end()) continue;
    std::erase_if(stored->second.cells, [&](const PinnedCell& cell) {
      return std::ranges::find(guest.inputs, cell.input, &model::InputInfo::name) == guest.inputs.end();
    });
  }
  for (const model::CellRun& run : set.runs) {
    std::string why = obstacle(run);
    if (why.empty() && !model::is_name(run.cell.guest)) why = "its guest's name cannot be a file's name";
    if (!why.empty()) {
      result.warnings.push_back({"not-pinned", fmt::format("{} is not pinned: {}", to_string(run.cell), why)});
      continue;
    }
    GuestBaseline& guest = result.baseline.guests[run.cell.guest];
    guest.guest = run.cell.guest;
    place(guest, pinned_from(run));
  }
  std::erase_if(result.baseline.guests, [](const auto& entry) { return entry.second.cells.empty(); });
  if (set.commit.dirty)
    result.warnings.push_back(
        {"dirty", "the working tree has changes that are not committed, so that nobody else can repeat these results"});
  return result;
}

ReuseIndex::ReuseIndex(const Baseline& baseline) {
  for (const auto& [name, guest] : baseline.guests)
    for (const PinnedCell& cell : guest.cells) places_.try_emplace(cell.reuse_key, Place{&guest, &cell});
}

std::optional<model::CellRun> ReuseIndex::lookup(const std::string& reuse_key) const {
  const auto found = places_.find(reuse_key);
  if (found == places_.end()) return std::nullopt;
  const auto& [guest, cell] = found->second;
  model::CellRun run;
  run.cell = {guest->guest, cell->input, cell->executor};
  run.artifact = cell->artifact;
  run.reuse_key = cell->reuse_key;
  run.comparability = cell->comparability;
  run.output_sha256 = cell->output_sha256;
  for (const auto& [metric, value] : cell->exact) run.exact[metric] = {value};
  run.reused = true;
  return run;
}

}  // namespace cyclegate::baseline
