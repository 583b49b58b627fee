#include "reports/report_comparison.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <string_view>
#include <utility>

#include "model/json_writer.h"
#include "model/wide.h"
#include "stats/welch.h"

namespace cyclegate::reports {

namespace {

/// Lines of two lists by name; where a name stands more than once, the first belongs to the first and so on.
class Pairing {
 public:
  explicit Pairing(std::string unit, bool one_sided = false) : unit_(std::move(unit)), one_sided_(one_sided) {}

  void baseline(const std::string& name, std::uint64_t value) { line(name, baseline_seen_).baseline = value; }
  void current(const std::string& name, std::uint64_t value) { line(name, current_seen_).current = value; }

  /// In the order in which they came, or the largest first.
  std::vector<ComparedLine> take(bool largest_first) {
    if (largest_first) {
      std::ranges::stable_sort(lines_, [](const ComparedLine& a, const ComparedLine& b) {
        return std::pair(a.current.value_or(0), a.baseline.value_or(0)) >
               std::pair(b.current.value_or(0), b.baseline.value_or(0));
      });
    }
    return std::move(lines_);
  }

 private:
  ComparedLine& line(const std::string& name, std::map<std::string, std::size_t>& seen) {
    const auto [found, fresh] = index_.emplace(std::pair(name, seen[name]++), lines_.size());
    if (fresh) lines_.push_back({.name = name, .unit = unit_, .baseline = {}, .current = {}, .one_sided = one_sided_});
    return lines_[found->second];
  }

