#include "model/comparison_json.h"

#include <catch2/catch_test_macros.hpp>
#include <string>

#include "model/error.h"

using namespace cyclegate::model;

TEST_CASE("a comparison reads back as it was written, weighted sums beyond 64 bits and doubles included") {
  Comparison comparison;
  comparison.policy.deciding["sp1"] = "gas";
  comparison.gate_changes = {"head loosens tolerance.exact"};
  comparison.findings = {
      {.cell = {"g", "i", "embedded"},
       .metric = "cost",
       .kind = FindingKind::added,
       .deciding = true,
       .acknowledged = false,
       .gates = true,
       .change =
           {.base = 1, .head = 2, .estimate = 0.1, .interval = Interval{-0.25, 1.0 / 3.0, 0.95}, .p_value = 1e-300},
       .weight = 7,
       .why = "why",
       .warnings = {{"c", "m"}}}};
  comparison.aggregates = {{.guest = "g",
                            .executor = "e",
                            .metric = "cost",
                            .deciding = true,
                            .inputs = 2,
                            .weight = 3,
                            .base = ~static_cast<Wide>(0),
                            .head = 1,
                            .estimate = {},
                            .interval = {}}};
  comparison.guests = {{.guest = "g", .verdict = Verdict::discard_worse, .why = "w", .same_artifact = false}};
  comparison.breakdowns = {{.guest = "g",
                            .executor = "e",
                            .kind = "function",
                            .rows = {{"f", 1, ~static_cast<Wide>(0)}},
                            .metric = "cost",
                            .inputs = 1,
                            .of_inputs = 2,
                            .weight = 3}};
  comparison.distributions = {
      {.cell = {"g", "i", "e"}, .metric = "wall_time", .unit = "ns", .base = {1, 2}, .head = {3}}};
  comparison.blame = {{.guest = "g",
                       .input = "",
                       .executor = "e",
                       .column = "cost",
                       .unit = "cost",
                       .note = "n",
                       .base = ~static_cast<Wide>(0) >> 1,
                       .head = 5,
                       .rows = {{.function = "f",
                                 .base_name = "old",
                                 .kind = BlameKind::renamed,
                                 .base_self = 1,
                                 .head_self = 2,
                                 .base_total = 3,
                                 .head_total = 4,
                                 .base_calls = 5,
                                 .head_calls = 6,
                                 .parts = {{"main", 1, 2}}}}}};
  comparison.attributions = {{.guest = "g",
                              .input = "",
                              .executor = "embedded",
                              .base_model = "old",
                              .head_model = "new sha256:0123",
                              .cells = 2,
                              .of_cells = 3,
                              .cost = {"cost", 100, 70, 110, 85},
                              .total = {"cost_total", 1100, 1070, 1110, ~static_cast<Wide>(0) >> 4},
                              .parts = {{"opcode:add", 100, 70, 110, 85}}}};
  comparison.verdict = Verdict::discard;
  comparison.status = Status::fail;
  comparison.reasons = {{"c", "t"}};
  const std::string text = to_json(comparison);
  CHECK(comparison_from_json(text, "c.json") == comparison);
  CHECK(text.contains(
      R"("cost":{"name":"cost","base":"100","head_guest":"70","head_model":"110","head":"85","guest":"-30","model":"10",)"
      R"("interaction":"5","change":"-15"})"));
  CHECK(text.starts_with("{\"schema\":\"cyclegate.comparison/1\",\n\"verdict\":\"DISCARD\",\n\"status\":\"fail\""));
  for (std::size_t size = 0; size + 1 < text.size(); size += 7)
    CHECK_THROWS_AS(comparison_from_json(text.substr(0, size), "c"), Error);
}

TEST_CASE("rows of breakdowns as numbers, which files had before they were weighted, are read") {
  Comparison comparison;
  comparison.breakdowns = {{.guest = "g", .executor = "e", .kind = "function", .rows = {{"f", 12, 345}}}};
  std::string text = to_json(comparison);
  text.erase(text.rfind(",\n\"checksum\""));
  text += "}";
  const std::string written = R"("base":"12","head":"345")";
  REQUIRE(text.contains(written));
  text.replace(text.find(written), written.size(), R"("base":12,"head":345)");
  CHECK(comparison_from_json(text, "c.json").breakdowns == comparison.breakdowns);
}

TEST_CASE("calls and totals of files that left out 0, or said 0 for what nobody told, are read for what they are") {
  Comparison comparison;
  const BlameRow gone{.function = "gone",
                      .kind = BlameKind::removed,
                      .base_self = 7,
                      .base_total = 9,
                      .head_total = 0,
                      .base_calls = 3,
                      .head_calls = 0};
  BlameRow untold{.function = "untold", .base_self = 5, .head_self = 6, .base_total = 0, .head_total = 0};
  comparison.blame = {{.guest = "g", .executor = "e", .column = "steps", .unit = "steps", .rows = {gone, untold}}};
  comparison.blame.front().rows.front().head_calls.reset();
  untold.base_total.reset();
  untold.head_total.reset();
  const Comparison read = comparison_from_json(to_json(comparison), "c.json");
  REQUIRE(read.blame.size() == 1);
  CHECK(read.blame.front().rows == std::vector{gone, untold});
}
