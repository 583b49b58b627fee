#include <algorithm>
#include <catch2/catch_approx.hpp>
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <cmath>
#include <random>

#include "sides.h"

using namespace cyclegate;
using namespace cyclegate::test;
using Catch::Approx;
using Catch::Matchers::ContainsSubstring;
using model::FindingKind;
using model::Status;
using model::Verdict;

namespace {

// Ten runs a side of a native program whose head takes `ratio` times as long.
std::pair<std::vector<std::int64_t>, std::vector<std::int64_t>> runs(double ratio, double variation, unsigned seed,
                                                                     std::size_t count = 10) {
  std::mt19937_64 random(seed);
  std::lognormal_distribution<double> noise(0, variation);
  std::vector<std::int64_t> base;
  std::vector<std::int64_t> head;
  for (std::size_t run = 0; run < count; ++run) {
    base.push_back(std::llround(1e9 * noise(random)));
    head.push_back(std::llround(1e9 * ratio * noise(random)));
  }
  return {base, head};
}

// One guest on `native`, where wall_time decides, with one input per ratio.
Sides native(const std::vector<double>& ratios, double variation = 0.005, std::size_t count = 10) {
  std::vector<Row> rows;
  for (std::size_t index = 0; index < ratios.size(); ++index)
    rows.push_back({"g", "in" + std::to_string(index), 0, 0, 1, "native"});
  auto both = sides(rows);
  for (std::size_t index = 0; index < ratios.size(); ++index) {
    const auto [base, head] = runs(ratios[index], variation, static_cast<unsigned>(index + 1), count);
    both.sample("g", "in" + std::to_string(index), "wall_time", base, head);
    both.run(both.base, "g", "in" + std::to_string(index)).exact.clear();
    both.run(both.head, "g", "in" + std::to_string(index)).exact.clear();
  }
  return both;
}

}  // namespace

TEST_CASE("time informs and never decides where cost does") {
  auto both = sides({{"g", "light", 1000, 900}});
  const auto [base, head] = runs(1.5, 0.01, 1);
  both.sample("g", "light", "wall_time", base, head);
  const auto comparison = judge(both);
  const auto& time = finding(comparison, "light", "wall_time");
  CHECK(time.kind == FindingKind::regressed);
  CHECK_FALSE(time.deciding);
  CHECK_FALSE(time.gates);
  CHECK(*time.change.estimate == Approx(0.5).margin(0.03));
  CHECK(time.change.interval->low < 0.5);
  CHECK(time.change.interval->high > 0.5);
  CHECK(comparison.verdict == Verdict::keep);
  REQUIRE(comparison.distributions.size() == 1);
  CHECK(comparison.distributions[0].base.size() == 10);
  CHECK(comparison.distributions[0].unit == "ns");
}

TEST_CASE("the sampled rows of the verdict table, robust") {
  struct Row {
    double ratio;
    FindingKind kind;
    Verdict verdict;
    Status status;
  };
  for (const Row& row : std::vector<Row>{
           {0.90, FindingKind::improved, Verdict::keep, Status::pass},
           {0.97, FindingKind::improved, Verdict::maybe, Status::pass},
           {0.99, FindingKind::improved, Verdict::discard, Status::pass},
           {1.00, FindingKind::unchanged, Verdict::discard, Status::pass},
           {1.01, FindingKind::regressed, Verdict::discard, Status::pass},
           {1.05, FindingKind::regressed, Verdict::discard_worse, Status::fail},
           {1.30, FindingKind::killed, Verdict::kill, Status::fail},
       }) {
    INFO(row.ratio);
    const auto comparison = judge(native({row.ratio}));
    CHECK(finding(comparison, "in0", "wall_time").kind == row.kind);
    CHECK(comparison.verdict == row.verdict);
    CHECK(comparison.status == row.status);
  }
}

