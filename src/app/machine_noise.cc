#include "app/machine_noise.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <utility>

#include "compare/look_schedule.h"
#include "compare/sampled_family.h"
#include "model/parallel.h"
#include "model/wide.h"

namespace cyclegate::app {
namespace {

/// SplitMix64 (Steele, Lea, Flood 2014).
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() {
    state_ += 0x9e3779b97f4a7c15U;
    std::uint64_t mixed = state_;
    mixed = (mixed ^ (mixed >> 30U)) * 0xbf58476d1ce4e5b9U;
    mixed = (mixed ^ (mixed >> 27U)) * 0x94d049bb133111ebU;
    return mixed ^ (mixed >> 31U);
  }
  std::size_t below(std::size_t count) {
    return static_cast<std::size_t>((static_cast<model::Wide>(next()) * count) >> 64U);
  }

 private:
  std::uint64_t state_;
};

/// The two places of head's runs in a block of four: the six pairs.
constexpr std::array<std::array<std::size_t, 2>, 6> head_places{{{0, 1}, {0, 2}, {0, 3}, {1, 2}, {1, 3}, {2, 3}}};

stats::Block draw_block(const CellNoise& noise, double log_effect, Random& random) {
  const BlockNoise& drawn = noise.blocks[random.below(noise.blocks.size())];
  const auto& places = head_places[random.below(head_places.size())];
  stats::Block block;
  std::size_t base = 0;
  std::size_t head = 0;
  for (std::size_t place = 0; place < drawn.size(); ++place) {
    if (place == places[0] || place == places[1]) {
      block.head[head++] = std::exp(drawn[place] + log_effect);
    } else {
      block.base[base++] = std::exp(drawn[place]);
    }
  }
  return block;
}

/// Whether one simulated change has its slow cell found.
bool found(const std::vector<CellNoise>& noise, double log_effect, const Simulation& simulation,
           const std::vector<std::uint32_t>& looks, std::uint64_t number) {
  Random random(simulation.seed + number * 0x9e3779b97f4a7c15U);
  compare::SampledFamily family(looks, simulation.policy);
  std::vector<const CellNoise*> cells;
  std::map<std::pair<std::string, std::string>, std::size_t> groups;
  const double margin = static_cast<double>(simulation.policy.tolerance.sampled.value) / model::one_million;
  for (std::size_t cell = 0; cell < simulation.cells; ++cell) {
    cells.push_back(&noise[random.below(noise.size())]);
    const auto [group, fresh] = groups.emplace(std::pair(cells.back()->guest, cells.back()->executor), groups.size());
    family.add_cell({.group = group->second, .margin = margin});
  }
  std::vector<bool> stopped(cells.size());  // for itself, as timing does (model::StoppingRule::enough_of)
  std::uint32_t made = 0;
  for (const std::uint32_t look : looks) {
    for (; made < look; ++made) {
      for (std::size_t cell = 0; cell < cells.size(); ++cell) {
        // Drawn whether it is needed or not, so that every effect meets the same draws.
        const stats::Block block = draw_block(*cells[cell], cell == 0 ? log_effect : 0, random);
        if (!stopped[cell]) family.add_block(cell, block);
      }
    }
    family.look(look);
    if (family.decided()) break;
    for (std::size_t cell = 0; cell < cells.size(); ++cell) stopped[cell] = stopped[cell] || family.enough(cell);
  }
  return family.regressed(0);
}

}  // namespace

std::vector<CellNoise> noise_of(const model::RunSet& base, const model::RunSet& head, const std::string& metric) {
  std::vector<CellNoise> noise;
  for (const model::CellRun& run : base.runs) {
    const model::CellRun* other = find_run(head, run.cell);
    if (other == nullptr || !run.sampled.contains(metric) || !other->sampled.contains(metric)) continue;
    std::map<std::uint32_t, std::vector<model::Sample>> blocks;
    for (const auto* side : {&run, other}) {
      for (const model::Sample& sample : side->sampled.at(metric)) {
        if (sample.value > 0) blocks[sample.block].push_back(sample);
      }
    }
    CellNoise cell{.guest = run.cell.guest, .executor = run.cell.executor, .blocks = {}};
    for (auto& [number, samples] : blocks) {
      if (samples.size() != 4) continue;
      std::ranges::sort(samples, {}, &model::Sample::order);
      BlockNoise block{};
      double sum = 0;
      for (std::size_t place = 0; place < block.size(); ++place) {
        block[place] = std::log(static_cast<double>(samples[place].value));
        sum += block[place];
      }
      for (double& value : block) value -= sum / static_cast<double>(block.size());
      cell.blocks.push_back(block);
    }
    if (!cell.blocks.empty()) noise.push_back(std::move(cell));
  }
  return noise;
}

double typical_variation(const std::vector<CellNoise>& noise) {
  std::vector<double> variations;
  for (const CellNoise& cell : noise) {
    double squares = 0;
    for (const BlockNoise& block : cell.blocks) {
      for (const double value : block) squares += value * value;
    }
    variations.push_back(std::sqrt(squares / (3 * static_cast<double>(cell.blocks.size()))));
  }
  if (variations.empty()) return 0;
  std::ranges::sort(variations);
  const std::size_t middle = variations.size() / 2;
  return variations.size() % 2 == 1 ? variations[middle] : (variations[middle - 1] + variations[middle]) / 2;
}

double power(const std::vector<CellNoise>& noise, double effect, const Simulation& simulation) {
  if (noise.empty() || simulation.simulations == 0 || simulation.cells == 0) return 0;
  const auto looks = compare::planned_looks(model::Methodology::robust, simulation.min_runs, simulation.max_runs);
  const double log_effect = std::log1p(effect);
  std::atomic<std::uint64_t> hits = 0;
  model::for_each_part(simulation.simulations, 1, [&](std::size_t first, std::size_t last) {
    for (std::size_t number = first; number < last; ++number) {
      if (found(noise, log_effect, simulation, looks, number)) ++hits;
    }
  });
  return static_cast<double>(hits) / static_cast<double>(simulation.simulations);
}

SmallestEffect smallest_effect(const std::vector<CellNoise>& noise, const Simulation& simulation) {
  constexpr double wanted = 0.95;
  constexpr double step = 0.001;
  constexpr int most = 300;
  double best = power(noise, most * step, simulation);
  if (best < wanted) return {.effect = std::nullopt, .power = best};
  int low = 0;  // not enough
  int high = most;
  while (high - low > 1) {
    const int middle = (low + high) / 2;
    // The same draws for every effect: what is found at one is found at a larger one, but for stopping earlier.
    const double at = power(noise, middle * step, simulation);
    if (at >= wanted) {
      high = middle;
      best = at;
    } else {
      low = middle;
    }
  }
  return {.effect = high * step, .power = best};
}

}  // namespace cyclegate::app
