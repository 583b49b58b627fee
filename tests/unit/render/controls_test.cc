#include "render/controls.h"

#include <catch2/catch_test_macros.hpp>

using namespace cyclegate;

TEST_CASE("what the controls saw is one sentence, of their wall time") {
  model::Comparison comparison;
  CHECK(render::controls_text(comparison).empty());
  model::ControlResult same{.cell = {"g", "i", "embedded"}, .metric = "wall_time"};
  same.kind = model::FindingKind::unchanged;
  same.change.estimate = 0.001;
  same.change.interval = model::Interval{-0.004, 0.006, 0.95};
  same.blocks = 5;
  model::ControlResult slowed = same;
  slowed.slow_down = {30'000};
  slowed.kind = model::FindingKind::regressed;
  slowed.change = {.estimate = 0.0294};
  model::ControlResult memory = same;
  memory.metric = "peak_memory";
  comparison.controls = {memory, same, slowed};
  CHECK(
      render::controls_text(comparison) ==
      "This machine, today: base against itself was clean (+0.10 %, -0.40 % to +0.60 % (95 %); 5 blocks); an injected "
      "+3 % was found (+2.94 %; 5 blocks).");
  comparison.controls[1].kind = model::FindingKind::regressed;
  comparison.controls[2].kind = model::FindingKind::inconclusive;
  const std::string bad = render::controls_text(comparison);
  CHECK(bad.find("was called worse, a false alarm") != std::string::npos);
  CHECK(bad.find("an injected +3 % was not found") != std::string::npos);
}
