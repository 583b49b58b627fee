#include "measure/block_order.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <map>

using cyclegate::measure::block_order;
using cyclegate::model::Side;

TEST_CASE("every block has two runs of each side") {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    for (std::uint32_t block = 0; block < 50; ++block) {
      CHECK(std::ranges::count(block_order(seed, seed % 7, block), Side::base) == 2);
    }
  }
}

TEST_CASE("the six orders of a block are drawn equally often and none depends on the cell") {
  constexpr int draws = 60'000;
  for (const std::uint64_t cell : {0U, 1U, 999U}) {
    std::map<std::array<Side, 4>, int> seen;
    for (int draw = 0; draw < draws; ++draw) {
      ++seen[block_order(static_cast<std::uint64_t>(draw / 20), cell, static_cast<std::uint32_t>(draw % 20))];
    }
    REQUIRE(seen.size() == 6);
    double chi_square = 0;
    for (const auto& [order, count] : seen) {
      const double excess = count - draws / 6.0;
      chi_square += excess * excess / (draws / 6.0);
    }
    CHECK(chi_square < 20.5);  // 5 degrees of freedom, p = .001
  }
}

TEST_CASE("the same seed gives the same orders and another seed gives others") {
  int different = 0;
  for (std::uint32_t block = 0; block < 100; ++block) {
    CHECK(block_order(42, 3, block) == block_order(42, 3, block));
    if (block_order(42, 3, block) != block_order(43, 3, block)) ++different;
  }
  CHECK(different > 60);
}
