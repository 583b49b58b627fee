#include "render/terminal.h"

#include <fmt/format.h>

#include <algorithm>

#include "render/attribution_text.h"
#include "render/blame_text.h"
#include "render/controls.h"
#include "render/numbers.h"
#include "render/safe_text.h"
#include "render/text_table.h"

namespace cyclegate::render {
namespace {

using model::Comparison;
using model::Finding;
using model::Verdict;

constexpr std::size_t most_findings = 20;
constexpr std::size_t most_blames = 2;
constexpr std::size_t most_blamed = 8;
constexpr std::size_t most_guests = 200;
constexpr std::size_t most_attributions = 20;
constexpr std::size_t indent = 2;
constexpr std::string_view missing = "-";

Paint paint_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::reject:
    case Verdict::failed:
    case Verdict::kill:
    case Verdict::discard_worse:
      return Paint::bad;
    case Verdict::keep:
      return Paint::good;
    case Verdict::maybe:
    case Verdict::inconclusive:
      return Paint::open;
    default:
      return Paint::muted;
  }
}

Paint paint_of(model::Status status) {
  if (status == model::Status::pass) return Paint::good;
  return status == model::Status::fail ? Paint::bad : Paint::open;
}

Paint paint_of(const Finding& finding) {
  if (finding.gates) return Paint::bad;
  switch (finding.kind) {
    case model::FindingKind::improved:
      return Paint::good;
    case model::FindingKind::inconclusive:
    case model::FindingKind::incomparable:
      return Paint::open;
    case model::FindingKind::unchanged:
    case model::FindingKind::added:
    case model::FindingKind::removed:
      return Paint::plain;
    default:
      return Paint::bad;
  }
}

class Report {
 public:
  Report(const Comparison& comparison, const Summary& summary, const TerminalStyle& style)
      : comparison_(comparison),
        summary_(summary),
        colour_(style.colour),
        width_(std::max<std::size_t>(60, style.width)) {}

  void head() {
    for (const std::string& change : comparison_.gate_changes) {
      wrapped("This change alters the gate (it counts once merged): " + clean(change), Paint::bad, 0);
    }
    out_ += painted(summary_.headline, paint_of(comparison_.verdict), colour_) +
            "   status: " + painted(model::to_string(comparison_.status), paint_of(comparison_.status), colour_) + "\n";
    for (std::size_t i = 0; i < comparison_.reasons.size() && i < 3; ++i) {
      wrapped(clean(without_logs(summary_, comparison_.reasons[i].text)), Paint::plain, indent);
    }
    if (comparison_.reasons.size() > 3) {
      wrapped("and " + counted(comparison_.reasons.size() - 3, "more reason"), Paint::muted, indent);
    }
    wrapped("Next: " + summary_.next_step, Paint::plain, indent);
  }

  void guests() {
    using Align = TextTable::Align;
    TextTable table({{"guest"},
                     {"metric"},
                     {"base", Align::right},
                     {"head", Align::right},
                     {"change", Align::right},
                     {"verdict"},
                     {"why"}});
    for (std::size_t i = 0; i < summary_.guests.size() && i < most_guests; ++i) {
      const GuestRow& row = summary_.guests[i];
      std::string metric;
      std::string base(missing);
      std::string head(missing);
      std::string change;
      if (row.aggregate != nullptr) {
        const std::string_view unit = row.metric == nullptr ? std::string_view() : std::string_view(row.metric->unit);
        metric = metric_on(row.aggregate->metric, row.aggregate->executor);
        if (row.aggregate->base != 0 || row.aggregate->head != 0) {
          base = quantity(row.aggregate->base, unit);
          head = quantity(row.aggregate->head, unit);
        }
        change = change_text(*row.aggregate);
      }
      const Paint paint = paint_of(row.guest->verdict);
      table.add({{clean(row.guest->guest, name_cap)},
                 {metric},
                 {base},
                 {head},
                 {change, paint},
                 {std::string(model::to_string(row.guest->verdict)), paint},
                 {row.first ? clean(with_builds_named(summary_, row.guest->why, row.guest->guest)) : std::string()}});
    }
    if (table.empty()) return;
    out_ += "\n" + table.render(width_, indent, colour_);
    if (summary_.guests.size() > most_guests) {
      wrapped("and " + counted(summary_.guests.size() - most_guests, "more guest"), Paint::muted, indent);
    }
  }

