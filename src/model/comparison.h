#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/attribution.h"
#include "model/blame.h"
#include "model/cell.h"
#include "model/metric.h"
#include "model/policy.h"
#include "model/run_set.h"
#include "model/warning.h"
#include "model/wide.h"

namespace cyclegate::model {

/// What happened to one metric of one cell.
enum class FindingKind {
  improved,
  unchanged,
  regressed,
  inconclusive,
  incomparable,
  nondeterministic,
  failed,
  rejected,
  killed,
  added,  ///< shown as `new`
  removed,
};

/// Whether the change is worth having; in order of precedence, see design's glossary.
enum class Verdict {
  reject,         ///< REJECT: wrong output
  failed,         ///< FAILED
  kill,           ///< KILL
  discard_worse,  ///< DISCARD, because worse
  keep,           ///< KEEP
  maybe,          ///< MAYBE
  inconclusive,   ///< INCONCLUSIVE
  discard,        ///< DISCARD, no gain
  unchanged,      ///< UNCHANGED
};

/// What CI shows.
enum class Status { pass, fail, neutral };

/// A confidence interval of the relative change head/base - 1, as fractions (0.05 is +5 %). Sampled metrics only.
struct Interval {
  double low = 0;
  double high = 0;
  double level = 0.95;

  bool operator==(const Interval&) const = default;
};

/// One metric on both sides. Exact metrics fill base and head as they are; sampled ones with the median of the samples.
struct Change {
  std::optional<std::uint64_t> base;
  std::optional<std::uint64_t> head;
  std::optional<double> estimate;  ///< sampled only: estimated head/base - 1
  std::optional<Interval> interval;
  std::optional<double> p_value;  ///< sampled only: of "head is not worse"

  bool operator==(const Change&) const = default;
};

/// One row of the result: a cell and a metric. Cell-level events (failed, rejected, new, removed, incomparable) have
/// the deciding metric's name, or `output` for a wrong output.
struct Finding {
  CellId cell;
  std::string metric;
  FindingKind kind = FindingKind::unchanged;
  bool deciding = false;      ///< this metric takes part in verdict and status
  bool acknowledged = false;  ///< an acknowledgement covers it
  bool gates = false;         ///< this finding makes the status fail
  Change change;
  std::uint64_t weight = 1;
  std::string why;  ///< one sentence; what would resolve it, where in doubt
  std::vector<Warning> warnings;

  bool operator==(const Finding&) const = default;
};

/// Weighted sums over the inputs of a guest on one executor (exact metrics), over the cells that both sides have.
struct Aggregate {
  std::string guest;
  std::string executor;
  std::string metric;
  bool deciding = false;
  std::uint64_t inputs = 0;          ///< cells in the sums
  std::uint64_t weight = 0;          ///< sum of their weights
  Wide base = 0;                     ///< sum of weight x base
  Wide head = 0;                     ///< sum of weight x head
  std::optional<double> estimate;    ///< sampled: weighted geometric mean of head/base, minus 1
  std::optional<Interval> interval;  ///< sampled only
  std::optional<double> p_value;     ///< sampled only: of "head is not worse"

  bool operator==(const Aggregate&) const = default;
};

/// A guest's verdict.
struct GuestVerdict {
  std::string guest;
  Verdict verdict = Verdict::unchanged;
  std::string why;
  bool same_artifact = false;  ///< all artefacts are the same on both sides: nothing was run

  bool operator==(const GuestVerdict&) const = default;
};

/// One bar pair of a histogram.
struct BreakdownRow {
  std::string name;
  Wide base = 0;
  Wide head = 0;

  bool operator==(const BreakdownRow&) const = default;
};

/// How a guest's cost on one executor splits, summed over the inputs of which both sides tell it and that can be
/// compared, each times its weight, as in Aggregate and Blame.
struct Breakdown {
  std::string guest;
  std::string executor;
  std::string kind;                ///< `function` (self), `opcode` (opcodes and precompiles), `memory`
  std::vector<BreakdownRow> rows;  ///< all rows; falling max(base, head), then name
  std::string metric = {};         ///< what is split: a metric's name, `cost`, `steps` or `count`; empty: not known
  std::uint64_t inputs = 0;        ///< in the sums; 0: not known
  std::uint64_t of_inputs = 0;     ///< of the guest on this executor
  std::uint64_t weight = 0;        ///< of the inputs in the sums together; above `inputs` where any weight is not 1

  bool operator==(const Breakdown&) const = default;
};

/// The samples of one cell and sampled metric on both sides, for drawing.
struct Distribution {
  CellId cell;
  std::string metric;
  std::string unit;
  std::vector<std::int64_t> base;
  std::vector<std::int64_t> head;

  bool operator==(const Distribution&) const = default;
};

/// Why the verdict or the status is what it is; the first is the most important.
struct Reason {
  std::string code;  ///< stable, machine-readable, e.g. `worse-than-tolerance`, `wrong-output`
  std::string text;

  bool operator==(const Reason&) const = default;
};

/// What a control cell showed about this machine in this session (model::Control); it decides nothing.
struct ControlResult {
  CellId cell;
  std::string metric;
  Millionths slow_down{0};  ///< what was injected; 0: an A/A control
  /// A/A: `regressed` is a false alarm, everything else is clean. Injected: only `regressed` is found.
  FindingKind kind = FindingKind::inconclusive;
  Change change;
  std::uint32_t blocks = 0;  ///< randomised blocks behind it
  std::string why;

  bool operator==(const ControlResult&) const = default;
};

/// What one side was, without its runs.
struct SideSummary {
  Commit commit;
  Session session;
  Schedule schedule;
  Environment environment;
  std::uint64_t cells = 0;         ///< cells with a result
  std::uint64_t reused_cells = 0;  ///< of these, taken from a store without a run
  std::vector<Artifact> artifacts;

  bool operator==(const SideSummary&) const = default;
};

/// The whole answer of a gate.
struct Comparison {
  SideSummary base;
  SideSummary head;
  Policy policy;                          ///< the one that decided
  bool base_has_policy = true;            ///< false: base has no cyclegate.yaml, all is new
  std::vector<std::string> gate_changes;  ///< "this change alters the gate": what head changes in the rules
  std::vector<Metric> metrics;
  std::vector<GuestVerdict> guests;         ///< by name
  std::vector<Finding> findings;            ///< by cell, then metric
  std::vector<Aggregate> aggregates;        ///< by guest, executor, metric
  std::vector<Breakdown> breakdowns;        ///< by guest, executor, kind
  std::vector<Distribution> distributions;  ///< by cell, metric
  /// Which functions the changes come from: all guests of an executor together (guest empty), then guest by guest, its
  /// inputs together (input empty) before each of them. Only where something changed.
  std::vector<Blame> blame;
  /// Where head brings another cost model, by guest and executor: its inputs together (input empty) before each of
  /// them.
  std::vector<Attribution> attributions;
  std::vector<ControlResult> controls;  ///< by cell, metric
  Verdict verdict = Verdict::unchanged;
  Status status = Status::neutral;
  std::vector<Reason> reasons;
  std::vector<Warning> warnings;

  bool operator==(const Comparison&) const = default;
};

/// `improved`, ..., `new`, `removed`.
std::string_view to_string(FindingKind kind);
/// The word a report shows: REJECT, FAILED, KILL, DISCARD, KEEP, MAYBE, INCONCLUSIVE, UNCHANGED (both DISCARDs the
/// same).
std::string_view to_string(Verdict verdict);
/// `pass`, `fail`, `neutral`.
std::string_view to_string(Status status);

}  // namespace cyclegate::model
