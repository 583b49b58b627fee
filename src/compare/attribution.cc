#include "compare/attribution.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>
#include <iterator>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "compare/comparability.h"
#include "compare/words.h"

namespace cyclegate::compare {
namespace {

using model::AttributionRow;
using model::CellRun;
using model::Wide;

/// A cell's runs: guest by cost model.
struct Four {
  const CellRun* base = nullptr;
  const CellRun* head_guest = nullptr;
  const CellRun* head_model = nullptr;
  const CellRun* head = nullptr;

  std::array<const CellRun*, 4> all() const { return {base, head_guest, head_model, head}; }
};

constexpr std::string_view parts_of_cost[] = {"cost_main", "cost_opcodes", "cost_precompiles", "cost_memory"};

/// The one value of a metric that all repetitions gave.
std::optional<std::uint64_t> agreed_value(const CellRun& run, std::string_view metric) {
  const auto found = run.exact.find(std::string(metric));
  if (found == run.exact.end() || found->second.empty()) return std::nullopt;
  const auto& values = found->second;
  const bool same = std::ranges::all_of(values, [&](std::uint64_t value) { return value == values.front(); });
  return same ? std::optional(values.front()) : std::nullopt;
}

/// Why the four runs say nothing about the change; empty when they do.
std::string misfit(const Four& four) {
  if (four.base == nullptr || four.head_guest == nullptr || four.head_model == nullptr || four.head == nullptr)
    return "not all four runs are there";
  for (const CellRun* run : four.all()) {
    if (!run->outcome.ok()) return model::describe(run->outcome);
    for (const std::string_view metric : {std::string_view("cost"), std::string_view("cost_total")}) {
      if (!agreed_value(*run, metric)) return fmt::format("no one value of {} in all runs", metric);
    }
  }
  std::string why = incomparability(*four.base, *four.head_guest);
  if (why.empty()) why = incomparability(*four.head_model, *four.head);
  if (!why.empty()) return why;
  const auto same_guest = [](const CellRun& one, const CellRun& other) {
    model::Comparability place = other.comparability;
    place.cost_model = one.comparability.cost_model;
    return one.artifact == other.artifact && one.output_sha256 == other.output_sha256 && one.comparability == place;
  };
  if (!same_guest(*four.base, *four.head_model) || !same_guest(*four.head_guest, *four.head))
    return "another artefact or output under one cost model than under the other";
  if (agreed_value(*four.base, "steps") != agreed_value(*four.head_model, "steps") ||
      agreed_value(*four.head_guest, "steps") != agreed_value(*four.head, "steps"))
    return "other steps under one cost model than under the other";
  return {};
}

AttributionRow row_of(std::string name, const Four& four, std::string_view metric) {
  const auto value = [&](const CellRun* run) { return Wide{agreed_value(*run, metric).value_or(0)}; };
  return {std::move(name), value(four.base), value(four.head_guest), value(four.head_model), value(four.head)};
}

void add(AttributionRow& sum, const AttributionRow& row, Wide weight) {
  sum.base += weight * row.base;
  sum.head_guest += weight * row.head_guest;
  sum.head_model += weight * row.head_model;
  sum.head += weight * row.head;
}

using Parts = std::map<std::string, AttributionRow, std::less<>>;

/// What one run's cost is made of, by the rows of its tables; empty where it has none or they are not all of it.
std::map<std::string, Wide> rows_of(const CellRun& run) {
  std::map<std::string, Wide> rows;
  if (run.opcodes.empty() && run.memory.empty()) return rows;
  const auto take = [&](std::string_view kind, const std::vector<model::CostRow>& table) {
    for (const auto& row : table) rows[fmt::format("{}:{}", kind, row.name)] += row.cost;
  };
  take("opcode", run.opcodes);
  take("precompile", run.precompiles);
  take("memory", run.memory);
  rows["main"] = agreed_value(run, "cost_main").value_or(0);
  Wide sum = 0;
  for (const auto& [name, cost] : rows) sum += cost;
  if (sum != *agreed_value(run, "cost")) rows.clear();
  return rows;
}

bool sums_to(const Parts& parts, const AttributionRow& whole) {
  AttributionRow sum{.name = whole.name};
  for (const auto& [name, row] : parts) add(sum, row, 1);
  return sum == whole;
}

/// The cost by opcode, precompile and memory class, else by the four parts of the report, else nothing.
Parts parts_of(const Four& four, const AttributionRow& cost) {
  Parts parts;
  const auto all = four.all();
  constexpr std::array amounts = {&AttributionRow::base, &AttributionRow::head_guest, &AttributionRow::head_model,
                                  &AttributionRow::head};
  for (std::size_t index = 0; index < all.size(); ++index) {
    for (const auto& [name, amount] : rows_of(*all.at(index))) {
      AttributionRow& row = parts[name];
      row.name = name;
      row.*amounts.at(index) = amount;
    }
  }
  if (sums_to(parts, cost)) return parts;
  parts.clear();
  for (const std::string_view metric : parts_of_cost) {
    std::string name(metric.substr(std::string_view("cost_").size()));
    parts[name] = row_of(name, four, metric);
  }
  if (!sums_to(parts, cost)) parts.clear();
  return parts;
}

/// What the model had a hand in comes first.
std::vector<AttributionRow> rows_in_order(const Parts& parts) {
  const auto size = [](model::WideChange change) { return change < 0 ? -change : change; };
  std::vector<AttributionRow> rows;
  for (const auto& [name, row] : parts) {
    if (row.base != row.head_guest || row.base != row.head_model || row.base != row.head) rows.push_back(row);
  }
  std::ranges::stable_sort(rows, std::greater(), [&](const AttributionRow& row) {
    return std::pair(size(row.model_effect()) + size(row.interaction()), size(row.change()));
  });
  return rows;
}

/// A guest on one executor: its cells, and what they sum up to.
struct Group {
  model::Attribution sum;
  Parts parts;
  bool by_parts = true;
  std::vector<model::Attribution> cells;

