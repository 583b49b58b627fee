#include "render/junit.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "render/numbers.h"
#include "render/safe_text.h"

namespace cyclegate::render {
namespace {

using model::Finding;
using model::FindingKind;

std::string xml(std::string_view text, std::size_t cap = name_cap) {
  return escape_html(clean(text, cap));
}

bool gives_no_answer(FindingKind kind) {
  return kind == FindingKind::inconclusive || kind == FindingKind::incomparable || kind == FindingKind::added ||
         kind == FindingKind::removed;
}

/// `cost regressed, 1,000 -> 1,100, +10.00 %: why`.
std::string failure_text(const model::Comparison& comparison, const Finding& finding) {
  std::string text = fmt::format("{} {}", clean(finding.metric, 60), model::to_string(finding.kind));
  const std::string_view unit = unit_of(comparison.metrics, finding.metric);
  if (finding.change.base && finding.change.head) {
    text += fmt::format(", {} -> {}, {}", quantity(*finding.change.base, unit), quantity(*finding.change.head, unit),
                        change_text(finding.change));
  }
  if (!finding.why.empty()) text += ": " + clean(finding.why);
  return text;
}

enum class CaseKind { passed, failed, skipped };

CaseKind case_kind(const CellFindings& cell) {
  if (std::ranges::any_of(cell.findings, &Finding::gates)) return CaseKind::failed;
  const bool skipped = std::ranges::any_of(
      cell.findings, [](const Finding& finding) { return finding.deciding && gives_no_answer(finding.kind); });
  return skipped ? CaseKind::skipped : CaseKind::passed;
}

void add_case(std::string& out, const model::Comparison& comparison, const CellFindings& cell) {
  const model::CellId& id = cell.cell();
  fmt::format_to(std::back_inserter(out), "    <testcase classname=\"{}.{}\" name=\"{}\"", xml(id.guest),
                 xml(id.executor), xml(id.input));
  switch (case_kind(cell)) {
    case CaseKind::passed:
      out += "/>\n";
      return;
    case CaseKind::failed:
      out += ">\n";
      for (const Finding& finding : cell.findings) {
        if (!finding.gates) continue;
        const std::string text = escape_html(failure_text(comparison, finding));
        fmt::format_to(std::back_inserter(out), "      <failure type=\"{}\" message=\"{}\">{}</failure>\n",
                       model::to_string(finding.kind), text, text);
      }
      break;
    case CaseKind::skipped: {
      const auto why = std::ranges::find_if(
          cell.findings, [](const Finding& finding) { return finding.deciding && gives_no_answer(finding.kind); });
      fmt::format_to(std::back_inserter(out), ">\n      <skipped message=\"{}\"/>\n",
                     escape_html(failure_text(comparison, *why)));
      break;
    }
  }
  out += "    </testcase>\n";
}

void add_status(std::string& out, const model::Comparison& comparison, const Summary& summary) {
  const bool fails = comparison.status == model::Status::fail;
  const bool neutral = comparison.status == model::Status::neutral;
  fmt::format_to(std::back_inserter(out),
                 "  <testsuite name=\"cyclegate\" tests=\"1\" failures=\"{}\" errors=\"0\" skipped=\"{}\">\n"
                 "    <testcase classname=\"cyclegate\" name=\"status\"",
                 fails ? 1 : 0, neutral ? 1 : 0);
  std::string message = summary.headline;
  if (!comparison.reasons.empty()) message += ": " + clean(comparison.reasons.front().text);
  message = escape_html(message);
  if (fails) {
    fmt::format_to(std::back_inserter(out),
                   ">\n      <failure type=\"{0}\" message=\"{1}\">{1}</failure>\n    </testcase>\n",
                   model::to_string(comparison.verdict), message);
  } else if (neutral) {
    fmt::format_to(std::back_inserter(out), ">\n      <skipped message=\"{}\"/>\n    </testcase>\n", message);
  } else {
    out += "/>\n";
  }
  out += "  </testsuite>\n";
}

}  // namespace

std::string render_junit(const model::Comparison& comparison, const Summary& summary) {
  std::string suites;
  std::size_t failures = comparison.status == model::Status::fail ? 1 : 0;
  std::size_t skipped = comparison.status == model::Status::neutral ? 1 : 0;
  add_status(suites, comparison, summary);
  const auto& cells = summary.cells;
  for (std::size_t start = 0; start < cells.size();) {
    std::size_t end = start;
    std::size_t suite_failures = 0;
    std::size_t suite_skipped = 0;
    std::string cases;
    for (; end < cells.size() && cells[end].cell().guest == cells[start].cell().guest; ++end) {
      const CaseKind kind = case_kind(cells[end]);
      suite_failures += kind == CaseKind::failed ? 1 : 0;
      suite_skipped += kind == CaseKind::skipped ? 1 : 0;
      add_case(cases, comparison, cells[end]);
    }
    fmt::format_to(
        std::back_inserter(suites),
        "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"0\" skipped=\"{}\">\n{}  </testsuite>\n",
        xml(cells[start].cell().guest), end - start, suite_failures, suite_skipped, cases);
    failures += suite_failures;
    skipped += suite_skipped;
    start = end;
  }
  return fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<testsuites name=\"cyclegate\" tests=\"{}\" failures=\"{}\" errors=\"0\" skipped=\"{}\">\n{}</testsuites>\n",
      cells.size() + 1, failures, skipped, suites);
}

}  // namespace cyclegate::render
