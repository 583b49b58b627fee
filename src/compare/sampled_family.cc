#include "compare/sampled_family.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <stdexcept>
#include <utility>

#include "model/parallel.h"
#include "stats/holm.h"
#include "stats/sequential.h"
#include "stats/stratified.h"

namespace cyclegate::compare {
namespace {

constexpr double one_sided = (1 - interval_level) / 2;
constexpr double no_change = 2e-7;             // bisection is good to 1e-7: anything closer to 0 is 0
constexpr std::size_t cells_for_threads = 64;  // fewer are looked at before threads have started

double log_of(model::Millionths change, double sign) {
  return std::log1p(sign * static_cast<double>(change.value) / model::one_million);
}

double upper_tail(double z) {
  return std::erfc(z / std::sqrt(2.0)) / 2;
}

// A ratio of costs is one of values where lower is better, and its inverse where higher is.
double turned(model::Better better, double log_ratio) {
  return better == model::Better::lower ? log_ratio : -log_ratio;
}

std::optional<stats::LogInterval> turned(model::Better better, std::optional<stats::LogInterval> interval) {
  if (interval && better == model::Better::higher) return stats::LogInterval{-interval->high, -interval->low};
  return interval;
}

}  // namespace

SampledFamily::SampledFamily(std::vector<std::uint32_t> planned, const model::Policy& policy)
    : looks_(std::move(planned)),
      keep_(log_of(policy.thresholds.keep, -1)),
      maybe_(policy.thresholds.maybe < policy.thresholds.keep ? log_of(policy.thresholds.maybe, -1) : keep_),
      worst_input_(log_of(policy.thresholds.worst_input, 1)) {
  if (looks_.empty() || looks_.front() == 0 ||
      std::ranges::adjacent_find(looks_, std::greater_equal<>()) != looks_.end())
    throw std::invalid_argument("sampled family: the planned looks do not rise from 1");
  most_ = looks_.back();
}

std::size_t SampledFamily::add_cell(const SampledCell& cell) {
  if (made_ > 0) throw std::invalid_argument("sampled family: a cell comes after the first look");
  if (cell.weight == 0 || !(cell.margin >= 0)) throw std::invalid_argument("sampled family: no weight or no margin");
  if (groups_.size() <= cell.group) groups_.resize(cell.group + 1);
  groups_[cell.group].cells.push_back(cells_.size());
  shared_ = shared_ || groups_[cell.group].cells.size() > 1;
  cells_.emplace_back();
  cells_.back().about = cell;
  return cells_.size() - 1;
}

void SampledFamily::add_block(std::size_t cell, const stats::Block& block) {
  Cell& to = cells_.at(cell);
  to.blocks.push_back(to.about.better == model::Better::lower ? block : stats::Block{block.head, block.base});
}

double SampledFamily::level(double overall, std::size_t look) const {
  return stats::boundary_levels(looks_, most_, overall)[look];
}

bool SampledFamily::passes(const stats::AlignedRank& test, double margin, std::size_t look) const {
  return test.test(margin).less <= level(pass_alpha, look);
}

void SampledFamily::look_at(Cell& cell, std::uint32_t blocks) const {
  const std::uint32_t known = std::min(blocks, static_cast<std::uint32_t>(cell.blocks.size()));
  if (known == cell.seen) {  // nothing new, which is no evidence either
    cell.evidence.worse.push_back(1);
    cell.evidence.better.push_back(1);
    return;
  }
  cell.seen = known;
  cell.last_look = made_;
  cell.test.emplace(std::span(cell.blocks).first(known));
  cell.estimate.reset();
  cell.interval.reset();
  cell.within_worst_input.reset();
  const stats::Tails tails = cell.test->test(0);
  cell.evidence.worse.push_back(tails.greater);
  cell.evidence.better.push_back(tails.less);
  cell.passed = cell.passed || passes(*cell.test, std::log1p(cell.about.margin), made_);
}

void SampledFamily::look_at(Group& group) const {
  if (group.cells.size() < 2) return;
  const bool news = std::ranges::any_of(
      group.cells, [&](std::size_t index) { return cells_[index].test && cells_[index].last_look == made_; });
  if (!news) {
    group.evidence.worse.push_back(1);
    group.evidence.better.push_back(1);
    return;
  }
  group.last_look = made_;
  group.estimate.reset();
  group.interval.reset();
  std::vector<stats::Stratum> strata;
  for (const std::size_t index : group.cells) {
    const Cell& cell = cells_[index];
    if (cell.test) strata.push_back({&*cell.test, static_cast<double>(cell.about.weight), 0});
  }
  const double z = stats::stratified_z(strata, 0, false);
  group.evidence.worse.push_back(upper_tail(z));
  group.evidence.better.push_back(upper_tail(-z));
}

void SampledFamily::look(std::uint32_t blocks) {
  if (blocks == 0 || blocks > most_ || (made_ > 0 && blocks <= looks_[made_ - 1]))
    throw std::invalid_argument("sampled family: a look that does not rise or lies beyond the last planned one");
  // Planned ones that were passed over are none; after one that was not planned there are no others.
  const auto next = looks_.begin() + static_cast<std::ptrdiff_t>(made_);
  const auto place = std::find(next, looks_.end(), blocks);
  const bool planned = place != looks_.end();
  looks_.erase(next, place);
  if (!planned) looks_.push_back(blocks);
  level(pass_alpha, made_);  // computed once, before any thread asks for it
  const auto look_at_some = [&](std::size_t first, std::size_t last) {
    for (std::size_t index = first; index < last; ++index) look_at(cells_[index], blocks);
  };
  if (cells_.size() < cells_for_threads)
    look_at_some(0, cells_.size());
  else
    model::for_each_part(cells_.size(), 16, look_at_some);
  if (shared_) {
    for (Group& group : groups_) look_at(group);
  }
  ++made_;
  adjusted_cells_.reset();
  adjusted_groups_.reset();
}

void SampledFamily::look_at_all() {
  if (made_ > 0) throw std::invalid_argument("sampled family: looks have been made");
  std::size_t longest = 0;
  for (const Cell& cell : cells_) longest = std::max(longest, cell.blocks.size());
  const auto blocks = static_cast<std::uint32_t>(longest);
  if (blocks == 0) return;
  if (blocks > most_) {
    looks_.push_back(blocks);
    most_ = blocks;
  }
  const std::vector<std::uint32_t> planned = looks_;
  for (const std::uint32_t at : planned) {
    if (at < blocks) look(at);
  }
  look(blocks);
}

double SampledFamily::repeated(const std::vector<double>& p_values) const {
  if (p_values.empty()) return 1;
  // Looks to come do not change the levels of those made: asking for all of them needs one table only.
  std::vector<double> padded = p_values;
  padded.resize(looks_.size(), 1);
  return stats::repeated_p_value(looks_, most_, padded);
}

SampledFamily::Adjusted SampledFamily::adjusted(std::span<const Evidence* const> members, double share) const {
  Adjusted result;
  for (const Evidence* evidence : members) {
    result.worse.push_back(repeated(evidence->worse));
    result.better.push_back(repeated(evidence->better));
  }
  for (auto* values : {&result.worse, &result.better}) {
    *values = stats::holm_adjusted(*values);
    for (double& p : *values) p = std::min(1.0, p / share);
  }
  return result;
}

void SampledFamily::adjust() const {
  const double share = shared_ ? 0.5 : 1;
  if (!adjusted_cells_) {
    std::vector<const Evidence*> members;
    members.reserve(cells_.size());
    for (const Cell& cell : cells_) members.push_back(&cell.evidence);
    adjusted_cells_ = adjusted(members, share);
  }
  if (!adjusted_groups_) {
    std::vector<const Evidence*> members;
    for (const Group& group : groups_) {
      if (group.cells.size() > 1) members.push_back(&group.evidence);
    }
    const Adjusted several = adjusted(members, share);
    Adjusted all;
    std::size_t place = 0;
    for (const Group& group : groups_) {
      const bool alone = group.cells.size() == 1;
      if (group.cells.empty()) {
        all.worse.push_back(1);
        all.better.push_back(1);
        continue;
      }
      all.worse.push_back(alone ? adjusted_cells_->worse[group.cells.front()] : several.worse[place]);
      all.better.push_back(alone ? adjusted_cells_->better[group.cells.front()] : several.better[place]);
      if (!alone) ++place;
    }
    adjusted_groups_ = std::move(all);
  }
}

double SampledFamily::p_worse(std::size_t cell) const {
  adjust();
  return adjusted_cells_->worse.at(cell);
}

double SampledFamily::p_better(std::size_t cell) const {
  adjust();
  return adjusted_cells_->better.at(cell);
}

double SampledFamily::group_p_worse(std::size_t group) const {
  adjust();
  return adjusted_groups_->worse.at(group);
}

double SampledFamily::group_p_better(std::size_t group) const {
  adjust();
  return adjusted_groups_->better.at(group);
}

bool SampledFamily::within_worst_input(std::size_t number) const {
  const Cell& cell = cells_.at(number);
  if (!cell.within_worst_input) {
    bool within = cell.passed && std::log1p(cell.about.margin) <= worst_input_;
    std::uint32_t seen = 0;
    for (std::size_t look = 0; look < made_ && !within; ++look) {
      const std::uint32_t known = std::min(looks_[look], static_cast<std::uint32_t>(cell.blocks.size()));
      if (known == seen) continue;
      seen = known;
      within = known == cell.seen ? passes(*cell.test, worst_input_, look)
                                  : passes(stats::AlignedRank(std::span(cell.blocks).first(known)), worst_input_, look);
    }
    cell.within_worst_input = within;
  }
  return *cell.within_worst_input;
}

double SampledFamily::cost_estimate(const Cell& cell) const {
  if (!cell.estimate) {
    if (!cell.test) throw std::invalid_argument("sampled family: no block has been looked at");
    const double estimate = cell.test->estimate();
    cell.estimate = std::abs(estimate) < no_change ? 0 : estimate;
  }
  return *cell.estimate;
}

std::optional<stats::LogInterval> SampledFamily::cost_interval(const Cell& cell) const {
  if (!cell.interval) {
    cell.interval.emplace();
    if (cell.test) *cell.interval = cell.test->interval(level(one_sided, cell.last_look));
  }
  return *cell.interval;
}

double SampledFamily::cost_estimate(const Group& group) const {
  if (!group.estimate) {
    double sum = 0;
    double weights = 0;
    for (const std::size_t index : group.cells) {
      if (!cells_[index].test) continue;
      const auto weight = static_cast<double>(cells_[index].about.weight);
      sum += weight * cost_estimate(cells_[index]);
      weights += weight;
    }
    group.estimate = weights > 0 ? sum / weights : 0;
  }
  return *group.estimate;
}

std::optional<stats::LogInterval> SampledFamily::cost_interval(const Group& group) const {
  // One cell: its own exact interval says more than the approximation.
  if (group.cells.size() == 1) return cost_interval(cells_[group.cells.front()]);
  if (!group.interval) {
    group.interval.emplace();
    std::vector<stats::Stratum> strata;
    for (const std::size_t index : group.cells) {
      const Cell& cell = cells_[index];
      if (cell.test) strata.push_back({&*cell.test, static_cast<double>(cell.about.weight), cost_estimate(cell)});
    }
    if (!strata.empty()) *group.interval = stats::stratified_interval(strata, level(one_sided, group.last_look));
  }
  return *group.interval;
}

double SampledFamily::estimate(std::size_t cell) const {
  return turned(cells_.at(cell).about.better, cost_estimate(cells_.at(cell)));
}

std::optional<stats::LogInterval> SampledFamily::interval(std::size_t cell) const {
  return turned(cells_.at(cell).about.better, cost_interval(cells_.at(cell)));
}

double SampledFamily::group_estimate(std::size_t group) const {
  const Group& of = groups_.at(group);
  return of.cells.empty() ? 0 : turned(cells_[of.cells.front()].about.better, cost_estimate(of));
}

std::optional<stats::LogInterval> SampledFamily::group_interval(std::size_t group) const {
  const Group& of = groups_.at(group);
  if (of.cells.empty()) return std::nullopt;
  return turned(cells_[of.cells.front()].about.better, cost_interval(of));
}

bool SampledFamily::group_keep(std::size_t group) const {
  const auto interval = groups_.at(group).cells.empty() ? std::nullopt : cost_interval(groups_[group]);
  return interval && interval->high < keep_;
}

bool SampledFamily::group_maybe(std::size_t group) const {
  const auto interval = groups_.at(group).cells.empty() ? std::nullopt : cost_interval(groups_[group]);
  return interval && (interval->high < keep_ || (maybe_ > keep_ && interval->high <= maybe_));
}

bool SampledFamily::settled(std::size_t number) const {
  const Group& group = groups_[number];
  const double estimate = cost_estimate(group);
  if (estimate > maybe_) return true;  // no gain in sight
  if (!group_maybe(number) || (estimate <= keep_ && !group_keep(number))) return false;
  // What the gain may have to pay for.
  return std::ranges::all_of(group.cells, [&](std::size_t index) {
    return within_worst_input(index) || cost_estimate(cells_[index]) > worst_input_;
  });
}

bool SampledFamily::enough(std::size_t cell) const {
  return made_ > 0 && (passed(cell) || regressed(cell)) && settled(cells_[cell].about.group);
}

bool SampledFamily::decided(std::size_t group) const {
  if (made_ == 0) return false;
  const auto& members = groups_.at(group).cells;
  if (members.empty()) return true;
  return std::ranges::all_of(members, [&](std::size_t cell) { return cells_[cell].passed || regressed(cell); }) &&
         settled(group);
}

bool SampledFamily::decided() const {
  for (std::size_t group = 0; group < groups_.size(); ++group) {
    if (!decided(group)) return false;
  }
  return made_ > 0;
}

}  // namespace cyclegate::compare
