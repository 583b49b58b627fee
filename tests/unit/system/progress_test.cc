#include "system/progress.h"

#include <catch2/catch_test_macros.hpp>
#include <chrono>
#include <sstream>
#include <string>

#include "support/fake_clock.h"

using namespace std::chrono_literals;
namespace sys = cyclegate::system;
using cyclegate::test::FakeClock;

namespace {

constexpr const char* erase = "\r\x1b[K";

/// What was written since the last call.
std::string taken(std::ostringstream& out) {
  std::string text = out.str();
  out.str("");
  return text;
}

}  // namespace

TEST_CASE("a terminal shows one line with item, count, elapsed time and time left") {
  FakeClock clock;
  std::ostringstream out;
  const auto progress = sys::terminal_progress(out, clock, 100);
  progress->begin(4, "runs");
  CHECK(taken(out) == std::string(erase) + "runs 0/4  0s");
  clock.advance(1s);
  progress->step("tree/light@embedded");
  CHECK(taken(out) == std::string(erase) + "runs 1/4  1s  tree/light@embedded");
  clock.advance(61s);
  progress->step("tree/big@embedded");
  // One of four took 62 s; three are to come.
  CHECK(taken(out) == std::string(erase) + "runs 2/4  1m02s, 3m06s left  tree/big@embedded");
  progress->note("a note");
  CHECK(taken(out) == std::string(erase) + "a note\n" + erase + "runs 2/4  1m02s, 3m06s left  tree/big@embedded");
  clock.advance(2h);
  progress->tick();
  CHECK(taken(out) == std::string(erase) + "runs 2/4  2h01m, 6h03m left  tree/big@embedded");
  progress->end();
  CHECK(taken(out) == erase);
  progress->tick();
  CHECK(taken(out).empty());
}

TEST_CASE("a terminal line is cut to its width and carries no escape sequence of others") {
  FakeClock clock;
  std::ostringstream out;
  const auto progress = sys::terminal_progress(out, clock, 25);
  progress->begin(0, "builds");
  taken(out);
  progress->step("\x1b]0;x\x07 gr\u00fc\u00dfe from a long name");
  CHECK(taken(out) == std::string(erase) + "builds 1  0s  ?]0;x? gr\u00fc");
}

TEST_CASE("more items than announced raise the total") {
  FakeClock clock;
  std::ostringstream out;
  const auto progress = sys::terminal_progress(out, clock, 80);
  progress->begin(1, "runs");
  progress->step("a");
  clock.advance(2s);
  taken(out);
  progress->step("b");
  CHECK(taken(out) == std::string(erase) + "runs 2/2  2s, 2s left  b");
}

TEST_CASE("a CI log gets the ends of a phase, every note and items at most every ten seconds") {
  FakeClock clock;
  std::ostringstream out;
  const auto progress = sys::line_progress(out, clock);
  progress->begin(100, "runs");
  for (int i = 0; i < 100; ++i) {
    progress->step("item " + std::to_string(i));
    clock.advance(250ms);
  }
  progress->note("a note");
  progress->end();
  progress->end();
  CHECK(out.str() ==
        "runs: 100 to do\n"
        "runs 41/100 after 10s: item 40\n"
        "runs 81/100 after 20s: item 80\n"
        "a note\n"
        "runs: 100 done in 25s\n");
}

TEST_CASE("quiet is quiet") {
  const auto progress = sys::quiet_progress();
  progress->begin(1, "runs");
  progress->step("a");
  progress->note("b");
  progress->tick();
  CHECK_NOTHROW(progress->end());
}
