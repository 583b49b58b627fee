#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "render/controls.h"
#include "render/numbers.h"
#include "render/report_data.h"
#include "render/safe_text.h"

namespace cyclegate::render {
namespace {

using model::Comparison;
using model::SideSummary;

bool is_commit_id(std::string_view id) {
  return id.size() >= 40 && id.size() <= 64 &&
         std::ranges::all_of(id, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

std::string short_id(std::string_view id) {
  return id.empty() ? "none" : clean(id.substr(0, 12), 12);
}

std::string commit_text(const SideSummary& side) {
  if (side.commit.id.empty()) return "not from a repository";
  return fmt::format("{}{}", clean(side.commit.id, 64), side.commit.dirty ? " with uncommitted changes" : "");
}

void add_environment(TemplateData& data, const Comparison& comparison, const Limits& limits) {
  auto rows = TemplateData::list();
  const auto row = [&](std::string_view name, const std::string& base, const std::string& head) {
    if (base.empty() && head.empty()) return;
    TemplateData line;
    line.set("name", clean(name, 60), limits.name_bytes);
    line.set("same", base == head);
    line.set("base", clean(base, name_cap), limits.name_bytes);
    line.set("head", clean(head, name_cap), limits.name_bytes);
    rows.add(std::move(line));
  };
  const SideSummary& base = comparison.base;
  const SideSummary& head = comparison.head;
  row("commit", commit_text(base), commit_text(head));
  row("subject", base.commit.subject, head.commit.subject);
  row("date", base.commit.date, head.commit.date);
  const auto cells = [](const SideSummary& side) {
    return side.reused_cells == 0 ? thousands(side.cells)
                                  : fmt::format("{}, of these {} from a store without a run", thousands(side.cells),
                                                thousands(side.reused_cells));
  };
  row("cells with a result", cells(base), cells(head));
  row("measured", base.session.started, head.session.started);
  row("machine", base.session.machine, head.session.machine);
  row("hostname", base.environment.hostname, head.environment.hostname);
  row("CPU", base.environment.cpu, head.environment.cpu);
  const auto cores = [](const SideSummary& side) {
    return side.environment.cores == 0 ? std::string() : thousands(side.environment.cores);
  };
  row("cores", cores(base), cores(head));
  const auto memory = [](const SideSummary& side) {
    return side.environment.memory_bytes == 0 ? std::string() : byte_size(side.environment.memory_bytes);
  };
  row("memory", memory(base), memory(head));
  row("OS", base.environment.os, head.environment.os);
  row("kernel", base.environment.kernel, head.environment.kernel);
  std::set<std::string> tools;
  for (const auto* side : {&base, &head}) {
    for (const auto& [tool, version] : side->environment.toolchain) {
      if (tools.size() < 20) tools.insert(tool);
    }
  }
  const auto version = [](const SideSummary& side, const std::string& tool) {
    const auto found = side.environment.toolchain.find(tool);
    return found == side.environment.toolchain.end() ? std::string() : found->second;
  };
  for (const std::string& tool : tools) row(tool, version(base, tool), version(head, tool));
  const auto schedule = [](const SideSummary& side) {
    const auto& looks = side.schedule.looks;
    return fmt::format("{} exact repetitions; {} warm-ups, {} blocks{}, seed {}{}", side.schedule.exact_repetitions,
                       side.schedule.warmups, side.schedule.blocks,
                       looks.empty() ? "" : fmt::format(" (looks planned after {})", fmt::join(looks, ", ")),
                       side.schedule.seed, side.schedule.resumed ? "; resumed" : "");
  };
  row("schedule", schedule(base), schedule(head));
  data.set("environment", std::move(rows));
}

void add_artifacts(TemplateData& data, const Comparison& comparison, const Limits& limits) {
  using Sides = std::pair<const model::Artifact*, const model::Artifact*>;
  std::map<std::pair<std::string, std::string>, Sides> artifacts;
  for (const auto& artifact : comparison.base.artifacts) artifacts[{artifact.guest, artifact.build}].first = &artifact;
  for (const auto& artifact : comparison.head.artifacts) artifacts[{artifact.guest, artifact.build}].second = &artifact;
  auto rows = TemplateData::list();
  std::size_t shown = 0;
  for (const auto& [name, sides] : artifacts) {
    if (shown++ == limits.artifacts) break;
    const auto text = [](const model::Artifact* artifact) -> std::string {
      if (artifact == nullptr) return "\u2013";
      if (artifact->failure) return "not built";
      return fmt::format("{}, {} loaded", short_id(artifact->identity), byte_size(artifact->loaded_bytes));
    };
    const bool both = sides.first != nullptr && sides.second != nullptr;
    TemplateData line;
    line.set("guest", clean(name.first, name_cap), limits.name_bytes);
    line.set("build", clean(name.second, name_cap), limits.name_bytes);
    line.set("same", both && !sides.first->identity.empty() && sides.first->identity == sides.second->identity);
    line.set("base", text(sides.first)).set("head", text(sides.second));
    rows.add(std::move(line));
  }
  data.set("has_artifacts", shown > 0);
  data.set("artifacts", std::move(rows));
  if (artifacts.size() > limits.artifacts) {
    data.set("artifacts_left_out", counted(artifacts.size() - limits.artifacts, "more artefact"));
  }
}

void add_method(TemplateData& data, const Comparison& comparison, const Options& options, const Limits& limits) {
  const model::Policy& policy = comparison.policy;
  auto lines = TemplateData::list();
  const auto line = [&](std::string_view text) { lines.add(TemplateData().set("text", text, 2 * limits.name_bytes)); };
  line(fmt::format("The rules are {}'s: methodology {}, mode {}.",
                   comparison.base_has_policy ? "base" : "head, because base has none",
                   model::to_string(policy.methodology), model::to_string(policy.mode)));
  line(fmt::format("KEEP: a gain above {}. MAYBE: a gain from {} to {}. KILL: head above {} of base.",
                   percent(policy.thresholds.keep), percent(policy.thresholds.maybe), percent(policy.thresholds.keep),
                   ratio(policy.thresholds.kill)));
  line(fmt::format(
      "A cell may get worse by up to {} (exact metrics) or {} (sampled metrics); where its guest's "
      "weighted sum is a proven gain, by up to {}.",
      percent(policy.tolerance.exact), percent(policy.tolerance.sampled), percent(policy.thresholds.worst_input)));
  if (policy.drift_budget) {
    line(fmt::format("Against the pinned baseline the drift budget is {}.", percent(*policy.drift_budget)));
  }
  line(
      "Exact metrics are integers and compared as integers: any difference is a difference. The sums of a guest are "
      "weighted by how frequent each input is.");
  if (const std::string text = controls_text(comparison); !text.empty()) line(text);
  if (policy.mode == model::Mode::improve) line("In mode improve every verdict but KEEP fails.");
  for (std::size_t i = 0; i < options.method_notes.size() && i < 20; ++i) line(clean(options.method_notes[i]));
  for (std::size_t i = 0; i < policy.acknowledged.size() && i < 20; ++i) {
    const auto& acknowledged = policy.acknowledged[i];
    line(fmt::format("Acknowledged until {}: {} of {}{}: {}", clean(acknowledged.until, 20),
                     clean(acknowledged.metric, 60), clean(acknowledged.guest, name_cap),
                     acknowledged.up_to ? " up to +" + percent(*acknowledged.up_to) : "",
                     clean(acknowledged.reason, name_cap)));
  }
  data.set("method", std::move(lines));
}

}  // namespace

std::vector<std::string> reproduction(const Comparison& comparison, const Options& options) {
  if (!options.reproduce.empty()) return options.reproduce;
  std::string command = "cyclegate gate";
  if (is_commit_id(comparison.base.commit.id)) command += " --base " + comparison.base.commit.id;
  if (is_commit_id(comparison.head.commit.id) && !comparison.head.commit.dirty) {
    command += " --head " + comparison.head.commit.id;
  }
  return {command};
}

void add_background(TemplateData& data, const Comparison& comparison, const Options& options, const Limits& limits) {
  data.set("has_environment", limits.environment);
  if (limits.environment) {
    add_environment(data, comparison, limits);
    add_artifacts(data, comparison, limits);
  }
  auto warnings = TemplateData::list();
  for (std::size_t i = 0; i < comparison.warnings.size() && i < limits.warnings; ++i) {
    warnings.add(TemplateData().set("text", clean(comparison.warnings[i].message), 2 * limits.name_bytes));
  }
  data.set("has_warnings", !comparison.warnings.empty() && limits.warnings > 0);
  data.set("warnings", std::move(warnings));
  if (comparison.warnings.size() > limits.warnings) {
    data.set("warnings_left_out", counted(comparison.warnings.size() - limits.warnings, "more warning"));
  }
  add_method(data, comparison, options, limits);
  std::string commands;
  const auto reproduce = reproduction(comparison, options);
  for (std::size_t i = 0; i < reproduce.size() && i < 10; ++i) {
    if (i != 0) commands += "\n";
    commands += clean(reproduce[i]);
  }
  data.set("reproduce", commands, 4000);
  if (!options.report_location.empty()) data.set("report_location", clean(options.report_location), 800);
  if (const auto url = safe_url(options.report_url)) data.set("report_url", TemplateData::markup(escape_html(*url)));
  data.set("base_commit", short_id(comparison.base.commit.id)).set("head_commit", short_id(comparison.head.commit.id));
}

}  // namespace cyclegate::render
