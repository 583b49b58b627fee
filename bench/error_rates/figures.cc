#include "figures.h"

#include <fmt/format.h>

#include <algorithm>

namespace cyclegate::error_rates {
namespace {

Goal worst_of(std::vector<Goal> all) {
  return *std::ranges::max_element(all, {}, [](const Goal& goal) { return goal.at_most ? goal.figure : -goal.figure; });
}

}  // namespace

double margin_for(double cv) {
  return std::max(0.02, cv);
}

Figures simulate_all(const Size& size, const std::function<void(const std::string&)>& progress) {
  Figures figures;
  figures.size = size;
  for (const Noise noise : noises) {
    for (const double cv : variations) {
      progress(fmt::format("{}, {:.0f} %", name(noise), cv * 100));
      Row row{.noise = noise, .cv = cv, .margin = margin_for(cv)};
      Scenario scenario{.noise = noise, .cv = cv, .margin = row.margin};
      row.without_change = simulate(scenario, size.without_change, true);
      scenario.affected = 1;
      for (std::size_t index = 0; index < effects.size(); ++index) {
        scenario.effect = effects.at(index);
        row.with_effect.at(index) = simulate(scenario, size.with_effect, true);
      }
      scenario.affected = cells;
      scenario.effect = row.margin;
      row.at_margin = simulate(scenario, size.at_margin, false);
      figures.rows.push_back(row);
    }
  }
  for (Power power :
       {Power{.cv = 0.01, .effect = 0.02, .at_least = 0.95}, Power{.cv = 0.03, .effect = 0.05, .at_least = 0.95},
        Power{.cv = 0.08, .effect = 0.10, .at_least = 0.93}}) {
    progress(fmt::format("power at {:.0f} % / {:.0f} %", power.cv * 100, power.effect * 100));
    power.tally = simulate({.cv = power.cv, .effect = power.effect, .affected = 1, .margin = margin_for(power.cv)},
                           size.power, true);
    figures.powers.push_back(power);
  }
  return figures;
}

std::vector<Goal> goals(const Figures& figures) {
  constexpr auto robust = static_cast<std::size_t>(Method::robust);
  std::vector<Goal> alarms;
  std::vector<Goal> passes;
  std::vector<Goal> coverages;
  std::vector<Goal> mean_runs;
  std::uint64_t most_runs = 0;
  for (const Row& row : figures.rows) {
    const std::string where = fmt::format("{}, CV {:.0f} %", name(row.noise), row.cv * 100);
    const Count& alarm = row.without_change.alarms[robust];
    alarms.push_back({"false REGRESSION per pull request, at most: " + where, alarm.rate(), alarm.error(), 0.05, true});
    passes.push_back({"false PASS at the margin, at most: " + where, row.at_margin.passes.rate(),
                      row.at_margin.passes.error(), 0.05, true});
    std::vector<const Tally*> tallies = {&row.without_change, &row.at_margin};
    for (const Tally& tally : row.with_effect) tallies.push_back(&tally);
    for (const Tally* tally : tallies) {
      coverages.push_back({"coverage of the intervals, at least: " + where, tally->covered.rate(),
                           tally->covered.error(), 0.935, false});
      most_runs = std::max(most_runs, tally->runs[robust].most);
    }
    const Runs& runs = row.without_change.runs[robust];
    if (row.cv == variations.front())
      mean_runs.push_back(
          {"mean runs of a cell without a change, at most: " + where, runs.mean(), runs.error(), 23, true});
  }
  std::vector<Goal> result = {worst_of(alarms)};
  for (const Power& power : figures.powers) {
    const Count& hits = power.tally.hits[robust];
    result.push_back(
        {fmt::format("power at lognormal CV {:.0f} %, effect {:.0f} %, at least", power.cv * 100, power.effect * 100),
         hits.rate(), hits.error(), power.at_least, false});
  }
  result.push_back(worst_of(passes));
  result.push_back(worst_of(coverages));
  result.push_back(worst_of(mean_runs));
  result.push_back({"most runs of a cell, at most", static_cast<double>(most_runs), 0, 80, true});
  return result;
}

}  // namespace cyclegate::error_rates
