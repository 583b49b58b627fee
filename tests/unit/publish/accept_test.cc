#include "publish/accept.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "support/fake_clock.h"

using namespace cyclegate;
using namespace cyclegate::publish;
using Catch::Matchers::ContainsSubstring;
using nlohmann::json;

namespace {

const std::string head = "0123456789abcdef0123456789abcdef01234567";
const std::string api = "https://api.github.com/repos/octo/guest";

/// Answers by method and URL, as written down; everything else is 404.
class ScriptedTransport final : public HttpTransport {
 public:
  std::map<std::string, std::pair<int, json>> answers;
  std::vector<std::pair<std::string, json>> writes;  ///< method and path, body

  HttpResponse send(const HttpRequest& request, std::chrono::nanoseconds /*time_left*/) override {
    std::string path = request.url.substr(api.size());
    if (request.method != "GET") writes.emplace_back(request.method + " " + path, json::parse(request.body));
    // Pages are the client's business.
    if (const auto page = path.find("per_page="); page != std::string::npos) path.resize(page - 1);
    const auto found = answers.find(request.method + " " + path);
    HttpResponse response;
    response.status = found == answers.end() ? 404 : found->second.first;
    response.body = found == answers.end() ? R"({"message":"Not Found"})" : found->second.second.dump();
    return response;
  }
};

json pull(const std::string& sha, const std::string& state = "open") {
  const json repository = {{"id", 1}, {"full_name", "octo/guest"}};
  return {{"number", 7},
          {"state", state},
          {"head", {{"sha", sha}, {"ref", "topic"}, {"repo", repository}}},
          {"base", {{"sha", std::string(40, 'b')}, {"ref", "main"}, {"repo", repository}}},
          {"user", {{"login", "author"}}}};
}

struct AcceptScene {
  ScriptedTransport transport;
  test::FakeClock clock;
  Context context;
  GitHub github;

  AcceptScene() : github(transport, clock, {.owner = "octo", .repository = "guest", .token = "ghs_0123456789"}) {
    context.owner = "octo";
    context.repository = "guest";
    context.event = {.name = "issue_comment", .action = "created"};
    context.event.pull_request = 7;
    context.event.comment_on_pull_request = true;
    context.event.comment_id = 99;
    context.event.comment_author = "maintainer";
    context.event.comment_body = "/cyclegate accept " + head + " wider hash domain\r\nthanks";
    transport.answers["GET /collaborators/maintainer/permission"] = {200, {{"permission", "write"}}};
    transport.answers["GET /pulls/7"] = {200, pull(head)};
    transport.answers["POST /statuses/" + head] = {201, json::object()};
    transport.answers["POST /issues/comments/99/reactions"] = {201, json::object()};
    transport.answers["GET /commits/" + head + "/check-runs?check_name=cyclegate&filter=all"] = {
        200,
        {{"total_count", 1},
         {"check_runs",
          {{{"id", 5},
            {"name", "cyclegate"},
            {"external_id", "cyclegate:12:1"},
            {"conclusion", "failure"},
            {"output", {{"title", "DISCARD (worse)"}, {"summary", "cost +5.37 %"}}}}}}}};
    transport.answers["PATCH /check-runs/5"] = {200, {{"conclusion", "success"}}};
  }

  /// The only things written: nothing but the reaction.
  void only_reacted(const std::string& content) const {
    REQUIRE(transport.writes.size() == 1);
    CHECK(transport.writes[0] ==
          std::pair<std::string, json>("POST /issues/comments/99/reactions", {{"content", content}}));
  }
};

}  // namespace

