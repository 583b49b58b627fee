#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <random>
#include <set>

#include "sides.h"

using namespace cyclegate;
using namespace cyclegate::test;
using model::FindingKind;

namespace {

// Random sides with everything that can happen in them.
Sides any_sides(std::mt19937_64& random, bool with_trouble) {
  const auto up_to = [&](std::uint64_t most) { return std::uniform_int_distribution<std::uint64_t>(0, most)(random); };
  std::vector<Row> rows;
  for (std::uint64_t guest = 0; guest <= up_to(3); ++guest) {
    for (std::uint64_t input = 0; input <= up_to(5); ++input) {
      const std::uint64_t base = up_to(9) == 0 ? 0 : 900 + up_to(200);
      const std::uint64_t head = up_to(3) == 0 ? base : 900 + up_to(200);
      rows.push_back({"g" + std::to_string(guest), "i" + std::to_string(input), base, head, 1 + up_to(9)});
    }
  }
  auto both = sides(rows);
  for (auto* set : {&both.base, &both.head}) {
    for (auto& run : set->runs) {
      run.exact["steps"] = {100 + up_to(3), 100};
      run.exact["steps"][1] = up_to(5) == 0 ? 7 : run.exact["steps"][0];
      std::vector<model::Sample> samples;
      for (std::uint32_t index = 0; index < 10; ++index)
        samples.push_back({index / 2, index, static_cast<std::int64_t>(1'000'000 + up_to(30'000))});
      run.sampled["wall_time"] = samples;
    }
  }
  if (!with_trouble) return both;
  for (auto* set : {&both.base, &both.head}) {
    for (auto& run : set->runs) {
      if (up_to(9) == 0) run.outcome = {model::OutcomeKind::exit, 1, {}, ""};
      if (up_to(9) == 0) run.output_sha256 = "other";
      if (up_to(9) == 0) run.comparability.cost_model = "other";
      if (up_to(9) == 0) run.exact.erase("cost");
      if (up_to(9) == 0) run.exact["only here"] = {1, 1};
      if (up_to(9) == 0) run.artifact = "same";
    }
    std::erase_if(set->runs, [&](const auto&) { return up_to(9) == 0; });
    if (up_to(3) == 0 && !set->guests.empty()) set->guests.pop_back();
  }
  return both;
}

void shuffle(model::RunSet& set, std::mt19937_64& random) {
  std::ranges::shuffle(set.guests, random);
  std::ranges::shuffle(set.artifacts, random);
  std::ranges::shuffle(set.runs, random);
  for (auto& guest : set.guests) {
    std::ranges::shuffle(guest.inputs, random);
    std::ranges::shuffle(guest.executors, random);
  }
}

}  // namespace

TEST_CASE("swapping the sides turns improved into regressed and back, and leaves what is equal") {
  std::mt19937_64 random(11);
  for (int repeat = 0; repeat < 100; ++repeat) {
    auto both = any_sides(random, false);
    auto one = judge(both);
    std::swap(both.base, both.head);
    auto other = judge(both);
    // A guest that is worse over all inputs together has a finding for it, one that is better has none.
    for (auto* comparison : {&one, &other})
      std::erase_if(comparison->findings,
                    [](const auto& each) { return each.metric == "wall_time" && each.cell.input.empty(); });
    REQUIRE(one.findings.size() == other.findings.size());
    for (std::size_t index = 0; index < one.findings.size(); ++index) {
      const auto& first = one.findings[index];
      const auto& second = other.findings[index];
      INFO(model::to_string(first.cell) << " " << first.metric);
      const auto worse = [](FindingKind kind) { return kind == FindingKind::regressed || kind == FindingKind::killed; };
      CHECK((first.kind == FindingKind::improved) == worse(second.kind));
      CHECK(worse(first.kind) == (second.kind == FindingKind::improved));
      CHECK(first.change.base == second.change.head);
      if (first.metric != "wall_time")
        CHECK((first.kind == FindingKind::unchanged) == (second.kind == FindingKind::unchanged));
    }
  }
}

TEST_CASE("the order of guests, inputs, executors, artefacts and runs changes nothing") {
  std::mt19937_64 random(12);
  for (int repeat = 0; repeat < 100; ++repeat) {
    auto both = any_sides(random, true);
    auto one = judge(both);
    shuffle(both.base, random);
    shuffle(both.head, random);
    auto other = judge(both);
    // The artefacts are handed through as they came.
    one.base.artifacts = other.base.artifacts;
    one.head.artifacts = other.head.artifacts;
    CHECK(one == other);
  }
}

TEST_CASE("scaling all weights changes no kind, verdict or status") {
  std::mt19937_64 random(13);
  for (int repeat = 0; repeat < 100; ++repeat) {
    auto both = any_sides(random, true);
    const auto one = judge(both);
    for (auto* set : {&both.base, &both.head}) {
      for (auto& guest : set->guests) {
        for (auto& input : guest.inputs) input.weight *= 97'001;
      }
    }
    const auto other = judge(both);
    CHECK(one.verdict == other.verdict);
    CHECK(one.status == other.status);
    REQUIRE(one.findings.size() == other.findings.size());
    for (std::size_t index = 0; index < one.findings.size(); ++index) {
      CHECK(one.findings[index].kind == other.findings[index].kind);
      CHECK(one.findings[index].gates == other.findings[index].gates);
    }
  }
}

TEST_CASE("nothing vanishes: every cell that is declared or ran has its deciding finding, every metric of it its own") {
  std::mt19937_64 random(14);
  for (int repeat = 0; repeat < 200; ++repeat) {
    const auto both = any_sides(random, true);
    const auto comparison = judge(both);
    std::set<std::pair<model::CellId, std::string>> found;
    for (const auto& finding : comparison.findings) {
      const bool fresh = found.emplace(finding.cell, finding.metric).second;
      CHECK(fresh);
    }
    for (const auto* set : {&both.base, &both.head}) {
      for (const auto& guest : set->guests) {
        for (const auto& input : guest.inputs) {
          for (const auto& executor : guest.executors)
            CHECK(found.contains({{guest.name, input.name, executor}, "cost"}));
        }
        CHECK(std::ranges::count(comparison.guests, guest.name, &model::GuestVerdict::guest) == 1);
      }
      for (const auto& run : set->runs) {
        for (const auto& [metric, values] : run.exact) CHECK(found.contains({run.cell, metric}));
        for (const auto& [metric, values] : run.sampled) CHECK(found.contains({run.cell, metric}));
      }
    }
    CHECK(std::ranges::is_sorted(comparison.findings, [](const auto& one, const auto& other) {
      return std::tie(one.cell, one.metric) < std::tie(other.cell, other.metric);
    }));
    CHECK_FALSE(comparison.reasons.empty());
  }
}

TEST_CASE("a head that costs more never gets a better verdict or status") {
  std::mt19937_64 random(15);
  const auto up_to = [&](std::uint64_t most) { return std::uniform_int_distribution<std::uint64_t>(0, most)(random); };
  // UNCHANGED is no better than DISCARD: both say that there is nothing to have.
  const auto grade = [](model::Verdict verdict) {
    switch (verdict) {
      case model::Verdict::keep:
        return 4;
      case model::Verdict::maybe:
        return 3;
      case model::Verdict::unchanged:
      case model::Verdict::discard:
        return 2;
      case model::Verdict::discard_worse:
        return 1;
      default:
        return 0;
    }
  };
  for (int repeat = 0; repeat < 300; ++repeat) {
    std::vector<Row> rows;
    for (std::uint64_t input = 0; input <= up_to(4); ++input)
      rows.push_back({"g", "i" + std::to_string(input), 1000, 880 + up_to(230), 1 + up_to(9)});
    auto both = sides(rows);
    auto before = judge(both);
    for (int step = 0; step < 20; ++step) {
      auto& run = both.head.runs[up_to(both.head.runs.size() - 1)];
      const std::uint64_t value = run.exact["cost"][0] + 1 + up_to(20);
      run.exact["cost"] = {value, value};
      const auto after = judge(both);
      CHECK(grade(after.verdict) <= grade(before.verdict));
      CHECK((before.status != model::Status::fail || after.status == model::Status::fail));
      before = after;
    }
  }
}
