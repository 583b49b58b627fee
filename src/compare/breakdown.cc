#include "compare/breakdown.h"

#include <algorithm>
#include <map>
#include <set>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "compare/comparability.h"
#include "compare/function_split.h"
#include "model/function_figures.h"

namespace cyclegate::compare {
namespace {

using model::Wide;

// One name's weighted sums: by cost, and by steps or count for where there is no cost.
struct Sums {
  Wide base_cost = 0;
  Wide head_cost = 0;
  Wide base_count = 0;
  Wide head_count = 0;
};

// One breakdown in the making. Names point into the run sets.
class Rows {
 public:
  explicit Rows(std::string_view counts) : counts_(counts) {}

  void add(std::string_view name, model::Side side, std::uint64_t cost, std::uint64_t count, std::uint64_t weight) {
    Sums& sums = by_name_[name];
    (side == model::Side::base ? sums.base_cost : sums.head_cost) += Wide{cost} * weight;
    (side == model::Side::base ? sums.base_count : sums.head_count) += Wide{count} * weight;
    any_cost_ = any_cost_ || cost > 0;
    run_has_cost_ = run_has_cost_ || cost > 0;
    run_has_count_ = run_has_count_ || count > 0;
  }

  /// All rows of one run are there. Beside one whose rows have no cost the others' cost would be all new, or all gone.
  void end_run() {
    if (run_has_count_ && !run_has_cost_) use_counts();
    run_has_cost_ = run_has_count_ = false;
  }

  void add_input(std::uint64_t weight) {
    ++inputs_;
    weight_ += weight;
  }

  /// One of the inputs is told by counts, whatever the others have: all are compared by counts.
  void use_counts() { counts_only_ = true; }

  /// What this input's numbers are the sum of.
  void name_metric(const std::string& metric) {
    several_metrics_ = several_metrics_ || (!metric_.empty() && metric_ != metric);
    metric_ = metric;
  }

  bool empty() const { return by_name_.empty(); }

  model::Breakdown breakdown() const {
    const bool by_cost = any_cost_ && !counts_only_;
    model::Breakdown made;
    made.metric = by_cost ? "cost" : std::string(counts_);
    if (!metric_.empty() && !several_metrics_) made.metric = metric_;
    made.inputs = inputs_;
    made.weight = weight_;
    made.rows.reserve(by_name_.size());
    for (const auto& [name, sums] : by_name_) {
      if (by_cost)
        made.rows.push_back({std::string(name), sums.base_cost, sums.head_cost});
      else
        made.rows.push_back({std::string(name), sums.base_count, sums.head_count});
    }
    std::ranges::sort(made.rows, [](const model::BreakdownRow& one, const model::BreakdownRow& other) {
      const Wide one_larger = std::max(one.base, one.head);
      const Wide other_larger = std::max(other.base, other.head);
      return one_larger != other_larger ? one_larger > other_larger : one.name < other.name;
    });
    return made;
  }

 private:
  std::unordered_map<std::string_view, Sums> by_name_;
  std::string_view counts_;  ///< what it is by where there is no cost
  std::string metric_;
  std::uint64_t inputs_ = 0;
  std::uint64_t weight_ = 0;
  bool any_cost_ = false;
  bool counts_only_ = false;
  bool several_metrics_ = false;
  bool run_has_cost_ = false;  // the run that is being added
  bool run_has_count_ = false;
};

// A guest on an executor.
struct Kinds {
  Rows function{"steps"};
  Rows memory{"count"};
  Rows opcode{"count"};
  std::uint64_t planned = 0;

  /// Each kind only where both have its rows: beside a run that does not tell them all of the other's would be new.
  void add(const PlannedCell& cell, const std::string& deciding) {
    const auto have = [&](auto tells) { return tells(*cell.base) && tells(*cell.head); };
    const auto fill = [&](Rows& rows, auto add_rows) {
      rows.add_input(cell.weight);
      add_rows(*cell.base, model::Side::base);
      rows.end_run();
      add_rows(*cell.head, model::Side::head);
      rows.end_run();
    };
    if (have([](const model::CellRun& run) { return !run.functions.empty(); })) {
      choose_metric(cell, deciding);
      fill(function, [&](const model::CellRun& run, model::Side side) {
        for (const auto& row : run.functions)
          function.add(row.name, side, row.cost_self(), row.steps_self, cell.weight);
      });
    }
    if (have([](const model::CellRun& run) { return !run.memory.empty(); })) {
      fill(memory, [&](const model::CellRun& run, model::Side side) {
        for (const auto& row : run.memory) memory.add(row.name, side, row.cost, row.count, cell.weight);
      });
    }
    if (have([](const model::CellRun& run) { return !run.opcodes.empty() || !run.precompiles.empty(); })) {
      fill(opcode, [&](const model::CellRun& run, model::Side side) {
        for (const auto& row : run.opcodes) opcode.add(row.name, side, row.cost, row.count, cell.weight);
        for (const auto& row : run.precompiles) opcode.add(row.name, side, row.cost, row.count, cell.weight);
      });
    }
  }

 private:
  /// Functions by what blame takes, so that the two agree; without a sum to hold to, by what both runs have.
  void choose_metric(const PlannedCell& cell, const std::string& deciding) {
    const FunctionSplit split = function_split(cell, deciding);
    const bool whole = split.is_whole(cell);
    const bool by_cost =
        whole ? split.by_cost : model::has_cost(cell.base->functions) && model::has_cost(cell.head->functions);
    if (!by_cost) function.use_counts();
    function.name_metric(whole ? split.metric : by_cost ? "cost" : "steps");
  }
};

std::vector<model::Sample> by_run_order(const std::vector<model::Sample>& samples) {
  auto sorted = samples;
  std::ranges::stable_sort(sorted, {}, &model::Sample::order);
  return sorted;
}

}  // namespace

std::vector<model::Breakdown> break_down(const CellPlan& plan, const model::Policy& policy) {
  std::map<std::pair<std::string_view, std::string_view>, Kinds> places;
  std::map<std::string_view, std::string> deciding;
  for (const auto& cell : plan.cells) {
    Kinds& kinds = places[{cell.cell.guest, cell.cell.executor}];
    ++kinds.planned;
    if (cell.base == nullptr || cell.head == nullptr) continue;
    if (!cell.base->outcome.ok() || !cell.head->outcome.ok()) continue;
    if (!incomparability(*cell.base, *cell.head).empty()) continue;
    const auto [metric, fresh] = deciding.try_emplace(cell.cell.executor);
    if (fresh) metric->second = model::deciding_metric(policy, cell.cell.executor);
    kinds.add(cell, metric->second);
  }
  std::vector<model::Breakdown> breakdowns;
  for (const auto& [place, kinds] : places) {
    const std::string guest(place.first);
    const std::string executor(place.second);
    const std::uint64_t planned = kinds.planned;
    const auto add = [&](const char* kind, const Rows& rows) {
      if (rows.empty()) return;
      model::Breakdown made = rows.breakdown();
      made.guest = guest;
      made.executor = executor;
      made.kind = kind;
      made.of_inputs = planned;
      breakdowns.push_back(std::move(made));
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
