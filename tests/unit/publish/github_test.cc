#include "publish/github.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_exception.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "model/error.h"
#include "publish/github_calls.h"
#include "unit/publish/scene.h"

using namespace cyclegate;
using namespace cyclegate::publish;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::MessageMatches;
using nlohmann::json;
using test::Scene;

TEST_CASE("a rate limit with retry-after is waited for, to the second") {
  Scene scene;
  scene.script({{{"kind", "429"}, {"seconds", 17}}});
  CHECK(scene.github.get(scene.github.in_repository("/pulls/7")).ok());
  CHECK(scene.waited_seconds() == 17);
  REQUIRE(scene.notes.size() == 1);
  CHECK_THAT(scene.notes.front(), ContainsSubstring("limits the rate of requests (429); trying again in 17 s"));
}

TEST_CASE("a used-up rate limit is waited for until its reset") {
  Scene scene;
  scene.fake.configure({{"rate_limit", {{"remaining", 0}, {"reset_in", 90}}}});
  CHECK(scene.github.get(scene.github.in_repository("/pulls/7")).ok());
  CHECK(scene.waited_seconds() == 91);
}

TEST_CASE("a secondary rate limit without any hint is waited for a minute, then two") {
  Scene scene;
  scene.script({{{"kind", "secondary"}, {"times", 2}}});
  CHECK(scene.github.get(scene.github.in_repository("/pulls/7")).ok());
  CHECK(scene.waited_seconds() == 60 + 120);
}

TEST_CASE("a wait beyond the deadline is not begun; the message says how long it would have been") {
  Scene scene(std::chrono::seconds(30));
  scene.script({{{"kind", "429"}, {"seconds", 31}}});
  CHECK_THROWS_MATCHES(scene.github.get(scene.github.in_repository("/pulls/7")), model::Error,
                       MessageMatches(ContainsSubstring("waiting 31 s would pass the deadline of 30 s")));
  CHECK(scene.waited_seconds() == 0);
}

TEST_CASE("server errors and broken connections are retried after 1, 2, 4 seconds") {
  Scene scene;
  scene.script({{{"kind", "500"}}, {{"kind", "cut-before"}}, {{"kind", "cut-after"}}});
  CHECK(scene.github.get(scene.github.in_repository("/pulls/7")).ok());
  CHECK(scene.waited_seconds() == 1 + 2 + 4);
}

TEST_CASE("a server that never recovers is given up with what it answered") {
  Scene scene(std::chrono::hours(2));
  scene.script({{{"kind", "500"}, {"times", 100}}});
  CHECK_THROWS_MATCHES(
      scene.github.get(scene.github.in_repository("/pulls/7")), model::Error,
      MessageMatches(ContainsSubstring("GET /repos/octo/guests/pulls/7: GitHub answered 500, 10 times")));
}

TEST_CASE("an answer that takes longer than a request may is given up and asked for again") {
  Scene scene(std::chrono::minutes(10), std::chrono::milliseconds(300));
  scene.fake.configure({{"slow_ms", 900}, {"script", {{{"kind", "slow"}}}}});
  CHECK(scene.github.get(scene.github.in_repository("/pulls/7")).ok());
  // The second attempt as a rule, a later one where the machine takes longer than 300 ms for it.
  CHECK(scene.waited_seconds() >= 1);
}

TEST_CASE("missing permission is an answer, not a failure, and is not repeated") {
  Scene scene;
  scene.allow({{"pull-requests", "read"}});
  const Answer answer = scene.github.post(scene.github.in_repository("/issues/7/comments"), {{"body", "x"}});
  CHECK(answer.status == 403);
  CHECK(answer.forbidden());
  CHECK(scene.github.requests() == 1);
}

TEST_CASE("a token that GitHub does not know is named as such, without the token") {
  Scene scene;
  GitHub stranger(
      *scene.transport, scene.clock,
      {.api_url = scene.fake.api_url(), .owner = "octo", .repository = "guests", .token = "ghs_unknown_unknown"});
  CHECK_THROWS_MATCHES(
      stranger.get("/repos/octo/guests"), model::Error,
      MessageMatches(ContainsSubstring("does not accept the token (401)") && !ContainsSubstring("ghs_")));
}

TEST_CASE("before a write is repeated it is looked up, and what is found counts as its answer") {
  Scene scene;
  scene.script({{{"kind", "500-after"}, {"method", "POST"}}});
  int looked = 0;
  const Answer answer = scene.github.post(scene.github.in_repository("/issues/7/comments"), {{"body", "only once"}},
                                          [&]() -> std::optional<Answer> {
                                            ++looked;
                                            return Answer{.status = 200, .body = "{}"};
                                          });
  CHECK(answer.ok());
  CHECK(answer.looked_up);
  CHECK(looked == 1);
  CHECK(scene.fake.state().at("comments").size() == 1);
}

