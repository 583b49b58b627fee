#include "compare/samples.h"

#include <algorithm>
#include <string>
#include <utility>

namespace cyclegate::compare {
namespace {

std::vector<model::Sample> sorted(std::span<const model::Sample> samples) {
  std::vector<model::Sample> result(samples.begin(), samples.end());
  std::ranges::sort(result, [](const model::Sample& one, const model::Sample& other) {
    return std::pair(one.block, one.order) < std::pair(other.block, other.order);
  });
  return result;
}

}  // namespace

PairedBlocks pair_blocks(std::span<const model::Sample> base, std::span<const model::Sample> head) {
  const auto one = sorted(base);
  const auto other = sorted(head);
  const auto run_length = [](const std::vector<model::Sample>& samples, std::size_t first) {
    std::size_t last = first;
    while (last < samples.size() && samples[last].block == samples[first].block) ++last;
    return last - first;
  };
  PairedBlocks paired;
  std::size_t at_base = 0;
  std::size_t at_head = 0;
  while (at_base < one.size() || at_head < other.size()) {
    const bool base_first =
        at_head == other.size() || (at_base < one.size() && one[at_base].block <= other[at_head].block);
    const bool head_first =
        at_base == one.size() || (at_head < other.size() && other[at_head].block <= one[at_base].block);
    const std::size_t base_runs = base_first ? run_length(one, at_base) : 0;
    const std::size_t head_runs = head_first ? run_length(other, at_head) : 0;
    if (base_runs == 2 && head_runs == 2) {
      paired.blocks.push_back(
          {{static_cast<double>(one[at_base].value), static_cast<double>(one[at_base + 1].value)},
           {static_cast<double>(other[at_head].value), static_cast<double>(other[at_head + 1].value)}});
    } else {
      paired.left_over += base_runs + head_runs;
    }
    at_base += base_runs;
    at_head += head_runs;
  }
  return paired;
}

std::vector<std::int64_t> in_order(std::span<const model::Sample> samples) {
  std::vector<std::int64_t> values;
  values.reserve(samples.size());
  for (const auto& sample : sorted(samples)) values.push_back(sample.value);
  return values;
}

bool all_positive(std::span<const model::Sample> samples) {
  return std::ranges::all_of(samples, [](std::int64_t value) { return value > 0; }, &model::Sample::value);
}

std::optional<std::uint64_t> median_of(std::span<const model::Sample> samples) {
  if (samples.empty()) return std::nullopt;
  std::vector<std::int64_t> values;
  values.reserve(samples.size());
  for (const auto& sample : samples) values.push_back(sample.value);
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::ranges::nth_element(values, middle);
  std::int64_t median = *middle;
  if (values.size() % 2 == 0) {
    const std::int64_t below = *std::max_element(values.begin(), middle);
    if (below < 0) return std::nullopt;
    median = below + (median - below) / 2;
  }
  if (median < 0) return std::nullopt;
  return static_cast<std::uint64_t>(median);
}

std::optional<double> seconds_per_block(const model::RunSet& base, const model::RunSet& head) {
  const std::string time = "wall_time";
  double nanoseconds = 0;
  for (const auto* set : {&base, &head}) {
    const auto* metric = model::find_metric(set->metrics, time);
    if (metric == nullptr || metric->unit != "ns") return std::nullopt;
    for (const auto& run : set->runs) {
      const auto found = run.sampled.find(time);
      if (found == run.sampled.end() || found->second.empty()) continue;
      double sum = 0;
      for (const auto& sample : found->second) sum += static_cast<double>(std::max<std::int64_t>(sample.value, 0));
      nanoseconds += 2 * sum / static_cast<double>(found->second.size());
    }
  }
  if (!(nanoseconds > 0)) return std::nullopt;
  return nanoseconds / 1e9;
}

}  // namespace cyclegate::compare
