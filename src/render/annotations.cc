#include "render/annotations.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <tuple>
#include <utility>

#include "render/numbers.h"
#include "render/safe_text.h"
#include "render/svg_histogram.h"

namespace cyclegate::render {
namespace {

using model::Comparison;
using model::Finding;
using model::FindingKind;

constexpr std::size_t title_bytes = 255;
constexpr std::size_t message_bytes = 8'000;
constexpr std::size_t findings_told = 12;
constexpr std::size_t functions_told = 8;
constexpr std::uint32_t largest_line = 10'000'000;

struct Place {
  std::string path;
  std::uint32_t line = 1;
};

/// Of the text, as many whole characters as fit.
std::string within(std::string text, std::size_t bytes) {
  if (text.size() <= bytes) return text;
  std::size_t end = bytes - ellipsis.size();
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  text.resize(end);
  return text.append(ellipsis);
}

bool is_worth_a_remark(const Finding& finding) {
  if (finding.gates) return true;
  switch (finding.kind) {
    case FindingKind::regressed:
      return finding.deciding;  // a larger artefact alone is for the comment
    case FindingKind::rejected:
    case FindingKind::failed:
    case FindingKind::killed:
    case FindingKind::nondeterministic:
      return finding.deciding || finding.cell.input.empty();
    default:
      return false;
  }
}

AnnotationLevel level_of(const std::vector<const Finding*>& findings) {
  if (std::ranges::any_of(findings, &Finding::gates)) return AnnotationLevel::failure;
  return std::ranges::all_of(findings, &Finding::acknowledged) ? AnnotationLevel::notice : AnnotationLevel::warning;
}

/// What the functions of a guest cost on one executor; nullptr where nothing tells it.
const model::Breakdown* function_breakdown(const Comparison& comparison, const model::CellId& cell) {
  const auto found = std::ranges::find_if(comparison.breakdowns, [&](const model::Breakdown& breakdown) {
    return breakdown.kind == "function" && breakdown.guest == cell.guest && breakdown.executor == cell.executor;
  });
  return found == comparison.breakdowns.end() ? nullptr : &*found;
}

/// Head over base, most grown first; a function that is on neither side's list counts as unchanged.
model::Wide growth(const model::BreakdownRow& row) {
  return row.head > row.base ? row.head - row.base : model::Wide{0};
}

Place place_of(const Comparison& comparison, const model::CellId& cell, std::string_view configuration_path) {
  std::map<std::string_view, const model::BreakdownRow*> rows;
  if (const model::Breakdown* breakdown = function_breakdown(comparison, cell)) {
    for (const model::BreakdownRow& row : breakdown->rows) rows.emplace(row.name, &row);
  }
  const model::ChangedFunction* best = nullptr;
  std::tuple<model::Wide, model::Wide> most{};
  std::uint32_t entry = 0;
  for (const model::Artifact& artifact : comparison.head.artifacts) {
    if (artifact.guest != cell.guest) continue;
    if (entry == 0 && artifact.configuration_line <= largest_line) entry = artifact.configuration_line;
    for (const model::ChangedFunction& function : artifact.changed_functions) {
      if (!is_repository_path(function.file) || function.line == 0 || function.line > largest_line) continue;
      const auto row = rows.find(function.name);
      const auto weight = row == rows.end() ? std::tuple<model::Wide, model::Wide>{}
                                            : std::tuple(growth(*row->second), row->second->head);
      if (best != nullptr && weight <= most) continue;
      best = &function;
      most = weight;
    }
  }
  if (best != nullptr) return {best->file, best->line};
  return {std::string(configuration_path), std::max(entry, 1U)};
}

std::string finding_line(const Comparison& comparison, const Finding& finding) {
  const std::string_view unit = unit_of(comparison.metrics, finding.metric);
  std::string line = clean(finding.cell.input.empty() ? finding.cell.guest : finding.cell.input, name_cap);
  line += fmt::format(": {}", model::to_string(finding.kind));
  if (finding.change.base && finding.change.head) {
    line += fmt::format(", {} to {} ({})", quantity(*finding.change.base, unit), quantity(*finding.change.head, unit),
                        change_text(finding.change));
  }
  if (finding.acknowledged) line += ", acknowledged";
  if (!finding.why.empty()) line += ": " + clean(finding.why);
  return line;
}

/// The functions whose own cost changed most.
std::string functions_text(const Comparison& comparison, const Finding& finding) {
  const model::Breakdown* breakdown = function_breakdown(comparison, finding.cell);
  if (breakdown == nullptr) return "";
  std::vector<const model::BreakdownRow*> rows;
  for (const model::BreakdownRow& row : breakdown->rows) {
    if (row.base != row.head) rows.push_back(&row);
  }
  if (rows.empty()) return "";
  const auto difference = [](const model::BreakdownRow* row) {
    return row->head > row->base ? row->head - row->base : row->base - row->head;
  };
  std::ranges::stable_sort(rows, {}, &model::BreakdownRow::name);
  std::ranges::stable_sort(rows, std::ranges::greater{}, difference);
  std::string text = "\nfunctions that changed";
  if (!breakdown->metric.empty() && breakdown->metric != finding.metric)
    text += ", by " + clean(breakdown->metric, name_cap);
  if (const std::string scope = breakdown_scope(*breakdown); !scope.empty()) text += ", " + scope;
  text += ":";
  for (std::size_t i = 0; i < rows.size() && i < functions_told; ++i) {
    text += fmt::format("\n  {}: {} to {} ({})", clean(rows[i]->name, name_cap), thousands(rows[i]->base),
                        thousands(rows[i]->head), change_text(*rows[i]));
  }
  if (rows.size() > functions_told)
    text += fmt::format("\n  and {}", counted(rows.size() - functions_told, "function"));
  return text;
}

Annotation annotate(const Comparison& comparison, const std::vector<const Finding*>& findings,
                    std::string_view configuration_path) {
  const Finding& worst = *findings.front();
  const Place place = place_of(comparison, worst.cell, configuration_path);
  Annotation annotation{
      .path = place.path, .line = place.line, .level = level_of(findings), .title = {}, .message = {}};
  annotation.title =
      fmt::format("{}: {} {}", clean(worst.cell.guest, 60), clean(worst.metric, 60), model::to_string(worst.kind));
  if (const std::string change = change_text(worst.change); !change.empty()) annotation.title += " " + change;
  if (findings.size() > 1) annotation.title += fmt::format(" (worst of {})", counted(findings.size(), "input"));
  annotation.title = within(std::move(annotation.title), title_bytes);
  for (std::size_t i = 0; i < findings.size() && i < findings_told; ++i) {
    annotation.message += (i == 0 ? "" : "\n") + finding_line(comparison, *findings[i]);
  }
  if (findings.size() > findings_told) {
    annotation.message += fmt::format("\nand {}", counted(findings.size() - findings_told, "more input"));
  }
  annotation.message += functions_text(comparison, worst);
  annotation.message = within(std::move(annotation.message), message_bytes);
  return annotation;
}

}  // namespace

std::vector<Annotation> annotations(const Comparison& comparison, const Summary& summary,
                                    std::string_view configuration_path) {
  // summary.matters has the most important first, and so have the groups and their members.
  std::vector<std::vector<const Finding*>> groups;
  std::map<std::tuple<std::string_view, std::string_view, std::string_view>, std::size_t> index;
  for (const Finding* finding : summary.matters) {
    if (!is_worth_a_remark(*finding)) continue;
    const auto [group, fresh] =
        index.try_emplace({finding->cell.guest, finding->cell.executor, finding->metric}, groups.size());
    if (fresh) groups.emplace_back();
    groups[group->second].push_back(finding);
  }
  std::vector<Annotation> result;
  for (std::size_t i = 0; i < groups.size() && i < max_annotations; ++i) {
    result.push_back(annotate(comparison, groups[i], configuration_path));
  }
  return result;
}

bool is_repository_path(std::string_view path) {
  if (path.empty() || path.size() > 300 || path.front() == '/' || path.back() == '/') return false;
  // Repositories that people check out anywhere have no such names.
  if (path.find_first_of("\\:<>\"|?*`&") != std::string_view::npos || clean(path, path.size()) != path) return false;
  for (std::string_view rest = path; !rest.empty();) {
    const std::string_view part = rest.substr(0, rest.find('/'));
    if (part.empty() || part == "." || part == ".." || part == ".git") return false;
    rest.remove_prefix(std::min(part.size() + 1, rest.size()));
  }
  return true;
}

std::string_view to_string(AnnotationLevel level) {
  switch (level) {
    case AnnotationLevel::notice:
      return "notice";
    case AnnotationLevel::warning:
      return "warning";
    case AnnotationLevel::failure:
      return "failure";
  }
  return "";
}

}  // namespace cyclegate::render