TEST_CASE("the sampled rows of the verdict table, classic") {
  struct Row {
    double ratio;
    double variation;
    FindingKind kind;
    Verdict verdict;
  };
  for (const Row& row : std::vector<Row>{
           {0.90, 0.005, FindingKind::improved, Verdict::keep},
           {0.97, 0.005, FindingKind::improved, Verdict::maybe},
           {0.99, 0.005, FindingKind::improved, Verdict::discard},
           {1.01, 0.002, FindingKind::regressed, Verdict::discard_worse},
           {1.30, 0.005, FindingKind::killed, Verdict::kill},
           {0.80, 0.60, FindingKind::inconclusive, Verdict::inconclusive},
       }) {
    INFO(row.ratio);
    auto both = native({row.ratio}, row.variation);
    both.policy().methodology = model::Methodology::classic;
    const auto comparison = judge(both);
    CHECK(finding(comparison, "in0", "wall_time").kind == row.kind);
    CHECK(comparison.verdict == row.verdict);
  }
}

TEST_CASE("without tolerance a cell passes only when it is proven to be faster") {
  for (const auto methodology : {model::Methodology::robust, model::Methodology::classic}) {
    auto both = native({1.0, 0.9, 1.1});
    both.policy().methodology = methodology;
    both.policy().tolerance.sampled = {0};
    const auto comparison = judge(both);
    CHECK(finding(comparison, "in1", "wall_time").kind == FindingKind::improved);
    CHECK(finding(comparison, "in2", "wall_time").kind != FindingKind::unchanged);
  }
  auto same = native({1.0});
  CHECK(finding(judge(same), "in0", "wall_time").kind == FindingKind::unchanged);
  same.policy().tolerance.sampled = {0};
  CHECK(finding(judge(same), "in0", "wall_time").kind == FindingKind::inconclusive);
}

TEST_CASE("noise too large for the question is inconclusive, neutral, and says what would resolve it") {
  const auto comparison = judge(native({1.0}, 0.15));
  CHECK(finding(comparison, "in0", "wall_time").kind == FindingKind::inconclusive);
  CHECK_THAT(finding(comparison, "in0", "wall_time").why,
             ContainsSubstring("60 more blocks, about 4 min, or an effect above 19.2 % would settle it"));
  CHECK(comparison.verdict == Verdict::inconclusive);
  CHECK(comparison.status == Status::neutral);
  REQUIRE_FALSE(finding(comparison, "in0", "wall_time").warnings.empty());
  CHECK(finding(comparison, "in0", "wall_time").warnings[0].code == "high-variation");
}

TEST_CASE("one slow run never kills and never regresses in robust") {
  auto both = native({1.0});
  both.run(both.head, "g", "in0").sampled["wall_time"][3].value *= 50;
  const auto comparison = judge(both);
  CHECK(finding(comparison, "in0", "wall_time").kind != FindingKind::killed);
  CHECK(finding(comparison, "in0", "wall_time").kind != FindingKind::regressed);
}

TEST_CASE("mixed inputs by time: the aggregate decides and a much worse input is named") {
  auto both = native({0.80, 0.80, 0.80, 1.08});
  auto comparison = judge(both);
  CHECK(comparison.verdict == Verdict::discard_worse);
  CHECK_THAT(guest(comparison, "g").why, ContainsSubstring("in3") && ContainsSubstring("conditional"));
  both = native({0.80, 0.80, 0.80, 1.03});
  comparison = judge(both);
  CHECK(comparison.verdict == Verdict::keep);
  CHECK(comparison.status == Status::pass);
  REQUIRE(comparison.aggregates.size() == 1);
  CHECK(*comparison.aggregates[0].estimate == Approx(std::pow(0.8 * 0.8 * 0.8 * 1.03, 0.25) - 1).margin(0.01));
  CHECK(comparison.aggregates[0].interval->high < -0.1);
}

TEST_CASE("of many untouched cells hardly a comparison calls one a regression") {
  int alarms = 0;
  constexpr int trials = 100;
  for (int trial = 0; trial < trials; ++trial) {
    std::vector<Row> rows;
    for (int index = 0; index < 20; ++index) rows.push_back({"g", "in" + std::to_string(index), 0, 0, 1, "native"});
    auto both = sides(rows);
    for (int index = 0; index < 20; ++index) {
      const auto [base, head] = runs(1.0, 0.03, static_cast<unsigned>(trial * 20 + index + 1000));
      both.sample("g", "in" + std::to_string(index), "wall_time", base, head);
    }
    const auto comparison = judge(both);
    if (std::ranges::any_of(comparison.findings, [](const auto& one) { return one.kind == FindingKind::regressed; }))
      ++alarms;
  }
  CHECK(alarms <= 5 + 3 * 2.2);  // at most 5 %, and three standard errors of this count
}

