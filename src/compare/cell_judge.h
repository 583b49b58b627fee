#pragma once

#include <deque>
#include <ranges>
#include <set>
#include <string>
#include <vector>

#include "compare/acknowledgements.h"
#include "compare/cell_plan.h"
#include "compare/metric_table.h"
#include "compare/sampled_judge.h"
#include "model/comparison.h"

namespace cyclegate::compare {

/// A finding with what the verdict needs besides it.
struct Judged {
  model::Finding finding;
  model::Better better = model::Better::lower;
  bool no_base = false;        ///< incomparable because base failed or has nothing: no doubt about head
  bool same_artifact = false;  ///< unchanged because nothing changed
  bool from_zero = false;      ///< base's cost is 0, so that there is no ratio
  bool comparable = false;     ///< both values are there and may be summed
  bool of_group = false;       ///< of all inputs of a guest on one executor together
  const SampledJudgement* sampled = nullptr;

  /// Nobody vouches for what head put out: its numbers on that executor win nothing.
  bool output_in_doubt() const {
    return finding.metric == "output" && finding.deciding &&
           (finding.kind == model::FindingKind::incomparable || finding.kind == model::FindingKind::nondeterministic);
  }
};

/// Findings in chunks, so that they can be handed on without being in memory twice.
using JudgedList = std::deque<Judged>;
using JudgedRange = std::ranges::subrange<JudgedList::iterator>;

/// Judges cells one by one, in order, then settles what needs all of them.
class CellJudge {
 public:
  /// Keeps references; `samples` gets the sampled metrics as they are met. `base_has_policy` false: there is no base,
  /// everything is new. `pinned` may be absent: what was measured before, for how noisy a metric is known to be.
  CellJudge(const model::Policy& policy, bool base_has_policy, const MetricTable& metrics,
            const Acknowledgements& acknowledgements, SampledJudge& samples, const model::RunSet* pinned)
      : policy_(policy),
        base_has_policy_(base_has_policy),
        metrics_(metrics),
        acknowledgements_(acknowledgements),
        samples_(samples),
        pinned_(pinned) {}

  /// Adds the cell's findings: one per metric that either side has of it, one of the deciding metric in any case, one
  /// of `output` where it is not as it must be. The run sets must outlive the judge.
  void judge(const PlannedCell& cell);

  /// Adds a finding of a whole guest.
  void add(Judged judged) { judged_.push_back(std::move(judged)); }

  /// Settles the sampled metrics and gives their findings their kinds. A guest that is proven to be worse over several
  /// inputs together gets a finding of its own, without an input.
  void settle();

  JudgedList& judged() { return judged_; }

  /// Acknowledgements of head that made a difference.
  const std::set<const model::Acknowledgement*>& used_of_head() const { return used_of_head_; }

 private:
  struct Place {
    const PlannedCell& cell;
    std::string deciding;
  };
  Judged& begin(const Place& place, const std::string& metric);
  void event(const Place& place, model::FindingKind kind, const std::string& why, bool no_base);
  void judge_output(const Place& place);
  void judge_metric(const Place& place, const std::string& metric);
  void judge_exact(const Place& place, Judged& judged, const std::vector<std::uint64_t>& base,
                   const std::vector<std::uint64_t>& head);
  void judge_samples(const Place& place, Judged& judged, const std::vector<model::Sample>& base,
                     const std::vector<model::Sample>& head);
  double historical_variation(const Place& place, const std::string& metric) const;
  void settle_one(Judged& judged);
  void settle_group(const Judged& member);
  bool accept(Judged& judged, double growth);
  void acknowledge(Judged& judged, model::Wide base, model::Wide head);

  const model::Policy& policy_;
  bool base_has_policy_;
  const MetricTable& metrics_;
  const Acknowledgements& acknowledgements_;
  JudgedList judged_;
  SampledJudge& samples_;
  const model::RunSet* pinned_;
  std::set<const model::Acknowledgement*> used_of_head_;
};

}  // namespace cyclegate::compare
