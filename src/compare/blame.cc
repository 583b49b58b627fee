#include "compare/blame.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

#include "profile/blame.h"
#include "profile/functions.h"

namespace cyclegate::compare {
namespace {

using profile::Functions;

struct Sides {
  Functions base;
  Functions head;

  void add(const Sides& other, std::uint64_t weight) {
    base.add(other.base, weight);
    head.add(other.head, weight);
  }
};

bool has_cost(const model::CellRun& run) {
  return std::ranges::any_of(run.functions, [](const auto& row) { return row.self.sum() > 0; });
}

std::optional<std::uint64_t> value_of(const model::CellRun& run, const char* metric) {
  const auto found = run.exact.find(metric);
  if (found == run.exact.end() || found->second.empty()) return std::nullopt;
  return found->second.front();
}

// The deciding metric that the functions of these runs split.
const char* metric_of(const PlannedCell& cell) {
  return has_cost(*cell.base) || has_cost(*cell.head) ? "cost" : "steps";
}

// The executor's functions account for everything, no more and no less.
bool is_whole(const model::CellRun& run, const char* metric, bool by_cost) {
  const auto value = value_of(run, metric);
  model::Wide sum = 0;
  for (const auto& row : run.functions) sum += by_cost ? row.self.sum() : row.steps_self;
  return value && sum == *value;
}

model::Blame make(const Sides& sides, std::string_view guest, std::string_view input, std::string_view executor,
                  const char* metric) {
  model::Blame blame = profile::blame(sides.base, sides.head);
  blame.guest = guest;
  blame.input = input;
  blame.executor = executor;
  blame.column = metric;
  blame.unit = metric;
  return blame;
}

bool are_comparable(const model::CellRun& base, const model::CellRun& head) {
  const auto& one = base.comparability;
  const auto& other = head.comparability;
  return one.input_sha256 == other.input_sha256 && one.executor_version == other.executor_version &&
         one.executor_options == other.executor_options && one.cost_model == other.cost_model;
}

bool has_functions(const PlannedCell& cell) {
  return cell.base != nullptr && cell.head != nullptr && cell.base->outcome.ok() && cell.head->outcome.ok() &&
         !cell.base->functions.empty() && !cell.head->functions.empty() && are_comparable(*cell.base, *cell.head);
}

struct OfGuest {
  Sides sides;
  std::vector<model::Blame> cells;
  std::size_t added = 0;  ///< cells in `sides`
};

// One executor's cells, by guest.
struct OfExecutor {
  const char* metric = nullptr;
  bool whole = true;  ///< every cell could be added up, in one metric
  Sides all;
  std::map<std::string_view, OfGuest> guests;

  const PlannedCell* incomplete = nullptr;  ///< the first cell whose functions do not sum to its metric
  std::size_t incomplete_cells = 0;

  void add(const PlannedCell& cell) {
    const char* of_cell = metric_of(cell);
    const bool by_cost = std::string_view(of_cell) == "cost";
    if (!is_whole(*cell.base, of_cell, by_cost) || !is_whole(*cell.head, of_cell, by_cost)) {
      whole = false;
      if (incomplete == nullptr) incomplete = &cell;
      ++incomplete_cells;
      return;
    }
    const Sides sides{profile::functions_of(cell.base->functions, by_cost),
                      profile::functions_of(cell.head->functions, by_cost)};
    if (metric != nullptr && std::string_view(metric) != of_cell) whole = false;
    metric = of_cell;
    OfGuest& guest = guests[cell.cell.guest];
    ++guest.added;
    guest.sides.add(sides, cell.weight);
    all.add(sides, cell.weight);
    auto blame = make(sides, cell.cell.guest, cell.cell.input, cell.cell.executor, of_cell);
    if (!blame.rows.empty()) guest.cells.push_back(std::move(blame));
  }
};

}  // namespace

std::vector<model::Blame> blame_cells(const CellPlan& plan, std::vector<model::Warning>& warnings) {
  // What is the same everywhere needs no sums.
  std::map<std::string_view, OfExecutor> executors;
  for (const auto& cell : plan.cells) {
    if (has_functions(cell) && cell.base->functions != cell.head->functions) executors[cell.cell.executor];
  }
  for (const auto& cell : plan.cells) {
    if (!has_functions(cell)) continue;
    if (const auto found = executors.find(cell.cell.executor); found != executors.end()) found->second.add(cell);
  }
  std::vector<model::Blame> blames;
  const auto keep = [&](model::Blame blame) {
    if (!blame.rows.empty()) blames.push_back(std::move(blame));
  };
  for (auto& [name, executor] : executors) {
    if (executor.incomplete != nullptr)
      warnings.push_back(
          {"functions-incomplete",
           fmt::format("{}: the functions of {} of its cells ({}/{} is the first) do not sum to the cell's "
                       "metric, so that no function there is blamed for a change",
                       name, executor.incomplete_cells, executor.incomplete->cell.guest,
                       executor.incomplete->cell.input)});
    if (executor.whole && executor.guests.size() > 1) keep(make(executor.all, "", "", name, executor.metric));
    for (auto& [guest, of] : executor.guests) {
      if (executor.whole && of.added > 1) keep(make(of.sides, guest, "", name, executor.metric));
      for (auto& blame : of.cells) blames.push_back(std::move(blame));
    }
  }
  return blames;
}

}  // namespace cyclegate::compare
