#pragma once

#include <cstdint>
#include <string>

#include "model/run_set.h"

namespace cyclegate::test {

/// A run that succeeded with the same cost and steps in both repetitions.
inline model::CellRun run_of(const std::string& guest, const std::string& input, std::uint64_t cost,
                             std::uint64_t steps) {
  model::CellRun run;
  run.cell = {guest, input, "embedded"};
  run.artifact = std::string(64, 'a');
  // Unique by guest, input and cost; only its shape matters here.
  std::string key = guest + input + std::to_string(cost);
  for (const char c : key) run.reuse_key += "0123456789abcdef"[static_cast<unsigned char>(c) % 16];
  run.reuse_key.resize(64, '0');
  run.comparability = {.input_sha256 = std::string(64, 'b'),
                       .executor = "embedded",
                       .executor_version = "0.1.0",
                       .executor_options = "",
                       .cost_model = "zisk-1.4.0-alpha",
                       .machine = "this one",
                       .session = "now"};
  run.output_sha256 = std::string(64, 'c');
  run.exact = {{"cost", {cost, cost}}, {"steps", {steps, steps}}};
  return run;
}

/// Two guests with two inputs each.
inline model::RunSet example_set() {
  model::RunSet set;
  set.metrics = {
      {"cost", "cost"}, {"steps", "steps"}, {"throughput", "gas/s", model::MetricKind::exact, model::Better::higher}};
  for (const std::string guest : {"alpha", "beta"})
    set.guests.push_back({.name = guest,
                          .inputs = {{.name = "large", .sha256 = {}, .description = {}},
                                     {.name = "small", .sha256 = {}, .description = {}}},
                          .executors = {"embedded"},
                          .check = {}});
  set.runs = {run_of("alpha", "large", 9000, 900), run_of("alpha", "small", 1000, 100), run_of("beta", "large", 0, 70),
              run_of("beta", "small", 18'446'744'073'709'551'615U, 7)};
  return set;
}

}  // namespace cyclegate::test
