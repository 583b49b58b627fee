#include "publish/comment.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "unit/publish/scene.h"

using namespace cyclegate;
using namespace cyclegate::publish;
using Catch::Matchers::ContainsSubstring;
using nlohmann::json;
using test::first_head;
using test::Scene;
using test::second_head;

namespace {

const std::string marker = "<!-- cyclegate -->";

Posted post(Scene& scene, const std::string& text, const ReportStamp& stamp) {
  GitHub github = scene.client();
  return post_comment(github, 7, marker, marker + "\n" + text, stamp);
}

std::string only_body(const Scene& scene) {
  const json comments = scene.fake.state().at("comments");
  REQUIRE(comments.size() == 1);
  return comments.front().at("body");
}

}  // namespace

TEST_CASE("the first report makes a comment, the next one updates it, the same one leaves it") {
  Scene scene;
  const Posted first = post(scene, "one", {first_head, 100, 1});
  CHECK(first.result == Posted::Result::created);
  CHECK_THAT(first.url, ContainsSubstring("/pull/7#issuecomment-"));
  CHECK(only_body(scene) == marker + "\n<!-- cyclegate: head=" + first_head + " run=100 attempt=1 -->\none");
  CHECK(post(scene, "two", {first_head, 100, 2}).result == Posted::Result::updated);
  CHECK_THAT(only_body(scene), ContainsSubstring("two"));
  CHECK(post(scene, "two", {first_head, 100, 2}).result == Posted::Result::unchanged);
}

TEST_CASE("a comment with our marker by somebody else is not ours, nor one of ours without it") {
  Scene scene;
  json comments = json::array();
  for (int index = 0; index < 120; ++index)
    comments.push_back({{"issue", 7}, {"login", "chatty"}, {"body", marker + "\nforged"}});
  comments.push_back({{"issue", 7}, {"login", "github-actions[bot]"}, {"body", "quoted: " + marker}});
  comments.push_back({{"issue", 7}, {"login", "github-actions[bot]"}, {"body", marker + "\nours, on the second page"}});
  scene.fake.configure({{"comments", comments}});
  CHECK(post(scene, "new", {first_head, 100, 1}).result == Posted::Result::updated);
  const json after = scene.fake.state().at("comments");
  REQUIRE(after.size() == 122);
  CHECK_THAT(after.back().at("body").get<std::string>(), ContainsSubstring("new"));
  CHECK(after.front().at("body") == marker + "\nforged");
}

TEST_CASE("an older run of the same commit never overwrites a newer one's words") {
  Scene scene;
  post(scene, "newer", {first_head, 200, 1});
  const Posted posted = post(scene, "older", {first_head, 100, 5});
  CHECK(posted.result == Posted::Result::superseded);
  CHECK_THAT(posted.why, ContainsSubstring("run 200"));
  CHECK_THAT(only_body(scene), ContainsSubstring("newer"));
  CHECK(post(scene, "again", {first_head, 200, 2}).result == Posted::Result::updated);
}

TEST_CASE("a report on a commit that is no longer the head is not posted, however new its run") {
  Scene scene;
  post(scene, "first head", {first_head, 100, 1});
  scene.move_head(second_head);
  post(scene, "second head", {second_head, 101, 1});
  const Posted late = post(scene, "late", {first_head, 500, 1});
  CHECK(late.result == Posted::Result::superseded);
  CHECK_THAT(late.why, ContainsSubstring("bbbbbbbbbbbb"));
  CHECK_THAT(only_body(scene), ContainsSubstring("second head"));
}

TEST_CASE("after a force-push back to an earlier commit that commit's report counts again") {
  Scene scene;
  scene.move_head(second_head);
  post(scene, "second head", {second_head, 200, 1});
  scene.move_head(first_head);
  CHECK(post(scene, "first head", {first_head, 100, 2}).result == Posted::Result::updated);
}

