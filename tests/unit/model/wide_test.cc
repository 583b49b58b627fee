#include "model/wide.h"

#include <catch2/catch_test_macros.hpp>
#include <limits>

#include "model/attribution.h"

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

TEST_CASE("a difference is written in decimal with its sign and read back, and what does not fit is refused") {
  const auto largest = static_cast<WideChange>(~static_cast<Wide>(0) >> 1);
  CHECK(to_signed_decimal(0) == "0");
  CHECK(to_signed_decimal(-1) == "-1");
  CHECK(to_signed_decimal(largest) == "170141183460469231731687303715884105727");
  CHECK(to_signed_decimal(-largest - 1) == "-170141183460469231731687303715884105728");
  CHECK(wide_change_from("-18446744073709551616") == -(static_cast<WideChange>(1) << 64));
  CHECK(wide_change_from("0") == static_cast<WideChange>(0));
  for (const char* wrong : {"", "-", "--1", "+1", "1-", "100000000000000000000000000000000000000"})
    CHECK_FALSE(wide_change_from(wrong));
}

TEST_CASE("guest, model and interaction sum exactly to the change, whatever the four amounts are") {
  const AttributionRow row{.name = "cost", .base = 1000, .head_guest = 900, .head_model = 1100, .head = 950};
  CHECK(row.guest_effect() == -100);
  CHECK(row.model_effect() == 100);
  CHECK(row.interaction() == -50);
  CHECK(row.change() == -50);
  const Wide largest = static_cast<Wide>(1) << 124;
  for (const Wide base : {Wide{0}, Wide{7}, largest}) {
    for (const Wide guest : {Wide{0}, Wide{7}, largest}) {
      for (const Wide model : {Wide{0}, Wide{9}, largest}) {
        for (const Wide head : {Wide{0}, Wide{5}, largest}) {
          const AttributionRow any{"cost", base, guest, model, head};
          CHECK(any.guest_effect() + any.model_effect() + any.interaction() == any.change());
          CHECK(any.change() == static_cast<WideChange>(head) - static_cast<WideChange>(base));
        }
      }
    }
  }
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
