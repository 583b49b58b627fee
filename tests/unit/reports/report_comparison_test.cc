#include "reports/report_comparison.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <nlohmann/json.hpp>

#include "report_fixtures.h"
#include "reports/ziskemu_csv.h"
#include "reports/ziskemu_text.h"

namespace {

using namespace cyclegate;
using namespace cyclegate::reports;
using Catch::Matchers::ContainsSubstring;
using test::capture;

ZiskemuReport text(const std::string& name) {
  return read_ziskemu_text(capture(name), name);
}
ZiskemuReport csv(const std::string& name) {
  return read_ziskemu_csv(capture(name), name);
}

const ComparedLine& named(const std::vector<ComparedLine>& lines, const std::string& name) {
  for (const ComparedLine& line : lines) {
    if (line.name == name) return line;
  }
  FAIL("there is no line " << name);
  return lines.front();
}

std::string percent(std::optional<std::uint64_t> baseline, std::optional<std::uint64_t> current) {
  return change_percent({.name = "", .unit = "", .baseline = baseline, .current = current}).value_or("none");
}

}  // namespace

TEST_CASE("two reports are compared as ziskemu itself compares them") {
  // The expected changes are those of `ziskemu --diff-stats` over the same two runs (fixture diff_fib of ziskemu).
  const ReportComparison comparison =
      compare_reports(csv("ziskemu/fib@k4.stats.csv"), csv("ziskemu/keccak_sw@200.stats.csv"));
  CHECK(comparison.incomparable.empty());
  CHECK(change_percent(named(comparison.metrics, "MAIN")) == "+42.73");
  CHECK(change_percent(named(comparison.metrics, "OPCODES")) == "+14.11");
  CHECK(change_percent(named(comparison.metrics, "MEMORY")) == "-3.38");
  CHECK(change_percent(named(comparison.metrics, "VARIABLE")) == "+31.93");
  CHECK(change_percent(named(comparison.metrics, "TOTAL")) == "+0.46");
  CHECK(change_percent(named(comparison.metrics, "FROPS")) == "+72.10");
  CHECK(change_percent(named(comparison.opcodes, "xor")) == "+109.42");
  CHECK(!named(comparison.opcodes, "rem_w").baseline);
  CHECK(!named(comparison.opcodes, "mul").current);
}

TEST_CASE("functions that only one report has are new or gone") {
  const ReportComparison comparison =
      compare_reports(text("ziskemu/fib@k4.XSD.stdout"), text("ziskemu/dma.XSD.stdout"));
  CHECK(comparison.functions_unit == "cost");
  CHECK(comparison.functions.front() == ComparedLine{"dma_memcpy", "cost", {}, 13220});
  CHECK(named(comparison.functions, "sieve").baseline == 1509268);
  CHECK(!named(comparison.functions, "sieve").current);
  CHECK(named(comparison.functions, "write_output") == ComparedLine{"write_output", "cost", 6885, 6896});
  const auto json = nlohmann::json::parse(to_json(comparison, "a", "b"));
  CHECK(json["functions"][0]["status"] == "NEW");
  CHECK(json["functions"][0]["change_percent"].is_null());
}

TEST_CASE("where one report has no tables of functions nothing is new or gone, and a note says why") {
  for (const bool lost_first : {true, false}) {
    const ZiskemuReport lost = text("ziskemu/lost.prof.stdout");
    const ZiskemuReport whole = text("ziskemu/fib@k4.XSD.stdout");
    const auto comparison = lost_first ? compare_reports(lost, whole) : compare_reports(whole, lost);
    REQUIRE(comparison.incomparable.empty());
    REQUIRE(comparison.functions.size() == whole.find(Section::cost_functions)->rows.size());
    const auto json = nlohmann::json::parse(to_json(comparison, "a", "b"));
    for (const auto& line : json["functions"]) CHECK_FALSE(line.contains("status"));
    REQUIRE(comparison.notes.size() == 2);
    CHECK_THAT(comparison.notes[0],
               ContainsSubstring(lost_first ? "the baseline has no tables of functions" : "the current report has no"));
    CHECK(comparison.notes[1] == std::string(lost_first ? "baseline" : "current") +
                                     ": ziskemu lost the guest's call stack (CALL_STACK_ERROR), so that its report has "
                                     "no tables of functions");
    // Both list their opcodes.
    CHECK(std::ranges::any_of(json["opcodes"], [](const auto& line) { return line.contains("status"); }));
  }
  // A snapshot never has functions, and leaves out only opcodes that did not occur.
  const auto snapshot = compare_reports(csv("ziskemu/fib@k4.stats.csv"), text("ziskemu/dma.XSD.stdout"));
  CHECK(snapshot.functions.front().one_sided);
  CHECK_FALSE(named(snapshot.opcodes, "dma_memcpy").one_sided);
  CHECK_FALSE(named(snapshot.opcodes, "dma_memcpy").baseline);
}

