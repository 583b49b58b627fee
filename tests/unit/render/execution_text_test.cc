#include "render/execution_text.h"

#include <catch2/catch_test_macros.hpp>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

using namespace cyclegate;

TEST_CASE("an execution whose steps nobody told has no line of steps") {
  model::Execution execution;
  execution.metrics["gas"] = 7;
  CHECK(render::execution_text(execution, "", 15) == "ok\n  gas                                   7\n");
  execution.steps = 44'921;
  CHECK(render::execution_text(execution, "", 15) ==
        "ok\n  steps                            44,921\n  gas                                   7\n");
}

TEST_CASE("what functions took with their callees is left blank where nobody told it") {
  model::Execution execution;
  execution.steps = 30;
  execution.functions = {{.name = "main", .calls = 1, .steps_self = 10, .steps_total = 30},
                         {.name = "leaf", .calls = 2, .steps_self = 20}};
  const std::string text = render::execution_text(execution, "", 15);
  CHECK(text.contains("main                                                          1                 10"));
  CHECK(text.contains(" 30\n  leaf"));
  CHECK(text.ends_with("                 20   66.67 %\n"));
  // Of another executor nothing but steps.
  for (auto& function : execution.functions) function.calls = function.steps_total = 0;
  execution.functions.push_back({.name = "none"});
  const std::string steps_alone = render::execution_text(execution, "", 15);
  for (const char* name : {"main", "leaf", "none"}) {
    std::istringstream line(steps_alone.substr(steps_alone.find(name)));
    const std::vector<std::string> words{std::istream_iterator<std::string>(line), {}};
    REQUIRE(words.size() >= 4);
    CHECK((words[2].find('.') != std::string::npos || words[2] == "0"));  // own steps, then their share at once
    CHECK(words[3] == "%");
  }
}
