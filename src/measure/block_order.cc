#include "measure/block_order.h"

#include "model/wide.h"

namespace cyclegate::measure {
namespace {

using model::Side;

/// One step of SplitMix64.
std::uint64_t mix(std::uint64_t state) {
  state += 0x9e3779b97f4a7c15U;
  state = (state ^ (state >> 30U)) * 0xbf58476d1ce4e5b9U;
  state = (state ^ (state >> 27U)) * 0x94d049bb133111ebU;
  return state ^ (state >> 31U);
}

constexpr Side b = Side::base;
constexpr Side h = Side::head;
constexpr std::array<std::array<Side, block_runs>, 6> orders{
    {{b, b, h, h}, {b, h, b, h}, {b, h, h, b}, {h, b, b, h}, {h, b, h, b}, {h, h, b, b}}};

}  // namespace

std::array<Side, block_runs> block_order(std::uint64_t seed, std::uint64_t cell, std::uint32_t block) {
  const std::uint64_t drawn = mix(mix(mix(seed) ^ cell) ^ block);
  // The high word of drawn * 6 is uniform on 0..5 to within 6 / 2^64.
  return orders[static_cast<std::size_t>((static_cast<model::Wide>(drawn) * orders.size()) >> 64U)];
}

}  // namespace cyclegate::measure
