#include "executors/exact_metrics.h"

#include <catch2/catch_test_macros.hpp>

using namespace cyclegate;
using Values = std::map<std::string, std::uint64_t>;

TEST_CASE("an executor's own metrics stand beside the common ones") {
  model::Execution execution;
  execution.steps = 7;
  execution.metrics = {{"gas", 41}, {"user_cycles", 12}};
  CHECK(executors::exact_values(execution) == Values{{"gas", 41}, {"steps", 7}, {"user_cycles", 12}});
  execution.misaligned_accesses = 0;
  CHECK(executors::exact_values(execution).at("misaligned_accesses") == 0);
}

TEST_CASE("a metric of its own never replaces a common one") {
  model::Execution execution;
  execution.steps = 7;
  execution.metrics = {{"steps", 1}, {"cost", 1}};
  execution.cost = model::Cost{.parts = {.main = 1, .opcodes = 2, .precompiles = 3, .memory = 4}, .base = 100};
  const auto values = executors::exact_values(execution);
  CHECK(values.at("steps") == 7);
  CHECK(values.at("cost") == 10);
  CHECK(values.at("cost_total") == 110);
}
