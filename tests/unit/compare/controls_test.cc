#include "compare/controls.h"

#include <catch2/catch_test_macros.hpp>
#include <random>

using namespace cyclegate;

namespace {

/// Both sides of a control with noise of 1 % and head slower by `effect`.
void add_control(model::RunSet& base, model::RunSet& head, std::int64_t slow_down, double effect,
                 std::uint32_t blocks) {
  std::mt19937_64 random(static_cast<std::uint64_t>(slow_down) + 7);
  std::normal_distribution<double> normal(0, 0.01);
  for (model::RunSet* set : {&base, &head}) {
    model::Control control{.slow_down = {slow_down}, .run = {.cell = {"g", "i", "embedded"}}};
    const double level = set == &head ? 1e9 * (1 + effect) : 1e9;
    for (std::uint32_t run = 0; run < 2 * blocks; ++run) {
      control.run.sampled["wall_time"].push_back(
          {.block = run / 2, .order = run, .value = static_cast<std::int64_t>(level * (1 + normal(random)))});
    }
    set->controls.push_back(std::move(control));
  }
}

}  // namespace

TEST_CASE("a clean control and a slow-down that is found") {
  model::RunSet base;
  model::RunSet head;
  base.schedule.blocks = head.schedule.blocks = 10;
  add_control(base, head, 30'000, 0.03, 10);
  add_control(base, head, 0, 0, 10);
  const auto results = compare::judge_controls(base, head, {});
  REQUIRE(results.size() == 2);
  CHECK(results[0].slow_down.value == 0);
  CHECK(results[0].kind != model::FindingKind::regressed);
  CHECK(results[1].slow_down.value == 30'000);
  CHECK(results[1].kind == model::FindingKind::regressed);
  CHECK(results[1].blocks == 10);
  REQUIRE(results[1].change.estimate);
  CHECK(*results[1].change.estimate > 0.02);
  CHECK(*results[1].change.estimate < 0.04);
  REQUIRE(results[1].change.interval);
  CHECK(results[1].change.interval->low > 0);
}

TEST_CASE("a control without times says so, and no controls are no results") {
  CHECK(compare::judge_controls({}, {}, {}).empty());
  model::RunSet base;
  model::RunSet head;
  base.controls = {{.slow_down = {0}, .run = {.cell = {"g", "i", "embedded"}}}};
  const auto results = compare::judge_controls(base, head, {});
  REQUIRE(results.size() == 1);
  CHECK(results[0].kind == model::FindingKind::inconclusive);
  CHECK(results[0].why == "no times were measured");
}

TEST_CASE("a control of another session or machine is not judged, as no cell would be") {
  model::RunSet base;
  model::RunSet head;
  base.schedule.blocks = head.schedule.blocks = 10;
  add_control(base, head, 30'000, 0.03, 10);
  SECTION("session") {
    head.controls[0].run.comparability.session = "another";
  }
  SECTION("machine") {
    head.controls[0].run.comparability.machine = "another";
  }
  const auto results = compare::judge_controls(base, head, {});
  REQUIRE(results.size() == 1);
  CHECK(results[0].kind == model::FindingKind::inconclusive);
  CHECK(results[0].why == "other session or machine: the runs were not interleaved");
  CHECK_FALSE(results[0].change.estimate);
  CHECK(results[0].blocks == 0);
}
