#include "app/command_line.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_exception.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <chrono>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "app/completion.h"
#include "app/guest_target.h"
#include "model/error.h"

using namespace cyclegate::app;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::MessageMatches;
using cyclegate::model::Error;

TEST_CASE("a gate's options are read, repeatable ones as often as they come") {
  const Invocation invocation =
      parse_command_line({"gate", "--base", "main", "--guest", "a", "--guest", "b", "--resume", "--jobs=2"});
  CHECK(invocation.command == "gate");
  CHECK(invocation.get("--base") == "main");
  CHECK(invocation.all("--guest") == std::vector<std::string>{"a", "b"});
  CHECK(invocation.has("--resume"));
  CHECK_FALSE(invocation.has("--no-time"));
  CHECK(invocation.number("--jobs", 1, 64) == 2);
}

TEST_CASE("positional arguments go to their names and a repeatable option does not swallow them") {
  const Invocation invocation = parse_command_line({"execute", "block", "light", "--json"});
  CHECK(invocation.get("GUEST") == "block");
  CHECK(invocation.get("INPUT") == "light");
  const Invocation build = parse_command_line({"build", "block", "--executor", "embedded"});
  CHECK(build.get("GUEST") == "block");
}

TEST_CASE("commands of two words are found and half of one is explained") {
  CHECK(parse_command_line({"baseline", "save"}).command == "baseline save");
  CHECK_THROWS_MATCHES(parse_command_line({"baseline"}), Error,
                       MessageMatches(ContainsSubstring("needs a second word: baseline save")));
}

TEST_CASE("mistakes on the command line are usage errors that name what is wrong") {
  CHECK_THROWS_MATCHES(parse_command_line({"gat"}), Error,
                       MessageMatches(ContainsSubstring("there is no command 'gat'; did you mean 'gate'?")));
  CHECK_THROWS_MATCHES(parse_command_line({"basline", "save"}), Error,
                       MessageMatches(ContainsSubstring("did you mean 'baseline save'?")));
  CHECK_THROWS_MATCHES(parse_command_line({"measure"}), Error,
                       MessageMatches(ContainsSubstring("there is no command 'measure'; there are: gate, run")));
  // In the order given, each with what is near.
  CHECK_THROWS_MATCHES(parse_command_line({"gate", "--bse", "x", "--nothing-near=1", "--hed", "y"}), Error,
                       MessageMatches(ContainsSubstring("gate: there is no option --bse (did you mean --base?), "
                                                        "--nothing-near, --hed (did you mean --head?); see")));
  CHECK_THROWS_MATCHES(parse_command_line({"executors", "one", "two"}), Error,
                       MessageMatches(ContainsSubstring("executors: there is no place for one two; see")));
  CHECK_THROWS_MATCHES(parse_command_line({"gate", "--bse", "x"}), Error, MessageMatches(ContainsSubstring("--bse")));
  CHECK_THROWS_MATCHES(parse_command_line({"compare", "one"}), Error, MessageMatches(ContainsSubstring("HEAD")));
  CHECK_THROWS_MATCHES(parse_command_line({"--json", "gate"}), Error,
                       MessageMatches(ContainsSubstring("a command must come first")));
  CHECK_THROWS_AS(parse_command_line({"gate", "--jobs", "0"}).number("--jobs", 1, 64), Error);
  CHECK_THROWS_AS(parse_command_line({"gate", "--jobs", "2x"}).number("--jobs", 1, 64), Error);
}

TEST_CASE("limits of a run are given as the configuration gives them, or as plain numbers") {
  const auto limits = [](std::vector<std::string> words) {
    words.insert(words.begin(), "execute");
    return limits_of(parse_command_line(words), {.max_steps = 1, .max_memory_bytes = 2, .max_time = 3ns});
  };
  CHECK(limits({}) == cyclegate::executors::Limits{.max_steps = 1, .max_memory_bytes = 2, .max_time = 3ns});
  CHECK(limits({"--max-steps", "1.5M"}).max_steps == 1'500'000);
  CHECK(limits({"--max-steps", "18446744073709551615"}).max_steps == ~std::uint64_t{0});
  CHECK(limits({"--max-memory", "1GiB"}).max_memory_bytes == std::uint64_t{1} << 30U);
  CHECK(limits({"--max-memory", "4096"}).max_memory_bytes == 4096);
  CHECK(limits({"--max-time", "10s"}).max_time == 10s);
  CHECK(limits({"--max-time", "500ms"}).max_time == 500ms);
  CHECK(limits({"--max-time", "50000000"}).max_time == 50ms);
  for (const auto& [option, wrong, right] : {std::tuple{"--max-steps", "0", "1.5M"},
                                             {"--max-steps", "1KiB", "1.5M"},
                                             {"--max-memory", "1GB", "1GiB"},
                                             {"--max-memory", "0", "1GiB"},
                                             {"--max-time", "10 s", "10s"},
                                             {"--max-time", "0s", "10s"},
                                             {"--max-time", "-1", "10s"},
                                             {"--max-time", "31536000000000001", "10s"}}) {
    INFO(option << ' ' << wrong);
    CHECK_THROWS_MATCHES(
        limits({std::string(option) + "=" + wrong}), Error,
        MessageMatches(ContainsSubstring(std::string(option) + " " + wrong + ": must be") && ContainsSubstring(right)));
  }
}

TEST_CASE("every command has help with its options and at least one example that parses") {
  for (const CommandDescription& command : commands()) {
    INFO(command.name);
    const std::string help = help_text(&command);
    for (const OptionDescription& option : command.options) CHECK_THAT(help, ContainsSubstring(option.name));
    REQUIRE_FALSE(command.examples.empty());
    for (const auto& [example, explanation] : command.examples) {
      CHECK_FALSE(explanation.empty());
      std::vector<std::string> words;
      std::string word;
      for (const char c : example.substr(0, example.find(" >")) + " ") {
        if (c != ' ') {
          word += c;
        } else if (!word.empty()) {
          words.push_back(std::exchange(word, ""));
        }
      }
      REQUIRE(words[0] == "cyclegate");
      words.erase(words.begin());
      CHECK(parse_command_line(words).command == command.name);
    }
    CHECK(parse_command_line({"help", command.name.substr(0, command.name.find(' ')), "--help"}).command.empty());
  }
}

TEST_CASE("completion scripts and the manual page name every command and option") {
  for (const std::string& text : {completion_script("bash"), completion_script("zsh"), manual_page()}) {
    for (const CommandDescription& command : commands()) {
      CHECK_THAT(text, ContainsSubstring(command.name.substr(0, command.name.find(' '))));
    }
  }
  CHECK_THAT(completion_script("fish"), ContainsSubstring("-l resume"));
  CHECK_THROWS_AS(completion_script("tcsh"), Error);
}
