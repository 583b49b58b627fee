#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "model/comparison.h"

/// Comparisons to render: what a gate could have said.
namespace cyclegate::render::test {

/// One guest gains, one is worse beyond tolerance, one is the same: with breakdowns and times.
model::Comparison regression();
/// A proven gain and nothing else.
model::Comparison improvement();
/// Same artefacts, nothing was run.
model::Comparison unchanged();
/// Every kind of finding and verdict at once, acknowledgements, gate changes, warnings.
model::Comparison all_kinds();
/// Head does not build.
model::Comparison failed_build();
/// A proven gain at base's prices, and another cost model by which the guest is worse.
model::Comparison repriced();
/// Names and texts that try to break out of every format.
model::Comparison hostile();
/// `cells` cells with `metrics` metrics each, most of them changed.
model::Comparison huge(std::size_t cells, std::size_t metrics);
/// Anything at all, with texts of up to `longest` bytes from the hostile alphabet.
model::Comparison arbitrary(std::uint64_t seed, std::size_t longest);

/// Texts that try to break out.
std::vector<std::string> hostile_texts();

/// The comparisons of the golden files by name.
std::vector<std::pair<std::string, model::Comparison>> golden_comparisons();

}  // namespace cyclegate::render::test
