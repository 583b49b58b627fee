#include "publish/context.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_exception.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <nlohmann/json.hpp>

#include "model/error.h"
#include "publish/find_pull_request.h"
#include "support/temporary_directory.h"
#include "unit/publish/scene.h"

using namespace cyclegate;
using namespace cyclegate::publish;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::MessageMatches;
using nlohmann::json;

namespace {

const std::string sha = test::first_head;

json pull_request_event() {
  return {{"action", "synchronize"},
          {"repository", {{"id", 1000}}},
          {"pull_request",
           {{"number", 7},
            {"head", {{"sha", sha}, {"ref", "feature/x"}, {"user", {{"login", "dev"}}}, {"repo", {{"id", 2000}}}}},
            {"base", {{"sha", test::second_head}}}}}};
}

json workflow_run_event() {
  return {{"action", "completed"},
          {"repository", {{"id", 1000}}},
          {"workflow_run",
           {{"id", 55},
            {"run_attempt", 2},
            {"event", "pull_request"},
            {"conclusion", "success"},
            {"head_sha", sha},
            {"head_branch", "topic"},
            {"head_repository", {{"id", 1000}, {"owner", {{"login", "octo"}}}}},
            {"path", ".github/workflows/cyclegate.yml"},
            {"html_url", "https://github.com/octo/guests/actions/runs/55"}}}};
}

}  // namespace

TEST_CASE("a pull request's event gives its head, never the merge commit") {
  const test::TemporaryDirectory directory;
  const auto file = directory.write("event.json", pull_request_event().dump());
  const Context context = read_context({{"GITHUB_ACTIONS", "true"},
                                        {"GITHUB_REPOSITORY", "octo/guests"},
                                        {"GITHUB_EVENT_NAME", "pull_request"},
                                        {"GITHUB_EVENT_PATH", file.string()},
                                        {"GITHUB_SHA", std::string(40, 'd')},
                                        {"GITHUB_RUN_ID", "900"},
                                        {"GITHUB_RUN_ATTEMPT", "3"},
                                        {"GITHUB_API_URL", "https://ghe.example/api/v3/"}});
  CHECK(context.head_sha == sha);
  CHECK(context.pull_request == 7);
  CHECK(context.from_fork());
  CHECK(context.api_url == "https://ghe.example/api/v3");
  CHECK(context.run_id == 900);
  CHECK(context.run_url == "https://github.com/octo/guests/actions/runs/900");
}

TEST_CASE("a workflow run's event gives the run that measured, and no pull request number of its own") {
  const Event event = parse_event(workflow_run_event().dump(), "workflow_run", "event.json");
  CHECK(event.run_id == 55);
  CHECK(event.run_attempt == 2);
  CHECK(event.pull_request == 0);
  CHECK(event.head_owner == "octo");
  const Event group = parse_event(json{{"merge_group", {{"head_sha", sha}, {"base_sha", test::second_head}}}}.dump(),
                                  "merge_group", "e");
  CHECK(group.head_sha == sha);
  CHECK(group.base_sha == test::second_head);
}

TEST_CASE("a hostile event is refused with the field's name") {
  const auto refused = [](const json& document, const char* name, const std::string& field) {
    INFO(document.dump());
    CHECK_THROWS_MATCHES(parse_event(document.dump(), name, "event.json"), model::Error,
                         MessageMatches(ContainsSubstring("event.json: " + field)));
  };
  json event = pull_request_event();
  event["pull_request"]["head"]["sha"] = "HEAD; rm -rf /";
  refused(event, "pull_request", "pull_request.head.sha");
  event = pull_request_event();
  event["pull_request"]["number"] = -1;
  refused(event, "pull_request", "pull_request.number");
  event = pull_request_event();
  event["pull_request"]["head"]["ref"] = "a b\n";
  refused(event, "pull_request", "pull_request.head.ref");
  event = pull_request_event();
  event["pull_request"]["head"]["user"]["login"] = "../../x";
  refused(event, "pull_request", "pull_request.head.user.login");
  event = pull_request_event();
  event["pull_request"] = "x";
  refused(event, "pull_request", "pull_request.number");
  event = workflow_run_event();
  event["workflow_run"]["html_url"] = "javascript:alert(1)";
  refused(event, "workflow_run", "workflow_run.html_url");
  CHECK_THROWS_AS(parse_event("[]", "push", "e"), model::Error);
  CHECK_THROWS_AS(parse_event("{", "push", "e"), model::Error);
  CHECK_THROWS_MATCHES(parse_event(std::string(100'000, '['), "push", "e"), model::Error,
                       MessageMatches(ContainsSubstring("nested more than")));
}

TEST_CASE("variables that GitHub would not set so are refused") {
  for (const auto& [name, value] : std::map<std::string, std::string>{{"GITHUB_REPOSITORY", "octo/../x"},
                                                                      {"GITHUB_API_URL", "file:///x"},
                                                                      {"GITHUB_RUN_ID", "12x"},
                                                                      {"GITHUB_SHA", "main"},
                                                                      {"GITHUB_SERVER_URL", "https://u:p@x"}}) {
    CHECK_THROWS_MATCHES(read_context({{name, value}}), model::Error, MessageMatches(ContainsSubstring(name)));
  }
  CHECK(read_context({}) == Context{});
}

TEST_CASE("the token comes from a file or the environment, and a bad one is never shown") {
  const test::TemporaryDirectory directory;
  const auto file = directory.write("token", "ghs_from_a_file\n");
  CHECK(read_token({{"GITHUB_TOKEN", "ghs_from_environment"}}, file) == "ghs_from_a_file");
  CHECK(read_token({{"GITHUB_TOKEN", "ghs_from_environment"}}, std::nullopt) == "ghs_from_environment");
  CHECK(read_token({}, std::nullopt).empty());
  CHECK_THROWS_MATCHES(read_token({{"GITHUB_TOKEN", "hidden value\nX: y"}}, std::nullopt), model::Error,
                       MessageMatches(ContainsSubstring("GITHUB_TOKEN") && !ContainsSubstring("hidden")));
}

TEST_CASE("a workflow run's pull request is the open one with its branch, head and repository") {
  test::Scene scene;
  Context context;
  context.event = parse_event(workflow_run_event().dump(), "workflow_run", "e");
  CHECK(find_pull_request(scene.github, context).pull->number == 7);
  Context moved = context;
  moved.event.head_sha = test::second_head;
  CHECK_FALSE(find_pull_request(scene.github, moved).pull);
  Context fork = context;
  fork.event.head_repository_id = 4711;  // a fork's branch of the same name
  CHECK_FALSE(find_pull_request(scene.github, fork).pull);
  const json other = {{"number", 9}, {"head", {{"sha", test::first_head}}}, {"base", {{"sha", test::second_head}}}};
  scene.fake.configure({{"pulls", {other}}});
  CHECK(find_pull_request(scene.github, context).ambiguous.empty());  // the same base branch
  scene.fake.configure({{"pulls", {{{"number", 9}, {"base", {{"ref", "release"}}}}}}});
  const FoundPullRequest two = find_pull_request(scene.github, context);
  CHECK(two.pull->number == 7);
  CHECK_THAT(two.ambiguous, ContainsSubstring("release") && ContainsSubstring("main") && ContainsSubstring("#9"));
  scene.fake.configure({{"pulls", {{{"number", 7}, {"state", "closed"}}, {{"number", 9}, {"state", "closed"}}}}});
  CHECK_FALSE(find_pull_request(scene.github, context).pull);
}
