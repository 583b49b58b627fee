#include "compare/look_schedule.h"

#include <algorithm>

#include "stats/sequential.h"

namespace cyclegate::compare {
namespace {

std::uint32_t blocks_for(std::uint32_t runs) {
  return std::max<std::uint32_t>(1, runs / 2 + runs % 2);
}

std::uint32_t look_after(std::uint32_t look) {
  const auto* const found = std::ranges::upper_bound(stats::look_blocks, look);
  return found != stats::look_blocks.end() ? *found : look + (look + 2) / 3;
}

}  // namespace

std::vector<std::uint32_t> planned_looks(model::Methodology methodology, std::uint32_t min_runs,
                                         std::uint32_t max_runs) {
  const std::uint32_t least = blocks_for(min_runs);
  const std::uint32_t most = std::max(max_runs / 2, least);
  if (methodology == model::Methodology::classic) {
    const auto again = static_cast<std::uint32_t>(std::min<std::uint64_t>(std::uint64_t{2} * least, most));
    return again == least ? std::vector{least} : std::vector{least, again};
  }
  std::vector<std::uint32_t> looks;
  std::uint32_t look = std::max(least, stats::look_blocks.front());
  // Close before the last look another one would cost power and save nothing.
  while (std::uint64_t{10} * look < std::uint64_t{9} * most) {
    looks.push_back(look);
    look = look_after(look);
  }
  looks.push_back(most);
  return looks;
}

std::vector<std::uint32_t> looks_made(std::span<const std::uint32_t> planned, std::uint32_t blocks) {
  std::vector<std::uint32_t> looks;
  for (const std::uint32_t look : planned) {
    if (look < blocks) looks.push_back(look);
  }
  if (blocks > 0) looks.push_back(blocks);
  return looks;
}

}  // namespace cyclegate::compare
