#include "render/text_table.h"

#include <catch2/catch_test_macros.hpp>

using namespace cyclegate::render;

TEST_CASE("a line ends at a blank that fits, but not between a number and its unit") {
  const auto wrapped = [](std::string_view text, std::size_t width) {
    return wrap(text, width, 0, Paint::plain, false);
  };
  CHECK(wrapped("changed by 20.15 ms (95 %) and more", 25) == "changed by 20.15 ms\n(95 %) and more\n");
  CHECK(wrapped("changed by 20.15 ms (95 %) and more", 18) == "changed by\n20.15 ms (95 %)\nand more\n");
  CHECK(wrapped("it is 0.5 %, or 12 µs.", 10) == "it is\n0.5 %, or\n12 µs.\n");
  // A number before any other word may end a line.
  CHECK(wrapped("after 10 runs", 9) == "after 10\nruns\n");
}
