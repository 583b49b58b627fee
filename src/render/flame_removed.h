#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "render/flame_union.h"

namespace cyclegate::render {

/// Where the lane of what head does not show begins: nodes of the union, the dearest in base first.
struct RemovedChains {
  std::vector<std::uint32_t> gone;    ///< head does not have them, but their caller
  std::vector<std::uint32_t> shrunk;  ///< too narrow to draw in head, while their caller is wide enough
  std::uint64_t left_in_head = 0;     ///< what head took in the shrunk ones
};

RemovedChains removed_chains(const FlameUnion& both);

/// A sentence for each sort that there is, naming the dearest.
std::vector<std::string> removed_lines(const FlameUnion& both, const RemovedChains& chains, std::string_view unit);

}  // namespace cyclegate::render
