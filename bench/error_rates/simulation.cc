#include "simulation.h"

#include <algorithm>
#include <bit>
#include <boost/random/uniform_int_distribution.hpp>
#include <deque>
#include <utility>
#include <vector>

#include "compare/look_schedule.h"
#include "compare/sampled_family.h"
#include "model/parallel.h"
#include "model/policy.h"
#include "rivals.h"
#include "stats/sequential.h"

namespace cyclegate::error_rates {
namespace {

constexpr double undisturbed = 1e7;  // nanoseconds
constexpr std::array<std::uint64_t, inputs> weights{4, 2, 2, 1, 1};
constexpr std::size_t watched = 2;      // cells of each pull request whose intervals are looked at
constexpr std::uint32_t min_runs = 10;  // a side
constexpr std::uint32_t max_runs = 40;
constexpr std::uint64_t seed = 20'240'601;
constexpr std::size_t part = 16;  // pull requests simulated by one thread before it takes the next

// Where head's two runs of a block stand.
constexpr std::array<std::array<bool, 4>, 6> orders{{{true, true, false, false},
                                                     {true, false, true, false},
                                                     {true, false, false, true},
                                                     {false, true, true, false},
                                                     {false, true, false, true},
                                                     {false, false, true, true}}};

// Neighbouring numbers give unrelated seeds (the finaliser of splitmix64).
std::uint64_t mixed(std::uint64_t value) {
  value += 0x9e3779b97f4a7c15ULL;
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9ULL;
  value = (value ^ (value >> 27)) * 0x94d049bb133111ebULL;
  return value ^ (value >> 31);
}

std::uint64_t seed_of(const Scenario& scenario, std::uint64_t pull_request) {
  std::uint64_t value = seed;
  for (const std::uint64_t next :
       {static_cast<std::uint64_t>(scenario.noise), std::bit_cast<std::uint64_t>(scenario.cv),
        std::bit_cast<std::uint64_t>(scenario.effect), std::uint64_t{scenario.affected},
        std::bit_cast<std::uint64_t>(scenario.margin), pull_request})
    value = mixed(value ^ next);
  return value;
}

// One cell on its machine: whole nanoseconds, as the product has them.
class Cell {
 public:
  Cell(const Scenario& scenario, bool affected, Random& random)
      : disturbance_(scenario.noise, scenario.cv, random),
        effect_(affected ? std::log1p(scenario.effect) : 0),
        random_(random) {}

  double run(bool head) { return std::round(undisturbed * std::exp(disturbance_.next() + (head ? effect_ : 0))); }

  stats::Block block() {
    const auto& order = orders.at(boost::random::uniform_int_distribution<std::size_t>(0, orders.size() - 1)(random_));
    stats::Block block;
    std::size_t base = 0;
    std::size_t head = 0;
    for (const bool is_head : order) (is_head ? block.head.at(head++) : block.base.at(base++)) = run(is_head);
    return block;
  }

  double effect() const { return effect_; }

