#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <string>

#include "config/config.h"
#include "model/error.h"

using namespace cyclegate;
using Catch::Matchers::ContainsSubstring;

namespace {

const std::string guests =
    "guests:\n  g:\n    inputs:\n      - { path: in/a.bin, sha256: "
    "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08 }\n";

std::string executor_complaint(const std::string& executors) {
  try {
    config::parse_config(guests + "executors: " + executors + "\n", "f");
  } catch (const model::Error& error) {
    return error.what();
  }
  return {};
}

}  // namespace

TEST_CASE("an executor of one's own has a command, and its metrics say what they are") {
  const config::Config config = config::parse_config(
      guests +
          "executors: { mine: { command: [emulator, '{elf}', '{elf}', 'a b'], metrics: { m: { kind: exact } } } }\n",
      "f");
  const model::CommandSettings& mine = config.executors.at("mine");
  CHECK(mine.command == std::vector<std::string>{"emulator", "{elf}", "{elf}", "a b"});
  REQUIRE(mine.metrics.size() == 1);
  CHECK(mine.metrics[0].from == "stdout");
  CHECK(mine.metrics[0].metric == model::Metric{"m", "m", model::MetricKind::exact, model::Better::lower});
}

TEST_CASE("the embedded executor's cost model is named, and nothing else about it") {
  CHECK(config::parse_config(guests, "f").cost_model.empty());
  const config::Config config =
      config::parse_config(guests + "executors: { embedded: { cost_model: prices/next.tsv } }\n", "f");
  CHECK(config.cost_model == "prices/next.tsv");
  CHECK(config.executors.empty());
  CHECK_THAT(executor_complaint("{ embedded: { cost_model: ../next.tsv } }"),
             ContainsSubstring("f:5:38: ") && ContainsSubstring("a path inside the repository"));
  CHECK_THAT(executor_complaint("{ embedded: { cost_model: /etc/passwd } }"),
             ContainsSubstring("a path inside the repository"));
  CHECK_THAT(executor_complaint("{ embedded: { command: [a] } }"), ContainsSubstring("cost_model"));
  CHECK_THAT(executor_complaint("{ embedded: zisk }"), ContainsSubstring("executor embedded"));
}

TEST_CASE("an executor may check the output by itself, and need all cores") {
  const config::Config config =
      config::parse_config(guests + "executors: { e: { command: [a], checks_output: true, all_cores: true } }\n", "f");
  CHECK(config.executors.at("e").checks_output);
  CHECK(config.executors.at("e").all_cores);
  CHECK_THAT(executor_complaint("{ e: { command: [a], checks_output: maybe } }"), ContainsSubstring("checks_output"));
}

TEST_CASE("what cannot be an executor is refused with what would be right") {
  CHECK_THAT(executor_complaint("{ ziskemu: { command: [a] } }"),
             ContainsSubstring("cannot be the name of an executor of your own"));
  CHECK_THAT(executor_complaint("{ e: {} }"), ContainsSubstring("has no command"));
  CHECK_THAT(executor_complaint("{ e: { command: run.sh } }"), ContainsSubstring("no shell reads them"));
  CHECK_THAT(executor_complaint("{ e: { command: [./run.sh] } }"), ContainsSubstring("looked up on PATH"));
  CHECK_THAT(executor_complaint("{ e: { command: [a, '{elff}'] } }"), ContainsSubstring("placeholders are"));
  CHECK_THAT(executor_complaint("{ e: { command: [a], output: ../x } }"), ContainsSubstring("below {work}"));
  CHECK_THAT(executor_complaint("{ e: { command: [a], exits: { 300: ok } } }"),
             ContainsSubstring("exit statuses from 0 to 255"));
  CHECK_THAT(executor_complaint("{ e: { command: [a], metrics: { m: {} } } }"), ContainsSubstring("add kind: exact"));
  CHECK_THAT(executor_complaint("{ e: { command: [a], metrics: { wall_time: { kind: exact } } } }"),
             ContainsSubstring("measured anyway"));
  CHECK_THAT(executor_complaint("{ e: { command: [a], metrics: { artifact_size: { kind: exact } } } }"),
             ContainsSubstring("cannot be a metric of a command"));
  CHECK_THAT(executor_complaint("{ e: { command: [a], metrics: { cost: { kind: exact, better: higher } } } }"),
             ContainsSubstring("has another better than the built-in executors' metric of that name") &&
                 ContainsSubstring("unit: cost, kind: exact, better: lower") && ContainsSubstring("f:5:44: "));
  CHECK_THAT(executor_complaint("{ e: { command: [a], metrics: { cycles: { kind: sampled } } } }"),
             ContainsSubstring("has another kind than"));
  CHECK_THAT(executor_complaint("{ e: { command: [a], metrics: { frops: { kind: exact } } } }"),
             ContainsSubstring("has another unit than"));
  CHECK(executor_complaint("{ e: { command: [a], metrics: { cost: { kind: exact }, cycles: { kind: exact } } } }")
            .empty());
  CHECK_THAT(executor_complaint("{ e: { command: [a], metrics: { m: { kind: exact, pattern: a, pointer: /a } } } }"),
             ContainsSubstring("more than one of pattern, pointer and size"));
  CHECK_THAT(executor_complaint("{ e: { command: [a], metrics: { m: { kind: exact, pointer: a } } } }"),
             ContainsSubstring("JSON pointer"));
  CHECK_THAT(executor_complaint("{ e: { command: [a], metrics: { m: { kind: sampled, unit: s, scale: 10 } } } }"),
             ContainsSubstring("both a scale and the unit s"));
  CHECK_THAT(executor_complaint("{ e: { command: [a], metrics: { m: { kind: exact, from: /etc/passwd } } } }"),
             ContainsSubstring("stdout, stderr, or a file"));
}
