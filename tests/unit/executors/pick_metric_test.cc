#include "executors/pick_metric.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <ctime>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "executors/json_search.h"

namespace {

using namespace cyclegate;
using Catch::Matchers::ContainsSubstring;
using executors::pick_metric;

model::PickedMetric pattern(std::string text, model::Match match = model::Match::same) {
  model::PickedMetric metric;
  metric.metric = {.name = "m", .unit = "m", .kind = model::MetricKind::exact, .better = model::Better::lower};
  metric.pattern = std::move(text);
  metric.match = match;
  metric.from = "stdout";
  return metric;
}

model::PickedMetric pointer(std::string text, model::Match match = model::Match::same) {
  model::PickedMetric metric = pattern("", match);
  metric.pointer = std::move(text);
  return metric;
}

}  // namespace

TEST_CASE("a metric is picked by pattern, with separators, at a line's beginning and end") {
  CHECK(pick_metric("cycles: 1,234\n", pattern("cycles: ([0-9,]+)")) == 1234);
  CHECK(pick_metric("a 7\nb 8\nc 9\n", pattern("^b ([0-9]+)$")) == 8);
  CHECK(pick_metric("steps 5", pattern("[0-9]+")) == 5);
  CHECK(pick_metric(std::string("\xff\x00 n=3\n", 7), pattern("n=([0-9]+)")) == 3);
}

TEST_CASE("matches that disagree are an error unless the metric says which one counts") {
  const std::string text = "cycles: 1\nguest says cycles: 2\ncycles: 3\n";
  CHECK_THAT(pick_metric(text, pattern("cycles: ([0-9]+)")).error(), ContainsSubstring("finds 1 and 2"));
  CHECK(pick_metric(text, pattern("cycles: ([0-9]+)", model::Match::first)) == 1);
  CHECK(pick_metric(text, pattern("cycles: ([0-9]+)", model::Match::last)) == 3);
  CHECK(pick_metric("n 4 n 4", pattern("n ([0-9])")) == 4);
}

TEST_CASE("words before the program's line do not hide it from a pattern that begins a line") {
  using model::Match;
  const std::string text = "cycles: 900\nbyecycles: 5000\n";
  for (const std::string anchored :
       {"^cycles: ([0-9]+)$", "^(?:cycles|steps): ([0-9]+)", "(?:^|\\n)cycles: ([0-9]+)", "\\bcycles: ([0-9]+)",
        "\\Acycles: ([0-9]+)", "(?i)^Cycles: ([0-9]+)", "^[^\\n]{0}cycles: [[:^alpha:]]*?([0-9]+)",
        "^[c^]ycles: ([0-9]+)", "^\\p{^Greek}ycles: ([0-9]+)", "^\\Qcycles: \\E([0-9]+)", "^[]c]ycles: ([0-9]+)",
        "^[^]x]ycles: ([0-9]+)", "^^cycles: ([0-9]+)", "^{2}cycles: ([0-9]+)"}) {
    CAPTURE(anchored);
    CHECK_THAT(pick_metric(text, pattern(anchored)).error(),
               ContainsSubstring("finds 900, and 5000 behind other words ('byecycles: 5000')"));
    CHECK(pick_metric(text, pattern(anchored, Match::first)) == 900);
    CHECK(pick_metric("cycles: 900\nbyecycles: 900\n", pattern(anchored)) == 900);
    CHECK(pick_metric("cycles: 900\nsteps 5000\n", pattern(anchored)) == 900);
  }
  model::PickedMetric own = pattern("^cycles: ([0-9]+)$");
  own.from = "stderr";
  CHECK_THAT(pick_metric(text, own).error(), ContainsSubstring("finds 900, and 5000"));
  own.from = "report.txt";  // where no guest writes
  CHECK(pick_metric(text, own) == 900);
  // None of these asks for a line's beginning.
  CHECK(pick_metric("^n 4\nn 5\n", pattern("\\^n ([0-9])")) == 4);
  CHECK(pick_metric("^n 4\nn 5\n", pattern("\\Q^n \\E([0-9])")) == 4);
  CHECK(pick_metric("^n 4\nxn 5\n", pattern("[\\]^]n ([0-9])")) == 4);
  CHECK(pick_metric("an 4\n1n 5\n", pattern("[[:^digit:]]n ([0-9])")) == 4);
  CHECK_THAT(
      pick_metric("bye\ncycles: 900\n" + std::string(1000, 'x') + "cycles: 5000", pattern("^cycles: ([0-9]+)")).error(),
      ContainsSubstring("('cycles: 5000')"));
}