  void findings() {
    using Align = TextTable::Align;
    const auto decisive = static_cast<std::size_t>(
        std::ranges::partition_point(summary_.matters, [](const Finding* f) { return is_decisive(*f); }) -
        summary_.matters.begin());
    TextTable table({{"input"},
                     {"finding"},
                     {"metric"},
                     {"base", Align::right},
                     {"head", Align::right},
                     {"change", Align::right},
                     {"why"}});
    for (std::size_t i = 0; i < decisive && i < most_findings; ++i) {
      const Finding& finding = *summary_.matters[i];
      const std::string_view unit = unit_of(comparison_.metrics, finding.metric);
      const auto side = [&](const std::optional<std::uint64_t>& value) {
        return value ? quantity(*value, unit) : std::string(missing);
      };
      const std::string mark = finding.gates ? " (fails)" : finding.acknowledged ? " (acknowledged)" : "";
      table.add({{fmt::format("{}/{}", clean(finding.cell.guest, name_cap), clean(finding.cell.input, name_cap))},
                 {std::string(model::to_string(finding.kind)) + mark, paint_of(finding)},
                 {metric_on(finding.metric, finding.cell.executor)},
                 {side(finding.change.base)},
                 {side(finding.change.head)},
                 {change_text(finding.change), paint_of(finding)},
                 {clean(with_builds_named(summary_, finding.why, finding.cell.guest))}});
    }
    if (!table.empty()) out_ += "\n" + table.render(width_, indent, colour_);
    if (decisive > most_findings) {
      wrapped("and " + counted(decisive - most_findings, "more finding"), Paint::muted, indent);
    }
    if (decisive < summary_.matters.size() || summary_.unchanged_cells > 0) out_ += "\n";
    if (const std::size_t informing = summary_.matters.size() - decisive; informing > 0) {
      wrapped(counted(informing, "change") + " of other metrics, for information, in the report", Paint::muted, indent);
    }
    if (summary_.unchanged_cells > 0) {
      wrapped(
          fmt::format("{} of {} unchanged", thousands(summary_.unchanged_cells), counted(summary_.total_cells, "cell")),
          Paint::muted, indent);
    }
  }

  void failures() {
    for (const auto& [side, name] : {std::pair(&comparison_.head, "head"), std::pair(&comparison_.base, "base")}) {
      std::size_t shown = 0;
      for (const model::Artifact& artifact : side->artifacts) {
        if (!artifact.failure || shown++ == 5) continue;
        out_ += "\n";
        wrapped(
            fmt::format("{} of {} ({}) on {} failed: {}", clean(artifact.failure->stage, 40),
                        clean(artifact.guest, name_cap), clean(artifact.build, 60), name, clean(artifact.failure->why)),
            Paint::bad, indent);
        if (artifact.failure->excerpt.empty()) continue;
        const std::string excerpt = clean_lines(artifact.failure->excerpt, 15, width_ - 2 * indent - 2);
        for (std::size_t start = 0; start < excerpt.size();) {
          const std::size_t end = std::min(excerpt.find('\n', start), excerpt.size());
          const std::string line = shorten_end(excerpt.substr(start, end - start), width_ - 2 * indent - 2);
          out_ += std::string(indent, ' ') + painted("| " + line, Paint::muted, colour_) + "\n";
          start = end + 1;
        }
      }
    }
  }

  /// What the guest and what the cost model did, where head brings another model.
  void attributions() {
    if (const std::string text = attributions_text(comparison_, most_attributions, width_, colour_); !text.empty())
      out_ += "\n" + text;
  }

  /// The functions behind the change: of everything where there is that, else of the first guests or cells.
  void blame() {
    std::size_t shown = 0;
    for (const model::Blame* one : widest_blames(comparison_)) {
      if (shown++ == most_blames) break;
      out_ += "\n" + blame_text(*one, most_blamed, width_, colour_);
    }
  }

  void controls() {
    if (const std::string text = controls_text(comparison_); !text.empty()) wrapped(text, Paint::muted, indent);
  }

  void warnings() {
    for (std::size_t i = 0; i < comparison_.warnings.size() && i < 10; ++i) {
      wrapped("warning: " + clean(comparison_.warnings[i].message), Paint::open, indent);
    }
    if (comparison_.warnings.size() > 10) {
      wrapped("and " + counted(comparison_.warnings.size() - 10, "more warning"), Paint::muted, indent);
    }
  }

  void location(const std::string& location) {
    if (!location.empty()) out_ += "\nreport: " + clean(location, 4096) + "\n";
  }

  std::string take() { return std::move(out_); }

 private:
  void wrapped(std::string_view text, Paint paint, std::size_t indentation) {
    out_ += wrap(text, width_, indentation, paint, colour_);
  }

  /// `cost`, with the executor where the comparison has several.
  std::string metric_on(const std::string& metric, const std::string& executor) const {
    const std::string name = clean(metric, 30);
    return !summary_.several_executors ? name : fmt::format("{} ({})", name, clean(executor, 30));
  }

  const Comparison& comparison_;
  const Summary& summary_;
  bool colour_;
  std::size_t width_;
  std::string out_;
};

}  // namespace

std::string render_terminal(const Comparison& comparison, const Summary& summary, const Options& options,
                            const TerminalStyle& style) {
  Report report(comparison, summary, style);
  report.head();
  report.guests();
  report.failures();
  report.findings();
  report.attributions();
  report.blame();
  report.controls();
  report.warnings();
  report.location(options.report_location);
  return without_workflow_commands(report.take());
}

}  // namespace cyclegate::render
