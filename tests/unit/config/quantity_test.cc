#include "config/quantity.h"

#include <catch2/catch_test_macros.hpp>
#include <string>

using namespace cyclegate::config;
using cyclegate::model::Millionths;

TEST_CASE("a percentage is read exactly or not at all") {
  CHECK(parse_percentage("5%") == Millionths{50'000});
  CHECK(parse_percentage("0.5%") == Millionths{5'000});
  CHECK(parse_percentage("+3%") == Millionths{30'000});
  CHECK(parse_percentage("0.0001%") == Millionths{1});
  CHECK(parse_percentage("1000%") == Millionths{10'000'000});
  for (const char* const wrong : {"", "%", "5", "-5%", "0.00001%", "1000.0001%", "5 %", "5%%", "05%", ".5%", "5.%",
                                  "1e1%", "++5%", "99999999999999999999%", "5,5%", "0x5%"}) {
    INFO(wrong);
    CHECK_FALSE(parse_percentage(wrong));
  }
}

TEST_CASE("a ratio is read exactly or not at all") {
  CHECK(parse_ratio("1.10x") == Millionths{1'100'000});
  CHECK(parse_ratio("1.000001x") == Millionths{1'000'001});
  CHECK(parse_ratio("1000x") == Millionths{1'000'000'000});
  for (const char* const wrong : {"", "x", "1.1", "1.0000001x", "1001x", "-1x", "+1x", "110%"}) {
    INFO(wrong);
    CHECK_FALSE(parse_ratio(wrong));
  }
}

TEST_CASE("a duration is an integer and a unit") {
  CHECK(parse_duration("500ms") == std::chrono::milliseconds(500));
  CHECK(parse_duration("60s") == std::chrono::minutes(1));
  CHECK(parse_duration("1h") == std::chrono::hours(1));
  CHECK(parse_duration("0") == std::chrono::milliseconds(0));
  CHECK(parse_duration("1000h") == std::chrono::hours(1000));
  for (const char* const wrong :
       {"", "5", "s", "1.5s", "-1s", "1001h", "3600001s", "18446744073709551615ms", "1 s", "1S", "1d"}) {
    INFO(wrong);
    CHECK_FALSE(parse_duration(wrong));
  }
}

TEST_CASE("a size is an integer and a binary unit") {
  CHECK(parse_size("4096") == 4096);
  CHECK(parse_size("1KiB") == 1024);
  CHECK(parse_size("1024GiB") == 1ULL << 40U);
  for (const char* const wrong : {"", "1KB", "1.5GiB", "1025GiB", "18446744073709551615GiB", "-1", "GiB"}) {
    INFO(wrong);
    CHECK_FALSE(parse_size(wrong));
  }
}

TEST_CASE("a day must exist") {
  CHECK(is_date("2027-01-31"));
  CHECK(is_date("2028-02-29"));
  for (const char* const wrong : {"", "2027-02-29", "2027-13-01", "2027-00-01", "2027-01-00", "2027-1-1", "27-01-01",
                                  "2027/01/01", "2027-01-01T", "+027-01-01", "0000-01-01"}) {
    INFO(wrong);
    CHECK_FALSE(is_date(wrong));
  }
}

TEST_CASE("an address has a scheme and a host, and tells no password") {
  CHECK(is_url("https://example.org/a?b=c"));
  CHECK(is_url("http://127.0.0.1:8080/x"));
  for (const char* const wrong : {"", "https://", "https:///x", "file:///etc/passwd", "https://u:p@h/x",
                                  "https://h/a b", "https://h/\n", "HTTPS://h"}) {
    INFO(wrong);
    CHECK_FALSE(is_url(wrong));
  }
}

TEST_CASE("amounts are positive integers however they are written") {
  CHECK(parse_amount("1") == 1U);
  CHECK(parse_amount("1200") == 1200U);
  CHECK(parse_amount("29.4M") == 29'400'000U);
  CHECK(parse_amount("1.5G") == 1'500'000'000U);
  CHECK(parse_amount("0.001k") == 1U);
  CHECK(parse_amount("999999999G") == 999'999'999'000'000'000U);
  CHECK(parse_amount("1000000000000000000") == 1'000'000'000'000'000'000U);
  for (const char* wrong : {"", "0", "0k", "-1", "1.5", "1.2345k", "1000000000000000001", "1000000000G", "1T", "k",
                            ".5M", "1.M", "1 M", "0x10", "99999999999999999999"}) {
    INFO(wrong);
    CHECK_FALSE(parse_amount(wrong));
  }
}