 private:
  Disturbance disturbance_;
  double effect_;
  Random& random_;
};

std::size_t place_of(Method method) {
  return static_cast<std::size_t>(method);
}

void judge_robust(const Scenario& scenario, Random& random, Tally& tally) {
  const auto looks = compare::planned_looks(model::Methodology::robust, min_runs, max_runs);
  compare::SampledFamily family(looks, model::Policy{});
  std::deque<Cell> machine;
  for (std::size_t cell = 0; cell < cells; ++cell) {
    machine.emplace_back(scenario, cell < scenario.affected, random);
    family.add_cell({.group = cell / inputs, .weight = weights.at(cell % inputs), .margin = scenario.margin});
  }
  std::array<std::uint32_t, cells> blocks{};
  std::array<bool, cells> stopped{};
  for (const std::uint32_t look : looks) {
    for (std::size_t cell = 0; cell < cells; ++cell) {
      for (; blocks.at(cell) < look && !stopped.at(cell); ++blocks.at(cell))
        family.add_block(cell, machine[cell].block());
    }
    family.look(look);
    if (family.decided()) break;
    for (std::size_t cell = 0; cell < cells; ++cell) stopped.at(cell) = stopped.at(cell) || family.enough(cell);
  }
  bool alarm = false;
  for (std::size_t cell = 0; cell < cells; ++cell) {
    const bool affected = cell < scenario.affected;
    if (affected) tally.hits[place_of(Method::robust)].add(family.regressed(cell));
    if (affected || scenario.affected == 0) tally.passes.add(family.passed(cell));
    alarm = alarm || (!affected && family.regressed(cell));
  }
  for (std::size_t guest = 0; guest < guests; ++guest)
    alarm = alarm || (guest * inputs >= scenario.affected && family.group_regressed(guest));
  tally.alarms[place_of(Method::robust)].add(alarm);
  for (const std::uint32_t made : blocks) tally.runs[place_of(Method::robust)].add(std::uint64_t{4} * made);
  for (std::size_t cell = 0; cell < watched; ++cell) {
    const auto interval = family.interval(cell);
    const double truth = machine[cell].effect();
    tally.covered.add(!interval || (interval->low <= truth && truth <= interval->high));
  }
}

Answer answer_of(Method method, Cell& cell) {
  const Run run = [&](bool head) { return cell.run(head); };
  switch (method) {
    case Method::classic:
      return classic_in_batches(run);
    case Method::classic_in_blocks:
      return classic_in_blocks([&] { return cell.block(); });
    case Method::mann_whitney:
      return mann_whitney_in_batches(run);
    case Method::mean_and_sigma:
      return mean_and_sigma(run);
    case Method::paired_t:
      return paired_t_until_significant(run);
    case Method::robust:
      break;
  }
  std::unreachable();
}

// These methods judge each cell for itself.
void judge_by_rival(Method method, const Scenario& scenario, Random& random, Tally& tally) {
  bool alarm = false;
  for (std::size_t index = 0; index < cells; ++index) {
    const bool affected = index < scenario.affected;
    if (scenario.affected > 0 && !affected) break;  // false alarms are counted where nothing changed
    Cell cell(scenario, affected, random);
    const Answer answer = answer_of(method, cell);
    if (affected)
      tally.hits[place_of(method)].add(answer.regression);
    else
      alarm = alarm || answer.regression;
    tally.runs[place_of(method)].add(answer.runs);
  }
  if (scenario.affected == 0) tally.alarms[place_of(method)].add(alarm);
}

}  // namespace

std::string_view name(Method method) {
  switch (method) {
    case Method::robust:
      return "robust";
    case Method::classic:
      return "classic, base then head";
    case Method::classic_in_blocks:
      return "classic, in blocks";
    case Method::mann_whitney:
      return "Mann-Whitney, batch";
    case Method::mean_and_sigma:
      return "mean ± σ";
    case Method::paired_t:
      return "paired t until significant";
  }
  std::unreachable();
}

void Runs::add(std::uint64_t runs) {
  sum += runs;
  sum_of_squares += runs * runs;
  ++of;
  most = std::max(most, runs);
}

double Runs::error() const {
  const double variance = static_cast<double>(sum_of_squares) / static_cast<double>(of) - mean() * mean();
  return std::sqrt(std::max(variance, 0.0) / static_cast<double>(of));
}

Runs& Runs::operator+=(const Runs& other) {
  sum += other.sum;
  sum_of_squares += other.sum_of_squares;
  of += other.of;
  most = std::max(most, other.most);
  return *this;
}

Tally& Tally::operator+=(const Tally& other) {
  for (std::size_t method = 0; method < methods.size(); ++method) {
    alarms.at(method) += other.alarms.at(method);
    hits.at(method) += other.hits.at(method);
    runs.at(method) += other.runs.at(method);
  }
  passes += other.passes;
  covered += other.covered;
  return *this;
}

Tally simulate(const Scenario& scenario, std::uint64_t pull_requests, bool with_rivals) {
  std::vector<Tally> tallies((pull_requests + part - 1) / part);
  model::for_each_part(pull_requests, part, [&](std::size_t first, std::size_t last) {
    Tally& tally = tallies[first / part];
    for (std::size_t pull_request = first; pull_request < last; ++pull_request) {
      Random random(seed_of(scenario, pull_request));
      judge_robust(scenario, random, tally);
      if (!with_rivals) continue;
      for (const Method method : methods) {
        if (method != Method::robust) judge_by_rival(method, scenario, random, tally);
      }
    }
  });
  Tally all;
  for (const Tally& tally : tallies) all += tally;
  return all;
}

}  // namespace cyclegate::error_rates
