// gate, run, compare, report: the steps from two commits to a verdict.
#include <fmt/format.h>
#include <malloc.h>

#include <filesystem>
#include <optional>
#include <ostream>
#include <system_error>
#include <utility>

#include "app/baseline_files.h"
#include "app/commands.h"
#include "app/console.h"
#include "app/guest_target.h"
#include "app/measuring.h"
#include "app/prepare.h"
#include "app/report_files.h"
#include "app/services.h"
#include "app/tool_report.h"
#include "app/tool_report_commands.h"
#include "compare/compare.h"
#include "config/quantity.h"
#include "measure/measurer.h"
#include "measure/run_set_store.h"
#include "model/comparison_json.h"
#include "model/error.h"
#include "model/run_set_json.h"
#include "render/templates.h"
#include "system/clock.h"
#include "system/files.h"
#include "system/progress.h"

namespace cyclegate::app {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t largest_comparison_bytes = std::uint64_t{1} << 30U;

/// Everything of a gate that costs machine time.
measure::Measured measure_change(const Invocation& invocation, Services& services, const fs::path& out,
                                 const Change& change) {
  // A fresh start must not leave an older journal for a later --resume to find, should it be killed before its own.
  if (!invocation.has("--resume")) system::remove_tree(measure::journal_path(out));
  measure::Plan plan = prepare_plan(invocation, services, change, out);
  baseline::Baseline pinned = baselines_of(change.repository, change.base);
  plan.base.warnings.insert(plan.base.warnings.end(), pinned.warnings.begin(), pinned.warnings.end());
  BaselineStore store(std::move(pinned));
  const auto rule = stopping_rule(plan.base.policy ? *plan.base.policy : *plan.head.policy, plan.settings);
  const measure::World world = measuring_world(services, *rule, &store);
  measure::Measured measured = measure::measure(std::move(plan), world, out, invocation.has("--resume"));
  services.console.note(
      fmt::format("{} executions, {} cells with the same artefact on both sides, {} base cells from baselines/ ({} of "
                  "them run again for their functions), {} runs taken over from the interrupted start",
                  measured.executed, measured.same, measured.stored, measured.stored_run, measured.resumed));
  return measured;
}

/// What base's tree pins, as it lies beside base's run set, so that `compare` knows what the gate knew.
fs::path pinned_path(const fs::path& base_run_set) {
  return base_run_set.parent_path() / "pinned.runs.json";
}

/// Writes what is pinned, or removes what an earlier gate wrote.
std::optional<model::RunSet> keep_pinned(const Change& change, const fs::path& out) {
  std::optional<model::RunSet> pinned = pinned_run_set(change.repository, change.base);
  const fs::path path = pinned_path(measure::run_set_path(out, model::Side::base));
  if (pinned) {
    system::write_atomically(path, model::to_json(*pinned));
  } else {
    system::remove_tree(path);
  }
  return pinned;
}

/// The day on which acknowledgements are judged: the session's, so that the same files give the same answer on any day.
std::string day_of(const Invocation& invocation, const model::RunSet& head) {
  if (const auto day = invocation.get("--date")) {
    if (!config::is_date(*day)) {
      throw model::Error(model::ErrorKind::usage, fmt::format("--date {}: must be a day as YYYY-MM-DD", *day));
    }
    return *day;
  }
  return head.session.started.substr(0, 10);
}

/// Nothing, where the rules' own methodology holds.
std::optional<model::Methodology> methodology_of(const Invocation& invocation) {
  const auto name = invocation.get("--methodology");
  if (!name) return std::nullopt;
  for (const model::Methodology methodology : {model::Methodology::robust, model::Methodology::classic}) {
    if (*name == model::to_string(methodology)) return methodology;
  }
  throw model::Error(model::ErrorKind::usage, fmt::format("--methodology {}: must be robust or classic", *name));
}

/// A file that is neither says so itself, by its own line.
[[noreturn]] void refuse_two_kinds(const fs::path& report, const fs::path& run_set) {
  const std::string_view kind = kind_of(read_tool_report(report));
  measure::read_run_set(run_set);
  throw model::Error(model::ErrorKind::usage, fmt::format("{} is {}, {} is a run set; give two of one kind",
                                                          report.string(), kind, run_set.string()));
}

/// Takes the run sets, so that large ones are out of memory when the reports are made.
ExitCode judge(const Invocation& invocation, Services& services, model::RunSet base, model::RunSet head,
               std::optional<model::RunSet> pinned, const fs::path& out) {
  const model::Comparison comparison = compare::compare(base, head,
                                                        {.today = day_of(invocation, head),
                                                         .trust_head_acknowledgements = invocation.has("--trust-head"),
                                                         .pinned = pinned ? &*pinned : nullptr,
                                                         .methodology = methodology_of(invocation)});
  base = {};
  head = {};
  pinned.reset();
  // Millions of small pieces: without this the heap keeps their pages while the reports take others.
  malloc_trim(0);
  write_reports(invocation, services, comparison, out, true);
  return exit_code_for(comparison.status);
}

}  // namespace

