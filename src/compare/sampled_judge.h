#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "compare/classic_cell.h"
#include "compare/sampled_family.h"
#include "model/comparison.h"
#include "model/policy.h"
#include "model/run_set.h"

namespace cyclegate::compare {

/// What the samples of a guest's cells on one executor say together. Ratios are head/base.
struct SampledGroup {
  std::size_t cells = 0;
  std::uint64_t weight = 0;
  std::uint32_t blocks = 0;  ///< robust: of the cell that has most
  double estimate = 0;       ///< head/base - 1
  std::optional<model::Interval> interval;
  std::optional<double> p_worse;  ///< robust: adjusted, as SampledJudgement has it
  bool worse = false;             ///< robust
  model::Wide base_sum = 0;       ///< classic: weighted sums of means, in thousandths
  model::Wide head_sum = 0;
  std::string would_keep;  ///< of a MAYBE: what would show whether it is a KEEP; half a sentence
};

/// What the samples of one cell and metric say. "worse" and "better" know which way the metric is better.
struct SampledJudgement {
  std::optional<double> estimate;  ///< head/base - 1; nullopt where nothing can be judged: `why` says what is missing
  std::optional<model::Interval> interval;
  double p_worse = 1;   ///< of "head is not worse"; robust: repeated, adjusted for all cells of the family
  double p_better = 1;  ///< of "head is not better"
  bool worse = false;   ///< REGRESSION
  bool better = false;
  bool not_worse = false;           ///< PASS; classic: not flaky
  bool within_worst_input = false;  ///< proven to be no worse than `worst_input`; classic: by the mean
  bool killed = false;              ///< over `kill`; robust: by the whole interval
  double growth = 0;                ///< estimate as a change of cost
  std::uint32_t blocks = 0;
  ClassicCell classic;
  std::string why;      ///< set where nothing can be judged
  std::string resolve;  ///< robust: what would settle a doubt; half a sentence
  std::vector<model::Warning> warnings;
  const SampledGroup* group = nullptr;
};

/// One cell and sampled metric that both sides have, interleaved in one session.
struct SampledTest {
  model::CellId cell;
  std::string metric;
  bool deciding = false;
  std::uint64_t weight = 1;
  model::Better better = model::Better::lower;
  const std::vector<model::Sample>* base = nullptr;
  const std::vector<model::Sample>* head = nullptr;
  double historical_variation = 0;  ///< coefficient of variation that is known from before, 0: none
};

/// Judges all sampled metrics of a comparison, by the methodology of the policy: one family of the deciding metrics of
/// all cells, so that the chance of any false block is `alpha`, and one for each informing metric.
class SampledJudge {
 public:
  /// `planned` are the looks that timing had planned (model::Schedule::looks), empty for an older file;
  /// `seconds_per_block` is for saying how long more of them would take. Keeps a reference to the policy.
  SampledJudge(const model::Policy& policy, std::vector<std::uint32_t> planned, std::optional<double> seconds_per_block)
      : policy_(policy), planned_(std::move(planned)), seconds_per_block_(seconds_per_block) {}

  /// The judgement is complete after settle(); the pointer stays valid as long as the judge. What the test points to
  /// must live until settle() has ended.
  const SampledJudgement* add(const SampledTest& test);

  /// Judges everything that was added. Once.
  void settle();

  /// In place of settle(), without the cost of estimates and intervals: whether more blocks would be of no use. Asks
  /// the deciding metrics; where none is sampled, `wall_time`.
  bool enough();

  /// After enough(): whether more blocks of that cell would be of no use, though others may need them.
  bool enough_of(const model::CellId& cell) const;

 private:
  struct Member {
    std::size_t test = 0;
    std::size_t cell = 0;  // number within the family
    std::size_t group = 0;
  };
  struct Family {
    std::optional<SampledFamily> robust;
    std::vector<Member> members;
    std::deque<SampledGroup> groups;
  };

  const Family* asked() const;
  std::string family_of(const SampledTest& test) const;
  void build_families();
  void look();
  void settle_robust(Family& family);
  void settle_classic(Family& family);
  void judge_robust(const SampledFamily& family, const Member& member);
  void judge_group(const SampledFamily& family, std::size_t number, model::Better better, SampledGroup& group) const;
  std::string more_blocks(double blocks, double half_width, double distance) const;

  const model::Policy& policy_;
  std::vector<std::uint32_t> planned_;
  std::optional<double> seconds_per_block_;
  std::vector<SampledTest> tests_;
  std::deque<SampledJudgement> judgements_;
  std::map<std::string, Family> families_;  // by metric; the deciding ones together under the empty name
};

}  // namespace cyclegate::compare
