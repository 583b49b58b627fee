#include "app/calibration.h"

#include <algorithm>
#include <catch2/catch_approx.hpp>
#include <catch2/catch_test_macros.hpp>
#include <cmath>
#include <random>

#include "app/machine_noise.h"

using namespace cyclegate;

namespace {

measure::PlannedCell cell(const std::string& guest, const std::string& input) {
  return {.cell = {.guest = guest, .input = input, .executor = "embedded"}};
}

/// Cells with lognormal noise of that coefficient of variation.
std::vector<app::CellNoise> lognormal(double variation, std::size_t cells = 20, std::size_t blocks = 20) {
  std::mt19937_64 random(20261121);
  std::normal_distribution<double> normal(0, variation);
  std::vector<app::CellNoise> noise;
  for (std::size_t index = 0; index < cells; ++index) {
    app::CellNoise one{.guest = "guest", .executor = "embedded", .blocks = {}};
    for (std::size_t block = 0; block < blocks; ++block) {
      one.blocks.push_back({normal(random), normal(random), normal(random), normal(random)});
    }
    noise.push_back(std::move(one));
  }
  return noise;
}

}  // namespace

TEST_CASE("cells of a calibration take the inputs in turn and have names of their own within a change") {
  const std::vector<measure::PlannedCell> templates{cell("a", "x"), cell("a", "y"), cell("b", "x")};
  const auto names = [](const std::vector<measure::PlannedCell>& cells) {
    std::vector<std::string> result;
    for (const auto& one : cells) result.push_back(one.cell.guest + "/" + one.cell.input);
    return result;
  };
  const auto first = app::calibration_cells(templates, 0, 5);
  CHECK(names(first) == std::vector<std::string>{"a/x", "a/y", "b/x", "a/x.2", "a/y.2"});
  CHECK(names(app::calibration_cells(templates, 5, 2)) == std::vector<std::string>{"b/x", "a/x"});
  const auto guests = app::calibration_guests(first);
  REQUIRE(guests.size() == 2);
  CHECK(guests[0].inputs.size() == 4);
  CHECK(guests[1].inputs.size() == 1);
  CHECK(guests[0].executors == std::vector<std::string>{"embedded"});
}

