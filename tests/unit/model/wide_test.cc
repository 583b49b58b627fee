#include "model/wide.h"

#include <catch2/catch_test_macros.hpp>
#include <limits>

using namespace cyclegate::model;

TEST_CASE("a wide integer is written in decimal and read back, and what does not fit is refused") {
  CHECK(to_decimal(0) == "0");
  CHECK(to_decimal(~static_cast<Wide>(0)) == "340282366920938463463374607431768211455");
  CHECK(wide_from("340282366920938463463374607431768211455") == ~static_cast<Wide>(0));
  CHECK_FALSE(wide_from("340282366920938463463374607431768211456"));
  CHECK_FALSE(wide_from(""));
  CHECK_FALSE(wide_from("12a"));
}

TEST_CASE("thousands are separated by commas") {
  CHECK(thousands(0) == "0");
  CHECK(thousands(999) == "999");
  CHECK(thousands(1'000) == "1,000");
  CHECK(thousands(std::numeric_limits<std::uint64_t>::max()) == "18,446,744,073,709,551,615");
  CHECK(thousands(~static_cast<Wide>(0)) == "340,282,366,920,938,463,463,374,607,431,768,211,455");
}

TEST_CASE("exactly the threshold is neither more than it nor less") {
  CHECK_FALSE(grew_by_more_than(1000, 1005, Millionths{5'000}));
  CHECK(grew_by_more_than(1000, 1006, Millionths{5'000}));
  CHECK_FALSE(shrank_by_more_than(1000, 950, Millionths{50'000}));
  CHECK(shrank_by_at_least(1000, 950, Millionths{50'000}));
  CHECK(shrank_by_more_than(1000, 949, Millionths{50'000}));
  CHECK_FALSE(exceeds_ratio(1000, 1100, Millionths{1'100'000}));
  CHECK(exceeds_ratio(1000, 1101, Millionths{1'100'000}));
}

TEST_CASE("one part in 2^64 is told apart where doubles would see equality") {
  const Wide base = std::numeric_limits<std::uint64_t>::max() - 1;
  CHECK(grew_by_more_than(base, base + 1, Millionths{0}));
  CHECK_FALSE(grew_by_more_than(base, base, Millionths{0}));
}