  std::string unit_;
  bool one_sided_;
  std::map<std::pair<std::string, std::size_t>, std::size_t> index_;
  std::map<std::string, std::size_t> baseline_seen_;
  std::map<std::string, std::size_t> current_seen_;
  std::vector<ComparedLine> lines_;
};

/// Whether what is not in this report's table did not happen. A snapshot leaves out tables without rows; it never has
/// functions.
bool lists(const ZiskemuReport& report, Section section) {
  const bool functions = section == Section::cost_functions || section == Section::step_functions;
  return report.find(section) != nullptr || (report.layout == Layout::csv && !functions);
}

std::vector<ComparedLine> pair_tables(const ZiskemuReport& baseline, const ZiskemuReport& current, Section section,
                                      std::string_view column, std::string unit) {
  Pairing pairing(std::move(unit), lists(baseline, section) != lists(current, section));
  const auto each = [&](const ZiskemuReport& report, auto add) {
    const Table* table = report.find(section);
    if (table == nullptr) return;
    const auto found = std::ranges::find(table->columns, column);
    const auto at = static_cast<std::size_t>(found - table->columns.begin());
    for (const Row& row : table->rows) {
      if (at < row.values.size() && !row.values[at].is_none()) add(row.name, row.values[at].digits);
    }
  };
  each(baseline, [&](const std::string& name, std::uint64_t value) { pairing.baseline(name, value); });
  each(current, [&](const std::string& name, std::uint64_t value) { pairing.current(name, value); });
  return pairing.take(true);
}

std::string why_incomparable(const ZiskemuReport& baseline, const ZiskemuReport& current) {
  const auto version = [](const ZiskemuReport& report) {
    return report.cost_version ? fmt::format("cost version {}", *report.cost_version) : std::string("no cost version");
  };
  const auto whole = [](const ZiskemuReport& report) {
    return report.layout == Layout::csv || report.layout == Layout::text;
  };
  if (whole(baseline) != whole(current)) {
    return "one of them is not from -X alone: the short reports leave RAM INIT and ROM INIT out of MEMORY and TOTAL";
  }
  // The seven totals never name a version; BASE still tells releases apart.
  if (baseline.layout != Layout::totals && current.layout != Layout::totals &&
      baseline.cost_version != current.cost_version) {
    return fmt::format("the baseline has {}, the current report {}", version(baseline), version(current));
  }
  if (baseline.cost("BASE") && current.cost("BASE") && baseline.cost("BASE") != current.cost("BASE")) {
    return fmt::format("BASE is {} and {}: they come from different releases of ziskemu", *baseline.cost("BASE"),
                       *current.cost("BASE"));
  }
  return "";
}

void add_sides(std::vector<ComparedLine>& lines, std::string name, std::string unit, std::uint64_t baseline,
               std::uint64_t current) {
  lines.push_back({.name = std::move(name), .unit = std::move(unit), .baseline = baseline, .current = current});
}

std::uint64_t nanoseconds(double seconds) {
  return static_cast<std::uint64_t>(std::llround(seconds * 1e9));
}

/// A difference of times with its sign and four significant digits: `-44.05 ms`, `+1.200 s`.
std::string signed_time(double seconds) {
  constexpr std::array<std::pair<double, const char*>, 4> units = {
      {{1, "s"}, {1e-3, "ms"}, {1e-6, "\u00B5s"}, {1e-9, "ns"}}};
  const auto* unit = std::ranges::find_if(units, [&](const auto& each) { return std::abs(seconds) >= each.first; });
  if (unit == units.end()) unit = &units.back();
  const double value = seconds / unit->first;
  const int decimals = std::abs(value) >= 1000 ? 0 : std::abs(value) >= 100 ? 1 : std::abs(value) >= 10 ? 2 : 3;
  return fmt::format("{:+.{}f} {}", value, decimals, unit->second);
}

void compare_pair(ReportComparison& comparison, const HyperfineResult& a, const HyperfineResult& b,
                  const std::string& prefix) {
  const auto add = [&](const char* name, double baseline, double current) {
    add_sides(comparison.metrics, prefix + name, "ns", nanoseconds(baseline), nanoseconds(current));
  };
  add("mean", a.mean, b.mean);
  if (a.stddev && b.stddev) add("stddev", *a.stddev, *b.stddev);
  add("median", a.median, b.median);
  add("min", a.min, b.min);
  add("max", a.max, b.max);
  add("user", a.user, b.user);
  add("system", a.system, b.system);
  if (a.failed || b.failed) comparison.notes.push_back(prefix + "a run ended with an exit status other than 0");
  if (a.times.size() < 2 || b.times.size() < 2) {
    comparison.notes.push_back(prefix +
                               "no test of significance: that needs the times of two runs or more in each file");
    return;
  }
  const stats::Welch test = stats::welch_test(a.times, b.times, 0.95);
  comparison.notes.push_back(
      fmt::format("{}Welch's t test over {} and {} runs: p = {:.4f}; the mean changed by {} to {} (95 %)", prefix,
                  a.times.size(), b.times.size(), test.p, signed_time(test.low), signed_time(test.high)));
}

void write_lines(std::string& out, std::string_view name, const std::vector<ComparedLine>& lines, bool comparable) {
  out += fmt::format(",\n\"{}\":[", name);
  bool first = true;
  for (const ComparedLine& line : lines) {
    out += first ? "\n{\"name\":" : ",\n{\"name\":";
    first = false;
    model::JsonWriter(out).string(line.name);
    out += fmt::format(",\"unit\":\"{}\",\"baseline\":{},\"current\":{},\"change_percent\":", line.unit,
                       line.baseline ? std::to_string(*line.baseline) : "null",
                       line.current ? std::to_string(*line.current) : "null");
    const auto change = comparable ? change_percent(line) : std::nullopt;
    // JSON knows no plus sign.
    out += change ? (change->starts_with('+') ? change->substr(1) : *change) : "null";
    // What only one of two incomparable reports lists may be in the other's run as well.
    const bool told = comparable && !line.one_sided;
    if (told && !line.baseline) out += ",\"status\":\"NEW\"";
    if (told && !line.current) out += ",\"status\":\"GONE\"";
    out += '}';
  }
  out += ']';
}

}  // namespace

ReportComparison compare_reports(const ZiskemuReport& baseline, const ZiskemuReport& current) {
  ReportComparison comparison;
  comparison.type = "ziskemu";
  comparison.incomparable = why_incomparable(baseline, current);
  add_sides(comparison.metrics, "STEPS", "steps", baseline.steps, current.steps);
  for (const Section section : {Section::cost_distribution, Section::usage}) {
    Pairing pairing("cost");
    const auto each = [&](const ZiskemuReport& report, auto add) {
      for (const Table& table : report.tables) {
        if (table.section != section) continue;
        for (const Row& row : table.rows) {
          if (!row.values.empty() && !row.values[0].is_none()) add(row.name, row.values[0].digits);
        }
      }
    };
    each(baseline, [&](const std::string& name, std::uint64_t value) { pairing.baseline(name, value); });
    each(current, [&](const std::string& name, std::uint64_t value) { pairing.current(name, value); });
    for (ComparedLine& line : pairing.take(false)) {
      if (line.name == "ROM USAGE") line.unit = "rows";
      if (line.name == "RAM USAGE") line.unit = "bytes";
      comparison.metrics.push_back(std::move(line));
    }
  }
  comparison.functions = pair_tables(baseline, current, Section::cost_functions, "COST", "cost");
  comparison.functions_unit = "cost";
  if (comparison.functions.empty()) {
    comparison.functions = pair_tables(baseline, current, Section::step_functions, "STEPS", "steps");
    comparison.functions_unit = comparison.functions.empty() ? "" : "steps";
  }
  comparison.opcodes = pair_tables(baseline, current, Section::opcodes, "COST", "cost");
  for (ComparedLine& line : pair_tables(baseline, current, Section::precompiles, "COST", "cost")) {
    comparison.opcodes.push_back(std::move(line));
  }
  if (!comparison.functions.empty() && comparison.functions.front().one_sided) {
    comparison.notes.push_back(fmt::format(
        "the {} has no tables of functions: what the other one lists is neither new nor gone (functions are inclusive "
        "and the top of the report only, -T)",
        lists(baseline, Section::cost_functions) || lists(baseline, Section::step_functions) ? "current report"
                                                                                             : "baseline"));
  } else if (!comparison.functions.empty()) {
    comparison.notes.emplace_back(
        "functions are inclusive and the top of each report only (-T): NEW and GONE mean not among the other's; "
        "ziskemu leaves recursive functions out");
  }
  for (const ZiskemuReport* report : {&baseline, &current}) {
    for (const model::Warning& warning : report->warnings) {
      comparison.notes.push_back((report == &baseline ? "baseline: " : "current: ") + warning.message);
    }
  }
  return comparison;
}

ReportComparison compare_results(const HyperfineResults& baseline, const HyperfineResults& current) {
  ReportComparison comparison;
  comparison.type = "hyperfine";
  if (baseline.results.size() == 1 && current.results.size() == 1) {
    compare_pair(comparison, baseline.results[0], current.results[0], "");
    if (baseline.results[0].command != current.results[0].command) {
      comparison.notes.push_back(
          fmt::format("baseline is `{}`, current `{}`", baseline.results[0].command, current.results[0].command));
    }
  } else {
    std::vector<bool> used(current.results.size(), false);
    for (const HyperfineResult& result : baseline.results) {
      const std::string prefix = result.command + ": ";
      std::size_t at = 0;
      while (at < current.results.size() && (used[at] || current.results[at].command != result.command)) ++at;
      if (at == current.results.size()) {
        comparison.metrics.push_back(
            {.name = prefix + "mean", .unit = "ns", .baseline = nanoseconds(result.mean), .current = {}});
        continue;
      }
      used[at] = true;
      compare_pair(comparison, result, current.results[at], prefix);
    }
    for (std::size_t at = 0; at < current.results.size(); ++at) {
      if (used[at]) continue;
      comparison.metrics.push_back({.name = current.results[at].command + ": mean",
                                    .unit = "ns",
                                    .baseline = {},
                                    .current = nanoseconds(current.results[at].mean)});
    }
  }
  comparison.notes.emplace_back(
      "informational: the runs of the two files were not interleaved, so that a change of the machine between them "
      "cannot be told from a change of the program; `cyclegate gate` measures both together");
  return comparison;
}

std::optional<std::string> change_percent(const ComparedLine& line) {
  if (!line.baseline || !line.current) return std::nullopt;
  if (*line.baseline == *line.current) return "0.00";
  if (*line.baseline == 0) return std::nullopt;

  const bool more = *line.current > *line.baseline;
  const std::uint64_t difference = more ? *line.current - *line.baseline : *line.baseline - *line.current;
  const model::Wide hundredths = (model::Wide{difference} * 20'000 / *line.baseline + 1) / 2;
  const std::string whole = model::to_decimal(hundredths / 100);  // up to 100 times what 64 bits hold
  const auto part = static_cast<std::uint64_t>(hundredths % 100);
  const std::string_view sign = more ? "+" : "-";
  return fmt::format("{}{}.{:02}", hundredths == 0 ? "" : sign, whole, part);
}

std::string to_json(const ReportComparison& comparison, const std::string& baseline, const std::string& current) {
  std::string out = fmt::format("{{\"type\":\"{} comparison\",\n\"baseline\":", comparison.type);
  model::JsonWriter(out).string(baseline);
  out += ",\n\"current\":";
  model::JsonWriter(out).string(current);
  out += ",\n\"incomparable\":";
  model::JsonWriter(out).string(comparison.incomparable);
  const bool comparable = comparison.incomparable.empty();
  write_lines(out, "metrics", comparison.metrics, comparable);
  write_lines(out, "functions", comparison.functions, comparable);
  write_lines(out, "opcodes", comparison.opcodes, comparable);
  out += ",\n\"notes\":[";
  for (std::size_t i = 0; i < comparison.notes.size(); ++i) {
    if (i > 0) out += ',';
    model::JsonWriter(out).string(comparison.notes[i]);
  }
  out += "]}\n";
  return out;
}

}  // namespace cyclegate::reports
