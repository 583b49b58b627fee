// baseline save, show and check.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <ostream>

#include "app/commands.h"
#include "app/console.h"
#include "app/guest_selection.h"
#include "app/measuring.h"
#include "app/prepare.h"
#include "app/services.h"
#include "app/working_tree.h"
#include "baseline/baseline_file.h"
#include "baseline/drift.h"
#include "measure/measurer.h"
#include "measure/run_set_store.h"
#include "model/error.h"
#include "render/numbers.h"
#include "system/lock.h"
#include "system/progress.h"
#include "system/work_directory.h"

namespace cyclegate::app {
namespace {

namespace fs = std::filesystem;

/// A RunSet of the working tree with exact metrics, and the rules it is held to.
struct Current {
  fs::path root;
  model::RunSet set;
  model::Policy policy;
};

Current current_run_set(const Invocation& invocation, Services& services) {
  Change change = find_working_tree(invocation, services);
  Current current{.root = change.repository.root(), .set = {}, .policy = change.head_configuration.config->policy};
  if (const auto file = invocation.get("--from")) {
    current.set = measure::read_run_set(located(services, *file));
    const std::vector<std::string> guests = invocation.all("--guest");
    const auto unwanted = [&](const std::string& guest) {
      return !guests.empty() && std::ranges::find(guests, guest) == guests.end();
    };
    std::erase_if(current.set.guests, [&](const model::GuestInfo& guest) { return unwanted(guest.name); });
    std::erase_if(current.set.runs, [&](const model::CellRun& run) { return unwanted(run.cell.guest); });
    return current;
  }
  const system::WorkDirectory scratch(system::default_cache_root(services.variables), "baseline-", services.clock);
  measure::Plan plan = prepare_plan(invocation, services, change, scratch.path());
  plan.settings.timed = false;
  const auto rule = stopping_rule(plan.head.policy.value_or(model::Policy{}), plan.settings);
  const measure::World world = measuring_world(services, *rule);
  current.set = measure::measure(std::move(plan), world, scratch.path(), false).head;
  for (const model::Artifact& artifact : current.set.artifacts) {
    if (artifact.failure) {
      throw model::Error(model::ErrorKind::measurement,
                         fmt::format("{}\n{}", artifact.failure->why, artifact.failure->excerpt));
    }
  }
  return current;
}

std::string cell_text(const model::CellId& cell) {
  return model::to_string(cell);
}

}  // namespace

ExitCode run_baseline_save(const Invocation& invocation, Services& services) {
  const Current current = current_run_set(invocation, services);
  const baseline::Baseline existing = baseline::load_readable(current.root);
  const baseline::Pinned pinned = baseline::pin(current.set, existing);
  for (const model::Warning& warning : pinned.warnings)
    services.console.note(fmt::format("{}: {}", warning.code, warning.message));
  const std::vector<std::string> changed = baseline::write_directory(current.root, pinned.baseline);
  if (services.console.json()) {
    services.console.out() << nlohmann::json{{"changed", changed}}.dump() << '\n';
  } else if (changed.empty()) {
    services.console.out() << "baselines/ is as it was\n";
  } else {
    for (const std::string& path : changed) services.console.out() << path << '\n';
  }
  const bool all_pinned =
      std::ranges::none_of(pinned.warnings, [](const model::Warning& warning) { return warning.code == "not-pinned"; });
  return all_pinned ? ExitCode::success : ExitCode::not_measured;
}

ExitCode run_baseline_show(const Invocation& invocation, Services& services) {
  const git::Repository repository = git::Repository::open(services.directory);
  const baseline::Baseline baseline = baseline::load_directory(repository.root());
  const std::vector<std::string> wanted = invocation.all("--guest");
  for (const std::string& name : wanted) {
    if (!baseline.guests.contains(name)) {
      throw model::Error(model::ErrorKind::usage, fmt::format("baselines/ has nothing of a guest '{}'", name));
    }
  }
  nlohmann::json rows = nlohmann::json::array();
  std::string text;
  for (const auto& [name, guest] : baseline.guests) {
    if (!wanted.empty() && std::ranges::find(wanted, name) == wanted.end()) continue;
    for (const baseline::PinnedCell& cell : guest.cells) {
      const std::string where = cell_text({.guest = name, .input = cell.input, .executor = cell.executor});
      rows.push_back({{"guest", name},
                      {"input", cell.input},
                      {"executor", cell.executor},
                      {"exact", cell.exact},
                      {"output_sha256", cell.output_sha256}});
      text += where + '\n';
      for (const auto& [metric, value] : cell.exact)
        text += fmt::format("  {:<22} {:>20}\n", metric, render::thousands(value));
    }
  }
  if (services.console.json()) {
    services.console.out() << rows.dump() << '\n';
  } else {
    services.console.out() << (text.empty() ? "baselines/ is empty; `cyclegate baseline save` fills it\n" : text);
  }
  return ExitCode::success;
}

ExitCode run_baseline_check(const Invocation& invocation, Services& services) {
  const Current current = current_run_set(invocation, services);
  const baseline::Baseline baseline = baseline::load_directory(current.root);
  if (baseline.guests.empty()) {
    throw model::Error(model::ErrorKind::configuration, "baselines/ is empty; `cyclegate baseline save` fills it");
  }
  const std::vector<baseline::Drift> drifts = baseline::check(baseline, current.set, current.policy);
  nlohmann::json rows = nlohmann::json::array();
  std::string text;
  std::size_t unchanged = 0;
  for (const baseline::Drift& drift : drifts) {
    nlohmann::json row = {{"guest", drift.cell.guest},
                          {"input", drift.cell.input},
                          {"executor", drift.cell.executor},
                          {"metric", drift.metric},
                          {"kind", std::string(baseline::to_string(drift.kind))},
                          {"deciding", drift.deciding}};
    if (drift.pinned) row["pinned"] = *drift.pinned;
    if (drift.now) row["now"] = *drift.now;
    if (!drift.why.empty()) row["why"] = drift.why;
    rows.push_back(std::move(row));
    if (drift.kind == baseline::DriftKind::unchanged) {
      ++unchanged;
      continue;
    }
    text += fmt::format("{:<16} {} {}", baseline::to_string(drift.kind), cell_text(drift.cell), drift.metric);
    if (drift.pinned && drift.now) {
      text += fmt::format(": {} -> {} ({})", render::thousands(*drift.pinned), render::thousands(*drift.now),
                          render::percent_change(*drift.pinned, *drift.now));
    }
    text += (drift.why.empty() ? "" : "; " + drift.why) + '\n';
  }
  const baseline::DriftSummary summary = baseline::summarise(drifts);
  if (services.console.json()) {
    services.console.out() << nlohmann::json{{"fails", summary.fails},
                                             {"compared", summary.compared},
                                             {"unmeasured", summary.unmeasured},
                                             {"not_compared", summary.not_compared},
                                             {"other_toolchain", summary.other_toolchain},
                                             {"rows", rows}}
                                  .dump()
                           << '\n';
  } else {
    const auto cells = [](std::size_t count, std::string_view what) {
      return count == 0 ? "" : fmt::format("; {} {} {}", render::thousands(count), count == 1 ? "cell" : "cells", what);
    };
    services.console.out() << text
                           << fmt::format("{} values as pinned; {}{}{}{}\n", render::thousands(unchanged),
                                          summary.fails           ? "beyond the budget"
                                          : summary.compared == 0 ? "nothing was compared"
                                                                  : "within the budget",
                                          cells(summary.unmeasured, "not measured"),
                                          cells(summary.not_compared, "not compared"),
                                          cells(summary.other_toolchain, "of another compiler, not compared"));
  }
  if (summary.fails) return ExitCode::gate_failed;
  return summary.complete() ? ExitCode::success : ExitCode::not_measured;
}

}  // namespace cyclegate::app