TEST_CASE("a list is read over all its pages") {
  Scene scene;
  json comments = json::array();
  for (int index = 0; index < 250; ++index)
    comments.push_back({{"issue", 7}, {"login", "someone"}, {"body", std::to_string(index)}});
  scene.fake.configure({{"comments", comments}});
  const GitHub::List list = scene.github.get_all(scene.github.in_repository("/issues/7/comments"));
  REQUIRE(list.elements.size() == 250);
  CHECK(list.elements.back().at("body") == "249");
  CHECK(list.complete);
  CHECK(scene.github.requests() == 3);
  CHECK_FALSE(scene.github.get_all(scene.github.in_repository("/issues/7/comments"), "", 2).complete);
}

TEST_CASE("what was asked before is asked with its ETag, and a 304 gives the kept answer") {
  Scene scene;
  const std::string path = scene.github.in_repository("/pulls/7");
  const Answer first = scene.github.get(path);
  const Answer second = scene.github.get(path);
  CHECK(second.status == 200);
  CHECK(second.body == first.body);
  CHECK(scene.fake.log().back().at("status") == 304);
  scene.move_head(test::second_head);
  CHECK(scene.github.get(path).json().at("head").at("sha") == test::second_head);
}

TEST_CASE("a redirect within the API is followed with the token and with the same method") {
  Scene scene;
  scene.script({{{"kind", "moved"}, {"method", "POST"}}});
  CHECK(scene.github.post(scene.github.in_repository("/issues/7/comments"), {{"body", "moved"}}).status == 201);
  CHECK(scene.fake.state().at("comments").size() == 1);
}

TEST_CASE("endless redirects end") {
  Scene scene;
  scene.script({{{"kind", "moved"}, {"times", 100}}});
  CHECK_THROWS_MATCHES(scene.github.get(scene.github.in_repository("/pulls/7")), model::Error,
                       MessageMatches(ContainsSubstring("more than 5 redirects")));
}

TEST_CASE("an artifact is downloaded from the storage host, which never sees the token and gets its signature intact") {
  Scene scene;
  scene.fake.configure(
      {{"runs", {{{"id", 9}, {"head_sha", test::first_head}}}},
       {"artifacts", {{{"id", 31}, {"name", "cyclegate-runs"}, {"run_id", 9}, {"zip", "UEsFBgAAAAAAAAAA"}}}}});
  const auto artifacts = artifacts_of_run(scene.github, 9);
  REQUIRE(artifacts.size() == 1);
  CHECK(artifacts.front().name == "cyclegate-runs");
  CHECK(artifacts.front().head_sha == test::first_head);
  CHECK(download_artifact(scene.github, 31, 1000).starts_with("PK"));
  CHECK(scene.fake.violations() == json::array());
  CHECK_THROWS_MATCHES(download_artifact(scene.github, 31, 11), model::Error,
                       MessageMatches(ContainsSubstring("larger than 11 bytes")));
}

TEST_CASE("a write is never shown to another host") {
  Scene scene;
  scene.fake.configure(
      {{"runs", {{{"id", 9}}}}, {"artifacts", {{{"id", 31}, {"name", "x"}, {"run_id", 9}, {"zip", ""}}}}});
  CHECK_THROWS_MATCHES(scene.github.get(scene.github.in_repository("/actions/artifacts/31/zip")), model::Error,
                       MessageMatches(ContainsSubstring("redirects to another host")));
  CHECK(scene.sent("GET", "/artifact/31") == 0);
}

TEST_CASE("typed calls read what GitHub shows") {
  Scene scene;
  scene.fake.configure({{"collaborators", {{"ann", "write"}}},
                        {"contents", {{"main", {{"cyclegate.yaml", "Z3Vlc3RzOiB7fQo="}}}}},
                        {"repository", {{"private", true}}},
                        {"runs", {{{"id", 9}, {"head_sha", test::first_head}, {"run_attempt", 3}}}}});
  CHECK(permission_of(scene.github, "ann") == "write");
  CHECK(permission_of(scene.github, "stranger") == "none");
  CHECK(file_content(scene.github, "cyclegate.yaml", "main") == "guests: {}\n");
  CHECK_FALSE(file_content(scene.github, "missing", "main"));
  CHECK(repository_is_private(scene.github));
  CHECK(workflow_run(scene.github, 9)->attempt == 3);
  CHECK_FALSE(workflow_run(scene.github, 10));
  CHECK(pull_request(scene.github, 7)->head_sha == test::first_head);
  CHECK_FALSE(pull_request(scene.github, 8));
  CHECK(open_pull_requests(scene.github, "octo", "topic").size() == 1);
  CHECK(open_pull_requests(scene.github, "octo", "other").empty());
}
