#include "render/report_data.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "render/numbers.h"
#include "render/safe_text.h"
#include "render/svg_histogram.h"

namespace cyclegate::render {
namespace {

using model::Comparison;
using model::Finding;
using model::FindingKind;
using model::Status;

constexpr std::string_view status_icon(Status status) {
  switch (status) {
    case Status::pass:
      return "\u2705";
    case Status::fail:
      return "\u274C";
    case Status::neutral:
      return "\u26AA";
  }
  return "";
}

/// `good`, `bad`, `open` or `none`: how a report colours it.
std::string_view tone(FindingKind kind) {
  switch (kind) {
    case FindingKind::improved:
      return "good";
    case FindingKind::regressed:
    case FindingKind::failed:
    case FindingKind::rejected:
    case FindingKind::killed:
    case FindingKind::nondeterministic:
      return "bad";
    case FindingKind::inconclusive:
    case FindingKind::incomparable:
      return "open";
    default:
      return "none";
  }
}

std::string_view tone(model::Verdict verdict) {
  switch (verdict) {
    case model::Verdict::reject:
    case model::Verdict::failed:
    case model::Verdict::kill:
    case model::Verdict::discard_worse:
      return "bad";
    case model::Verdict::keep:
      return "good";
    case model::Verdict::maybe:
    case model::Verdict::inconclusive:
      return "open";
    default:
      return "none";
  }
}

std::string_view tone(Status status) {
  if (status == Status::pass) return "good";
  return status == Status::fail ? "bad" : "none";
}

std::string side_text(const std::optional<std::uint64_t>& value, std::string_view unit) {
  return value ? quantity(model::Wide{*value}, unit) : "\u2013";
}

TemplateData extreme(const Comparison& comparison, const Summary& summary, const Finding& finding,
                     const Limits& limits) {
  TemplateData row = finding_data(comparison, summary, finding, limits.head_name_bytes);
  row.set("same", change_text(finding.change) == "0 %");
  return row;
}

TemplateData guest_row(const GuestRow& row, const Summary& summary, const Limits& limits) {
  TemplateData data;
  data.set("guest", clean(row.guest->guest, name_cap), limits.name_bytes);
  data.set("verdict", model::to_string(row.guest->verdict));
  data.set("tone", tone(row.guest->verdict));
  if (row.first && !row.guest->why.empty())
    data.set("why", clean(with_builds_named(summary, row.guest->why, row.guest->guest)), 2 * limits.name_bytes);
  data.set("same_artifact", row.guest->same_artifact);
  if (row.aggregate != nullptr) {
    const std::string_view unit = row.metric == nullptr ? std::string_view() : std::string_view(row.metric->unit);
    const bool sums = row.aggregate->base != 0 || row.aggregate->head != 0;
    data.set("executor", clean(row.aggregate->executor, 60), limits.name_bytes);
    data.set("metric", clean(row.aggregate->metric, 60), limits.name_bytes);
    data.set("base", sums ? quantity(row.aggregate->base, unit) : "\u2013");
    data.set("head", sums ? quantity(row.aggregate->head, unit) : "\u2013");
    data.set("change", change_text(*row.aggregate));
    if (row.aggregate->interval) data.set("interval", interval_text(*row.aggregate->interval));
    data.set("inputs", counted(row.aggregate->inputs, "input"));
  } else {
    data.set("executor", "").set("metric", "").set("base", "\u2013").set("head", "\u2013").set("change", "");
  }
  return data;
}

struct FailureRow {
  const model::Artifact* artifact;
  std::string_view side;
};

/// Failed builds of head come first: they are what the change can mend.
std::vector<FailureRow> failures(const Comparison& comparison) {
  std::vector<FailureRow> rows;
  for (const auto& [summary, side] : {std::pair(&comparison.head, "head"), std::pair(&comparison.base, "base")}) {
    for (const model::Artifact& artifact : summary->artifacts) {
      if (artifact.failure) rows.push_back({&artifact, side});
    }
  }
  return rows;
}

/// A bar of up to ten block characters, in eighths of one.
std::string text_bar(model::Wide value, model::Wide largest) {
  constexpr std::array<std::string_view, 8> parts = {"",       "\u258F", "\u258E", "\u258D",
                                                     "\u258C", "\u258B", "\u258A", "\u2589"};
  auto eighths = std::lround(static_cast<double>(std::min(value, largest)) / static_cast<double>(largest) * 80);
  if (value != 0 && eighths == 0) eighths = 1;
  std::string bar;
  for (; eighths >= 8; eighths -= 8) bar += "\u2588";
  return bar.append(parts.at(static_cast<std::size_t>(eighths)));
}

/// Adds `name` (a list cut to `limit`) and `name_left_out` (a text, only if something was left out).
template <typename Items, typename ToData>
void add_list(TemplateData& data, const std::string& name, const Items& items, std::size_t limit, std::string_view noun,
              const ToData& to_data) {
  auto list = TemplateData::list();
  const std::size_t shown = std::min(limit, items.size());
  for (std::size_t i = 0; i < shown; ++i) list.add(to_data(items[i]));
  data.set("has_" + name, shown > 0);
  data.set(name, std::move(list));
  if (shown < items.size()) data.set(name + "_left_out", counted(items.size() - shown, noun));
}

}  // namespace

TemplateData finding_data(const Comparison& comparison, const Summary& summary, const Finding& finding,
                          std::size_t name_bytes) {
  const std::string_view unit = unit_of(comparison.metrics, finding.metric);
  TemplateData row;
  row.set("kind", model::to_string(finding.kind));
  row.set("tone", tone(finding.kind));
  row.set("gates", finding.gates);
  row.set("deciding", finding.deciding);
  row.set("acknowledged", finding.acknowledged);
  row.set("guest", clean(finding.cell.guest, name_cap), name_bytes);
  row.set("input", clean(finding.cell.input, name_cap), name_bytes);
  row.set("executor", clean(finding.cell.executor, 60), name_bytes);
  row.set("metric", clean(finding.metric, 60), name_bytes);
  row.set("base", side_text(finding.change.base, unit));
  row.set("head", side_text(finding.change.head, unit));
  row.set("change", change_text(finding.change));
  if (finding.change.interval) row.set("interval", interval_text(*finding.change.interval));
  if (finding.change.p_value) row.set("p_value", p_value_text(*finding.change.p_value));
  // Mustache shows a section for an empty text, so a text that may be missing is left out.
  if (!finding.why.empty())
    row.set("why", clean(with_builds_named(summary, finding.why, finding.cell.guest)), 2 * name_bytes);
  auto warnings = TemplateData::list();
  for (std::size_t i = 0; i < finding.warnings.size() && i < 3; ++i) {
    warnings.add(TemplateData().set("text", clean(finding.warnings[i].message), name_bytes));
  }
  row.set("warnings", std::move(warnings));
  return row;
}

void add_head(TemplateData& data, const Comparison& comparison, const Summary& summary, const Options& options,
              const Limits& limits) {
  data.set("icon", status_icon(comparison.status));
  data.set("headline", summary.headline);
  data.set("verdict", model::to_string(comparison.verdict));
  data.set("verdict_tone", tone(comparison.verdict));
  data.set("status", model::to_string(comparison.status));
  data.set("status_tone", tone(comparison.status));
  data.set("next", summary.next_step, limits.head_text_bytes);
  data.set("unprivileged", options.unprivileged);
  if (options.accepted) {
    TemplateData accepted;
    accepted.set("by", clean(options.accepted->by, 60), limits.head_name_bytes);
    accepted.set("reason", clean(options.accepted->reason), limits.head_text_bytes);
    if (const auto url = safe_url(options.accepted->url)) accepted.set("url", TemplateData::markup(escape_html(*url)));
    data.set("accepted", std::move(accepted));
  }
  data.set("no_base_policy", !comparison.base_has_policy);
  if (!comparison.gate_changes.empty()) {
    // One line for the first kilobyte; the list follows in full further down.
    std::string first = clean(comparison.gate_changes.front());
    if (comparison.gate_changes.size() > 1) {
      first = fmt::format("({} changes) {}", comparison.gate_changes.size(), first);
    }
    data.set("alters_gate", TemplateData().set("first", first, limits.head_text_bytes));
  }
  add_list(data, "gate_changes", comparison.gate_changes, limits.gate_changes, "more change",
           [&](const std::string& text) { return TemplateData().set("text", clean(text), 2 * limits.name_bytes); });
  data.set("many_gate_changes", comparison.gate_changes.size() > 1);
  if (!comparison.reasons.empty()) {
    data.set("reason", clean(without_logs(summary, comparison.reasons.front().text)), limits.head_text_bytes);
  }
  add_list(data, "reasons", comparison.reasons, limits.reasons, "more reason", [&](const model::Reason& reason) {
    return TemplateData()
        .set("code", clean(reason.code, 60), limits.name_bytes)
        .set("text", clean(without_logs(summary, reason.text)), 2 * limits.name_bytes);
  });
  data.set("many_reasons", comparison.reasons.size() > 1);
  if (summary.worst != nullptr && summary.worst != summary.best) {
    data.set("worst", extreme(comparison, summary, *summary.worst, limits));
    data.set("best", extreme(comparison, summary, *summary.best, limits));
  } else if (summary.worst != nullptr) {
    data.set("only", extreme(comparison, summary, *summary.worst, limits));
  } else {
    data.set("no_numbers", true);
  }
}

void add_results(TemplateData& data, const Comparison& comparison, const Summary& summary, const Limits& limits) {
  add_list(data, "guests", summary.guests, limits.guests, "more guest",
           [&](const GuestRow& row) { return guest_row(row, summary, limits); });
  const auto split = std::ranges::partition_point(summary.matters, [](const Finding* f) { return is_decisive(*f); });
  const std::span<const Finding* const> decisive(summary.matters.begin(), split);
  const std::span<const Finding* const> informing(split, summary.matters.end());
  const auto to_row = [&](const Finding* finding) {
    return finding_data(comparison, summary, *finding, limits.name_bytes);
  };
  add_list(data, "findings", decisive, limits.findings, "more finding", to_row);
  add_list(data, "informing", informing, limits.informing, "more finding", to_row);
  data.set("findings_count", counted(decisive.size(), "finding"));
  data.set("informing_count", counted(informing.size(), "finding"));
  data.set("gating_count", counted(summary.gating, "finding"));
  data.set("cells_count", counted(summary.total_cells, "cell"));
  data.set("several_executors", summary.several_executors);
  data.set("has_unchanged", summary.unchanged_cells > 0);
  data.set("unchanged", counted(summary.unchanged_cells, "cell"));
  add_list(data, "failures", failures(comparison), limits.failures, "more failure", [&](const FailureRow& row) {
    const model::StageFailure& failure = *row.artifact->failure;
    TemplateData item;
    item.set("side", row.side).set("guest", clean(row.artifact->guest, name_cap), limits.name_bytes);
    item.set("build", clean(row.artifact->build, name_cap), limits.name_bytes);
    item.set("stage", clean(failure.stage, 40), 160).set("why", clean(failure.why), 2 * limits.name_bytes);
    item.set("has_excerpt", !failure.excerpt.empty() && limits.log_lines > 0);
    item.set("excerpt", clean_lines(failure.excerpt, std::max<std::size_t>(1, limits.log_lines), 200),
             limits.log_lines * 160);
    return item;
  });
}

TemplateData breakdown_data(const PictureRef& picture, const Limits& limits) {
  const SelectedRows selected = select_rows(*picture.breakdown, limits.breakdown_rows);
  model::Wide largest = std::max<model::Wide>({1, selected.rest.base, selected.rest.head});
  for (const auto& row : selected.rows) largest = std::max({largest, row.base, row.head});
  const auto to_row = [&](const model::BreakdownRow& row) {
    TemplateData line;
    line.set("name", clean(row.name, name_cap), limits.name_bytes);
    line.set("base", thousands(row.base)).set("head", thousands(row.head));
    line.set("change", change_text(row));
    line.set("tone", row.head == row.base ? "none" : row.head < row.base ? "good" : "bad");
    line.set("share", share(row.head, selected.total.head));
    line.set("bar", TemplateData::markup(text_bar(row.head, largest)));
    return line;
  };
  TemplateData item;
  item.set("title", picture.title, limits.name_bytes);
  add_list(item, "rows", selected.rows, selected.rows.size(), "more row", to_row);
  if (selected.rest_count > 0) item.set("rest", to_row(selected.rest));
  model::BreakdownRow total = selected.total;
  total.name = "total";
  item.set("total", to_row(total));
  return item;
}

TemplateData distribution_data(const PictureRef& picture, const Limits& limits) {
  const model::Distribution& distribution = *picture.distribution;
  const auto range = [&](const std::vector<std::int64_t>& values) -> std::string {
    if (values.empty()) return "no runs";
    const auto [low, high] = std::ranges::minmax(values);
    const auto text = [&](std::int64_t value) {
      return quantity(static_cast<model::Wide>(std::max<std::int64_t>(0, value)), distribution.unit);
    };
    return fmt::format("{} ({} to {}, {})", text(median(values)), text(low), text(high), counted(values.size(), "run"));
  };
  TemplateData item;
  item.set("title", picture.title, limits.name_bytes);
  item.set("base", range(distribution.base)).set("head", range(distribution.head));
  return item;
}

void add_breakdowns(TemplateData& data, const std::vector<PictureRef>& pictures, const Limits& limits) {
  std::vector<const PictureRef*> breakdowns;
  std::vector<const PictureRef*> distributions;
  for (const PictureRef& picture : pictures) {
    (picture.breakdown != nullptr ? breakdowns : distributions).push_back(&picture);
  }
  add_list(data, "breakdowns", breakdowns, limits.breakdowns, "more breakdown",
           [&](const PictureRef* picture) { return breakdown_data(*picture, limits); });
  add_list(data, "distributions", distributions, limits.distributions, "more cell",
           [&](const PictureRef* picture) { return distribution_data(*picture, limits); });
}

}  // namespace cyclegate::render
