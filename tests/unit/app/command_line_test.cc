#include "app/command_line.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_exception.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <string>
#include <utility>
#include <vector>

#include "app/completion.h"
#include "model/error.h"

using namespace cyclegate::app;
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
                       MessageMatches(ContainsSubstring("there is no command 'gat'; there are: gate")));
  CHECK_THROWS_MATCHES(parse_command_line({"gate", "--bse", "x"}), Error, MessageMatches(ContainsSubstring("--bse")));
  CHECK_THROWS_MATCHES(parse_command_line({"compare", "one"}), Error, MessageMatches(ContainsSubstring("HEAD")));
  CHECK_THROWS_MATCHES(parse_command_line({"--json", "gate"}), Error,
                       MessageMatches(ContainsSubstring("a command must come first")));
  CHECK_THROWS_AS(parse_command_line({"gate", "--jobs", "0"}).number("--jobs", 1, 64), Error);
  CHECK_THROWS_AS(parse_command_line({"gate", "--jobs", "2x"}).number("--jobs", 1, 64), Error);
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
