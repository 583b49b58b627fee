#include "baseline/drift.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>
#include <set>
#include <tuple>
#include <utility>

#include "model/executor_unavailable.h"
#include "model/nondeterministic_output.h"
#include "model/wide.h"

namespace cyclegate::baseline {
namespace {

/// The first field that keeps two results from being compared, with both values; empty when they can be.
std::string difference(const model::Comparability& pinned, const model::Comparability& now) {
  const std::array<std::tuple<std::string_view, const std::string*, const std::string*>, 5> fields{{
      {"input_sha256", &pinned.input_sha256, &now.input_sha256},
      {"executor", &pinned.executor, &now.executor},
      {"executor_version", &pinned.executor_version, &now.executor_version},
      {"executor_options", &pinned.executor_options, &now.executor_options},
      {"cost_model", &pinned.cost_model, &now.cost_model},
  }};
  for (const auto& [name, before, after] : fields)
    if (*before != *after)
      return fmt::format("{} was '{}' and is '{}'; pin anew with `cyclegate baseline save`", name, *before, *after);
  return {};
}

/// Another compiler made the artefact than the pinned one, which is no change of the guest. Where either names none,
/// nothing is known.
std::string other_toolchain(const model::Comparability& pinned, const model::Comparability& now) {
  if (pinned.toolchain.empty() || now.toolchain.empty() || pinned.toolchain == now.toolchain) return {};
  return fmt::format("toolchain was '{}' and is '{}'; pin anew with `cyclegate baseline save`", pinned.toolchain,
                     now.toolchain);
}

DriftKind judge(std::uint64_t pinned, std::uint64_t now, model::Better better,
                const std::optional<model::Millionths>& budget) {
  if (now == pinned) return DriftKind::unchanged;
  if ((now < pinned) == (better == model::Better::lower)) return DriftKind::better;
  if (!budget) return DriftKind::within_budget;
  // Nothing is a fraction of nothing: from 0 any growth is beyond.
  const bool beyond = better == model::Better::lower ? pinned == 0 || model::grew_by_more_than(pinned, now, *budget)
                                                     : model::shrank_by_more_than(pinned, now, *budget);
  return beyond ? DriftKind::beyond_budget : DriftKind::within_budget;
}

class Checker {
 public:
  Checker(const Baseline& baseline, const model::RunSet& set, const model::Policy& policy)
      : baseline_(baseline), set_(set), policy_(policy) {}

  void check_run(const model::CellRun& run) {
    const PinnedCell* const pinned = find_cell(baseline_, run.cell);
    if (pinned == nullptr)
      return whole_cell(run.cell, DriftKind::not_pinned, "nothing is pinned; `cyclegate baseline save` pins it");
    // No failure of the guest, as in `compare`: this machine lacks a program.
    if (std::ranges::find(run.warnings, model::executor_unavailable, &model::Warning::code) != run.warnings.end())
      return whole_cell(run.cell, DriftKind::unmeasured, model::describe(run.outcome));
    if (!run.outcome.ok()) return whole_cell(run.cell, DriftKind::failed, model::describe(run.outcome));
    if (std::string why = difference(pinned->comparability, run.comparability); !why.empty())
      return whole_cell(run.cell, DriftKind::incomparable, std::move(why));
    if (std::string why = other_toolchain(pinned->comparability, run.comparability);
        !why.empty() && pinned->artifact != run.artifact) {
      whole_cell(run.cell, DriftKind::incomparable, std::move(why));
      rows_.back().other_toolchain = true;
      return;
    }
    check_output(*pinned, run);
    std::set<std::string> metrics;
    for (const auto& [metric, value] : pinned->exact) metrics.insert(metric);
    for (const auto& [metric, values] : run.exact) metrics.insert(metric);
    for (const std::string& metric : metrics) check_metric(*pinned, run, metric);
  }

  void whole_cell(const model::CellId& cell, DriftKind kind, std::string why) {
    rows_.push_back({.cell = cell,
                     .metric = model::deciding_metric(policy_, cell.executor),
                     .kind = kind,
                     .deciding = true,
                     .pinned = {},
                     .now = {},
                     .why = std::move(why)});
  }

  std::vector<Drift> take() {
    std::ranges::sort(rows_, {}, [](const Drift& row) { return std::tie(row.cell, row.metric); });
    return std::move(rows_);
  }

