#include "compare/blame.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "compare/comparability.h"
#include "compare/function_split.h"
#include "compare/words.h"
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

// Both sides by the same parts: the kinds of cost where both tell them, and they add up.
Sides sides_of(const PlannedCell& cell, bool by_cost) {
  const auto tells = [](const model::CellRun& run) { return model::splits_add_up(run.functions, run.function_kinds); };
  const bool by_kind = by_cost && tells(*cell.base) && tells(*cell.head);
  const auto side = [&](const model::CellRun& run) {
    return profile::functions_of(run.functions, by_cost, by_kind ? run.function_kinds : model::CostKinds());
  };
  return {side(*cell.base), side(*cell.head)};
}

model::Blame make(const Sides& sides, std::string_view guest, std::string_view input, std::string_view executor,
                  const std::string& metric, const std::string& deciding) {
  model::Blame blame = profile::blame(sides.base, sides.head);
  blame.guest = guest;
  blame.input = input;
  blame.executor = executor;
  blame.column = metric;
  blame.unit = metric;
  blame.informs = metric != deciding;
  return blame;
}

bool is_compared(const PlannedCell& cell) {
  return cell.base != nullptr && cell.head != nullptr && cell.base->outcome.ok() && cell.head->outcome.ok() &&
         incomparability(*cell.base, *cell.head).empty();
}

bool has_functions(const PlannedCell& cell) {
  return is_compared(cell) && !cell.base->functions.empty() && !cell.head->functions.empty();
}

// What changed where only one side tells its functions, so that nobody can be blamed.
class OneSided {
 public:
  void add(const PlannedCell& cell, const std::string& deciding) {
    if (!is_compared(cell) || cell.base->functions.empty() == cell.head->functions.empty()) return;
    const auto base = first_value(*cell.base, deciding);
    const auto head = first_value(*cell.head, deciding);
    if (!base || !head || *base == *head) return;
    const model::CellRun& without = cell.base->functions.empty() ? *cell.base : *cell.head;
    if (count_++ > 0) return;
    first_ = fmt::format("{} of {}{}", cell.base->functions.empty() ? "base" : "head", model::to_string(cell.cell),
                         without.reused ? ", whose numbers come from baselines/," : "");
  }

  void warn(std::vector<model::Warning>& warnings) const {
    if (count_ == 0) return;
    warnings.push_back(
        {"no-functions",
         fmt::format("what {} cost by function is not known on one side ({} is the first), so that no function there "
                     "is blamed for the change; `cyclegate gate` on both commits measures it",
                     counted(count_, "changed cell"), first_)});
  }

 private:
  std::uint64_t count_ = 0;
  std::string first_;
};

struct OfGuest {
  Sides sides;
  std::vector<model::Blame> cells;
  std::size_t added = 0;    ///< cells in `sides`
  std::size_t planned = 0;  ///< cells of the guest
};

// One executor's cells, by guest.
struct OfExecutor {
  std::string deciding;
  std::optional<FunctionSplit> split;
  bool whole = true;  ///< every cell could be added up, in one metric
  Sides all;
  std::map<std::string_view, OfGuest> guests;

  std::string incomplete_metric;
  const PlannedCell* incomplete = nullptr;  ///< the first cell whose functions do not sum to its metric
  std::size_t incomplete_cells = 0;

  void add(const PlannedCell& cell) {
    const FunctionSplit of_cell = function_split(cell, deciding);
    if (!of_cell.is_whole(cell)) {
      whole = false;
      if (incomplete == nullptr) {
        incomplete = &cell;
        incomplete_metric = of_cell.metric;
      }
      ++incomplete_cells;
      return;
    }
    const Sides sides = sides_of(cell, of_cell.by_cost);
    if (split && *split != of_cell) whole = false;
    split = of_cell;
    OfGuest& guest = guests[cell.cell.guest];
    ++guest.added;
    guest.sides.add(sides, cell.weight);
    all.add(sides, cell.weight);
    auto blame = make(sides, cell.cell.guest, cell.cell.input, cell.cell.executor, of_cell.metric, deciding);
    if (!blame.rows.empty()) guest.cells.push_back(std::move(blame));
  }

  std::size_t guests_added() const {
    return static_cast<std::size_t>(
        std::ranges::count_if(guests, [](const auto& guest) { return guest.second.added > 0; }));
  }

  model::Blame make_all(std::string_view name) const {
    model::Blame blame = make(all, "", "", name, split->metric, deciding);
    for (const auto& [guest, of] : guests) {
      blame.cells += of.added;
      blame.of_cells += of.planned;
    }
    return blame;
  }

  model::Blame make_guest(std::string_view name, std::string_view guest, const OfGuest& of) const {
    model::Blame blame = make(of.sides, guest, "", name, split->metric, deciding);
    blame.cells = of.added;
    blame.of_cells = of.planned;
    return blame;
  }
};

}  // namespace

std::vector<model::Blame> blame_cells(const CellPlan& plan, const model::Policy& policy,
                                      std::vector<model::Warning>& warnings) {
  // What is the same everywhere needs no sums.
  std::map<std::string_view, OfExecutor> executors;
  OneSided one_sided;
  for (const auto& cell : plan.cells) {
    one_sided.add(cell, model::deciding_metric(policy, cell.cell.executor));
    if (has_functions(cell) && cell.base->functions != cell.head->functions) executors[cell.cell.executor];
  }
  one_sided.warn(warnings);
  for (auto& [name, executor] : executors) executor.deciding = model::deciding_metric(policy, name);
  for (const auto& cell : plan.cells) {
    const auto found = executors.find(cell.cell.executor);
    if (found == executors.end()) continue;
    ++found->second.guests[cell.cell.guest].planned;
    if (has_functions(cell)) found->second.add(cell);
  }
  std::vector<model::Blame> blames;
  const auto keep = [&](model::Blame blame) {
    if (!blame.rows.empty()) blames.push_back(std::move(blame));
  };
  for (auto& [name, executor] : executors) {
    if (executor.incomplete != nullptr)
      warnings.push_back(
          {"functions-incomplete",
           fmt::format("{}: the functions of {} of its cells ({}/{} is the first) do not sum to the cell's {}, "
                       "so that no function there is blamed for a change",
                       name, executor.incomplete_cells, executor.incomplete->cell.guest,
                       executor.incomplete->cell.input, executor.incomplete_metric)});
    if (executor.whole && executor.guests_added() > 1) keep(executor.make_all(name));
    for (auto& [guest, of] : executor.guests) {
      if (executor.whole && of.added > 1) keep(executor.make_guest(name, guest, of));
      for (auto& blame : of.cells) blames.push_back(std::move(blame));
    }
  }
  return blames;
}

}  // namespace cyclegate::compare
