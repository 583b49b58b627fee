#include "compare/cell_plan.h"

#include <algorithm>
#include <utility>

namespace cyclegate::compare {
namespace {

constexpr std::uint64_t largest_weight = 1'000'000;  // keeps weighted sums within 128 bits (model/wide.h)

// One side's cells, by cell: declared ones and those that have a run.
struct SideCell {
  model::CellId cell;
  const model::CellRun* run = nullptr;
  std::uint64_t weight = 1;
};

std::vector<SideCell> cells_of(const model::RunSet& set) {
  std::vector<SideCell> cells;
  for (const auto& guest : set.guests) {
    for (const auto& input : guest.inputs) {
      for (const auto& executor : guest.executors) {
        cells.push_back(
            {{guest.name, input.name, executor}, nullptr, std::clamp<std::uint64_t>(input.weight, 1, largest_weight)});
      }
    }
  }
  for (const auto& run : set.runs) cells.push_back({run.cell, &run, 0});
  std::ranges::stable_sort(cells, {}, &SideCell::cell);
  // A declaration and its run stand side by side now: fold them into one.
  std::vector<SideCell> folded;
  folded.reserve(cells.size());
  for (auto& cell : cells) {
    if (folded.empty() || folded.back().cell != cell.cell) {
      folded.push_back(std::move(cell));
      continue;
    }
    if (folded.back().run == nullptr) folded.back().run = cell.run;
    folded.back().weight = std::max(folded.back().weight, cell.weight);
  }
  for (auto& cell : folded) cell.weight = std::max<std::uint64_t>(cell.weight, 1);
  return folded;
}

void pair_guests(const model::RunSet& base, const model::RunSet& head, std::map<std::string, GuestPair>& guests) {
  const auto named = [&](const std::string& name) -> GuestPair& {
    GuestPair& pair = guests[name];
    pair.name = name;
    return pair;
  };
  for (const auto& guest : base.guests) named(guest.name).base = &guest;
  for (const auto& guest : head.guests) named(guest.name).head = &guest;
  for (const auto& artifact : base.artifacts) named(artifact.guest).base_artifacts.push_back(&artifact);
  for (const auto& artifact : head.artifacts) named(artifact.guest).head_artifacts.push_back(&artifact);
  for (const auto& run : base.runs) named(run.cell.guest);
  for (const auto& run : head.runs) named(run.cell.guest);
  for (auto& [name, pair] : guests) {
    std::ranges::sort(pair.base_artifacts, {}, &model::Artifact::build);
    std::ranges::sort(pair.head_artifacts, {}, &model::Artifact::build);
    pair.same_artifacts = !pair.head_artifacts.empty() &&
                          std::ranges::equal(pair.base_artifacts, pair.head_artifacts, [](auto* one, auto* other) {
                            return one->build == other->build && one->identity == other->identity &&
                                   !one->identity.empty() && !one->failure && !other->failure;
                          });
  }
}

// Whether `checker` gave the output of the very programs that `cell` ran. Another build of the same sources may do
// less.
bool checks(const PlannedCell& checker, const PlannedCell& cell) {
  const auto gave_output_of = [](const model::CellRun* run, const model::CellRun* other) {
    return run != nullptr && other != nullptr && run->outcome.ok() && !run->output_sha256.empty() &&
           !run->artifact.empty() && run->artifact == other->artifact;
  };
  return gave_output_of(checker.base, cell.base) && gave_output_of(checker.head, cell.head) &&
         checker.base->comparability.input_sha256 == checker.head->comparability.input_sha256;
}

void mark_checked_outputs(std::vector<PlannedCell>& cells) {
  // Cells of one guest and input stand side by side, whatever their executors.
  for (auto first = cells.begin(); first != cells.end();) {
    const auto last = std::find_if(first, cells.end(), [&](const PlannedCell& cell) {
      return cell.cell.guest != first->cell.guest || cell.cell.input != first->cell.input;
    });
    for (auto cell = first; cell != last; ++cell) {
      cell->output_checked =
          std::any_of(first, last, [&](const PlannedCell& checker) { return checks(checker, *cell); });
    }
    first = last;
  }
}

}  // namespace

CellPlan plan_cells(const model::RunSet& base, const model::RunSet& head) {
  CellPlan plan;
  pair_guests(base, head, plan.guests);
  auto base_cells = cells_of(base);
  auto head_cells = cells_of(head);
  plan.cells.reserve(std::max(base_cells.size(), head_cells.size()));
  auto from_base = base_cells.begin();
  auto from_head = head_cells.begin();
  while (from_base != base_cells.end() || from_head != head_cells.end()) {
    PlannedCell planned;
    planned.in_base =
        from_base != base_cells.end() && (from_head == head_cells.end() || from_base->cell <= from_head->cell);
    planned.in_head =
        from_head != head_cells.end() && (from_base == base_cells.end() || from_head->cell <= from_base->cell);
    if (planned.in_head) {
      planned.head = from_head->run;
      planned.weight = from_head->weight;
    }
    if (planned.in_base) {
      planned.base = from_base->run;
      planned.weight = from_base->weight;
    }
    planned.cell = std::move(planned.in_base ? from_base->cell : from_head->cell);
    if (planned.in_base) ++from_base;
    if (planned.in_head) ++from_head;
    if (plan.cells.empty() || plan.cells.back().cell.guest != planned.cell.guest)
      planned.guest = &plan.guests.at(planned.cell.guest);
    else
      planned.guest = plan.cells.back().guest;
    plan.cells.push_back(std::move(planned));
  }
  mark_checked_outputs(plan.cells);
  return plan;
}

}  // namespace cyclegate::compare