TEST_CASE("reports of different releases are incomparable and name no change") {
  const ReportComparison comparison =
      compare_reports(text("ziskemu-1.1.0-alpha/fib@k4.XSD.stdout"), text("ziskemu/fib@k4.XSD.stdout"));
  CHECK_THAT(comparison.incomparable, ContainsSubstring("no cost version"));
  const auto json = nlohmann::json::parse(to_json(comparison, "a", "b"));
  for (const char* list : {"metrics", "functions", "opcodes"}) {
    for (const auto& line : json[list]) {
      CHECK(line["change_percent"].is_null());
      CHECK(!line.contains("status"));
    }
  }
  // The one lists what the other leaves out: that is not gone.
  const auto totals_only = nlohmann::json::parse(
      to_json(compare_reports(text("ziskemu/fib@k4.XSD.stdout"), text("ziskemu/fib@k4.Xx.stdout")), "a", "b"));
  CHECK(totals_only["incomparable"] != "");
  for (const auto& line : totals_only["metrics"]) CHECK(!line.contains("status"));
  CHECK_THAT(compare_reports(text("ziskemu/dma.Xx.stdout"), text("ziskemu/dma.XSD.stdout")).incomparable,
             ContainsSubstring("leave RAM INIT and ROM INIT out"));
  CHECK_THAT(
      compare_reports(text("ziskemu-1.1.0-alpha/fib@k4.Xx.stdout"), text("ziskemu/fib@k4.Xx.stdout")).incomparable,
      ContainsSubstring("different releases"));
}

TEST_CASE("a change in percent is rounded half away from zero in integers") {
  CHECK(percent(100, 100) == "0.00");
  CHECK(percent(0, 0) == "0.00");
  CHECK(percent(200, 201) == "+0.50");
  CHECK(percent(20'000, 19'999) == "-0.01");
  CHECK(percent(20'001, 20'000) == "0.00");
  CHECK(percent(0, 5) == "none");
  CHECK(percent(5, 0) == "-100.00");
  CHECK(percent(1, std::uint64_t{1} << 63U) == "+922337203685477580700.00");
  CHECK(percent({}, 5) == "none");
}

TEST_CASE("two results of hyperfine are tested, and said to be informational") {
  const HyperfineResults one = read_hyperfine(capture("hyperfine/one.json"), "one");
  const HyperfineResults other = read_hyperfine(capture("hyperfine/other.json"), "other");
  const ReportComparison comparison = compare_results(one, other);
  CHECK(named(comparison.metrics, "mean").unit == "ns");
  std::string notes;
  for (const std::string& note : comparison.notes) notes += note + "\n";
  CHECK_THAT(notes, ContainsSubstring("Welch's t test over 12 and 12 runs: p = "));
  CHECK_THAT(notes, ContainsSubstring("informational"));
  CHECK_THAT(notes, ContainsSubstring("md5sum"));
}

TEST_CASE("commands of hyperfine are paired by their words") {
  const HyperfineResults two = read_hyperfine(capture("hyperfine/two.json"), "two");
  HyperfineResults fewer = two;
  fewer.results[1].command = "seq 3000 (n=3000)";
  const ReportComparison comparison = compare_results(two, fewer);
  CHECK(named(comparison.metrics, "seq 1000 (n=1000): mean").current);
  CHECK(!named(comparison.metrics, "seq 2000 (n=2000): mean").current);
  CHECK(!named(comparison.metrics, "seq 3000 (n=3000): mean").baseline);
}
