#include "compare/breakdown.h"

#include <algorithm>
#include <limits>
#include <map>
#include <set>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "compare/comparability.h"

namespace cyclegate::compare {
namespace {

void add_to(std::uint64_t& sum, std::uint64_t value) {
  if (__builtin_add_overflow(sum, value, &sum)) sum = std::numeric_limits<std::uint64_t>::max();
}

// One name's sums: by cost, and by steps or count for where there is no cost.
struct Sums {
  std::uint64_t base_cost = 0;
  std::uint64_t head_cost = 0;
  std::uint64_t base_count = 0;
  std::uint64_t head_count = 0;
};

// Names point into the run sets.
class Rows {
 public:
  void add(std::string_view name, model::Side side, std::uint64_t cost, std::uint64_t count) {
    Sums& sums = by_name_[name];
    add_to(side == model::Side::base ? sums.base_cost : sums.head_cost, cost);
    add_to(side == model::Side::base ? sums.base_count : sums.head_count, count);
    any_cost_ = any_cost_ || cost > 0;
  }

  std::vector<model::BreakdownRow> rows() const {
    std::vector<model::BreakdownRow> rows;
    rows.reserve(by_name_.size());
    const bool by_cost = any_cost_ && !counts_only_;
    for (const auto& [name, sums] : by_name_) {
      if (by_cost)
        rows.push_back({std::string(name), sums.base_cost, sums.head_cost});
      else
        rows.push_back({std::string(name), sums.base_count, sums.head_count});
    }
    std::ranges::sort(rows, [](const model::BreakdownRow& one, const model::BreakdownRow& other) {
      const std::uint64_t one_larger = std::max(one.base, one.head);
      const std::uint64_t other_larger = std::max(other.base, other.head);
      return one_larger != other_larger ? one_larger > other_larger : one.name < other.name;
    });
    return rows;
  }

  /// One of the runs has counts where the others have cost: all are compared by counts.
  void use_counts() { counts_only_ = true; }
  bool empty() const { return by_name_.empty(); }

 private:
  std::unordered_map<std::string_view, Sums> by_name_;
  bool any_cost_ = false;
  bool counts_only_ = false;
};

struct Kinds {
  Rows function;
  Rows memory;
  Rows opcode;

  /// Each kind only where both have its rows: beside a run that does not tell them all of the other's would be new.
  void add(const model::CellRun& base, const model::CellRun& head) {
    const auto has_opcodes = [](const model::CellRun& run) { return !run.opcodes.empty() || !run.precompiles.empty(); };
    for (const auto side : {model::Side::base, model::Side::head}) {
      const model::CellRun& run = side == model::Side::base ? base : head;
      if (!base.functions.empty() && !head.functions.empty()) {
        if (std::ranges::none_of(run.functions, [](const auto& row) { return row.cost_self() > 0; }))
          function.use_counts();
        for (const auto& row : run.functions) function.add(row.name, side, row.cost_self(), row.steps_self);
      }
      if (!base.memory.empty() && !head.memory.empty()) {
        for (const auto& row : run.memory) memory.add(row.name, side, row.cost, row.count);
      }
      if (has_opcodes(base) && has_opcodes(head)) {
        for (const auto& row : run.opcodes) opcode.add(row.name, side, row.cost, row.count);
        for (const auto& row : run.precompiles) opcode.add(row.name, side, row.cost, row.count);
      }
    }
  }
};

std::vector<model::Sample> by_run_order(const std::vector<model::Sample>& samples) {
  auto sorted = samples;
  std::ranges::stable_sort(sorted, {}, &model::Sample::order);
  return sorted;
}

}  // namespace

std::vector<model::Breakdown> break_down(const CellPlan& plan) {
  std::map<std::pair<std::string_view, std::string_view>, Kinds> places;
  for (const auto& cell : plan.cells) {
    if (cell.base == nullptr || cell.head == nullptr) continue;
    if (!cell.base->outcome.ok() || !cell.head->outcome.ok()) continue;
    if (!incomparability(*cell.base, *cell.head).empty()) continue;
    places[{cell.cell.guest, cell.cell.executor}].add(*cell.base, *cell.head);
  }
  std::vector<model::Breakdown> breakdowns;
  for (const auto& [place, kinds] : places) {
    const std::string guest(place.first);
    const std::string executor(place.second);
    const auto add = [&](const char* kind, const Rows& rows) {
      if (!rows.empty()) breakdowns.push_back({guest, executor, kind, rows.rows()});
    };
    add("function", kinds.function);
    add("memory", kinds.memory);
    add("opcode", kinds.opcode);
  }
  return breakdowns;
}

std::vector<model::Distribution> distributions(const CellPlan& plan, const std::vector<model::Metric>& metrics) {
  std::vector<model::Distribution> all;
  for (const auto& cell : plan.cells) {
    std::set<std::string_view> names;
    for (const auto* run : {cell.base, cell.head}) {
      if (run == nullptr) continue;
      for (const auto& [name, samples] : run->sampled) {
        if (!samples.empty()) names.insert(name);
      }
    }
    for (const auto name : names) {
      model::Distribution distribution;
      distribution.cell = cell.cell;
      distribution.metric = name;
      if (const auto* metric = model::find_metric(metrics, name)) distribution.unit = metric->unit;
      const auto fill = [&](const model::CellRun* run, std::vector<std::int64_t>& values) {
        if (run == nullptr) return;
        const auto found = run->sampled.find(distribution.metric);
        if (found == run->sampled.end()) return;
        for (const auto& sample : by_run_order(found->second)) values.push_back(sample.value);
      };
      fill(cell.base, distribution.base);
      fill(cell.head, distribution.head);
      all.push_back(std::move(distribution));
    }
  }
  return all;
}

}  // namespace cyclegate::compare
