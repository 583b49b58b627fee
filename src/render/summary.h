#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/comparison.h"

/// What every report says first, chosen once, so that terminal, comment, page and JUnit tell the same story.
namespace cyclegate::render {

/// A guest on one executor: its verdict and the weighted sums of the metric that decides there.
struct GuestRow {
  const model::GuestVerdict* guest = nullptr;
  const model::Aggregate* aggregate = nullptr;  ///< nullptr: no cell of the guest has numbers on both sides
  const model::Metric* metric = nullptr;        ///< of the aggregate; nullptr when the comparison does not describe it
  bool first = true;                            ///< of its guest's rows: says why, which is the whole guest's
};

/// All findings of one cell.
struct CellFindings {
  std::span<const model::Finding> findings;  ///< never empty

  const model::CellId& cell() const { return findings.front().cell; }
};

/// A build that failed, and how it is named where its whole story stands elsewhere in the report.
struct FailedBuild {
  std::string why;     ///< as the comparison has it: command, exit status and log
  std::string reason;  ///< without the log's place
  std::string name;    ///< `build zisk of block-hash (base)`
};

/// Points into the comparison it was made of, which must outlive it.
struct Summary {
  std::string headline;                        ///< `DISCARD (worse)`
  std::string next_step;                       ///< one sentence: what to do now
  std::vector<GuestRow> guests;                ///< the worst verdict first, then by name
  std::vector<CellFindings> cells;             ///< in the comparison's order
  std::vector<const model::Finding*> matters;  ///< everything but unchanged metrics; most important first
  std::uint64_t total_cells = 0;               ///< cells, without the findings that are of a whole guest
  std::uint64_t unchanged_cells = 0;           ///< cells without any finding that matters
  bool several_executors = false;              ///< cells of more than one: what is shown of a cell names its executor
  std::uint64_t gating = 0;                    ///< findings that make the status fail
  std::multimap<std::string, FailedBuild, std::less<>> failed_builds;  ///< of both sides, by guest
  /// The deciding finding with the worst change and the one with the best; nullptr without numbers. Both of the one
  /// executor whose findings matter most (the first by name of several), since changes are not ranked across executors.
  const model::Finding* worst = nullptr;
  const model::Finding* best = nullptr;
};

Summary summarise(const model::Comparison& comparison);

/// A reason without the places of failed builds' logs. A report tells each failed build once, with the end of its log.
std::string without_logs(const Summary& summary, std::string reason);
/// What is said of a guest or of its cells, with its failed builds named instead of told.
std::string with_builds_named(const Summary& summary, std::string why, std::string_view guest);

/// `DISCARD (worse)`, `KEEP (proven gain)`: the verdict's word and what it stands for.
std::string headline(model::Verdict verdict);
/// Whether the finding is about verdict and status rather than background: gates, a deciding metric, or an event.
bool is_decisive(const model::Finding& finding);
/// The relative change with worse positive, whatever direction the metric prefers; 0 without numbers, and a change from
/// 0 counts as a hundredfold one.
double badness(const model::Finding& finding, const std::vector<model::Metric>& metrics);
/// The unit of that metric, or empty.
std::string_view unit_of(const std::vector<model::Metric>& metrics, std::string_view metric);

}  // namespace cyclegate::render
