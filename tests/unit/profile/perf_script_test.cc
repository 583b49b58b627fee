#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_exception.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <cstdint>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "model/error.h"
#include "profile/check.h"
#include "profile/read.h"
#include "profile/read_ahead.h"

namespace cyclegate::profile {
namespace {

using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::MessageMatches;

model::Profile read_perf(const std::string& text) {
  std::istringstream stream(text);
  auto profile = read(stream, "test");
  check(profile);
  return profile;
}

/// Text of many samples, longer than what one thread hands to the other at once, and what it must fold to.
struct Long {
  std::string text;
  std::uint64_t lines = 0;
  std::map<std::string, std::uint64_t> cycles;
  std::map<std::string, std::uint64_t> faults;
};

Long long_text(bool blank_lines, int samples) {
  Long made;
  std::uint64_t dice = 12345;
  const auto roll = [&](std::uint64_t sides) {
    dice = dice * 6364136223846793005u + 1442695040888963407u;
    return (dice >> 33) % sides;
  };
  const auto line = [&](const std::string& text) {
    made.text += text + "\n";
    ++made.lines;
  };
  for (int sample = 0; sample < samples; ++sample) {
    const bool fault = roll(5) == 0;
    const std::string program = roll(7) == 0 ? "other one" : "guest";
    const std::uint64_t period = roll(1000);
    line(program + " 42 1.5: " + std::to_string(period) + (fault ? " page-faults:" : " cycles:"));
    std::string stack;
    const std::uint64_t depth = roll(20);
    for (std::uint64_t frame = 0; frame < depth; ++frame) {
      // More texts than places to remember them: the same function under many offsets.
      const std::string name = "f" + std::to_string(roll(50));
      line("\t  4" + std::to_string(frame) + " " + name + "+0x" + std::to_string(roll(10'000)) + " (/bin/guest)");
      stack = stack.empty() ? name : name + ";" + stack;
    }
    if (blank_lines) line("");
    const std::string root = program == "guest" ? "guest" : "other_one";
    (fault ? made.faults : made.cycles)[stack.empty() ? root : root + ";" + stack] += period;
  }
  return made;
}

std::map<std::string, std::uint64_t> stacks(const std::string& folded) {
  std::map<std::string, std::uint64_t> found;
  std::istringstream lines(folded);
  for (std::string line; std::getline(lines, line);) {
    const std::size_t blank = line.rfind(' ');
    REQUIRE(found.emplace(line.substr(0, blank), std::stoull(line.substr(blank + 1))).second);
  }
  return found;
}

TEST_CASE("a long perf script sums to its samples, whichever thread read them") {
  for (const bool blank_lines : {true, false}) {
    Long made = long_text(blank_lines, 30'000);
    std::erase_if(made.cycles, [](const auto& stack) { return stack.second == 0; });
    std::erase_if(made.faults, [](const auto& stack) { return stack.second == 0; });
    const auto profile = read_perf(made.text);
    REQUIRE(profile.columns.size() == 2);
    const std::size_t faults = profile.columns[0].name == "page-faults" ? 0 : 1;
    REQUIRE(stacks(write(profile, Format::folded, 1 - faults)) == made.cycles);
    REQUIRE(stacks(write(profile, Format::folded, faults)) == made.faults);
    REQUIRE(read_perf(made.text) == profile);
  }
}

TEST_CASE("a mistake far down in a perf script is told with its line") {
  const Long made = long_text(true, 20'000);
  const std::string place = "test: line " + std::to_string(made.lines + 2) + ": ";
  REQUIRE_THROWS_MATCHES(read_perf(made.text + "guest 1 1.5: 1 cycles:\n\tzz f (x)\n" + made.text), model::Error,
                         MessageMatches(ContainsSubstring(place + "must be `address function (module)`")));
  REQUIRE_THROWS_MATCHES(
      read_perf(made.text + "guest 1 1.5: 1 cycles:\n\t1 " + std::string(70'000, 'x') + " (x)\n" + made.text),
      model::Error, MessageMatches(ContainsSubstring(place + "a name of 70000 bytes")));
  const std::string most = std::to_string(UINT64_MAX);
  const std::string sample = "guest 1 1.5: " + most + " cycles:\n\t1 f (x)\n";
  REQUIRE_THROWS_MATCHES(read_perf(made.text + sample + made.text), model::Error,
                         MessageMatches(ContainsSubstring("the sum of `cycles` does not fit 64 bits")));
}

TEST_CASE("perf script without what makes a sample is refused with what to print") {
  const auto refused = [](const std::string& text, const std::string& why) {
    INFO(text);
    REQUIRE_THROWS_MATCHES(read_perf(text), model::Error, MessageMatches(ContainsSubstring(why)));
  };
  // perf script -F comm,tid,time,ip,sym,dso: each time would be an event of its own.
  refused("app 1234 5000.1:\n\t12 foo (/bin/app)\n\n",
          "test: line 1: must be `program pid time: event:`; there is no event; "
          "let perf script print it (-F +event)");
  refused("app 12 1.5: 10 cycles:\n\t12 f (x)\n\napp 12 1.6: cycles:\n\t12 f (x)\n\n",
          "test: line 4: the event `cycles` has no period here, and one before");
  refused("app 12 1.5: cycles:\n\t12 f (x)\n\t13 g (/tm", "test: line 3: the file ends within a sample");
  refused("app 12 1.5: cycles:\n\t12 f (x)\n\napp 13 1.6: cy", "test: line 4: must be `program pid time: event:`");
  const auto open = read_perf("app 12 1.5: cycles:\n\t12 f (x)\n");
  REQUIRE(open.warnings.size() == 1);
  REQUIRE(open.warnings[0].code == "cut-short");
  REQUIRE(read_perf("app 12 1.5: cycles:\n\t12 f (x)\n\n").warnings.empty());
}

TEST_CASE("a tracepoint is an event whose fields stand behind it") {
  const std::string sample =
      "swapper     0 [001]  12.5: sched:sched_switch: prev_comm=a prev_prio=120 ==> next_comm=b next_prio=120\n"
      "\tffffffff8112 schedule+0x2e ([kernel.kallsyms])\n\n";
  REQUIRE(recognise(sample) == Format::perf);
  const auto profile = read_perf(sample + "my prog 12/13 12.6: 250 cycles:u:\n\t12 main (/bin/p)\n\n" + sample);
  REQUIRE(profile.columns ==
          std::vector<model::ProfileColumn>{{"sched.sched_switch", "samples"}, {"cycles.u", "events"}});
  REQUIRE(write(profile, Format::folded, 0) == "swapper;schedule 2\n");
  REQUIRE(write(profile, Format::folded, 1) == "my_prog;main 250\n");
}

TEST_CASE("a program whose name ends in a number is told from its pid") {
  const auto profile = read_perf(
      "tokio 3 1234/1240 [000] 1.0: 250000 cycles:\n\t12 f (x)\n\n"
      "tokio 1234 1.5: 250000 cycles:\n\t12 f (x)\n\nrun 7 12/13 1.6: 1 cycles:\n\t12 f (x)\n\n");
  REQUIRE(profile.columns == std::vector<model::ProfileColumn>{{"cycles", "events"}});
  REQUIRE(write(profile, Format::folded) == "run_7;f 1\ntokio;f 250000\ntokio_3;f 250000\n");
}

TEST_CASE("a function of a file that is deleted is one function, whatever its address") {
  const auto profile = read_perf(
      "app 12 1.5: 1 cycles:\n\t12 foo+0x10 (/tmp/app (deleted))\n\t16 [unknown] (/tmp/app (deleted))\n\n"
      "app 12 1.6: 1 cycles:\n\t16 foo+0x14 (/tmp/app (deleted))\n\t16 operator()\n\n");
  REQUIRE(write(profile, Format::folded) == "app;[app];foo 1\napp;operator();foo 1\n");
}

TEST_CASE("text with a control character is no pprof because of its first byte") {
  REQUIRE(recognise("\nmain \x1b[31m;f 3\n") == Format::folded);
  REQUIRE(recognise("2\x1b[31m;f 3\n") == Format::folded);
  REQUIRE(recognise(std::string_view("\x0a\x04\x08\x01\x10\x02\x12\x00", 8)) == Format::pprof);
}

TEST_CASE("what one thread makes the other takes in order, and mistakes of both reach the caller") {
  const auto run = [](int items, int produce_fails_at, int consume_fails_at) {
    std::vector<int> taken;
    int made = 0;
    std::string failure;
    try {
      read_ahead<int>(
          [&](int& item) {
            if (made == produce_fails_at) throw std::runtime_error("made " + std::to_string(made));
            item = made;
            return made++ < items;
          },
          [&](const int& item) {
            if (item == consume_fails_at) throw std::runtime_error("taken " + std::to_string(item));
            taken.push_back(item);
          });
    } catch (const std::runtime_error& error) {
      failure = error.what();
    }
    for (std::size_t index = 0; index < taken.size(); ++index) REQUIRE(taken[index] == static_cast<int>(index));
    return std::pair(taken.size(), failure);
  };
  for (const int items : {0, 1, 2, 3, 5, 1000}) {
    REQUIRE(run(items, -1, -1) == std::pair(static_cast<std::size_t>(items), std::string()));
  }
  for (const int place : {0, 1, 2, 7, 500}) {
    const auto before = static_cast<std::size_t>(place);
    REQUIRE(run(1000, place, -1) == std::pair(before, "made " + std::to_string(place)));
    REQUIRE(run(1000, -1, place) == std::pair(before, "taken " + std::to_string(place)));
    REQUIRE(run(1000, place + 1, place) == std::pair(before, "taken " + std::to_string(place)));
  }
}

}  // namespace
}  // namespace cyclegate::profile
