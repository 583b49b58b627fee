#include "executors/pick_metric.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <chrono>
#include <string>

namespace {

using namespace cyclegate;
using Catch::Matchers::ContainsSubstring;
using executors::pick_metric;

model::PickedMetric pattern(std::string text, model::Match match = model::Match::same) {
  model::PickedMetric metric;
  metric.metric = {.name = "m", .unit = "m", .kind = model::MetricKind::exact, .better = model::Better::lower};
  metric.pattern = std::move(text);
  metric.match = match;
  return metric;
}

model::PickedMetric pointer(std::string text) {
  model::PickedMetric metric = pattern("");
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

TEST_CASE("a metric that is not there, not a number or not whole is never a number") {
  CHECK_THAT(pick_metric("", pattern("([0-9]+)")).error(), ContainsSubstring("finds nothing"));
  CHECK_THAT(pick_metric("n = x", pattern("n = (.*)")).error(), ContainsSubstring("'x' is not a number"));
  CHECK_THAT(pick_metric("n = ", pattern("n = ([0-9]*)")).error(), ContainsSubstring("'' is not a number"));
  CHECK_THAT(pick_metric("1.5", pattern("([0-9.]+)")).error(), ContainsSubstring("not whole"));
  CHECK_THAT(pick_metric("99999999999999999999", pattern("[0-9]+")).error(), ContainsSubstring("not a number"));
  CHECK_THAT(pick_metric("9223372036854775808", pattern("[0-9]+")).error(), ContainsSubstring("too large"));
}

TEST_CASE("seconds become nanoseconds without floating point") {
  model::PickedMetric seconds = pattern("([0-9.]+) s");
  seconds.metric.kind = model::MetricKind::sampled;
  seconds.scale = 1'000'000'000;
  CHECK(pick_metric("took 1.234567891 s", seconds) == 1'234'567'891);
  CHECK(pick_metric("took 0.1 s", seconds) == 100'000'000);
}

TEST_CASE("a metric is picked by JSON pointer, also from the last line of a log") {
  CHECK(pick_metric(R"({"report":{"cycles":[5,6]}})", pointer("/report/cycles/1")) == 6);
  CHECK(pick_metric("remark\n{\"a\":1}\n{\"a\":\"2\"}\nbye\n", pointer("/a")) == 2);
  CHECK_THAT(pick_metric(R"({"a":{}})", pointer("/a")).error(), ContainsSubstring("is no number"));
  CHECK_THAT(pick_metric(R"({"a":1})", pointer("/b")).error(), ContainsSubstring("there is no /b"));
  CHECK_THAT(pick_metric("{\"a\":", pointer("/a")).error(), ContainsSubstring("no JSON"));
  CHECK_THAT(pick_metric(R"({"a":1e300})", pointer("/a")).error(), ContainsSubstring("is not a number"));
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
