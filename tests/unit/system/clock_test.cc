#include "system/clock.h"

#include <catch2/catch_test_macros.hpp>
#include <chrono>
#include <csignal>
#include <thread>

#include "model/error.h"
#include "system/interrupt.h"

using namespace std::chrono_literals;
namespace sys = cyclegate::system;

TEST_CASE("times are written as ISO 8601 in UTC") {
  const auto at = [](long long seconds) {
    return std::chrono::system_clock::time_point(std::chrono::seconds(seconds));
  };
  CHECK(sys::iso_time(at(0)) == "1970-01-01T00:00:00Z");
  CHECK(sys::iso_time(at(1'000'000'000)) == "2001-09-09T01:46:40Z");
  CHECK(sys::iso_time(at(951'827'696)) == "2000-02-29T12:34:56Z");
  CHECK(sys::iso_time(at(-1)) == "1969-12-31T23:59:59Z");
  CHECK(sys::iso_date(at(951'827'696)) == "2000-02-29");
}

TEST_CASE("waiting takes as long as asked") {
  sys::SystemClock clock;
  const auto start = clock.monotonic();
  clock.sleep_for(20ms);
  CHECK(clock.monotonic() - start >= 20ms);
}

TEST_CASE("waiting ends at once when interrupted") {
  sys::SystemClock clock;
  const auto start = clock.monotonic();
  std::thread other([] {
    std::this_thread::sleep_for(30ms);
    sys::request_interrupt();
  });
  CHECK_THROWS_AS(clock.sleep_for(60s), cyclegate::model::Error);
  other.join();
  sys::clear_interrupt();
  CHECK(clock.monotonic() - start < 30s);
  CHECK_NOTHROW(sys::throw_if_interrupted());
}

TEST_CASE("SIGTERM sets the flag while a handler lives") {
  {
    const sys::InterruptHandler handler;
    std::raise(SIGTERM);
    CHECK(sys::interrupted());
    try {
      sys::throw_if_interrupted();
      FAIL("not interrupted");
    } catch (const cyclegate::model::Error& error) {
      CHECK(error.kind() == cyclegate::model::ErrorKind::interrupted);
    }
  }
  sys::clear_interrupt();
  CHECK_FALSE(sys::interrupted());
}