TEST_CASE("times of another machine are incomparable, of another session shown for information") {
  auto both = native({2.0});
  auto& run = both.run(both.base, "g", "in0");
  run.comparability.session = "yesterday";
  auto comparison = judge(both);
  CHECK(finding(comparison, "in0", "wall_time").kind == FindingKind::incomparable);
  CHECK_THAT(finding(comparison, "in0", "wall_time").why, ContainsSubstring("session"));
  CHECK(finding(comparison, "in0", "wall_time").change.interval.has_value());
  CHECK(comparison.status == Status::neutral);
  run.comparability.machine = "elsewhere";
  comparison = judge(both);
  CHECK_THAT(finding(comparison, "in0", "wall_time").why, ContainsSubstring("machine"));
  CHECK_FALSE(finding(comparison, "in0", "wall_time").change.interval.has_value());
  CHECK(comparison.status == Status::neutral);
}

TEST_CASE("runs outside complete blocks are not used and counted") {
  auto both = native({1.0}, 0.005, 12);
  both.run(both.head, "g", "in0").sampled["wall_time"].pop_back();
  const auto comparison = judge(both);
  const auto& time = finding(comparison, "in0", "wall_time");
  REQUIRE_FALSE(time.warnings.empty());
  CHECK(time.warnings[0].code == "incomplete-block");
  CHECK_THAT(time.warnings[0].message, ContainsSubstring("3 runs"));
  CHECK(time.kind == FindingKind::unchanged);
}

TEST_CASE("samples that cannot be judged are inconclusive with a reason") {
  auto both = native({1.0});
  both.run(both.head, "g", "in0").sampled["wall_time"][0].value = 0;
  CHECK_THAT(finding(judge(both), "in0", "wall_time").why, ContainsSubstring("gave 0"));
  both.run(both.head, "g", "in0").sampled["wall_time"].resize(1);
  both.run(both.head, "g", "in0").sampled["wall_time"][0].value = 5;
  CHECK(finding(judge(both), "in0", "wall_time").kind == FindingKind::inconclusive);
  CHECK_THAT(finding(judge(both), "in0", "wall_time").why, ContainsSubstring("block"));
  CHECK(judge(both).status == Status::neutral);
}

TEST_CASE("an acknowledged slow-down does not gate") {
  auto both = native({1.05});
  model::Acknowledgement entry;
  entry.guest = "g";
  entry.metric = "wall_time";
  entry.up_to = model::Millionths{80'000};
  entry.until = "2026-12-31";
  entry.reason = "checks added";
  both.policy().acknowledged = {entry};
  CHECK(judge(both).status == Status::pass);
  CHECK(finding(judge(both), "in0", "wall_time").acknowledged);
}

TEST_CASE("classic: what the mean kills without being significant may be acknowledged") {
  // One slow run of ten: the mean is over 1.1x of base, p about .3.
  auto both = native({1.0});
  both.run(both.head, "g", "in0").sampled["wall_time"][3].value *= 4;
  both.policy().methodology = model::Methodology::classic;
  const auto killed = judge(both);
  REQUIRE(finding(killed, "in0", "wall_time").kind == FindingKind::killed);
  REQUIRE(finding(killed, "in0", "wall_time").change.p_value > 0.05);
  model::Acknowledgement entry;
  entry.guest = "g";
  entry.metric = "wall_time";
  entry.up_to = model::Millionths{500'000};
  entry.until = "2026-12-31";
  entry.reason = "checks added";
  both.policy().acknowledged = {entry};
  const auto accepted = judge(both);
  CHECK(finding(accepted, "in0", "wall_time").kind == FindingKind::regressed);
  CHECK(finding(accepted, "in0", "wall_time").acknowledged);
  CHECK(accepted.status == Status::pass);
  both.policy().acknowledged[0].up_to = model::Millionths{100'000};
  CHECK(finding(judge(both), "in0", "wall_time").kind == FindingKind::killed);
}