  void take(const PlannedCell& cell, const Four& four) {
    model::Attribution one{.guest = cell.cell.guest, .input = cell.cell.input, .executor = cell.cell.executor};
    one.base_model = four.base->comparability.cost_model;
    one.head_model = four.head->comparability.cost_model;
    one.cost = row_of("cost", four, "cost");
    one.total = row_of("cost_total", four, "cost_total");
    const Parts cell_parts = parts_of(four, one.cost);
    one.parts = rows_in_order(cell_parts);
    const Wide weight = cell.weight;
    ++sum.cells;
    add(sum.cost, one.cost, weight);
    add(sum.total, one.total, weight);
    by_parts = by_parts && !cell_parts.empty();
    for (const auto& [name, row] : cell_parts) {
      AttributionRow& whole = parts[name];
      whole.name = name;
      add(whole, row, weight);
    }
    cells.push_back(std::move(one));
  }

  /// The inputs together stand for the guest, where there are several.
  void hand_over(std::vector<model::Attribution>& all) {
    if (cells.size() > 1) {
      sum.guest = cells.front().guest;
      sum.executor = cells.front().executor;
      sum.base_model = cells.front().base_model;
      sum.head_model = cells.front().head_model;
      sum.cost.name = cells.front().cost.name;
      sum.total.name = cells.front().total.name;
      if (by_parts) sum.parts = rows_in_order(parts);
      all.push_back(std::move(sum));
    }
    std::ranges::move(cells, std::back_inserter(all));
  }
};

}  // namespace

std::vector<model::Attribution> attribute(const CellPlan& plan, const model::RunSet& base, const model::RunSet& head,
                                          std::vector<model::Warning>& warnings) {
  std::map<model::CellId, const CellRun*> of_base;
  std::map<model::CellId, const CellRun*> of_head;
  for (const auto& run : base.repriced) of_base.emplace(run.cell, &run);
  for (const auto& run : head.repriced) of_head.emplace(run.cell, &run);
  std::vector<model::Attribution> all;
  if (of_base.empty() && of_head.empty()) return all;
  const auto find = [](const auto& runs, const model::CellId& cell) {
    const auto found = runs.find(cell);
    return found == runs.end() ? nullptr : found->second;
  };
  std::map<std::pair<std::string_view, std::string_view>, Group> groups;
  std::string first_misfit;
  std::uint64_t misfits = 0;
  for (const auto& cell : plan.cells) {
    const Four four{.base = cell.base,
                    .head_guest = cell.head,
                    .head_model = find(of_base, cell.cell),
                    .head = find(of_head, cell.cell)};
    if (four.head_model == nullptr && four.head == nullptr) continue;
    Group& group = groups[{cell.cell.guest, cell.cell.executor}];
    ++group.sum.of_cells;
    if (const std::string why = misfit(four); !why.empty()) {
      if (misfits++ == 0) first_misfit = fmt::format("{}: {}", model::to_string(cell.cell), why);
      continue;
    }
    group.take(cell, four);
  }
  for (auto& [place, group] : groups) group.hand_over(all);
  if (misfits > 0) {
    warnings.push_back(
        {"not-attributed", fmt::format("the change of {} is not split into guest and cost model; the first is {}",
                                       counted(misfits, "cell"), first_misfit)});
  }
  return all;
}

std::vector<model::Reason> cost_model_reasons(const std::vector<model::Attribution>& attributions) {
  std::vector<model::Reason> reasons;
  if (attributions.empty()) return reasons;
  std::uint64_t cells = 0;
  std::uint64_t turned = 0;
  std::string first;
  for (const auto& one : attributions) {
    if (one.input.empty()) continue;
    ++cells;
    // head's guest against base's: under base's prices, and under head's.
    const bool worse = one.cost.guest_effect() > 0;
    const bool worse_then = one.cost.guest_effect() + one.cost.interaction() > 0;
    if (worse == worse_then) continue;
    if (turned++ == 0) {
      first = fmt::format("{}/{} {} under base's and {} under head's", one.guest, one.input,
                          percent(one.cost.base, one.cost.head_guest), percent(one.cost.head_model, one.cost.head));
    }
  }
  const auto& any = attributions.front();
  if (turned > 0) {
    reasons.push_back({"cost-model-decides",
                       fmt::format("whether head's guest is worse depends on the cost model in {}: {}; base's decides",
                                   counted(turned, "cell"), first)});
  }
  reasons.push_back({"cost-model-changed",
                     fmt::format("head brings the cost model {} in place of {}: judged under base's, and the change of "
                                 "{} is split into guest, model and interaction",
                                 any.head_model, any.base_model, counted(cells, "cell"))});
  return reasons;
}

}  // namespace cyclegate::compare
