#include "compare/sampled_judge.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <tuple>
#include <utility>

#include "compare/fraction.h"
#include "compare/samples.h"
#include "compare/words.h"
#include "model/parallel.h"
#include "stats/summary.h"

namespace cyclegate::compare {

using model::Better;
using model::Methodology;

namespace {

constexpr std::size_t part = 16;           // tests that a thread takes at once
constexpr double most_blocks_named = 200;  // what `measure.runs.max` allows at most

double as_growth(Better better, double change) {
  return better == Better::lower ? change : 1 / (1 + change) - 1;
}

std::optional<model::Interval> shown(const std::optional<stats::LogInterval>& interval) {
  if (!interval) return std::nullopt;
  return model::Interval{std::expm1(interval->low), std::expm1(interval->high), interval_level};
}

void warn_of_variation(std::span<const model::Sample> samples, std::string_view side, SampledJudgement& judgement) {
  if (samples.size() < 2) return;
  std::vector<double> values;
  for (const auto& sample : samples) values.push_back(static_cast<double>(sample.value));
  const double variation = stats::coefficient_of_variation(values);
  if (variation < high_variation) return;
  judgement.warnings.push_back(
      {"high-variation",
       fmt::format("{} varies by {:.1f} % (coefficient of variation, 10 % is the limit): look for throttling and other "
                   "processes, or cool down longer",
                   side, variation * 100)});
}

// `20 s`, `4 min`, `2.5 h`.
std::string about(double seconds) {
  if (seconds < 1) return "under 1 s";
  if (seconds < 90) return fmt::format("about {:.0f} s", seconds);
  if (seconds < 5400) return fmt::format("about {:.0f} min", seconds / 60);
  return fmt::format("about {:.1f} h", seconds / 3600);
}

}  // namespace

const SampledJudgement* SampledJudge::add(const SampledTest& test) {
  tests_.push_back(test);
  return &judgements_.emplace_back();
}

std::string SampledJudge::family_of(const SampledTest& test) const {
  return test.deciding ? std::string() : test.metric;
}

void SampledJudge::build_families() {
  const bool robust = policy_.methodology == Methodology::robust;
  std::vector<PairedBlocks> paired(tests_.size());
  model::for_each_part(tests_.size(), part, [&](std::size_t first, std::size_t last) {
    for (std::size_t index = first; index < last; ++index) {
      const SampledTest& test = tests_[index];
      SampledJudgement& judgement = judgements_[index];
      if (!all_positive(*test.base) || !all_positive(*test.head)) {
        judgement.why = "a run gave 0, so that there is no ratio to judge";
        continue;
      }
      warn_of_variation(*test.base, "base", judgement);
      warn_of_variation(*test.head, "head", judgement);
      if (!robust) {
        if (std::min(test.base->size(), test.head->size()) < 2) judgement.why = "fewer than two runs a side";
        continue;
      }
      paired[index] = pair_blocks(*test.base, *test.head);
      if (paired[index].left_over > 0) {
        judgement.warnings.push_back({"incomplete-block", counted(paired[index].left_over, "run") +
                                                              " outside complete blocks of four not used"});
      }
      judgement.blocks = static_cast<std::uint32_t>(paired[index].blocks.size());
      if (paired[index].blocks.empty()) judgement.why = "no complete block of two runs a side";
    }
  });
  std::map<std::string, std::uint32_t> most;
  for (std::size_t index = 0; index < tests_.size(); ++index) {
    auto& longest = most[family_of(tests_[index])];
    longest = std::max(longest, judgements_[index].blocks);
  }
  std::map<std::tuple<std::string, std::string, std::string>, std::size_t> groups;  // numbers within their family
  for (std::size_t index = 0; index < tests_.size(); ++index) {
    const SampledTest& test = tests_[index];
    if (!judgements_[index].why.empty()) continue;
    const std::string name = family_of(test);
    Family& family = families_[name];
    if (robust && !family.robust)
      family.robust.emplace(planned_.empty() ? std::vector{std::max(most[name], 1U)} : planned_, policy_);
    const auto [found, fresh] =
        groups.try_emplace({test.metric, test.cell.guest, test.cell.executor}, family.groups.size());
    if (fresh) family.groups.emplace_back();
    SampledGroup& group = family.groups[found->second];
    ++group.cells;
    group.weight += test.weight;
    group.blocks = std::max(group.blocks, judgements_[index].blocks);
    judgements_[index].group = &group;
    Member member{index, 0, found->second};
    if (robust) {
      member.cell = family.robust->add_cell({member.group, test.weight, test.better,
                                             std::max(fraction(policy_.tolerance.sampled), test.historical_variation)});
      for (const auto& block : paired[index].blocks) family.robust->add_block(member.cell, block);
    }
    family.members.push_back(member);
  }
}

void SampledJudge::look() {
  build_families();
  for (auto& [name, family] : families_) {
    if (family.robust) {
      family.robust->look_at_all();
      family.robust->adjust();
    } else {
      settle_classic(family);
    }
  }
}

void SampledJudge::settle() {
  look();
  for (auto& [name, family] : families_) {
    if (family.robust) settle_robust(family);
    // Only judgements and groups are asked for from here on; of many cells the rest takes more than both.
    family.robust.reset();
    family.members = {};
  }
  tests_ = {};
}

void SampledJudge::settle_robust(Family& family) {
  model::for_each_part(family.members.size(), part, [&](std::size_t first, std::size_t last) {
    for (std::size_t index = first; index < last; ++index) judge_robust(*family.robust, family.members[index]);
  });
  std::vector<Better> directions(family.groups.size());
  for (const Member& member : family.members) directions[member.group] = tests_[member.test].better;
  model::for_each_part(family.groups.size(), 1, [&](std::size_t first, std::size_t last) {
    for (std::size_t group = first; group < last; ++group)
      judge_group(*family.robust, group, directions[group], family.groups[group]);
  });
}

void SampledJudge::judge_robust(const SampledFamily& family, const Member& member) {
  const SampledTest& test = tests_[member.test];
  SampledJudgement& judgement = judgements_[member.test];
  const double log_estimate = family.estimate(member.cell);
  const auto interval = family.interval(member.cell);
  judgement.estimate = std::expm1(log_estimate);
  judgement.growth = as_growth(test.better, *judgement.estimate);
  judgement.interval = shown(interval);
  judgement.p_worse = family.p_worse(member.cell);
  judgement.p_better = family.p_better(member.cell);
  judgement.worse = family.regressed(member.cell);
  judgement.better = family.improved(member.cell);
  judgement.not_worse = family.passed(member.cell);
  judgement.within_worst_input = family.within_worst_input(member.cell);
  if (!interval) {
    judgement.resolve = fmt::format("{} are too few to tell anything", counted(judgement.blocks, "block"));
    return;
  }
  // By the whole interval, so that one slow run never kills.
  const double kill = std::log(fraction(policy_.thresholds.kill));
  judgement.killed = judgement.worse && (test.better == Better::lower ? interval->low : -interval->high) > kill;
  if (judgement.worse || judgement.better || judgement.not_worse) return;
  const double cost = test.better == Better::lower ? log_estimate : -log_estimate;
  const double margin = std::log1p(std::max(fraction(policy_.tolerance.sampled), test.historical_variation));
  const double half_width = (interval->high - interval->low) / 2;
  const std::string more = more_blocks(judgement.blocks, half_width, std::max(margin - cost, cost));
  judgement.resolve = fmt::format("{}an effect above {:.1f} % would settle it", more.empty() ? "" : more + ", or ",
                                  std::expm1(half_width) * 100);
}

// An interval narrows with the root of the number of blocks: until `distance` is as wide as half of it.
std::string SampledJudge::more_blocks(double blocks, double half_width, double distance) const {
  const double needed = blocks * (half_width / distance) * (half_width / distance);
  if (!(needed < most_blocks_named)) return "";
  double enough = std::max(blocks + 1, std::ceil(needed));
  const auto look = std::ranges::find_if(planned_, [&](std::uint32_t at) { return at >= enough; });
  if (look != planned_.end()) enough = *look;
  const double more = enough - blocks;
  std::string text = fmt::format("{} more {}", more, more == 1 ? "block" : "blocks");
  if (seconds_per_block_) text += ", " + about(more * *seconds_per_block_);
  if (!planned_.empty() && look == planned_.end()) text += fmt::format(" (with measure.runs.max: {})", 2 * enough);
  return text;
}

void SampledJudge::judge_group(const SampledFamily& family, std::size_t number, Better better,
                               SampledGroup& group) const {
  const double log_estimate = family.group_estimate(number);
  const auto interval = family.group_interval(number);
  group.estimate = std::expm1(log_estimate);
  group.interval = shown(interval);
  group.p_worse = family.group_p_worse(number);
  group.worse = family.group_regressed(number);
  if (!interval || !family.group_maybe(number) || family.group_keep(number)) return;
  const double keep = std::log1p(-fraction(policy_.thresholds.keep));
  const double cost = better == Better::lower ? log_estimate : -log_estimate;
  const double best = better == Better::lower ? interval->low : -interval->high;
  if (best >= keep) {
    group.would_keep = fmt::format("proven to be no more than {}", percent(policy_.thresholds.keep));
    return;
  }
  const double half_width = (interval->high - interval->low) / 2;
  const std::string more = more_blocks(group.blocks, half_width, std::abs(cost - keep));
  group.would_keep =
      fmt::format("{}a gain above {:.1f} % would show that it is more than {}", more.empty() ? "" : more + ", or ",
                  -std::expm1(keep - half_width) * 100, percent(policy_.thresholds.keep));
}

void SampledJudge::settle_classic(Family& family) {
  for (const Member& member : family.members) {
    const SampledTest& test = tests_[member.test];
    SampledJudgement& judgement = judgements_[member.test];
    const auto base = in_order(*test.base);
    const auto head = in_order(*test.head);
    const std::size_t runs = std::min(base.size(), head.size());
    std::size_t first = runs;
    std::size_t second = runs;
    if (!planned_.empty()) {
      first = std::min<std::size_t>(runs, 2 * std::size_t{planned_.front()});
      second = std::min<std::size_t>(2 * first, 2 * std::size_t{planned_.back()});
    }
    const ClassicCell cell = judge_classic(base, head, first, second, test.better, policy_.thresholds);
    judgement.classic = cell;
    judgement.blocks = static_cast<std::uint32_t>(std::max(cell.base_runs, cell.head_runs) / 2);
    judgement.estimate = cell.estimate;
    judgement.growth = as_growth(test.better, cell.estimate);
    judgement.interval = {cell.low, cell.high, interval_level};
    // Two-sided, as the methodology has it; the side that the mean speaks against has nothing to show.
    judgement.p_worse = judgement.growth > 0 ? cell.p : 1;
    judgement.p_better = judgement.growth < 0 ? cell.p : 1;
    judgement.worse = cell.worse;
    judgement.better = cell.better;
    judgement.not_worse = !cell.unproven;
    judgement.within_worst_input = judgement.growth <= fraction(policy_.thresholds.worst_input);
    judgement.killed = cell.killed;
    SampledGroup& group = family.groups[member.group];
    group.base_sum += static_cast<model::Wide>(test.weight) * cell.base_mean;
    group.head_sum += static_cast<model::Wide>(test.weight) * cell.head_mean;
  }
  for (SampledGroup& group : family.groups)
    group.estimate = static_cast<double>(group.head_sum) / static_cast<double>(group.base_sum) - 1;
}

const SampledJudge::Family* SampledJudge::asked() const {
  auto found = families_.find("");
  if (found == families_.end()) found = families_.find("wall_time");
  return found == families_.end() ? nullptr : &found->second;
}

bool SampledJudge::enough() {
  look();
  const Family* family = asked();
  if (family == nullptr) return true;
  if (family->robust) return family->robust->decided();
  return std::ranges::none_of(family->members,
                              [&](const Member& member) { return judgements_[member.test].classic.flaky; });
}

bool SampledJudge::enough_of(const model::CellId& cell) const {
  const Family* family = asked();
  if (family == nullptr) return true;
  return std::ranges::all_of(family->members, [&](const Member& member) {
    if (tests_[member.test].cell != cell) return true;
    return family->robust ? family->robust->enough(member.cell) : !judgements_[member.test].classic.flaky;
  });
}

}  // namespace cyclegate::compare