TEST_CASE("a request is one line with a commit and a reason") {
  const auto request =
      parse_accept("/cyclegate accept 0123456789ABCDEF0123456789abcdef01234567  because\tof it \r\n/x");
  REQUIRE(request);
  CHECK(*request == AcceptRequest{.sha = head, .reason = "because of it"});
  CHECK(parse_accept("/cyclegate accept " + head + " yes")->sha == head);
  CHECK(parse_accept("/cyclegate accept " + head + " " + std::string(5'000, 'x'))->reason.size() == max_reason_bytes);
  CHECK(parse_accept("/cyclegate accept " + head + " a\x1b[31mb\x01 c")->reason.find('\x1b') == std::string::npos);
}

TEST_CASE("what is not exactly the command is none") {
  for (const std::string comment :
       {"", "accept 0123456 x", " /cyclegate accept 0123456 abc", "> /cyclegate accept 0123456 abc",
        "/cyclegate accepted 0123456 abc", "/cyclegate  accept 0123456 abc", "hello\n/cyclegate accept 0123456 abc",
        "/CYCLEGATE accept 0123456 abc"}) {
    CAPTURE(comment);
    CHECK_FALSE(is_accept_command(comment));
    CHECK_FALSE(parse_accept(comment));
  }
}

TEST_CASE("a request with something missing says what is right") {
  for (const auto& [comment, why] : {std::pair<std::string, std::string>{"/cyclegate accept", "is not all 40 hex"},
                                     {"/cyclegate accept 0123456 reason", "'0123456' is not all 40 hex"},
                                     {"/cyclegate accept " + head.substr(1) + " reason", "is not all 40 hex"},
                                     {"/cyclegate accept " + head + "0 reason", "is not all 40 hex"},
                                     {"/cyclegate accept HEAD reason", "'HEAD' is not"},
                                     {"/cyclegate accept $(id) reason", "'$(id)' is not"},
                                     {"/cyclegate accept " + head, "there is no reason"},
                                     {"/cyclegate accept " + head + "   x ", "there is no reason"}}) {
    const auto request = parse_accept(comment);
    REQUIRE_FALSE(request);
    CHECK_THAT(request.error(), ContainsSubstring(why) && ContainsSubstring("/cyclegate accept SHA REASON"));
  }
}

TEST_CASE("a maintainer's word makes a status, completes the check and gets a reaction") {
  AcceptScene scene;
  const auto outcome = accept(scene.github, scene.context);
  CHECK(outcome.kind == AcceptOutcome::Kind::accepted);
  CHECK(outcome.head_sha == head);
  CHECK(outcome.acceptance == Acceptance{.by = "maintainer",
                                         .reason = "wider hash domain",
                                         .url = "https://github.com/octo/guest/pull/7#issuecomment-99"});
  REQUIRE(scene.transport.writes.size() == 3);
  CHECK(scene.transport.writes[0].first == "POST /statuses/" + head);
  CHECK(scene.transport.writes[0].second == json{{"state", "success"},
                                                 {"context", "cyclegate/accept"},
                                                 {"description", "maintainer: wider hash domain"},
                                                 {"target_url", outcome.acceptance.url}});
  CHECK(scene.transport.writes[1].first == "PATCH /check-runs/5");
  const json& check = scene.transport.writes[1].second;
  CHECK(check["conclusion"] == "success");
  CHECK(check["output"]["title"] == "accepted by maintainer; DISCARD (worse)");
  CHECK_THAT(check["output"]["summary"].get<std::string>(),
             ContainsSubstring("accepted by maintainer: wider hash domain") && ContainsSubstring("cost +5.37 %"));
  CHECK(scene.transport.writes[2].first == "POST /issues/comments/99/reactions");
  CHECK(scene.transport.writes[2].second["content"] == "+1");
}

TEST_CASE("a check that keeps its conclusion is followed by a new one that passes") {
  AcceptScene scene;
  scene.transport.answers["PATCH /check-runs/5"] = {200, {{"conclusion", "failure"}}};
  scene.transport.answers["POST /check-runs"] = {201, json::object()};
  CHECK(accept(scene.github, scene.context).kind == AcceptOutcome::Kind::accepted);
  REQUIRE(scene.transport.writes.size() == 4);
  CHECK(scene.transport.writes[2].first == "POST /check-runs");
  const json& check = scene.transport.writes[2].second;
  CHECK(check["head_sha"] == head);
  CHECK(check["external_id"] == "cyclegate:12:1");
  CHECK(check["conclusion"] == "success");
}

TEST_CASE("a check that did not fail stays as it is") {
  AcceptScene scene;
  auto& checks = scene.transport.answers["GET /commits/" + head + "/check-runs?check_name=cyclegate&filter=all"];
  checks.second["check_runs"][0]["conclusion"] = nullptr;
  CHECK(accept(scene.github, scene.context).kind == AcceptOutcome::Kind::accepted);
  CHECK(scene.transport.writes.size() == 2);
}

TEST_CASE("a job that is called like the check is not completed") {
  AcceptScene scene;
  auto& checks = scene.transport.answers["GET /commits/" + head + "/check-runs?check_name=cyclegate&filter=all"];
  checks.second["check_runs"][0]["external_id"] = "0b4bd4e5-7c6b-5f2c-8a3f-2f1f1d5e2a11";
  CHECK(accept(scene.github, scene.context).kind == AcceptOutcome::Kind::accepted);
  CHECK(scene.transport.writes.size() == 2);
}

TEST_CASE("nobody without write permission is obeyed, whatever the event says of them") {
  for (const std::string permission : {"read", "none"}) {
    AcceptScene scene;
    scene.transport.answers["GET /collaborators/maintainer/permission"] = {200, {{"permission", permission}}};
    const auto outcome = accept(scene.github, scene.context);
    CHECK(outcome.kind == AcceptOutcome::Kind::refused);
    CHECK_THAT(outcome.text, ContainsSubstring("maintainer may not write"));
    scene.only_reacted("-1");
  }
  AcceptScene scene;
  scene.context.event.comment_author = "stranger";
  CHECK(accept(scene.github, scene.context).kind == AcceptOutcome::Kind::refused);
  scene.only_reacted("-1");
}

TEST_CASE("a commit that is not the head any more is not accepted") {
  AcceptScene scene;
  scene.transport.answers["GET /pulls/7"] = {200, pull(std::string(40, 'f'))};
  const auto outcome = accept(scene.github, scene.context);
  CHECK(outcome.kind == AcceptOutcome::Kind::refused);
  CHECK_THAT(outcome.text, ContainsSubstring(head + " is not the pull request's head"));
  scene.only_reacted("-1");
}

TEST_CASE("a closed pull request and a malformed request are refused") {
  AcceptScene closed;
  closed.transport.answers["GET /pulls/7"] = {200, pull(head, "closed")};
  CHECK(accept(closed.github, closed.context).kind == AcceptOutcome::Kind::refused);
  closed.only_reacted("-1");
  AcceptScene malformed;
  malformed.context.event.comment_body = "/cyclegate accept please";
  CHECK(accept(malformed.github, malformed.context).kind == AcceptOutcome::Kind::refused);
  malformed.only_reacted("-1");
}

TEST_CASE("everything but a new comment with the command on a pull request is left alone") {
  for (int change = 0; change < 4; ++change) {
    AcceptScene scene;
    if (change == 0) scene.context.event.action = "edited";
    if (change == 1) scene.context.event.name = "pull_request";
    if (change == 2) scene.context.event.comment_on_pull_request = false;
    if (change == 3) scene.context.event.comment_body = "looks good";
    CHECK(accept(scene.github, scene.context).kind == AcceptOutcome::Kind::not_a_command);
    CHECK(scene.transport.writes.empty());
  }
}

TEST_CASE("an acceptance is found again on its commit, if we wrote it") {
  AcceptScene scene;
  const auto status = [](const std::string& by, const std::string& state, const std::string& description) {
    return json{{"context", "cyclegate/accept"},
                {"state", state},
                {"description", description},
                {"target_url", "https://github.com/octo/guest/pull/7#issuecomment-99"},
                {"creator", {{"login", by}}}};
  };
  auto& statuses = scene.transport.answers["GET /commits/" + head + "/statuses"];
  const auto find = [&](json list) {
    statuses = {200, std::move(list)};
    GitHub fresh(scene.transport, scene.clock, scene.github.settings());
    return find_acceptance(fresh, head, "github-actions[bot]");
  };
  const json other = {{"context", "ci"}, {"state", "success"}, {"creator", nullptr}};
  const auto found = find({other, status("github-actions[bot]", "success", "maintainer: because: of it")});
  REQUIRE(found);
  CHECK(found->by == "maintainer");
  CHECK(found->reason == "because: of it");
  CHECK_FALSE(find(json::array({other})));
  CHECK_FALSE(find(json::array()));
  CHECK_FALSE(find(json::array({status("some-ci[bot]", "success", "maintainer: because")})));
  CHECK_FALSE(find({status("github-actions[bot]", "failure", "x: taken back"),
                    status("github-actions[bot]", "success", "maintainer: because")}));
  CHECK_FALSE(find(json::array({status("github-actions[bot]", "success", "no name")})));
  CHECK_FALSE(find(json::array({json::array(), 3, nullptr, {{"context", 5}}})));
}

TEST_CASE("a reason is shown and never read as Markdown or HTML") {
  const std::string summary =
      accepted_summary({.by = "m", .reason = "</pre><img src=x>&#64;all **x**", .url = ""}, "rest");
  CHECK_THAT(summary, ContainsSubstring("<pre>accepted by m: &lt;/pre&gt;&lt;img src=x&gt;&amp;#64;all **x**</pre>"));
  CHECK(summary.ends_with("rest"));
}

TEST_CASE("a merge group's branch tells its pull request") {
  const auto queued_pull_request = [](const std::string& branch) {
    return publish::queued_pull_request({.head_branch = branch, .run_event = "merge_group"});
  };
  CHECK(queued_pull_request("gh-readonly-queue/main/pr-7-" + head) == 7);
  CHECK(queued_pull_request("gh-readonly-queue/release/1.x/pr-123-" + head) == 123);
  const std::vector<std::string> others = {"main",
                                           "pr-7-" + head,
                                           "gh-readonly-queue/main/pr-7-abc",
                                           "gh-readonly-queue/main/pr-x7-" + head,
                                           "gh-readonly-queue/main/pr--7-" + head,
                                           "gh-readonly-queue/",
                                           std::string(),
                                           "gh-readonly-queue/main/pr-99999999999999999999999-" + head};
  for (const std::string& branch : others) {
    CAPTURE(branch);
    CHECK(queued_pull_request(branch) == 0);
  }
}

TEST_CASE("a branch that is only called like a merge group's tells no pull request") {
  for (const char* started_by : {"pull_request", "push", ""}) {
    CAPTURE(started_by);
    CHECK(queued_pull_request({.head_branch = "gh-readonly-queue/main/pr-7-" + head, .run_event = started_by}) == 0);
  }
}
