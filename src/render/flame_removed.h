#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "render/flame_union.h"

namespace cyclegate::render {

/// Where the lane of what head does not show begins: nodes of the union, callers first.
struct RemovedChains {
  std::vector<std::uint32_t> gone;       ///< functions that head does not have, while it has their caller
  std::vector<std::uint32_t> elsewhere;  ///< likewise, but head has the function under other callers
  std::vector<std::uint32_t> shrunk;     ///< too narrow to draw in head, while their caller is wide enough
  std::uint64_t left_in_head = 0;        ///< what head took in the shrunk ones
};

RemovedChains removed_chains(const FlameUnion& both);

/// A sentence for each sort that there is, naming the dearest functions with the sum over their chains.
std::vector<std::string> removed_lines(const FlameUnion& both, const RemovedChains& chains, std::string_view unit);

/// The functions that are compared although their callers differ, naming the dearest; empty where there are none.
std::string moved_line(const FlameUnion& both);

}  // namespace cyclegate::render
