#pragma once

#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/profile.h"
#include "render/flamegraph.h"

/// Reads flame graphs back without the product's code.
namespace cyclegate::render::test {

/// A frame as it is drawn.
struct DrawnFrame {
  std::string css_class;
  std::uint64_t start = 0;
  std::uint64_t weight = 0;
  std::string title;  ///< lines, as in the file: escaped
  double x = 0;
  double y = 0;
  double width = 0;
  std::string label;
};

/// What stands between the first `before` and the next `after`; empty where there is none.
std::string between(std::string_view text, std::string_view before, std::string_view after);

/// The lanes of a picture from top to bottom, each in the order of reading.
std::vector<std::vector<DrawnFrame>> lanes_of(std::string_view svg);

/// The first line of its title.
std::string name_of(const DrawnFrame& frame);

/// The first frame of that name, or null.
const DrawnFrame* named(const std::vector<DrawnFrame>& frames, std::string_view name);

/// The frames of a lane by the chain of their names (`a;b;c`), from rows and places alone; without the row `all`.
std::map<std::string, DrawnFrame> by_chain(const std::vector<DrawnFrame>& frames);

/// A call tree of random shape, weights and few names, so that chains of base and head meet. With `levels` a function
/// stands in one row only, so that it cannot have come under another caller's callee.
model::Profile random_profile(std::mt19937& random, std::size_t lines, bool levels = true);

/// Inclusive and self weight per chain of names, by adding up every node into all of its callers.
std::map<std::string, std::pair<std::uint64_t, std::uint64_t>> chains(const model::Profile& profile);

/// Options without a script.
FlamegraphOptions still();

/// The elements that a still picture may have.
std::vector<std::string_view> allowed();

}  // namespace cyclegate::render::test
