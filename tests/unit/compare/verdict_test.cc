#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "sides.h"

using namespace cyclegate;
using namespace cyclegate::test;
using Catch::Matchers::ContainsSubstring;
using model::FindingKind;
using model::Status;
using model::Verdict;

TEST_CASE("the weighted sum of all inputs decides, not the number of inputs that gained") {
  // 6 x 1000 + 1 x 10000 = 16000 to 6 x 900 + 10000 = 15400: 3.75 % better
  const auto comparison = judge(sides({{"g", "light", 1000, 900, 6}, {"g", "big", 10'000, 10'000, 1}}));
  CHECK(comparison.verdict == Verdict::maybe);
  REQUIRE(comparison.aggregates.size() == 1);
  CHECK(comparison.aggregates[0].base == 16'000);
  CHECK(comparison.aggregates[0].head == 15'400);
  CHECK(comparison.aggregates[0].inputs == 2);
  CHECK(comparison.aggregates[0].weight == 7);
  CHECK_THAT(guest(comparison, "g").why, ContainsSubstring("-3.75 %"));
}

TEST_CASE("an aggregate beyond 64 bits is still exact") {
  constexpr std::uint64_t large = 1ULL << 63;
  const auto comparison = judge(
      sides({{"g", "a", large, large - 1, 1'000'000}, {"g", "b", large, large + 1, 1'000'000}, {"g", "c", 1, 0, 1}}));
  REQUIRE(comparison.aggregates.size() == 1);
  CHECK(comparison.aggregates[0].base - comparison.aggregates[0].head == 1);
  CHECK(comparison.verdict == Verdict::discard);
}

TEST_CASE("mixed inputs: a net gain with no input much worse is kept and passes") {
  const auto comparison = judge(sides({{"g", "light", 1000, 800, 9}, {"g", "big", 1000, 1050, 1}}));
  CHECK(comparison.verdict == Verdict::keep);
  CHECK(comparison.status == Status::pass);
  CHECK(finding(comparison, "big").kind == FindingKind::regressed);
  CHECK_FALSE(finding(comparison, "big").gates);
  CHECK_THAT(finding(comparison, "big").why, ContainsSubstring("gains on the whole"));
  CHECK(comparison.reasons.front().code == "gain");
  CHECK(has_reason(comparison, "worse-within-bounds"));
}

TEST_CASE("mixed inputs: one that is much worse discards the change, is named, and a condition is suggested") {
  const auto comparison = judge(sides({{"g", "light", 1000, 800, 9}, {"g", "big", 1000, 1051, 1}}));
  CHECK(comparison.verdict == Verdict::discard_worse);
  CHECK(comparison.status == Status::fail);
  CHECK(finding(comparison, "big").gates);
  CHECK_THAT(guest(comparison, "g").why, ContainsSubstring("big (+5.10 %)") && ContainsSubstring("conditional"));
}

TEST_CASE("mixed inputs: a small net gain does not make a worse input worth having, but guard lets it pass") {
  const auto comparison = judge(sides({{"g", "light", 1000, 980, 9}, {"g", "big", 1000, 1010, 1}}));
  CHECK(comparison.verdict == Verdict::discard_worse);
  CHECK(comparison.status == Status::pass);
}

TEST_CASE("mixed inputs: a net loss fails though most inputs gained") {
  const auto comparison = judge(sides({{"g", "light", 1000, 990, 1}, {"g", "big", 1000, 1040, 1}}));
  CHECK(comparison.verdict == Verdict::discard_worse);
  CHECK(comparison.status == Status::fail);
}

TEST_CASE("the first of REJECT, FAILED, KILL and DISCARD-because-worse that any guest has is the answer") {
  auto both = sides({{"kept", "a", 1000, 500},
                     {"maybe", "a", 1000, 970},
                     {"same", "a", 1000, 1000},
                     {"small", "a", 1000, 999},
                     {"worse", "a", 1000, 1050},
                     {"killed", "a", 1000, 1200},
                     {"failed", "a", 1000, 1000},
                     {"wrong", "a", 1000, 500}});
  both.run(both.head, "wrong", "a").output_sha256 = "other";
  both.run(both.head, "failed", "a").outcome = {model::OutcomeKind::trap, {}, 0x90000010, "ebreak"};
  const std::vector<std::pair<std::string, Verdict>> order = {
      {"wrong", Verdict::reject},        {"failed", Verdict::failed}, {"killed", Verdict::kill},
      {"worse", Verdict::discard_worse}, {"kept", Verdict::keep},     {"maybe", Verdict::maybe},
      {"small", Verdict::discard},       {"same", Verdict::unchanged}};
  for (const auto& [name, verdict] : order) {
    const auto comparison = judge(both);
    CHECK(guest(comparison, name).verdict == verdict);
    CHECK(comparison.verdict == verdict);
    CHECK(comparison.status == (verdict <= Verdict::discard_worse ? Status::fail : Status::pass));
    Sides::drop(both.base, name, "a");
    Sides::drop(both.head, name, "a");
    for (auto* set : {&both.base, &both.head}) {
      std::erase_if(set->guests, [&](const auto& info) { return info.name == name; });
      std::erase_if(set->artifacts, [&](const auto& artifact) { return artifact.guest == name; });
    }
  }
}

TEST_CASE("improve demands a KEEP and nothing less") {
  for (const auto& [head, status] : std::vector<std::pair<std::uint64_t, Status>>{
           {900, Status::pass}, {970, Status::fail}, {1000, Status::fail}, {1100, Status::fail}}) {
    auto both = sides({{"g", "light", 1000, head}});
    both.policy().mode = model::Mode::improve;
    CHECK(judge(both).status == status);
  }
}

TEST_CASE("with maybe not below keep there is no MAYBE") {
  auto both = sides({{"g", "light", 1000, 980}});
  both.policy().thresholds.keep = model::Millionths{20'000};
  CHECK(judge(both).verdict == Verdict::discard);
  both.run(both.head, "g", "light").exact["cost"] = {979, 979};
  CHECK(judge(both).verdict == Verdict::keep);
}

TEST_CASE("classic discards what is equal and whatever is worse at all") {
  auto both = sides({{"g", "light", 1'000'000, 1'000'000}});
  both.policy().methodology = model::Methodology::classic;
  CHECK(judge(both).verdict == Verdict::discard);
  both.run(both.head, "g", "light").exact["cost"] = {1'000'001, 1'000'001};
  CHECK(judge(both).verdict == Verdict::discard_worse);
  CHECK(judge(both).status == Status::pass);  // within the tolerance: verdict and status are separate answers
}

TEST_CASE("every executor of a guest is judged by its own deciding metric and the worst word counts") {
  const auto comparison =
      judge(sides({{"g", "light", 1000, 900, 1, "embedded"}, {"g", "light", 1000, 1080, 1, "sp1"}}));
  CHECK(comparison.verdict == Verdict::discard_worse);
  CHECK_THAT(guest(comparison, "g").why, ContainsSubstring("sp1"));
}

TEST_CASE("an executor about which nothing can be said makes the status neutral, whatever another gains") {
  auto both = sides({{"g", "light", 1000, 940, 1, "embedded"}, {"g", "light", 1000, 1000, 1, "sp1"}});
  both.base.runs[1].outcome = {model::OutcomeKind::crashed, 1, {}, "no usable answer"};
  const auto comparison = judge(both);
  CHECK(comparison.verdict == Verdict::keep);
  CHECK(comparison.status == Status::neutral);
  CHECK_THAT(guest(comparison, "g").why, ContainsSubstring("on embedded") && ContainsSubstring("no usable answer"));
  both.base.runs[1].outcome = {};
  CHECK(judge(both).status == Status::pass);
  // What fails, fails all the same.
  both.base.runs[1].outcome = {model::OutcomeKind::crashed, 1, {}, "no usable answer"};
  both.head.runs[0].exact["cost"] = {2000, 2000};
  CHECK(judge(both).status == Status::fail);
}

TEST_CASE("the same artefact on both sides is unchanged, with or without stored numbers") {
  for (const bool stored : {true, false}) {
    auto both = sides({{"g", "light", 1000, 1000}, {"g", "big", 5000, 5000}});
    both.base.artifacts[0].identity = both.head.artifacts[0].identity = "same";
    for (auto* set : {&both.base, &both.head}) {
      for (auto& run : set->runs) {
        run.artifact = "same";
        run.reused = true;
        run.warnings = {{"same-artifact", "nothing was run"}};
        if (!stored) run.exact.clear();
      }
    }
    const auto comparison = judge(both);
    CHECK(comparison.verdict == Verdict::unchanged);
    CHECK(comparison.status == Status::pass);
    CHECK(guest(comparison, "g").same_artifact);
    CHECK(finding(comparison, "light").kind == FindingKind::unchanged);
    CHECK(comparison.reasons.front().code == "same-artifact");
    CHECK(comparison.head.reused_cells == 2);
  }
}

TEST_CASE("the same artefact without any run is unchanged as well") {
  auto both = sides({{"g", "light", 1000, 1000}});
  both.base.artifacts[0].identity = both.head.artifacts[0].identity = "same";
  both.head.runs.clear();
  CHECK(judge(both).verdict == Verdict::unchanged);
  CHECK(guest(judge(both), "g").same_artifact);
  both.base.runs.clear();
  CHECK(judge(both).verdict == Verdict::unchanged);
}

TEST_CASE("a new guest or input is shown and is neutral, a removed one as well") {
  auto both = sides({{"g", "light", 1000, 1000}, {"g", "big", 1000, 1000}, {"h", "a", 1000, 1000}});
  Sides::drop(both.base, "g", "big");
  auto comparison = judge(both);
  CHECK(finding(comparison, "big").kind == FindingKind::added);
  CHECK(finding(comparison, "big").change.head == 1000);
  CHECK(comparison.verdict == Verdict::unchanged);
  CHECK(comparison.status == Status::pass);
  CHECK(has_reason(comparison, "new"));

  std::swap(both.base, both.head);
  comparison = judge(both);
  CHECK(finding(comparison, "big").kind == FindingKind::removed);
  CHECK(comparison.status == Status::neutral);
  CHECK(has_reason(comparison, "removed"));

  both = sides({{"g", "light", 1000, 1000}});
  both.base.guests.clear();
  both.base.runs.clear();
  both.base.artifacts.clear();
  comparison = judge(both);
  CHECK(comparison.verdict == Verdict::inconclusive);
  CHECK(comparison.status == Status::neutral);
}

TEST_CASE("without rules on base all is new and neutral, whatever head does") {
  auto both = sides({{"g", "light", 1000, 3000}, {"g", "big", 1000, 3000}});
  both.base.policy.reset();
  both.run(both.head, "g", "big").outcome = {model::OutcomeKind::exit, 3, {}, ""};
  const auto comparison = judge(both);
  CHECK_FALSE(comparison.base_has_policy);
  CHECK(finding(comparison, "light").kind == FindingKind::added);
  CHECK(finding(comparison, "big").kind == FindingKind::failed);
  CHECK_FALSE(finding(comparison, "big").gates);
  CHECK(comparison.status == Status::neutral);
  CHECK(comparison.reasons.front().code == "no-base-policy");
}

TEST_CASE("nothing at all is neutral") {
  const auto comparison = judge(sides({}));
  CHECK(comparison.status == Status::neutral);
  CHECK(comparison.verdict == Verdict::inconclusive);
  CHECK(comparison.reasons.front().code == "no-guests");
}