TEST_CASE("of comments that a race has left the oldest stays, with the newest run's words") {
  Scene scene;
  const auto body = [](int run, const std::string& text) {
    return marker + "\n" + stamp_line({first_head, static_cast<std::uint64_t>(run), 1}) + "\n" + text;
  };
  scene.fake.configure({{"comments",
                         {{{"issue", 7}, {"login", "github-actions[bot]"}, {"body", body(100, "first")}},
                          {{"issue", 7}, {"login", "github-actions[bot]"}, {"body", body(300, "newest")}}}}});
  const std::uint64_t oldest = scene.fake.state().at("comments").front().at("id");
  const Posted posted = post(scene, "middle", {first_head, 200, 1});
  CHECK(posted.result == Posted::Result::superseded);
  CHECK_THAT(only_body(scene), ContainsSubstring("newest"));
  CHECK(scene.fake.state().at("comments").front().at("id") == oldest);
}

TEST_CASE("two runs that race on an empty pull request leave one comment with the newer one's words") {
  for (const bool newer_first : {true, false}) {
    Scene scene;
    bool raced = false;
    // The other run does all its work between this one's look and its write.
    scene.fake.before_request([&](const std::string& method, const std::string& path) {
      if (raced || method != "POST" || path.find("/comments") == std::string::npos) return;
      raced = true;
      post(scene, "other", {first_head, newer_first ? 50U : 500U, 1});
    });
    post(scene, "this", {first_head, 100, 1});
    CHECK(raced);
    CHECK_THAT(only_body(scene), ContainsSubstring(newer_first ? "this" : "other"));
  }
}

TEST_CASE("a run that is overtaken between its look and its update gives way") {
  Scene scene;
  post(scene, "old", {first_head, 10, 1});
  bool raced = false;
  scene.fake.before_request([&](const std::string& method, const std::string&) {
    if (raced || method != "PATCH") return;
    raced = true;
    // An older run writes over us in the moment after our check; our second look mends it.
    scene.fake.before_request({});
    post(scene, "in between", {first_head, 50, 1});
  });
  CHECK(post(scene, "newest", {first_head, 100, 1}).result == Posted::Result::updated);
  CHECK(raced);
  CHECK_THAT(only_body(scene), ContainsSubstring("newest"));
}

TEST_CASE("a comment whose answer was lost is not made twice") {
  for (const char* kind : {"500-after", "cut-after"}) {
    Scene scene;
    scene.script({{{"kind", kind}, {"method", "POST"}, {"path", "/comments"}}});
    const Posted posted = post(scene, "once", {first_head, 100, 1});
    CHECK_FALSE(posted.url.empty());
    CHECK_THAT(only_body(scene), ContainsSubstring("once"));
    CHECK(scene.sent("POST", "/comments") == 1);
  }
}

TEST_CASE("without permission to comment nothing is sent and nothing has failed") {
  Scene scene;
  scene.allow({{"pull-requests", "read"}});
  CHECK(post(scene, "x", {first_head, 100, 1}).result == Posted::Result::forbidden);
  scene.allow({{"checks", "read"}});
  CHECK(post(scene, "x", {first_head, 100, 1}).result == Posted::Result::forbidden);
}

TEST_CASE("an app of one's own finds its comment again by the name under which it was written") {
  Scene scene;
  scene.fake.configure(
      {{"tokens", {{test::token, {{"login", "house-app[bot]"}, {"permissions", {{"pull-requests", "write"}}}}}}}});
  CHECK_FALSE(post(scene, "one", {first_head, 100, 1}).url.empty());
  CHECK_FALSE(post(scene, "two", {first_head, 101, 1}).url.empty());
  CHECK_THAT(only_body(scene), ContainsSubstring("two"));
}

TEST_CASE("a stamp is read only where it stands and only when it is whole") {
  const std::string line = stamp_line({first_head, 12, 3});
  CHECK(read_stamp(marker + "\n" + line + "\nrest") == ReportStamp{first_head, 12, 3});
  CHECK_FALSE(read_stamp(marker + "\n text " + line));
  CHECK_FALSE(read_stamp(marker + "\n" + line.substr(0, line.size() - 4)));
  CHECK_FALSE(read_stamp("<!-- cyclegate: head=nothex run=1 attempt=1 -->"));
  CHECK_FALSE(read_stamp(std::string(600, ' ') + "\n" + line));
}