TEST_CASE("as many false alarms are allowed as 5 % gives but once in twenty times") {
  // qbinom(.95, n, .05) of R.
  CHECK(app::allowed_false_alarms(1) == 0);
  CHECK(app::allowed_false_alarms(2) == 1);
  CHECK(app::allowed_false_alarms(10) == 2);
  CHECK(app::allowed_false_alarms(20) == 3);
  CHECK(app::allowed_false_alarms(100) == 9);
  CHECK(app::allowed_false_alarms(1000) == 62);
  CHECK(app::allowed_false_alarms(20'000) == 1051);
}

TEST_CASE("the interval of a proportion is Wilson's") {
  // binom.confint(x, n, methods = "wilson") of R's package binom.
  const auto none = app::proportion_interval(0, 10);
  CHECK(none.low == 0);
  CHECK(none.high == Catch::Approx(0.2775328).epsilon(1e-6));
  const auto some = app::proportion_interval(5, 100);
  CHECK(some.low == Catch::Approx(0.02154368).epsilon(1e-6));
  CHECK(some.high == Catch::Approx(0.1117505).epsilon(1e-6));
  CHECK(app::proportion_interval(0, 0).high == 1);
}

TEST_CASE("a change counts as a false alarm once, and a slowed cell never does") {
  model::Calibration calibration{.metric = "wall_time"};
  model::RunSet base;
  model::Comparison comparison;
  for (const char* input : {"a", "b", "c", "d"}) {
    model::CellRun run{.cell = {"g", input, "embedded"}};
    if (std::string(input) != "d") run.sampled["wall_time"] = {{0, 0, 5}, {0, 1, 5}};
    base.runs.push_back(run);
    comparison.findings.push_back(
        {.cell = run.cell, .metric = "wall_time", .kind = model::FindingKind::regressed, .change = {.estimate = 0.1}});
    comparison.findings.push_back({.cell = run.cell, .metric = "peak_memory", .kind = model::FindingKind::regressed});
  }
  const model::RunSet head = base;
  SECTION("all are untouched") {
    app::count_change(comparison, base, head, nullptr, calibration);
    CHECK(calibration.false_cells == 3);
    CHECK(calibration.false_alarms == 1);
    CHECK(calibration.cells == 4);
    CHECK(calibration.failed_cells == 1);
    CHECK(calibration.runs == 12);
    app::conclude(calibration);
    CHECK_FALSE(calibration.passed);
    CHECK(calibration.runs_per_cell == 4);
  }
  SECTION("one is slowed down") {
    for (auto& finding : comparison.findings) {
      if (finding.cell.input != "a") finding.kind = model::FindingKind::unchanged;
    }
    comparison.guests = {{.guest = "g", .verdict = model::Verdict::discard_worse}};
    const model::CellId slowed{"g", "a", "embedded"};
    app::count_change(comparison, base, head, &slowed, calibration);
    CHECK(calibration.cells == 3);
    CHECK(calibration.false_alarms == 0);
    CHECK(calibration.passed_cells == 2);
    comparison.head.schedule.blocks = 20;  // of the cell that was timed longest
    const auto injected = app::judge_injected(comparison, head, slowed, {30'000}, "wall_time");
    CHECK(injected.blocks == 1);
    CHECK(app::judge_injected(comparison, head, {"g", "d", "embedded"}, {30'000}, "wall_time").blocks == 0);
    CHECK(app::judge_injected(comparison, {}, slowed, {30'000}, "wall_time").blocks == 0);
    CHECK(injected.found);
    CHECK(injected.slow_down.value == 30'000);
    // An aggregate of untouched cells that is called worse is a false alarm.
    app::count_change(comparison, base, head, nullptr, calibration);
    CHECK(calibration.false_alarms == 1);
  }
}

TEST_CASE("all inputs of a guest called worse together are a false alarm whatever the verdict") {
  model::Calibration calibration{.metric = "wall_time"};
  model::RunSet base;
  for (const char* input : {"a", "b"})
    base.runs.push_back({.cell = {"g", input, "embedded"}, .sampled = {{"wall_time", {{0, 0, 5}, {0, 1, 5}}}}});
  model::Comparison comparison;
  comparison.guests = {{.guest = "g", .verdict = model::Verdict::inconclusive}};
  for (const model::CellRun& run : base.runs) {
    comparison.findings.push_back(
        {.cell = run.cell, .metric = "wall_time", .kind = model::FindingKind::inconclusive, .change = {.estimate = 0}});
  }
  model::Finding together{.cell = {"g", "", "embedded"}, .metric = "wall_time", .kind = model::FindingKind::regressed};
  std::uint64_t expected = 1;
  const model::CellId slowed{"g", "a", "embedded"};
  const model::CellId* slow = nullptr;
  SECTION("a regression of it") {}
  SECTION("that it got better is no alarm") {
    together.kind = model::FindingKind::improved;
    expected = 0;
  }
  SECTION("neither is what another metric says") {
    together.metric = "peak_memory";
    expected = 0;
  }
  SECTION("nor what contains the slowed cell") {
    slow = &slowed;
    expected = 0;
  }
  comparison.findings.push_back(together);
  app::count_change(comparison, base, base, slow, calibration);
  CHECK(calibration.false_alarms == expected);
  CHECK(calibration.false_cells == 0);
}

TEST_CASE("a change that is cut between two executors of one input declares only what runs") {
  std::vector<measure::PlannedCell> templates;
  for (const char* input : {"x", "y"}) {
    for (const char* executor : {"embedded", "native"})
      templates.push_back({.cell = {.guest = "a", .input = input, .executor = executor}});
  }
  for (std::size_t count = 1; count <= 9; ++count) {
    for (std::size_t first = 0; first < templates.size(); ++first) {
      const auto cells = app::calibration_cells(templates, first, count);
      std::size_t declared = 0;
      for (const model::GuestInfo& guest : app::calibration_guests(cells)) {
        for (const model::InputInfo& input : guest.inputs) {
          for (const std::string& executor : guest.executors) {
            const model::CellId wanted{guest.name, input.name, executor};
            CHECK(std::ranges::any_of(cells, [&](const auto& cell) { return cell.cell == wanted; }));
            ++declared;
          }
        }
      }
      CHECK(declared <= count);
      if (count == 4) CHECK(declared == 4);
    }
  }
}

TEST_CASE("the promise is kept when nothing failed, alarms are few and the slow-down was found") {
  model::Calibration calibration{.cells = 200, .changes = 10, .false_alarms = 2};
  calibration.injected = model::InjectedSlowDown{.found = true};
  app::conclude(calibration);
  CHECK(calibration.passed);
  CHECK(calibration.false_alarm_rate == 0.2);
  calibration.injected->found = false;
  app::conclude(calibration);
  CHECK_FALSE(calibration.passed);
  calibration.injected.reset();
  calibration.false_alarms = 3;
  app::conclude(calibration);
  CHECK_FALSE(calibration.passed);
}

TEST_CASE("noise is what varies within blocks, whatever drifts between them") {
  model::RunSet base;
  model::RunSet head;
  model::CellRun one{.cell = {"g", "a", "embedded"}};
  model::CellRun other = one;
  for (std::uint32_t block = 0; block < 5; ++block) {
    const std::int64_t level = 1'000'000 * (block + 1);
    one.sampled["wall_time"].push_back({block, 4 * block, level * 99 / 100});
    one.sampled["wall_time"].push_back({block, 4 * block + 3, level * 99 / 100});
    other.sampled["wall_time"].push_back({block, 4 * block + 1, level * 101 / 100});
    other.sampled["wall_time"].push_back({block, 4 * block + 2, level * 101 / 100});
  }
  one.sampled["wall_time"].push_back({5, 20, 7});  // of a block that is not whole
  base.runs = {one};
  head.runs = {other};
  const auto noise = app::noise_of(base, head, "wall_time");
  REQUIRE(noise.size() == 1);
  REQUIRE(noise[0].blocks.size() == 5);
  // In the order in which they ran.
  CHECK(noise[0].blocks[3][0] == Catch::Approx(std::log(0.99 / std::sqrt(0.99 * 1.01))));
  CHECK(noise[0].blocks[3][1] == Catch::Approx(std::log(1.01 / std::sqrt(0.99 * 1.01))));
  CHECK(app::typical_variation(noise) == Catch::Approx(0.01 * std::sqrt(4.0 / 3)).epsilon(0.001));
  CHECK(app::noise_of(base, head, "peak_memory").empty());
}

TEST_CASE("a larger effect is found more often, none hardly ever, and more noise hides more") {
  app::Simulation simulation{.cells = 4, .simulations = 60, .seed = 1};
  const auto quiet = lognormal(0.01);
  CHECK(app::power(quiet, 0, simulation) <= 0.1);
  CHECK(app::power(quiet, 0.05, simulation) >= 0.95);
  const auto little = app::smallest_effect(quiet, simulation);
  REQUIRE(little.effect);
  CHECK(little.power >= 0.95);
  const auto more = app::smallest_effect(lognormal(0.03), simulation);
  REQUIRE(more.effect);
  CHECK(*more.effect > 1.5 * *little.effect);
  CHECK(*little.effect > 0.005);
  CHECK(*little.effect < 0.03);
  // The same seed finds the same.
  CHECK(app::smallest_effect(quiet, simulation).effect == little.effect);
  CHECK_FALSE(app::smallest_effect(lognormal(0.8), simulation).effect);
  CHECK(app::power({}, 0.1, simulation) == 0);
}

TEST_CASE("simulated cells are averaged by guest and executor, as real ones are") {
  const app::Simulation simulation{.cells = 3, .simulations = 200, .seed = 3};
  auto together = lognormal(0.02);
  auto guests = together;
  auto executors = together;
  for (std::size_t index = 0; index < together.size(); ++index) {
    guests[index].guest += std::to_string(index);
    executors[index].executor += std::to_string(index);
  }
  const double effect = 0.012;
  CHECK(app::power(executors, effect, simulation) == app::power(guests, effect, simulation));
  // Half of the level goes to the averages where there are any.
  CHECK(app::power(together, effect, simulation) < app::power(guests, effect, simulation));
}

TEST_CASE("a simulated cell that has passed gets no more blocks while others go on") {
  // A quiet cell that is 0.5 % slower has passed (2 %) after few blocks, too few to call it a regression among twenty;
  // loud cells keep the change going. Without tolerance it never passes, gets all blocks, and is found.
  auto noise = lognormal(0.004, 30);
  for (auto& loud : lognormal(0.1, 10)) noise.push_back(std::move(loud));
  for (std::size_t index = 0; index < noise.size(); ++index) noise[index].guest += std::to_string(index);
  app::Simulation simulation{.cells = 20, .simulations = 60, .seed = 4};
  const double stopping = app::power(noise, 0.005, simulation);
  simulation.policy.tolerance.sampled = {0};
  CHECK(stopping < app::power(noise, 0.005, simulation) - 0.2);
}
