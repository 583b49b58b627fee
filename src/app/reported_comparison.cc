#include "app/reported_comparison.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "app/baseline_files.h"
#include "app/prepare.h"
#include "compare/compare.h"
#include "compare/gate_changes.h"
#include "executors/embedded.h"
#include "measure/reuse_key.h"
#include "model/error.h"
#include "model/run_set_json.h"
#include "model/text.h"
#include "publish/artifact_zip.h"

namespace cyclegate::app {
namespace {

using model::RunSet;

/// Cells named in one warning.
constexpr std::size_t named_cells = 5;
constexpr std::uint64_t largest_template_bytes = 262'144;

[[noreturn]] void refuse_run(const ReportedRun& run, const std::string& why) {
  throw model::Error(model::ErrorKind::configuration, fmt::format("{}: {}", run.origin, why));
}

std::string readable(std::string_view text) {
  return model::to_line(text, 80);
}

RunSet read_side(const std::map<std::string, std::string>& files, std::string_view name, model::Side side,
                 const ReportedRun& run) {
  const auto found = files.find(std::string(name));
  if (found == files.end()) refuse_run(run, fmt::format("has no {}; the measuring job did not get that far", name));
  RunSet set = model::run_set_from_json(found->second, fmt::format("{}: {}", run.origin, name));
  if (set.side != side) refuse_run(run, fmt::format("{} is of the side {}", name, model::to_string(set.side)));
  if (set.commit.dirty) refuse_run(run, fmt::format("{} was measured with uncommitted changes", name));
  for (const auto* runs : {&set.runs, &set.repriced}) {
    for (const model::CellRun& cell : *runs) {
      // The key is made of the other fields, so one that does not fit was written by hand.
      if (cell.outcome.ok() && cell.reuse_key != measure::reuse_key(cell.artifact, cell.comparability)) {
        refuse_run(run,
                   fmt::format("{}: cell {} contradicts itself: its reuse key is not that of its artefact and input",
                               name, readable(model::to_string(cell.cell))));
      }
    }
  }
  return set;
}

bool is_commit_id(std::string_view text) {
  return text.size() == 40 &&
         std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

/// Base's commit, held against what may have been compared with.
git::Commit base_commit(const RunSet& base, const git::Repository& repository, const git::Commit& rules,
                        const ReportedRun& run) {
  const std::string& id = base.commit.id;
  if (!is_commit_id(id)) refuse_run(run, fmt::format("base names no commit: '{}'", readable(id)));
  if (!run.base_sha.empty() && id != run.base_sha) {
    refuse_run(run, fmt::format("base is commit {}; it must be {}", id, run.base_sha));
  }
  std::optional<git::Commit> commit;
  try {
    commit = repository.resolve(id);
    if (repository.merge_base(*commit, rules).id == id) return *std::move(commit);
  } catch (const model::Error& error) {
    if (repository.is_shallow()) throw;
    refuse_run(run, fmt::format("base is commit {}, which is not in this repository: {}", id, error.what()));
  }
  if (!run.base_sha.empty()) return *std::move(commit);  // a merge group's base may be ahead of the branch
  refuse_run(run, fmt::format("base is commit {}, which is not part of the base branch at {}", id, rules.id));
}

/// Puts base's own declarations in place of what the artifact says of them.
void declare_guests(RunSet& base, const config::Config& config) {
  std::vector<model::GuestInfo> declared = guest_infos(config);
  std::string missing;
  std::vector<model::GuestInfo> guests;
  for (model::GuestInfo& guest : declared) {
    if (model::find_guest(base, guest.name) == nullptr) {
      missing += (missing.empty() ? "" : ", ") + guest.name;
    } else {
      guests.push_back(std::move(guest));
    }
  }
  for (model::GuestInfo& guest : base.guests) {
    const bool known =
        std::ranges::any_of(guests, [&](const model::GuestInfo& other) { return other.name == guest.name; });
    if (known) continue;
    base.warnings.push_back({"undeclared-guest", fmt::format("the artifact has the guest {} on base, which base's "
                                                             "configuration does not have; it is left out",
                                                             readable(guest.name))});
    std::erase_if(base.runs, [&](const model::CellRun& cell) { return cell.cell.guest == guest.name; });
    std::erase_if(base.artifacts, [&](const model::Artifact& artifact) { return artifact.guest == guest.name; });
  }
  base.guests = std::move(guests);
  if (!missing.empty()) {
    base.warnings.push_back(
        {"guest-not-measured", fmt::format("base's configuration has guests that were not measured: {}", missing)});
  }
}

bool same_numbers(const model::CellRun& cell, const baseline::PinnedCell& pinned) {
  if (!cell.outcome.ok() || cell.output_sha256 != pinned.output_sha256) return false;
  return std::ranges::all_of(pinned.exact, [&](const auto& metric) {
    const auto found = cell.exact.find(metric.first);
    return found != cell.exact.end() && !found->second.empty() &&
           std::ranges::all_of(found->second, [&](std::uint64_t value) { return value == metric.second; });
  });
}

/// The first few cells by name, and how many more.
class NamedCells {
 public:
  void add(const model::CellId& cell) {
    if (++count_ <= named_cells) names_ += (names_.empty() ? "" : ", ") + readable(model::to_string(cell));
  }
  bool empty() const { return count_ == 0; }
  std::string text() const {
    return count_ <= named_cells ? names_ : fmt::format("{} and {} more", names_, count_ - named_cells);
  }

 private:
  std::size_t count_ = 0;
  std::string names_;
};

/// What the baselines hold for a cell: by its key, or, where another build of the same executor version measured it, as
/// the same artefact on the same input with all else equal. A job can name any program, and must not escape so.
std::optional<model::CellRun> stored_for(const model::CellRun& cell, const baseline::Baseline& baseline,
                                         const baseline::ReuseIndex& index) {
  if (auto stored = index.lookup(cell.reuse_key)) return stored;
  const baseline::PinnedCell* pinned = baseline::find_cell(baseline, cell.cell);
  if (pinned == nullptr) return std::nullopt;
  model::Comparability other_build = pinned->comparability;
  other_build.executor_program = cell.comparability.executor_program;
  if (measure::reuse_key(pinned->artifact, other_build) != cell.reuse_key) return std::nullopt;
  return index.lookup(pinned->reuse_key);
}

/// Prices are rules: cells that were not measured under those of base's own configuration are told.
void check_prices(RunSet& base, const RunSet& head, const vm::CostModel& prices) {
  const std::string own = executors::identity(prices);
  NamedCells others;
  for (const RunSet* set : {static_cast<const RunSet*>(&base), &head}) {
    for (const model::CellRun& cell : set->runs) {
      if (cell.cell.executor == "embedded" && cell.outcome.ok() && cell.comparability.cost_model != own)
        others.add(cell.cell);
    }
  }
  if (others.empty()) return;
  base.warnings.push_back(
      {"not-base-cost-model",
       fmt::format("base's cost model is {}, and the artifact has cells under another: {}", own, others.text())});
}

/// Holds base's numbers against the base branch's own baselines and puts those in their place where they differ.
void hold_against_baselines(RunSet& base, const baseline::Baseline& baseline, bool same_repository) {
  const baseline::ReuseIndex index(baseline);
  NamedCells replaced;
  NamedCells unchecked;
  for (model::CellRun& cell : base.runs) {
    auto stored = stored_for(cell, baseline, index);
    if (!stored) {
      if (baseline::find_cell(baseline, cell.cell) != nullptr) unchecked.add(cell.cell);
      continue;
    }
    const baseline::PinnedCell* pinned = baseline::find_cell(baseline, stored->cell);
    if (pinned == nullptr || same_numbers(cell, *pinned)) continue;
    replaced.add(cell.cell);
    stored->cell = cell.cell;
    stored->comparability = cell.comparability;
    stored->reuse_key = cell.reuse_key;
    cell = *std::move(stored);
  }
  if (!replaced.empty()) {
    base.warnings.push_back(
        {"base-differs-from-baseline",
         fmt::format("the artifact's numbers of base are not those that baselines/ store for the same artefact and "
                     "input; the stored ones were used: {}",
                     replaced.text())});
  }
  if (!unchecked.empty() && !same_repository) {
    base.warnings.push_back({"base-not-in-baseline",
                             fmt::format("baselines/ store these cells for another artefact, so that base's numbers "
                                         "could not be held against them: {}",
                                         unchecked.text())});
  }
}

}  // namespace

ReportedComparison compare_reported(const std::map<std::string, std::string>& files, const git::Repository& repository,
                                    const ReportedRun& run) {
  RunSet base = read_side(files, reported_base_file, model::Side::base, run);
  RunSet head = read_side(files, reported_head_file, model::Side::head, run);
  if (head.commit.id != run.head_sha) {
    refuse_run(run, fmt::format("head is commit {}; the run is of {}", readable(head.commit.id), run.head_sha));
  }
  ReportedComparison result{.comparison = {}, .base_configuration = {}, .rules = repository.resolve(run.rules)};
  const git::Commit commit = base_commit(base, repository, result.rules, run);
  base.commit = git::to_model(commit, false);

  // The rules are the branch's as they are now; what head changes in them is seen against base's own.
  SideConfiguration rules = configuration_of(repository, result.rules, run.configuration_path);
  const SideConfiguration own = configuration_of(repository, commit, run.configuration_path);
  base.policy.reset();
  require_prices(own);
  if (own.config) {
    declare_guests(base, *own.config);
    check_prices(base, head, *own.cost_model);
    base.policy = own.config->policy;
  } else {
    base.guests.clear();
    base.artifacts.clear();
    base.runs.clear();
  }
  const std::vector<std::string> gate_changes = compare::gate_changes(base, head);
  base.policy.reset();
  if (rules.config) {
    base.policy = rules.config->policy;
  } else {
    base.warnings.push_back({"no-base-configuration",
                             rules.problem.empty() ? "the base branch has no cyclegate.yaml: everything is new"
                                                   : "the base branch's cyclegate.yaml cannot be read, so everything "
                                                     "counts as new: " +
                                                         rules.problem});
  }
  baseline::Baseline baseline = baselines_of(repository, commit);
  base.warnings.insert(base.warnings.end(), baseline.warnings.begin(), baseline.warnings.end());
  hold_against_baselines(base, baseline, run.same_repository);
  const std::optional<RunSet> pinned = pinned_run_set(repository, commit);

  result.comparison = compare::compare(
      base, head,
      {.today = run.today, .trust_head_acknowledgements = run.same_repository, .pinned = pinned ? &*pinned : nullptr});
  result.comparison.gate_changes = gate_changes;
  result.base_configuration = std::move(rules.config);
  return result;
}

ReportedComparison compare_reported_zip(std::span<const std::uint8_t> zip, const git::Repository& repository,
                                        const ReportedRun& run) {
  static constexpr std::array names = {reported_base_file, reported_head_file};
  return compare_reported(publish::read_zip(zip, names, run.origin), repository, run);
}

render::Templates templates_of(const git::Repository& repository, const git::Commit& commit,
                               const std::string& directory) {
  const auto text = [&](std::string_view name) {
    return repository.read_blob(commit, fmt::format("{}/{}", directory, name), largest_template_bytes);
  };
  return render::templates_from(text("comment.md.mustache"), text("report.html.mustache"),
                                fmt::format("{}:{}", commit.id.substr(0, 12), directory));
}

}  // namespace cyclegate::app