TEST_CASE("a metric that is not there, not a number or not whole is never a number") {
  CHECK_THAT(pick_metric("", pattern("([0-9]+)")).error(), ContainsSubstring("finds nothing"));
  CHECK_THAT(pick_metric("n = x", pattern("n = (.*)")).error(), ContainsSubstring("'x' is not a number"));
  CHECK_THAT(pick_metric("n = ", pattern("n = ([0-9]*)")).error(), ContainsSubstring("'' is not a number"));
  CHECK_THAT(pick_metric("1.5", pattern("([0-9.]+)")).error(), ContainsSubstring("not whole"));
  CHECK_THAT(pick_metric("99999999999999999999", pattern("[0-9]+")).error(), ContainsSubstring("too large"));
  CHECK_THAT(pick_metric("9223372036854775808", pattern("[0-9]+")).error(), ContainsSubstring("too large"));
}

TEST_CASE("seconds become nanoseconds without floating point") {
  model::PickedMetric seconds = pattern("([0-9.]+) s");
  seconds.metric.kind = model::MetricKind::sampled;
  seconds.scale = 1'000'000'000;
  CHECK(pick_metric("took 1.234567891 s", seconds) == 1'234'567'891);
  CHECK(pick_metric("took 0.1 s", seconds) == 100'000'000);
}

TEST_CASE("a sampled metric may have any number of decimals and an exponent, and is rounded exactly") {
  model::PickedMetric time = pointer("/t");
  time.metric.kind = model::MetricKind::sampled;
  // json.dumps of Python 3.11 wrote these.
  CHECK(pick_metric(R"({"t": 3.0123456789012345})", time) == 3);
  CHECK(pick_metric(R"({"t": 1e-05})", time) == 0);
  CHECK(pick_metric(R"({"t": 1e+16})", time) == 10'000'000'000'000'000);
  CHECK(pick_metric(R"({"t": 0.5})", time) == 1);
  CHECK(pick_metric(R"({"t": 2.4999999999999996})", time) == 2);
  time.scale = 1'000'000'000;
  CHECK(pick_metric(R"({"t": 3.0123456789012345})", time) == 3'012'345'679);
  CHECK(pick_metric(R"({"t": 1e-05})", time) == 10'000);
  CHECK(pick_metric(R"({"t": 0.030000000000000002})", time) == 30'000'000);
  CHECK(pick_metric(R"({"t": 0.0000000004})", time) == 0);
  CHECK(pick_metric(R"({"t": 0.0000000005})", time) == 1);
  CHECK(pick_metric(R"({"t": 9.223372036854775807E9})", time) == 9'223'372'036'854'775'807);
  CHECK_THAT(pick_metric(R"({"t": 9.223372036854775808E9})", time).error(), ContainsSubstring("too large"));
  CHECK_THAT(pick_metric(R"({"t": 1e999999999999999999999})", pattern("[0-9e]+$")).error(),
             ContainsSubstring("finds nothing"));
  CHECK_THAT(pick_metric("1e999999999999999999999", pattern("")).error(), ContainsSubstring("too large"));
  CHECK_THAT(pick_metric(R"({"t": -0.5})", time).error(), ContainsSubstring("'-0.5' is negative"));
  for (const std::string wrong :
       {"1e", "1e+", "e5", "1.", ".5", "1.e5", "1,00", "1,0000", "1.0,000", "0x10", "1e5.0", "--1"}) {
    CAPTURE(wrong);
    CHECK_THAT(pick_metric(wrong, pattern("")).error(), ContainsSubstring("is not a number"));
  }
}

TEST_CASE("an exact metric may be written with decimals or an exponent, and must come out whole") {
  CHECK(pick_metric(R"({"gas":3.0})", pointer("/gas")) == 3);
  CHECK(pick_metric(R"({"gas":1.5e3})", pointer("/gas")) == 1500);
  CHECK_THAT(pick_metric(R"({"gas":3.0123456789012345})", pointer("/gas")).error(),
             ContainsSubstring("'3.0123456789012345' is not whole, and the metric is exact"));
  CHECK_THAT(pick_metric(R"({"gas":1e-400})", pattern(": ?(.*)}")).error(), ContainsSubstring("not whole"));
  model::PickedMetric millions = pointer("/gas");
  millions.scale = 1'000'000;
  CHECK(pick_metric(R"({"gas":12.345678})", millions) == 12'345'678);
  CHECK_THAT(pick_metric(R"({"gas":12.3456789})", millions).error(), ContainsSubstring("not whole"));
}

TEST_CASE("a metric is picked by JSON pointer, also from a line of a log") {
  CHECK(pick_metric(R"({"report":{"cycles":[5,6]}})", pointer("/report/cycles/1")) == 6);
  CHECK(pick_metric("\n [{\"a\":3}]\n", pointer("/0/a")) == 3);
  CHECK(pick_metric("remark\n{\"b\":1}\n{\"a\":\"2\"}\nbye {not json}\n", pointer("/a")) == 2);
  CHECK(pick_metric("remark\r\n{\"a\":2}\r\n", pointer("/a")) == 2);
  CHECK(pick_metric("{\n  \"a\": {\n    \"x/y\": 8\n  }\n}\n", pointer("/a/x~1y")) == 8);
  CHECK_THAT(pick_metric(R"({"a":{}})", pointer("/a")).error(), ContainsSubstring("is no number"));
  CHECK_THAT(pick_metric(R"({"a":null})", pointer("/a")).error(), ContainsSubstring("is no number"));
  CHECK_THAT(pick_metric(R"({"a":1})", pointer("/b")).error(), ContainsSubstring("there is no /b"));
  CHECK_THAT(pick_metric(R"([5,6])", pointer("/01")).error(), ContainsSubstring("there is no /01"));
  CHECK_THAT(pick_metric(R"({"a":5})", pointer("/a/b")).error(), ContainsSubstring("there is no /a/b"));
  CHECK_THAT(pick_metric(R"({"b":{"a":1},"c":[{"a":1}]})", pointer("/a")).error(), ContainsSubstring("there is no /a"));
  CHECK_THAT(pick_metric("{\"a\":", pointer("/a")).error(), ContainsSubstring("no JSON"));
  CHECK_THAT(pick_metric("{\"a\":NaN,\"b\":{\"a\":5}}", pointer("/a")).error(), ContainsSubstring("/a is no JSON"));
  CHECK_THAT(pick_metric(R"({"a":1e300})", pointer("/a")).error(), ContainsSubstring("is too large"));
}

TEST_CASE("JSON values that disagree are an error unless the metric says which one counts") {
  using model::Match;
  const std::string lines = "{\"gas\":7}\n{\"gas\":1}\n";
  CHECK_THAT(pick_metric(lines, pointer("/gas")).error(), ContainsSubstring("/gas is both 7 and 1"));
  CHECK(pick_metric(lines, pointer("/gas", Match::first)) == 7);
  CHECK(pick_metric(lines, pointer("/gas", Match::last)) == 1);
  CHECK(pick_metric("{\"gas\":7}\n{\"gas\":7}\n", pointer("/gas")) == 7);

  const std::string keys = R"({"gas":7,"gas":1})";
  CHECK_THAT(pick_metric(keys, pointer("/gas")).error(), ContainsSubstring("a key of /gas twice"));
  CHECK_THAT(pick_metric("log\n" + keys, pointer("/gas")).error(), ContainsSubstring("a key of /gas twice"));
  CHECK_THAT(pick_metric(R"({"a":{"gas":7},"a":{}})", pointer("/a/gas")).error(), ContainsSubstring("twice"));
  CHECK(pick_metric(keys, pointer("/gas", Match::first)) == 7);
  CHECK(pick_metric(keys, pointer("/gas", Match::last)) == 1);
  CHECK(pick_metric("log\n" + keys, pointer("/gas", Match::last)) == 1);
  CHECK(pick_metric(R"({"gas":7,"b":{"gas":1,"gas":2},"x":1,"x":2})", pointer("/gas")) == 7);
}

TEST_CASE("a guest's JSON does not stand in for the program's by words that move that away from its line") {
  using model::Match;
  // What the guest prints, in front of the program's own line.
  for (const std::string words : {"x", "{", "{\"gas\":", "{\"a\":\"", "[", "\"", "{}", "{\"a\":1}"}) {
    CAPTURE(words);
    const std::string text = "{\"gas\":7}\n" + words + "{\"gas\":1}\n";
    CHECK_THAT(pick_metric(text, pointer("/gas")).error(), ContainsSubstring("is both 7 and 1"));
    CHECK_THAT(pick_metric(text, pointer("/gas", Match::last)).error(), ContainsSubstring("not a line of its own"));
  }
  const std::string indented = "{\"gas\":7}\n{\n  \"gas\": 1\n}\n";
  CHECK_THAT(pick_metric(indented, pointer("/gas")).error(), ContainsSubstring("is both 7 and 1"));
}

TEST_CASE("an object that is no valid JSON is not passed over for somebody else's") {
  using model::Match;
  // Python's json.dumps writes NaN and Infinity; the others are what else RFC 8259 does not have.
  for (const std::string object :
       {R"({"cycles": 5000, "mhz": NaN})", R"({"mhz": -Infinity, "cycles": 5000})", R"({"cycles": 5000,})",
        R"({"cycles": 05000})", R"({"cycles" : 5000, "mhz": 1e400})", "{\"said\": \"\xff\", \"cycles\": 5000}",
        "{\"said\": \"\t\", \"cycles\": 5000}", R"({"cycles": 5000)", "{\n  \"cycles\": 5000,\n  \"mhz\": NaN\n}",
        R"({ /* said */ "cycles": 5000})", R"({"\u0063ycles": 5000, "mhz": NaN})", R"({"cycles":)"}) {
    CAPTURE(object);
    const std::string behind = "{\"cycles\": 900}\n" + object + "\n";
    const std::string before = object + "\n{\"cycles\": 900}\n";
    for (const std::string& text : {behind, before}) {
      CHECK_THAT(pick_metric(text, pointer("/cycles")).error(),
                 ContainsSubstring("what looks like /cycles is no JSON"));
    }
    CHECK_THAT(pick_metric(behind, pointer("/cycles", Match::last)).error(), ContainsSubstring("is no JSON"));
    CHECK_THAT(pick_metric(before, pointer("/cycles", Match::first)).error(), ContainsSubstring("is no JSON"));
    CHECK(pick_metric(behind, pointer("/cycles", Match::first)) == 900);
    CHECK(pick_metric(before, pointer("/cycles", Match::last)) == 900);
  }
  CHECK_THAT(pick_metric("{\"cycles\": 900}\n{\"cycles\": 5000, \"mhz\": NaN}\n", pointer("/cycles")).error(),
             ContainsSubstring("'{\"cycles\": 5000, \"mhz\": NaN}'"));
  // What cannot be meant is no obstacle.
  for (const std::string remark : {"{\"mhz\": NaN}", "bye {not json}", "\"cycles\"", R"("{\"cycles\": 5}")",
                                   "cycles: 5", R"({"cycles_total": NaN})"}) {
    CAPTURE(remark);
    CHECK(pick_metric("{\"cycles\": 900}\n" + remark + "\n", pointer("/cycles")) == 900);
  }
  CHECK_THAT(pick_metric("{\"report\":{\"n\":1}}\n{\"report\":{\"n\":2},\"t\":NaN}\n", pointer("/report/n")).error(),
             ContainsSubstring("/report/n is no JSON"));
}

TEST_CASE("the first value is not passed over because its object is not a line of its own") {
  using model::Match;
  for (const std::string first : {"{\n  \"cycles\": 5000\n}", " {\"cycles\":5000}", "log {\"cycles\":5000}",
                                  "{\"cycles\":5000} done", "[{\"cycles\":5000}]", "{\"x\":[\n{\"cycles\":5000}\n]}"}) {
    CAPTURE(first);
    const std::string text = first + "\n{\"cycles\":900}\n";
    CHECK_THAT(pick_metric(text, pointer("/cycles", Match::first)).error(),
               ContainsSubstring("the first /cycles stands in JSON that is not a line of its own"));
    CHECK(pick_metric(text, pointer("/cycles", Match::last)) == 900);
  }
  CHECK(pick_metric("log\n{\"x\":1}\n{\"cycles\":5}\n {\"cycles\":9}\n", pointer("/cycles", Match::first)) == 5);
  const std::string marked = "\xef\xbb\xbf{\"cycles\":5}\n{\"cycles\":9}\n";
  CHECK(pick_metric(marked, pointer("/cycles", Match::first)) == 5);
  CHECK(pick_metric(marked, pointer("/cycles", Match::last)) == 9);
  CHECK(pick_metric("\xef\xbb\xbf{\"cycles\":5}\nbye\n", pointer("/cycles")) == 5);
}

TEST_CASE("an object around the program's line does not hide it") {
  using model::Match;
  const std::string text = "{\"cycles\":1}\n{\"x\":[\n{\"cycles\":2}\n]}\n";
  CHECK_THAT(pick_metric(text, pointer("/cycles")).error(), ContainsSubstring("is both 1 and 2"));
  CHECK_THAT(pick_metric(text, pointer("/cycles", Match::last)).error(), ContainsSubstring("not a line of its own"));
  const std::string total = "log\n{\"x\":[\n{\"cycles\":2}\n],\"cycles\":4}\n";
  CHECK_THAT(pick_metric(total, pointer("/cycles")).error(), ContainsSubstring("is both 4 and 2"));
  CHECK_THAT(pick_metric(total, pointer("/cycles", Match::last)).error(), ContainsSubstring("not a line of its own"));
  CHECK(pick_metric("log\n{\"cycles\":1,\"parts\":[{\"cycles\":2}]}\n", pointer("/cycles")) == 1);
}

TEST_CASE("JSON that never ends costs time in line with its length, and no memory") {
  const std::clock_t began = std::clock();
  std::string starts;
  for (int i = 0; i < 2'000'000; ++i) starts += "{\"a\":";
  CHECK_THAT(pick_metric(starts, pointer("/a")).error(), ContainsSubstring("does not end"));
  std::string wide;
  for (int i = 0; i < 900; ++i) wide += "{\"a\":[";
  for (int i = 0; i < 4'000'000; ++i) wide += "1,";
  CHECK_THAT(pick_metric(wide, pointer("/a")).error(), ContainsSubstring("does not end"));
  CHECK_THAT(pick_metric(std::string(8'000'000, '['), pointer("/0")).error(), ContainsSubstring("no JSON"));
  CHECK_THAT(pick_metric(std::string(8'000'000, '{'), pointer("/0")).error(), ContainsSubstring("no JSON"));
  std::string quotes = "{\"a\":1}\n";
  for (int i = 0; i < 4'000'000; ++i) quotes += "\\\"";
  CHECK_THAT(pick_metric(quotes, pointer("/" + std::string(100'000, 'k'))).error(),
             ContainsSubstring("there is no /k"));
  // In line with the square of its length it would cost hours.
  CHECK((std::clock() - began) / CLOCKS_PER_SEC < 300);

  const std::size_t depth = executors::deepest_json;
  const std::string deep = std::string(depth - 1, '[') + std::string(depth - 1, ']');
  CHECK(pick_metric("{\"b\":" + deep + ",\"a\":4}", pointer("/a")) == 4);
  CHECK_THAT(pick_metric("{\"b\":[" + deep + "],\"a\":4}", pointer("/a")).error(), ContainsSubstring("no JSON"));
}

TEST_CASE("what follows the number in a pattern does not swallow the program's line") {
  for (const auto& [text, regex] : std::vector<std::pair<std::string, std::string>>{
           {"cycles: 1 cycles: 999 in 3 ms", R"(^cycles: (\d+).*)"},
           {"cycles: 1 in cycles: 999 in 3 ms", R"(^cycles: (\d+) in .* ms)"},
           {"total cycles: 1 (total cycles: 999 (3 ms)", R"(total cycles: ([0-9,]+) \(.*\)$)"},
           {"cycles: 1 cycles: 999 (3 ms)", R"(cycles: (\d+)\D*)"},
           {"bye cycles: 999", R"((?:^|\s)\bcycles: (\d+).*)"}}) {
    INFO(text << " by " << regex);
    model::PickedMetric metric = pattern(regex);
    metric.from = "stdout";
    if (text.starts_with("bye")) {
      CHECK(pick_metric(text, metric) == 999);
    } else {
      CHECK_THAT(pick_metric(text, metric).error(), ContainsSubstring("999"));
    }
  }
}

TEST_CASE("what a pattern asks behind text that it takes stays asked") {
  for (const auto& [text, regex, value] : std::vector<std::tuple<std::string, std::string, std::uint64_t>>{
           {"cycles: 123", R"(cycles: (\d+?)\b)", 123},
           {"cycles: 5\ncycles_total: 9", R"(cycles\b[^0-9]*(\d+))", 5},
           {"gas=0x1f\ngas=31", R"(gas=(\d+)\b)", 31},
           {"steps=100 run=1\nsteps=2000 avg", R"(steps=(\d{3})\b)", 100}}) {
    INFO(text << " by " << regex);
    model::PickedMetric metric = pattern(regex);
    metric.from = "stdout";
    CHECK(pick_metric(text, metric) == value);
  }
}

TEST_CASE("a key in a sentence of a log is no JSON") {
  CHECK(pick_metric("param \"steps\": 100 set\n{\"steps\": 100}", pointer("/steps")) == 100);
  CHECK(pick_metric("{\"a\":{\"steps\":2}}\nPeak \"a\": 3\n{\"a\":{\"steps\":2}}", pointer("/a/steps")) == 2);
  CHECK_THAT(pick_metric("{\"x\":[\n{\"b\":1},\n\"steps\": 5, NaN]}\n{\"steps\": 1}", pointer("/steps")).error(),
             ContainsSubstring("no JSON"));
}

TEST_CASE("a long log of JSON lines is read to its end") {
  std::string log;
  for (int line = 0; line < 300'000; ++line) log += "{\"a\":1}\n";
  CHECK(pick_metric(log + "{\"gas\":12}\n", pointer("/gas")) == 12);
}

TEST_CASE("the text itself may be the number") {
  CHECK(pick_metric(" 42\n", pattern("")) == 42);
  CHECK_THAT(pick_metric("\n", pattern("")).error(), ContainsSubstring("nothing"));
}

TEST_CASE("a wrong pattern is told, and one that others take exponential time for is linear") {
  CHECK(executors::pattern_problem("cycles: ([0-9]+)").empty());
  CHECK_THAT(executors::pattern_problem("("), ContainsSubstring("missing"));
  CHECK_THAT(executors::pattern_problem("(a)(b)"), ContainsSubstring("more than one group"));
  CHECK_THAT(executors::pattern_problem("(a)\\1"), ContainsSubstring("invalid escape"));
  const std::string text(1'000'000, 'a');
  CHECK_THAT(pick_metric(text, pattern("(?:a+)+b([0-9])")).error(), ContainsSubstring("finds nothing"));
  CHECK_THAT(pick_metric(text, pattern("a", model::Match::last)).error(), ContainsSubstring("more than 100000 times"));
}
