#include "render/numbers.h"

#include <catch2/catch_test_macros.hpp>
#include <limits>
#include <random>

using namespace cyclegate::render;
using cyclegate::model::Change;
using cyclegate::model::Millionths;
using cyclegate::model::Wide;

TEST_CASE("a change is a signed percentage with sensible digits") {
  CHECK(percent_change(Wide{100}, Wide{100}) == "0 %");
  CHECK(percent_change(Wide{10'000}, Wide{11'234}) == "+12.34 %");
  CHECK(percent_change(Wide{10'000}, Wide{9'995}) == "-0.05 %");
  CHECK(percent_change(Wide{1'000}, Wide{2'234}) == "+123.4 %");
  CHECK(percent_change(Wide{1'000}, Wide{13'345}) == "+1,235 %");
  CHECK(percent_change(Wide{3}, Wide{2}) == "-33.33 %");
}

TEST_CASE("a change is never rounded to none, nor a shrink to everything") {
  CHECK(percent_change(Wide{1'000'000'000}, Wide{1'000'000'001}) == "+<0.01 %");
  CHECK(percent_change(Wide{1'000'000'000}, Wide{999'999'999}) == "-<0.01 %");
  CHECK(percent_change(Wide{1'000'000'000}, Wide{1}) == "-99.99 %");
  CHECK(percent_change(Wide{1'000'000'000}, Wide{0}) == "-100 %");
  CHECK(percent_change(-0.00001) == "-<0.01 %");
}

TEST_CASE("a change from 0 has no percentage") {
  CHECK(percent_change(Wide{0}, Wide{0}) == "0 %");
  CHECK(percent_change(Wide{0}, Wide{7}) == "from 0");
}

TEST_CASE("the largest integers do not overflow a percentage") {
  const Wide top = ~Wide{0};
  CHECK(percent_change(top, top - 1) == "-<0.01 %");
  CHECK(percent_change(top / 2, top) == "+100.0 %");
  CHECK(percent_change(top, top / 2) == "-50.00 %");
  CHECK(percent_change(Wide{1}, top).starts_with("+"));
}

TEST_CASE("an exact percentage agrees with floating point wherever that is good enough") {
  std::mt19937_64 random(1);
  for (int i = 0; i < 20'000; ++i) {
    const std::uint64_t base = 1'000'000 + random() % 1'000'000'000;
    const std::uint64_t head = base / 2 + random() % (base * 2);
    if (head == base) continue;
    const double expected = (static_cast<double>(head) / static_cast<double>(base) - 1) * 100;
    const double printed = std::stod(percent_change(Wide{base}, Wide{head}));
    CHECK(printed >= expected - 0.0501);
    CHECK(printed <= expected + 0.0501);
  }
}

TEST_CASE("estimates print like exact changes and survive what is not a number") {
  CHECK(percent_change(0.1234) == "+12.34 %");
  CHECK(percent_change(-0.5) == "-50.00 %");
  CHECK(percent_change(1.2346) == "+123.5 %");
  CHECK(percent_change(99.0) == "+9,900 %");
  CHECK(percent_change(0.0) == "0 %");
  CHECK(percent_change(std::numeric_limits<double>::quiet_NaN()) == "n/a");
  CHECK(percent_change(std::numeric_limits<double>::infinity()) == "n/a");
  CHECK(percent_change(1e300) == "+>1,000,000,000 %");
}

TEST_CASE("durations and sizes have four significant digits in their own unit") {
  CHECK(duration(0) == "0 ns");
  CHECK(duration(812) == "812 ns");
  CHECK(duration(12'346) == "12.35 µs");
  CHECK(duration(45'674'000) == "45.67 ms");
  CHECK(duration(1'234'000'000) == "1.234 s");
  CHECK(duration(999'999'999) == "1.000 s");
  CHECK(duration(123'456'000'000'000) == "123,456 s");
  CHECK(byte_size(512) == "512 B");
  CHECK(byte_size(1'536) == "1.500 KiB");
  CHECK(byte_size(1'023) == "1,023 B");
  CHECK(byte_size(1'048'575) == "1.000 MiB");
  CHECK(byte_size(12'952'000) == "12.35 MiB");
  CHECK(quantity(1'500'000, "ns") == "1.500 ms");
  CHECK(quantity(1'500'000, "cost") == "1,500,000");
  CHECK(quantity(58'812'345, "gas/s") == "58.8 Mgas/s");
  CHECK(quantity(950, "gas/s") == "950 gas/s");
}

TEST_CASE("thresholds print with the digits they have") {
  CHECK(percent(Millionths{50'000}) == "5 %");
  CHECK(percent(Millionths{5'000}) == "0.5 %");
  CHECK(percent(Millionths{1}) == "0.0001 %");
  CHECK(percent(Millionths{-20'000}) == "-2 %");
  CHECK(ratio(Millionths{1'100'000}) == "1.10x");
  CHECK(ratio(Millionths{1'125'500}) == "1.1255x");
  CHECK(ratio(Millionths{10'000'000}) == "10.00x");
}

TEST_CASE("shares, axis labels and counts") {
  CHECK(share(1, 0) == "0 %");
  CHECK(share(1'861, 10'000) == "18.61 %");
  CHECK(share(1, 1'000'000) == "<0.01 %");
  CHECK(compact(950) == "950");
  CHECK(compact(1'250) == "1.25 k");
  CHECK(compact(999'999) == "1.00 M");
  CHECK(compact(45'600'000) == "45.6 M");
  CHECK(compact(std::numeric_limits<std::uint64_t>::max()) == "18.4 E");
  CHECK(without_trailing_zeros("15.00 ms") == "15 ms");
  CHECK(without_trailing_zeros("12.20 M") == "12.2 M");
  CHECK(without_trailing_zeros("100") == "100");
  CHECK(without_trailing_zeros("0.500") == "0.5");
  CHECK(counted(1, "cell") == "1 cell");
  CHECK(counted(1'200, "cell") == "1,200 cells");
  CHECK(change_text(Change{}).empty());
}
