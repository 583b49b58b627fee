#include "app/starter_workflows.h"

#include <catch2/catch_test_macros.hpp>
#include <string>

using namespace cyclegate::app;

TEST_CASE("an action is named by a commit or lies in the repository, and nothing else will do") {
  const std::string commit(40, 'a');
  CHECK(parse_action("some-one/gate.x@" + commit).has_value());
  CHECK(parse_action("some-one/gate.x@" + commit)->version == "source");
  CHECK(parse_action("./") == ActionReference{.uses = "./", .version = "source"});
  CHECK(parse_action("./actions/cyclegate").has_value());
  for (const std::string& bad :
       {std::string("some-one/gate@v1"), std::string("some-one/gate@main"), "gate@" + commit, "a/b@" + commit + "0",
        "a/b@" + std::string(40, 'A'), "a/b\n@" + commit, "a b/c@" + commit, std::string("./../x"),
        std::string("./a b"), std::string(""), "/b@" + commit, "a/@" + commit, "a@" + commit + "/b"}) {
    CAPTURE(bad);
    CHECK_FALSE(parse_action(bad).has_value());
  }
}

TEST_CASE("the starter workflows have no placeholder left and all use the action") {
  const ActionReference action{.uses = "a/b@" + std::string(40, '1') + " # v9.8.7", .version = "9.8.7"};
  const std::vector<StarterWorkflow> workflows = starter_workflows(action);
  REQUIRE(workflows.size() == 4);
  for (const StarterWorkflow& workflow : workflows) {
    CAPTURE(workflow.path);
    CHECK(workflow.path.starts_with(".github/workflows/cyclegate"));
    CHECK(workflow.text.find("- uses: " + action.uses + "\n") != std::string::npos);
    CHECK(workflow.text.find("version: 9.8.7\n") != std::string::npos);
    CHECK(workflow.text.find("@ACTION@") == std::string::npos);
    CHECK(workflow.text.find("@VERSION@") == std::string::npos);
  }
}
