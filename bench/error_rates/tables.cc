#include "tables.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <stdexcept>
#include <utility>

namespace cyclegate::error_rates {
namespace {

std::string rate(const Count& count) {
  return fmt::format("{:.3f} ± {:.3f}", count.rate(), count.error());
}

std::string runs(const Runs& runs) {
  return fmt::format("{:.1f} ± {:.1f}", runs.mean(), runs.error());
}

std::string where(const Row& row) {
  return fmt::format("{}, {:.0f} %", name(row.noise), row.cv * 100);
}

void append_line(std::string& text, const std::vector<std::string>& fields) {
  for (const std::string& field : fields) text += "| " + field + " ";
  text += "|\n";
}

void append_head(std::string& text, const std::vector<std::string>& fields) {
  append_line(text, fields);
  text += "|---";
  for (std::size_t field = 1; field < fields.size(); ++field) text += "|--:";
  text += "|\n";
}

std::vector<std::string> with_methods(std::string first) {
  std::vector<std::string> fields = {std::move(first)};
  for (const Method method : methods) fields.emplace_back(name(method));
  return fields;
}

}  // namespace

std::string as_markdown(const Figures& figures) {
  std::string text;
  const auto out = std::back_inserter(text);
  fmt::format_to(out,
                 "A pull request has {} guests of {} inputs: {} cells and {} aggregates. Figures are means ± one "
                 "Monte-Carlo standard error.\n\n",
                 guests, inputs, cells, guests);
  text += "#### What must hold\n";
  append_head(text, {"figure, in its worst case", "limit", "simulated", ""});
  for (const Goal& goal : goals(figures)) {
    const int digits = goal.limit > 1 ? 1 : 4;
    append_line(text, {goal.what, fmt::format("{:g}", goal.limit),
                       fmt::format("{:.{}f} ± {:.{}f}", goal.figure, digits, goal.error, digits),
                       goal.met()      ? "met"
                       : goal.missed() ? "missed"
                                       : "within three errors"});
  }
  fmt::format_to(out,
                 "\n#### Pull requests without a change in which a regression is called\n"
                 "In any cell, or (robust) in any guest. {} pull requests a row.\n\n",
                 figures.size.without_change);
  append_head(text, with_methods("noise, CV"));
  for (const Row& row : figures.rows) {
    std::vector<std::string> fields = {where(row)};
    for (const Count& count : row.without_change.alarms) fields.push_back(rate(count));
    append_line(text, fields);
  }
  fmt::format_to(out,
                 "\n#### Regressions found\nOne cell of twenty got slower, lognormal noise. {} pull requests a "
                 "row.\n\n",
                 figures.size.power);
  append_head(text, with_methods("CV / effect"));
  for (const Power& power : figures.powers) {
    std::vector<std::string> fields = {fmt::format("{:.0f} % / {:.0f} %", power.cv * 100, power.effect * 100)};
    for (const Count& count : power.tally.hits) fields.push_back(rate(count));
    append_line(text, fields);
  }
  for (const Method method : {Method::robust, Method::classic, Method::classic_in_blocks}) {
    fmt::format_to(out,
                   "\n#### Regressions found by {}, by effect\nOne cell of twenty got slower. {} pull requests a "
                   "figure.\n\n",
                   name(method), figures.size.with_effect);
    std::vector<std::string> head = {"noise, CV"};
    for (const double effect : effects) head.push_back(fmt::format("{:.0f} %", effect * 100));
    append_head(text, head);
    for (const Row& row : figures.rows) {
      std::vector<std::string> fields = {where(row)};
      for (const Tally& tally : row.with_effect)
        fields.push_back(rate(tally.hits.at(static_cast<std::size_t>(method))));
      append_line(text, fields);
    }
  }
  fmt::format_to(out,
                 "\n#### Timed runs of a cell without a change, base and head together\nWarm-ups not counted. {} pull "
                 "requests a row; in brackets the most.\n\n",
                 figures.size.without_change);
  append_head(text, with_methods("noise, CV"));
  for (const Row& row : figures.rows) {
    std::vector<std::string> fields = {where(row)};
    for (const Runs& of : row.without_change.runs) fields.push_back(fmt::format("{} ({})", runs(of), of.most));
    append_line(text, fields);
  }
  fmt::format_to(out,
                 "\n#### Promises of robust\nFalse PASS: all cells got slower by exactly the margin, {} pull requests "
                 "of {} cells a row. Coverage: intervals of two cells of each pull request when timing stopped.\n\n",
                 figures.size.at_margin, cells);
  append_head(text, {"noise, CV", "margin", "false PASS", "PASS without a change", "coverage without a change",
                     "coverage at the margin", "coverage at 5 %"});
  static_assert(effects[3] == 0.05);
  for (const Row& row : figures.rows) {
    append_line(text, {where(row), fmt::format("{:.0f} %", row.margin * 100), rate(row.at_margin.passes),
                       rate(row.without_change.passes), rate(row.without_change.covered), rate(row.at_margin.covered),
                       rate(row.with_effect[3].covered)});
  }
  return text;
}

std::string as_notes(const Figures& figures) {
  const auto percent = [](double rate) { return fmt::format("{:.1f} %", rate * 100); };
  const auto alarms = [&](Method method, bool steady) {
    double least = 1;
    double most = 0;
    for (const Row& row : figures.rows) {
      if (stationary(row.noise) != steady) continue;
      const double rate = row.without_change.alarms.at(static_cast<std::size_t>(method)).rate();
      least = std::min(least, rate);
      most = std::max(most, rate);
    }
    return fmt::format("{:.1f} to {}", least * 100, percent(most));
  };
  const auto powers = [&](Method method) {
    std::string text;
    for (const Power& power : figures.powers) {
      if (!text.empty()) text += ", ";
      text += fmt::format("at {:.0f} % variation one of {:.0f} % in {}", power.cv * 100, power.effect * 100,
                          percent(power.tally.hits.at(static_cast<std::size_t>(method)).rate()));
    }
    return text;
  };
  std::string text = fmt::format(
      "# What reports say of each methodology: its name, a tab, one sentence. Written by bench/error_rates --notes:\n"
      "# {} untouched cells and {} guests a pull request, six models of noise, variation of 1, 3 and 8 %, {} pull "
      "requests each.\n",
      cells, guests, figures.size.without_change);
  const auto out = std::back_inserter(text);
  for (const auto& [methodology, method] :
       {std::pair("robust", Method::robust), {"classic", Method::classic_in_blocks}}) {
    fmt::format_to(
        out,
        "{}\tFalse regressions ({} untouched cells, simulated): in {} of pull requests under steady noise, {} "
        "where the machine drifts{}\n",
        methodology, cells, alarms(method, true), alarms(method, false),
        method == Method::robust ? "; at most 5 % are promised." : ". It does not correct for many comparisons.");
    fmt::format_to(out, "{}\tRegressions found (simulated): {} of pull requests.\n", methodology, powers(method));
  }
  fmt::format_to(
      out,
      "classic\tWith all of base measured before head, the false regressions are {} under steady noise and {} "
      "where the machine drifts (simulated).\n",
      alarms(Method::classic, true), alarms(Method::classic, false));
  return text;
}

std::string with_tables(std::string_view document, std::string_view tables) {
  constexpr std::string_view begin = "<!-- error-rates -->\n";
  constexpr std::string_view end = "<!-- /error-rates -->\n";
  const std::size_t first = document.find(begin);
  const std::size_t last = document.find(end);
  if (first == std::string_view::npos || last == std::string_view::npos || last < first ||
      document.find(begin, first + 1) != std::string_view::npos)
    throw std::runtime_error(
        "there must be one line \"<!-- error-rates -->\" and after it one \"<!-- /error-rates -->\"");
  return fmt::format("{}{}{}", document.substr(0, first + begin.size()), tables, document.substr(last));
}

}  // namespace cyclegate::error_rates
