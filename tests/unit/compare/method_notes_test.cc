#include "compare/method_notes.h"

#include <catch2/catch_test_macros.hpp>

#include "sides.h"

using namespace cyclegate;
using namespace cyclegate::test;
using model::FindingKind;

TEST_CASE("controls decide nothing") {
  auto both = sides({{"g", "a", 1000, 1000}});
  const auto plain = judge(both);
  for (auto* set : {&both.base, &both.head}) {
    model::Control control;
    control.run.cell = {"g", "a", "embedded"};
    const std::int64_t level = set == &both.base ? 1'000'000 : 1'300'000;
    for (std::uint32_t run = 0; run < 10; ++run)
      control.run.sampled["wall_time"].push_back({run / 2, run, level + (run * 7) % 10 * 500});
    set->controls = {control};
  }
  const auto comparison = judge(both);
  REQUIRE(comparison.controls.size() == 1);
  CHECK(comparison.controls[0].kind == FindingKind::regressed);
  CHECK(comparison.verdict == plain.verdict);
  CHECK(comparison.status == plain.status);
  CHECK(comparison.findings == plain.findings);
}

TEST_CASE("each methodology has its error rates to print") {
  for (const auto methodology : {model::Methodology::robust, model::Methodology::classic}) {
    const auto notes = compare::method_notes(methodology);
    REQUIRE(notes.size() >= 2);
    for (const auto& note : notes) {
      CHECK(note.contains('%'));
      CHECK_FALSE(note.contains('\t'));
    }
  }
  CHECK(compare::method_notes(model::Methodology::robust) != compare::method_notes(model::Methodology::classic));
}

TEST_CASE("a cell that is known to vary passes by its own variation, on the same machine only") {
  auto both = sides({{"g", "a", 0, 0, 1, "native"}});
  std::vector<std::int64_t> base;
  std::vector<std::int64_t> head;
  for (std::int64_t run = 0; run < 40; ++run) {
    base.push_back(1'000'000 + (run * 37) % 41 * 12'000);
    head.push_back(1'000'000 + (run * 29 + 5) % 41 * 12'000);
  }
  both.sample("g", "a", "wall_time", base, head);
  const auto with = [&](const model::RunSet& pinned) {
    compare::Options options;
    options.today = "2026-06-15";
    options.pinned = &pinned;
    return finding(compare::compare(both.base, both.head, options), "a", "wall_time").kind;
  };
  auto pinned = both.base;
  for (auto& sample : pinned.runs[0].sampled["wall_time"]) sample.value = sample.order % 4 < 1 ? 1'000'000 : 1'400'000;
  REQUIRE(finding(judge(both), "a", "wall_time").kind == FindingKind::inconclusive);
  CHECK(with(pinned) == FindingKind::unchanged);
  pinned.runs[0].comparability.machine = "elsewhere";
  CHECK(with(pinned) == FindingKind::inconclusive);
}
