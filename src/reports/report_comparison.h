#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "reports/hyperfine.h"
#include "reports/ziskemu_report.h"

namespace cyclegate::reports {

/// One number of two files side by side.
struct ComparedLine {
  std::string name;
  std::string unit;                       ///< `steps`, `cost`, `rows`, `ns`
  std::optional<std::uint64_t> baseline;  ///< absent: the baseline does not have it (NEW)
  std::optional<std::uint64_t> current;   ///< absent: the current file does not have it (GONE)
  /// One file has no such table at all (it was made with fewer flags, or ziskemu left it out), so that an absent side
  /// says nothing.
  bool one_sided = false;

  bool operator==(const ComparedLine&) const = default;
};

/// Two files side by side. There is no verdict in it: such files carry no rules and are not measured together.
struct ReportComparison {
  std::string type;          ///< `ziskemu` or `hyperfine`
  std::string incomparable;  ///< why no change may be named; empty where it may
  std::vector<ComparedLine> metrics;
  std::string functions_unit;           ///< of `functions`: `cost`, or `steps` where a report has no costs; or empty
  std::vector<ComparedLine> functions;  ///< top functions: falling current, then falling baseline, then name
  std::vector<ComparedLine> opcodes;    ///< base and precompiled opcodes, likewise
  std::vector<std::string> notes;       ///< sentences for people: what the numbers do not say
};

/// Two reports of ziskemu. Reports of different cost versions, with different BASE costs or of layouts that count
/// differently are incomparable: the constants change with every release.
ReportComparison compare_reports(const ZiskemuReport& baseline, const ZiskemuReport& current);

/// Two results of hyperfine: commands by their words, or the one against the one where each file has a single command.
/// Where both have every run's time, Welch's t test of the means is named in a note.
ReportComparison compare_results(const HyperfineResults& baseline, const HyperfineResults& current);

/// The change in percent with its sign and two decimals, rounded half away from zero, computed in integers: `+1.06`,
/// `-0.50`; nullopt where a side is absent or the baseline is 0 and the current value is not.
std::optional<std::string> change_percent(const ComparedLine& line);

/// As JSON: type, baseline, current (the files' names), incomparable, metrics [{name, unit, baseline, current,
/// change_percent}], functions and opcodes [{..., status}], notes; status is NEW or GONE where a side is absent, its
/// report has such a table and the reports can be compared.
std::string to_json(const ReportComparison& comparison, const std::string& baseline, const std::string& current);

}  // namespace cyclegate::reports
