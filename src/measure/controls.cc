#include "measure/controls.h"

#include <algorithm>
#include <utility>

namespace cyclegate::measure {
namespace {

constexpr model::Millionths slow_downs[] = {{0}, {30'000}};

/// The one that takes the fewest steps.
const Timing::Cell& shortest(const std::vector<Timing::Cell>& cells) {
  const auto steps = [](const Timing::Cell& cell) {
    const auto found = cell.base->exact.find("steps");
    return found == cell.base->exact.end() ? ~std::uint64_t{0} : found->second.front();
  };
  return *std::ranges::min_element(cells, {}, steps);
}

}  // namespace

Controls::Controls(const std::vector<Timing::Cell>& cells, model::RunSet& base, model::RunSet& head)
    : shortest_(shortest(cells)), base_(base), head_(head) {
  for (model::RunSet* set : {&base_, &head_}) {
    for (const model::Millionths slow_down : slow_downs) {
      model::CellRun run;
      run.cell = shortest_.base->cell;
      run.artifact = shortest_.base->artifact;
      run.reuse_key = shortest_.base->reuse_key;
      run.comparability = shortest_.base->comparability;
      run.output_sha256 = shortest_.base->output_sha256;
      run.exact = shortest_.base->exact;
      set->controls.push_back({.slow_down = slow_down, .run = std::move(run)});
    }
  }
  for (const model::Millionths slow_down : slow_downs) {
    PlannedCell cell = *shortest_.planned;
    cell.head = cell.base;
    cell.slow_down = slow_down;
    cell.work = 0;
    planned_.push_back(std::move(cell));
  }
}

void Controls::add_to(std::vector<Timing::Cell>& cells, std::uint32_t first) {
  for (std::uint32_t index = 0; index < planned_.size(); ++index) {
    cells.push_back({.index = first + index,
                     .planned = &planned_[index],
                     .executor = shortest_.executor,
                     .base = &base_.controls[index].run,
                     .head = &head_.controls[index].run,
                     .all_cores = shortest_.all_cores});
  }
}

void Controls::drop_exact() {
  for (model::RunSet* set : {&base_, &head_}) {
    for (model::Control& control : set->controls) control.run.exact.clear();
  }
}

}  // namespace cyclegate::measure
