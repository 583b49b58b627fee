#include "config/config.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <string>

#include "model/error.h"

using namespace cyclegate;
using Catch::Matchers::ContainsSubstring;
using config::Config;
using config::parse_config;

namespace {

const std::string digest = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
const std::string pinned = "{ path: in/a.bin, sha256: " + digest + " }";
/// A file of five lines, to which tests append.
const std::string smallest = "guests:\n  g:\n    inputs:\n      - " + pinned + "\n";

/// What parse_config complains about; empty when it does not.
std::string complaint(const std::string& text) {
  try {
    parse_config(text, "cyclegate.yaml");
  } catch (const model::Error& error) {
    CHECK(error.kind() == model::ErrorKind::configuration);
    return error.what();
  }
  return {};
}

/// The smallest file with further entries of its one input.
std::string with_input(const std::string& entries) {
  return "guests:\n  g:\n    inputs:\n      - { " + entries + " }\n";
}

}  // namespace

TEST_CASE("the smallest file names one guest and one input, and everything else has its default") {
  const Config config = parse_config(smallest, "cyclegate.yaml");
  REQUIRE(config.guests.size() == 1);
  const config::Guest& guest = config.guests.at("g");
  REQUIRE(guest.builds.size() == 1);
  CHECK(guest.builds.at("zisk").run == "make zisk");
  CHECK(guest.builds.at("zisk").elf == "out/g.zisk.elf");
  CHECK(guest.builds.at("zisk").executors == std::vector<std::string>{"embedded"});
  CHECK(guest.check.empty());
  REQUIRE(guest.inputs.size() == 1);
  CHECK(guest.inputs[0].name == "a");
  CHECK(guest.inputs[0].path == "in/a.bin");
  CHECK(guest.inputs[0].weight == 1);
  CHECK(guest.inputs[0].position.line == 4);
  CHECK(config.measure == config::Measure{});
  CHECK(config.measure.limits.max_steps == 68'719'476'735U);
  CHECK(config.policy == model::Policy{});
  REQUIRE(config.warnings.size() == 1);
  CHECK(config.warnings[0].code == "few-inputs");
  CHECK_THAT(config.warnings[0].message, ContainsSubstring("guest g has 1 input;"));
}

TEST_CASE("percentages, ratios, durations and sizes are held exactly") {
  const Config config = parse_config(smallest +
                                         "measure:\n"
                                         "  budget: 1h\n"
                                         "  cooldown: 500ms\n"
                                         "  limits: { time: 60s, memory: 512MiB, max_steps: 7 }\n"
                                         "policy:\n"
                                         "  thresholds: { keep: 10.0001%, maybe: 0.5%, kill: 1.234567x }\n"
                                         "  tolerance: { exact: 0%, sampled: +3% }\n"
                                         "  drift_budget: 2.5%\n",
                                     "f");
  CHECK(config.measure.budget == std::chrono::hours(1));
  CHECK(config.measure.cooldown == std::chrono::milliseconds(500));
  CHECK(config.measure.limits == config::Limits{7, std::chrono::seconds(60), 512ULL << 20});
  CHECK(config.policy.thresholds.keep.value == 100'001);
  CHECK(config.policy.thresholds.maybe.value == 5'000);
  CHECK(config.policy.thresholds.kill.value == 1'234'567);
  CHECK(config.policy.thresholds.worst_input.value == 50'000);
  CHECK(config.policy.tolerance.exact.value == 0);
  CHECK(config.policy.tolerance.sampled.value == 30'000);
  CHECK(config.policy.drift_budget == model::Millionths{25'000});
}

TEST_CASE("an unknown key is refused with its place, the nearest right one and the list") {
  CHECK(complaint(smallest + "polcy: { mode: guard }\n") ==
        "cyclegate.yaml:5:1: unknown key 'polcy' in the file; did you mean 'policy'? allowed: version, guests, "
        "executors, build, "
        "measure, publish, policy, acknowledged");
  CHECK(complaint(smallest + "zzz: 1\n") ==
        "cyclegate.yaml:5:1: unknown key 'zzz' in the file; allowed: version, guests, executors, build, measure, "
        "publish, policy, acknowledged");
  // Swapped neighbours are one edit.
  CHECK_THAT(complaint(with_input("ptah: a, sha256: " + digest)), ContainsSubstring("did you mean 'path'?"));
}

TEST_CASE("all mistakes of a file are told at once, in the file's order") {
  const std::string told = complaint(
      "version: one\n"
      "guests:\n"
      "  g:\n"
      "    inputs:\n"
      "      - { path: ../x.bin, sha256: 12, weight: 0 }\n"
      "measure: { warmup: -1 }\n"
      "policy: { mode: gaurd, thresholds: { keep: 5 } }\n");
  CHECK(told ==
        "cyclegate.yaml:1:10: 'version' is 'one'; write version: 1\n"
        "cyclegate.yaml:5:17: 'path' is '../x.bin'; write a path inside the repository, relative to its root, without "
        "'.' and '..'\n"
        "cyclegate.yaml:5:35: 'sha256' is '12'; write 64 lower-case hex digits, as sha256sum prints them\n"
        "cyclegate.yaml:5:47: 'weight' is '0'; write an integer from 1 to 1000000\n"
        "cyclegate.yaml:6:20: 'warmup' is '-1'; write an integer from 0 to 1000\n"
        "cyclegate.yaml:7:17: 'mode' is 'gaurd'; did you mean 'guard'? allowed: guard, improve\n"
        "cyclegate.yaml:7:44: 'keep' is '5'; write a percentage from 0% to 1000% with at most four decimals, such as "
        "0.5%");
}

TEST_CASE("at most twenty mistakes are told, and how many there are more") {
  std::string text = smallest;
  for (int i = 0; i < 30; ++i) text += "k" + std::to_string(i) + ": 1\n";
  const std::string told = complaint(text);
  CHECK(std::ranges::count(told, '\n') == 20);
  CHECK_THAT(told, ContainsSubstring("\ncyclegate.yaml: and 10 more"));
}

TEST_CASE("keys, guests and inputs that are there twice are refused where they are there again") {
  CHECK_THAT(complaint(smallest + "version: 1\nversion: 1\n"),
             ContainsSubstring("cyclegate.yaml:6:1: the key 'version' is here a second time; keep one of them"));
  CHECK_THAT(complaint(smallest + "  g:\n    inputs: [" + pinned + "]\n"),
             ContainsSubstring(":5:3: the key 'g' is here a second time"));
  CHECK_THAT(complaint(smallest + "      - { name: a, url: https://h/x, sha256: " + digest + " }\n"),
             ContainsSubstring(":5:9: guest g has an input 'a' already, in line 4; give this one another name"));
  CHECK_THAT(complaint(smallest + "build: { environment: [A, A] }\n"),
             ContainsSubstring("'A' is in 'environment' a second"));
}

TEST_CASE("an executor stands in one build of a guest only") {
  CHECK_THAT(
      complaint(smallest + "    builds:\n      one: { executors: [embedded] }\n      two: { executors: [embedded] }\n"),
      ContainsSubstring(":7:7: executor embedded runs both builds one and two of guest g"));
}

TEST_CASE("a build whose name says nothing about executors must name one") {
  CHECK_THAT(complaint(smallest + "    builds: { fast: { run: make } }\n"),
             ContainsSubstring("build 'fast' names no executor"));
  CHECK(complaint(smallest + "    builds: { sp1: { run: make } }\n").empty());
}

TEST_CASE("wrong types are named for what they are") {
  CHECK_THAT(complaint("- a\n- b\n"), ContainsSubstring(":1:1: the file is a list; write a mapping"));
  CHECK_THAT(complaint("guests: []\n"), ContainsSubstring("'guests' is a list"));
  CHECK_THAT(complaint("guests: {}\n"), ContainsSubstring("'guests' is empty"));
  CHECK_THAT(complaint("guests:\n"), ContainsSubstring("'guests' has no value"));
  CHECK_THAT(complaint("guests: { g: 3 }\n"), ContainsSubstring("guest g is '3'; write a mapping"));
  CHECK_THAT(complaint("guests: { g: {} }\n"), ContainsSubstring("guest g has no inputs"));
  CHECK_THAT(complaint("guests: { g: { inputs: [3] } }\n"), ContainsSubstring("an input is '3'"));
  CHECK_THAT(complaint("guests: { g: { inputs: [~] } }\n"), ContainsSubstring("an input is nothing"));
  CHECK_THAT(complaint(smallest + "measure: { timed: \"true\" }\n"), ContainsSubstring("write true or false"));
  CHECK_THAT(complaint(smallest + "measure: { timed: yes }\n"), ContainsSubstring("write true or false"));
  CHECK_THAT(complaint(smallest + "measure: { warmup: \"3\" }\n"), ContainsSubstring("write an integer"));
  CHECK_THAT(complaint(smallest + "measure: { warmup: [3] }\n"), ContainsSubstring("'warmup' is a list"));
  CHECK_THAT(complaint(smallest + "measure: { warmup: }\n"), ContainsSubstring("'warmup' has no value"));
  CHECK_THAT(complaint(smallest + "    check: [make]\n"), ContainsSubstring("'check' is a list; write text"));
  CHECK_THAT(complaint(smallest + "acknowledged: {}\n"), ContainsSubstring("'acknowledged' is a mapping"));
  CHECK_THAT(complaint(smallest + "policy: { deciding: [cost] }\n"), ContainsSubstring("'deciding' is a list"));
}

TEST_CASE("an empty file is told how to begin") {
  CHECK(complaint("") ==
        "cyclegate.yaml:1:1: no guests are named; begin with `guests:`; `cyclegate init` writes a starter file");
  CHECK_THAT(complaint("# only a comment\n"), ContainsSubstring("no guests are named"));
}

TEST_CASE("an input has exactly one source, and a pin") {
  CHECK_THAT(complaint(with_input("name: a, sha256: " + digest)),
             ContainsSubstring("this input has no bytes; write exactly one of"));
  CHECK_THAT(complaint(with_input("path: a, url: https://h/, sha256: " + digest)),
             ContainsSubstring("more than one of path, url and generate"));
  CHECK_THAT(complaint(with_input("path: in/a.bin")),
             ContainsSubstring("input 'a' is not pinned; add its sha256; `cyclegate input add in/a.bin` does it"));
  CHECK_THAT(complaint(with_input("name: a, generate: { run: make-it }, sha256: " + digest)),
             ContainsSubstring("generate needs both a program and a seed"));
  CHECK_THAT(complaint(with_input("url: https://h/x, sha256: " + digest)),
             ContainsSubstring("this input has no name; add name: NAME"));
  CHECK_THAT(complaint(with_input("name: a, url: 'ftp://h/x', sha256: " + digest)),
             ContainsSubstring("write an https:// address"));
  const Config config = parse_config(
      with_input("name: r, generate: { run: make-it, seed: 18446744073709551615 }, sha256: " + digest), "f");
  CHECK(config.guests.at("g").inputs[0].generate == config::Generator{"make-it", 18'446'744'073'709'551'615U});
}

TEST_CASE("paths that leave the tree are refused") {
  for (const std::string path :
       {"/etc/passwd", "..", "a/../../b", "a//b", "./a", "a/.", "a/", "'a\\b'", "\"a\\0b\"", "''"}) {
    INFO(path);
    CHECK_THAT(complaint(with_input("name: a, path: " + path + ", sha256: " + digest)), ContainsSubstring("'path' is"));
    CHECK_THAT(complaint(smallest + "    builds: { zisk: { elf: " + path + " } }\n"), ContainsSubstring("'elf' is"));
  }
}

TEST_CASE("names that could not be file names are refused") {
  for (const std::string name : {"-a", ".a", "a/b", "'a b'", "'a\\nb'", "'<b>'", "\xC3\xA4", "''"}) {
    INFO(name);
    CHECK_THAT(complaint("guests:\n  " + name + ":\n    inputs: [" + pinned + "]\n"),
               ContainsSubstring("cannot be a name in 'guests'"));
    CHECK_THAT(complaint(with_input("name: " + name + ", path: a, sha256: " + digest)), ContainsSubstring("'name' is"));
  }
  CHECK_THAT(complaint("guests:\n  " + std::string(65, 'a') + ":\n    inputs: [" + pinned + "]\n"),
             ContainsSubstring("cannot be a name"));
  CHECK(complaint("guests:\n  " + std::string(64, 'a') + ":\n    inputs: [" + pinned + "]\n").empty());
}

TEST_CASE("anchors, aliases and tags are refused, so that no alias bomb is ever unfolded") {
  const std::string told = complaint("a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n");
  CHECK_THAT(told, ContainsSubstring("cyclegate.yaml:1:4: a YAML anchor (&name) is used here; write the value out"));
  CHECK_THAT(told, ContainsSubstring("cyclegate.yaml:2:8: a YAML alias (*name) is used here"));
  CHECK_THAT(complaint(smallest + "version: !!int 1\n"),
             ContainsSubstring("the YAML tag 'tag:yaml.org,2002:int' is used"));
  CHECK_THAT(complaint(smallest + "<<: { version: 1 }\n"), ContainsSubstring("unknown key '<<'"));
}

TEST_CASE("size, depth and number of values are capped") {
  CHECK_THAT(complaint(std::string((1U << 20U) + 1, '#')), ContainsSubstring("more than 1048576"));
  CHECK_THAT(complaint("a: " + std::string(40, '[') + std::string(40, ']')), ContainsSubstring("more than 32 levels"));
  CHECK_THAT(complaint("a: " + std::string(100'000, '[')), ContainsSubstring("more than 32 levels"));
  std::string wide = "a: [";
  for (int i = 0; i < 100'001; ++i) wide += "1,";
  CHECK_THAT(complaint(wide + "]"), ContainsSubstring("more than 100000 values"));
}

TEST_CASE("what is not YAML is refused with its place") {
  // yaml-cpp quotes the end of the file as the control character EOT.
  CHECK_THAT(complaint("\"\\"), ContainsSubstring("unknown escape character: \\x04"));
  CHECK_THAT(complaint("guests: [a\nb: {"), ContainsSubstring("this is not YAML"));
  CHECK_THAT(complaint("guests:\n\tg: 1\n"), ContainsSubstring("cyclegate.yaml:2:"));
  CHECK_THAT(complaint("a: 1\n---\nb: 2\n"), ContainsSubstring("a second YAML document begins here"));
  CHECK_THAT(complaint("? [a]\n: b\n"), ContainsSubstring("a key is a list"));
  CHECK_THAT(complaint(std::string("a\0b", 3)), ContainsSubstring("cyclegate.yaml:1:2: the byte 0x00 is not text"));
  CHECK_THAT(complaint("a: b\n\xFF"), ContainsSubstring("cyclegate.yaml:2:1: the byte 0xff is not text"));
  CHECK_THAT(complaint("\xED\xA0\x80"), ContainsSubstring("the byte 0xed is not text"));
}

TEST_CASE("runs.max follows a raised min, and may not lie below it") {
  CHECK(parse_config(smallest + "measure: { runs: { min: 60 } }\n", "f").measure.max_runs == 60);
  CHECK_THAT(complaint(smallest + "measure: { runs: { min: 60, max: 50 } }\n"),
             ContainsSubstring("'max' is below 'min' in runs; write max: 60 or more"));
}

TEST_CASE("no more runs are taken than an exact test can judge in time") {
  CHECK(parse_config(smallest + "measure: { runs: { max: 400 } }\n", "f").measure.max_runs == 400);
  for (const char* runs : {"{ max: 401 }", "{ min: 401 }"})
    CHECK_THAT(complaint(smallest + "measure: { runs: " + runs + " }\n"),
               ContainsSubstring("write an integer from 2 to 400"));
}

TEST_CASE("fewer runs and warm-ups than wanted are warned about") {
  const Config config = parse_config(smallest + "measure: { warmup: 2, runs: { min: 9 } }\n", "f");
  REQUIRE(config.warnings.size() == 3);
  CHECK(config.warnings[1].code == "few-runs");
  CHECK(config.warnings[2].code == "few-warmups");
  CHECK(parse_config(smallest + "measure: { timed: false, warmup: 2, runs: { min: 9 } }\n", "f").warnings.size() == 1);
}

TEST_CASE("classic cools down for a minute unless it is told otherwise") {
  CHECK(parse_config(smallest + "policy: { methodology: classic }\n", "f").measure.cooldown ==
        std::chrono::seconds(60));
  CHECK(
      parse_config(smallest + "policy: { methodology: classic }\nmeasure: { cooldown: 1s }\n", "f").measure.cooldown ==
      std::chrono::seconds(1));
}

TEST_CASE("threshold profiles have names, and a lowered keep leaves no MAYBE above it") {
  const auto thresholds = [](const std::string& text) { return parse_config(smallest + text, "f").policy.thresholds; };
  CHECK(thresholds("policy: { thresholds: first-pass }\n") == model::Thresholds{});
  CHECK(thresholds("policy: { thresholds: optimised }\n").keep.value == 20'000);
  CHECK(thresholds("policy: { thresholds: optimised }\n").maybe.value == 20'000);
  CHECK(thresholds("policy: { thresholds: { keep: 1% } }\n").maybe.value == 10'000);
  CHECK_THAT(complaint(smallest + "policy: { thresholds: { keep: 1%, maybe: 2% } }\n"),
             ContainsSubstring("'maybe' is above 'keep'"));
  CHECK_THAT(complaint(smallest + "policy: { thresholds: { kill: 1x } }\n"),
             ContainsSubstring("write a ratio above 1x"));
  CHECK_THAT(complaint(smallest + "policy: { thresholds: { keep: 100% } }\n"), ContainsSubstring("nothing can reach"));
  CHECK_THAT(complaint(smallest + "policy: { thresholds: optimized }\n"),
             ContainsSubstring("did you mean 'optimised'?"));
}

TEST_CASE("an acknowledgement names a guest, a metric, a day and a reason that exist") {
  const auto entry = [](const std::string& text) { return smallest + "acknowledged:\n  - { " + text + " }\n"; };
  const std::string tail = ", until: 2027-01-31, reason: r";
  CHECK(complaint(entry("guest: g, metric: cost, up_to: +3%" + tail)).empty());
  CHECK(complaint(entry("guest: g, metric: output, expected: { a: " + digest + " }" + tail)).empty());
  CHECK_THAT(complaint(entry("guest: h, metric: cost, up_to: +3%" + tail)),
             ContainsSubstring("there is no guest 'h'; did you mean 'g'?"));
  CHECK_THAT(complaint(entry("guest: g, metric: cost" + tail)),
             ContainsSubstring("an acknowledged metric needs 'up_to'"));
  CHECK_THAT(complaint(entry("guest: g, metric: output, up_to: +3%" + tail)),
             ContainsSubstring("an acknowledged output needs 'expected'"));
  CHECK_THAT(complaint(entry("guest: g, metric: output, expected: { b: " + digest + " }" + tail)),
             ContainsSubstring("guest g has no input 'b'"));
  CHECK_THAT(complaint(entry("guest: g, metric: cost, up_to: -3%" + tail)), ContainsSubstring("'up_to' is '-3%'"));
  CHECK_THAT(complaint(entry("guest: g, metric: cost, up_to: +3%, until: 2027-02-29, reason: r")),
             ContainsSubstring("'until' is '2027-02-29'; write a day"));
  CHECK_THAT(complaint(entry("guest: g, metric: cost, up_to: +3%, until: 2027-01-31")),
             ContainsSubstring("has no 'reason'"));
}

TEST_CASE("a guest's commands see the variables of the build and its own") {
  const Config config = parse_config(smallest + "    environment: [B, A]\nbuild: { environment: [C, A] }\n", "f");
  CHECK(config::environment_of(config, config.guests.at("g")) == std::vector<std::string>{"A", "B", "C"});
  CHECK_THAT(complaint(smallest + "build: { environment: [1A] }\n"), ContainsSubstring("name environment variables"));
  CHECK_THAT(complaint(smallest + "build: { environment: A }\n"), ContainsSubstring("write a list in brackets"));
}

TEST_CASE("a newer version is refused with the remedy") {
  CHECK_THAT(complaint("version: 2\n" + smallest), ContainsSubstring("newer than this cyclegate; update cyclegate"));
  CHECK(complaint("version: 1\n" + smallest).empty());
}

TEST_CASE("control characters in quoted text do not get through, and messages show them escaped") {
  CHECK_THAT(complaint(smallest + "    check: \"a\\eb\"\n"),
             ContainsSubstring("'check' is 'a\\x1bb'; write no control characters"));
  CHECK_THAT(complaint(with_input("path: a, sha256: " + digest + ", description: \"a\\nb\"")),
             ContainsSubstring("write one line"));
  CHECK(parse_config(smallest + "    check: |\n      make a\n      make b\n", "f").guests.at("g").check ==
        "make a\nmake b");
}