 private:
  void check_output(const PinnedCell& pinned, const model::CellRun& run) {
    const auto add = [&](DriftKind kind, std::string why) {
      rows_.push_back({.cell = run.cell,
                       .metric = "output",
                       .kind = kind,
                       .deciding = true,
                       .pinned = {},
                       .now = {},
                       .why = std::move(why)});
    };
    const auto unequal = std::ranges::find(run.warnings, model::nondeterministic_output, &model::Warning::code);
    if (pinned.output_sha256 != run.output_sha256) {
      add(DriftKind::output_changed, fmt::format("sha256 was {} and is {}", pinned.output_sha256, run.output_sha256));
    } else if (unequal != run.warnings.end()) {
      add(DriftKind::nondeterministic, unequal->message);
    }
  }

  void check_metric(const PinnedCell& pinned, const model::CellRun& run, const std::string& metric) {
    Drift row{.cell = run.cell,
              .metric = metric,
              .kind = DriftKind::incomparable,
              .deciding = metric == model::deciding_metric(policy_, run.cell.executor),
              .pinned = {},
              .now = {},
              .why = {}};
    const auto before = pinned.exact.find(metric);
    const auto after = run.exact.find(metric);
    if (before != pinned.exact.end()) row.pinned = before->second;
    if (after != run.exact.end() && !after->second.empty()) row.now = after->second.front();
    if (!row.pinned || !row.now) {
      row.why = fmt::format("{} is {}", metric, row.pinned ? "no longer measured" : "not pinned");
    } else if (std::ranges::adjacent_find(after->second, std::not_equal_to<>()) != after->second.end()) {
      row.kind = DriftKind::nondeterministic;
      row.why = fmt::format("repetitions of the same run gave {}", fmt::join(after->second, ", "));
    } else {
      const model::Metric* const known = model::find_metric(set_.metrics, metric);
      row.kind =
          judge(*row.pinned, *row.now, known == nullptr ? model::Better::lower : known->better, policy_.drift_budget);
    }
    rows_.push_back(std::move(row));
  }

  const Baseline& baseline_;
  const model::RunSet& set_;
  const model::Policy& policy_;
  std::vector<Drift> rows_;
};

}  // namespace

std::string_view to_string(DriftKind kind) {
  static constexpr std::array<std::string_view, 12> words{
      "unchanged",        "better", "within-budget", "beyond-budget", "output-changed", "incomparable",
      "nondeterministic", "failed", "not-pinned",    "gone",          "unmeasured",     "not-asked"};
  return words.at(static_cast<std::size_t>(kind));
}

std::vector<Drift> check(const Baseline& baseline, const model::RunSet& set, const model::Policy& policy) {
  Checker checker(baseline, set, policy);
  for (const model::CellRun& run : set.runs) checker.check_run(run);
  for (const model::GuestInfo& info : set.guests) {
    const auto guest = baseline.guests.find(info.name);
    if (guest == baseline.guests.end()) continue;
    for (const PinnedCell& cell : guest->second.cells) {
      const model::CellId id{info.name, cell.input, cell.executor};
      if (model::find_run(set, id) != nullptr) continue;
      if (std::ranges::find(info.executors, cell.executor) == info.executors.end())
        checker.whole_cell(
            id, DriftKind::not_asked,
            fmt::format("pinned, but the guest is not run on {} here; if it never will be, take the cell "
                        "out of baselines/{}.json",
                        cell.executor, info.name));
      else
        checker.whole_cell(id, DriftKind::gone,
                           "pinned, but it did not run; `cyclegate baseline save` drops it if its "
                           "input is gone");
    }
  }
  return checker.take();
}

DriftSummary summarise(const std::vector<Drift>& rows) {
  DriftSummary summary;
  const model::CellId* compared = nullptr;  // the last cell that counts; rows are ordered by cell
  const model::CellId* left_out = nullptr;
  for (const Drift& row : rows) {
    switch (row.kind) {
      case DriftKind::beyond_budget:
      case DriftKind::output_changed:
      case DriftKind::nondeterministic:
      case DriftKind::failed:
        summary.fails = summary.fails || row.deciding;
        [[fallthrough]];
      case DriftKind::unchanged:
      case DriftKind::better:
      case DriftKind::within_budget:
        if (compared == nullptr || *compared != row.cell) ++summary.compared;
        compared = &row.cell;
        break;
      case DriftKind::unmeasured:
        ++summary.unmeasured;
        break;
      case DriftKind::incomparable:
      case DriftKind::gone:
        if (!row.deciding || (left_out != nullptr && *left_out == row.cell)) break;
        ++(row.other_toolchain ? summary.other_toolchain : summary.not_compared);
        left_out = &row.cell;
        break;
      case DriftKind::not_pinned:
      case DriftKind::not_asked:
        break;
    }
  }
  return summary;
}

}  // namespace cyclegate::baseline