ExitCode run_gate(const Invocation& invocation, Services& services) {
  // Templates that cannot be read are a mistake to be told before anything is measured.
  if (const auto directory = invocation.get("--templates")) render::load_templates(located(services, *directory));
  const fs::path out = output_directory(services, invocation);
  const Change change = find_change(invocation, services);
  measure::Measured measured = measure_change(invocation, services, out, change);
  return judge(invocation, services, std::move(measured.base), std::move(measured.head), keep_pinned(change, out), out);
}

ExitCode run_run(const Invocation& invocation, Services& services) {
  const Change change = find_change(invocation, services);
  const fs::path out = output_directory(services, invocation);
  measure_change(invocation, services, out, change);
  keep_pinned(change, out);
  for (const model::Side side : {model::Side::base, model::Side::head}) {
    const fs::path path = measure::run_set_path(out, side);
    if (services.console.json()) {
      services.console.out() << (side == model::Side::base ? "{\"base\":\"" : ",\"head\":\"") << path.string()
                             << (side == model::Side::base ? "\"" : "\"}\n");
    } else {
      services.console.out() << path.string() << '\n';
    }
  }
  return ExitCode::success;
}

ExitCode run_compare(const Invocation& invocation, Services& services) {
  // One after the other, each on all cores: the text of one is gone before the other's comes.
  const fs::path base_path = located(services, *invocation.get("BASE"));
  const fs::path head_path = located(services, *invocation.get("HEAD"));
  const bool base_is_report = is_tool_report(existing_file(services, *invocation.get("BASE")));
  const bool head_is_report = is_tool_report(existing_file(services, *invocation.get("HEAD")));
  if (base_is_report && head_is_report) return compare_tool_reports(services, base_path, head_path);
  if (base_is_report != head_is_report)
    refuse_two_kinds(base_is_report ? base_path : head_path, base_is_report ? head_path : base_path);
  model::RunSet base = measure::read_run_set(base_path);
  model::RunSet head = measure::read_run_set(head_path);
  if (base.side == model::Side::head && head.side == model::Side::base) {
    throw model::Error(model::ErrorKind::usage,
                       "the first file is a head and the second a base; give base first, then head");
  }
  std::optional<model::RunSet> pinned;
  std::error_code ignored;
  if (const auto given = invocation.get("--pinned")) {
    pinned = measure::read_run_set(located(services, *given));
  } else if (fs::exists(pinned_path(base_path), ignored)) {
    pinned = measure::read_run_set(pinned_path(base_path));
  }
  return judge(invocation, services, std::move(base), std::move(head), std::move(pinned),
               output_directory(services, invocation));
}

ExitCode run_report(const Invocation& invocation, Services& services) {
  const fs::path file = located(services, *invocation.get("COMPARISON"));
  const model::Comparison comparison =
      model::comparison_from_json(system::read_text(file, largest_comparison_bytes), file.string());
  write_reports(invocation, services, comparison, output_directory(services, invocation), false);
  return ExitCode::success;
}

}  // namespace cyclegate::app
