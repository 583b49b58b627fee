#include "publish/check_run.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "publish/commit_status.h"
#include "unit/publish/scene.h"

using namespace cyclegate;
using namespace cyclegate::publish;
using Catch::Matchers::ContainsSubstring;
using nlohmann::json;
using test::first_head;
using test::Scene;

namespace {

const ReportStamp stamp{first_head, 100, 1};

std::vector<Annotation> remarks(std::size_t count) {
  std::vector<Annotation> list;
  for (std::size_t index = 0; index < count; ++index) {
    list.push_back({.path = "src/lib.rs",
                    .first_line = static_cast<std::uint32_t>(index + 1),
                    .last_line = static_cast<std::uint32_t>(index + 1),
                    .title = "slower",
                    .message = "remark " + std::to_string(index)});
  }
  return list;
}

CheckReport failing(std::size_t annotations = 0) {
  return {.conclusion = Conclusion::failure,
          .title = "KILL, status fail",
          .summary = "why",
          .annotations = remarks(annotations)};
}

const CheckReport opening{.completed = false, .title = "building and measuring", .summary = "soon"};

json only_check(const Scene& scene) {
  const json checks = scene.fake.state().at("check_runs");
  REQUIRE(checks.size() == 1);
  return checks.front();
}

std::vector<std::string> messages(const Scene& scene, const json& check) {
  std::vector<std::string> list;
  const json all = scene.fake.state().at("annotations");
  for (const json& entry : all.at(std::to_string(check.at("id").get<std::uint64_t>()))) {
    list.push_back(entry.at("message"));
  }
  return list;
}

}  // namespace

TEST_CASE("a check is opened in progress and completed on the head commit") {
  Scene scene;
  CHECK(post_check(scene.github, opening, stamp).result == Posted::Result::created);
  CHECK(only_check(scene).at("status") == "in_progress");
  CHECK(only_check(scene).at("conclusion").is_null());
  CHECK(post_check(scene.github, failing(), stamp).result == Posted::Result::updated);
  const json check = only_check(scene);
  CHECK(check.at("name") == "cyclegate");
  CHECK(check.at("external_id") == "cyclegate:100:1");
  CHECK(check.at("head_sha") == first_head);
  CHECK(check.at("status") == "completed");
  CHECK(check.at("conclusion") == "failure");
}

TEST_CASE("pass, fail and neutral become success, failure and neutral") {
  for (const auto& [conclusion, word] : {std::pair(Conclusion::success, "success"),
                                         {Conclusion::failure, "failure"},
                                         {Conclusion::neutral, "neutral"}}) {
    Scene scene;
    post_check(scene.github, {.conclusion = conclusion, .title = "t", .summary = "s"}, stamp);
    CHECK(only_check(scene).at("conclusion") == word);
  }
}

TEST_CASE("a late opening does not take back a conclusion") {
  Scene scene;
  post_check(scene.github, failing(), stamp);
  CHECK(post_check(scene.github, opening, stamp).result == Posted::Result::unchanged);
  CHECK(only_check(scene).at("conclusion") == "failure");
}

TEST_CASE("123 annotations go out fifty at a time, each once and in order, and again not at all") {
  Scene scene;
  post_check(scene.github, failing(123), stamp);
  post_check(scene.github, failing(123), stamp);
  const auto list = messages(scene, only_check(scene));
  REQUIRE(list.size() == 123);
  for (std::size_t index = 0; index < list.size(); ++index) CHECK(list[index] == "remark " + std::to_string(index));
}

TEST_CASE("annotations whose answers were lost are neither doubled nor left out") {
  Scene scene;
  post_check(scene.github, opening, stamp);
  scene.script({{{"kind", "500-after"}, {"method", "PATCH"}},
                {{"kind", "cut-after"}, {"method", "PATCH"}, {"skip", 1}},
                {{"kind", "500"}, {"method", "PATCH"}, {"skip", 2}}});
  post_check(scene.github, failing(200), stamp);
  CHECK(messages(scene, only_check(scene)).size() == 200);
}

TEST_CASE("a check whose creation was not answered is not made twice") {
  Scene scene;
  scene.script({{{"kind", "cut-after"}, {"method", "POST"}}});
  post_check(scene.github, failing(70), stamp);
  CHECK(messages(scene, only_check(scene)).size() == 70);
}

TEST_CASE("a new attempt takes the check over, and an older one leaves it alone") {
  Scene scene;
  post_check(scene.github, failing(3), {first_head, 100, 1});
  CHECK(post_check(scene.github, failing(60), {first_head, 100, 2}).result == Posted::Result::updated);
  CHECK(only_check(scene).at("external_id") == "cyclegate:100:2");
  CHECK(messages(scene, only_check(scene)).size() == 60);
  const Posted late = post_check(scene.github, failing(), {first_head, 99, 9});
  CHECK(late.result == Posted::Result::superseded);
}

TEST_CASE("a check that shows what no longer holds is followed by a new one, and none stays in progress") {
  Scene scene;
  post_check(scene.github, failing(3), {first_head, 100, 1});
  CHECK(post_check(scene.github, opening, {first_head, 100, 2}).result == Posted::Result::created);
  CHECK(scene.fake.state().at("check_runs").back().at("status") == "in_progress");
  CHECK(scene.fake.state().at("check_runs").front().at("conclusion") == "failure");
  const CheckReport better{.conclusion = Conclusion::success, .title = "KEEP", .summary = "better"};
  CHECK(post_check(scene.github, better, {first_head, 100, 2}).result == Posted::Result::updated);
  const json checks = scene.fake.state().at("check_runs");
  REQUIRE(checks.size() == 2);
  for (const json& check : checks) CHECK(check.at("conclusion") == "success");
  CHECK(checks.back().at("output").at("annotations_count") == 0);
}

TEST_CASE("a check that was completed between look and opening is followed by a new one of the newer attempt") {
  Scene scene;
  post_check(scene.github, opening, {first_head, 100, 1});
  bool raced = false;
  scene.fake.before_request([&](const std::string& method, const std::string& path) {
    if (raced || method != "PATCH" || path.find("/check-runs/") == std::string::npos) return;
    raced = true;
    GitHub other = scene.client();
    post_check(other, failing(), {first_head, 100, 1});
  });
  CHECK(post_check(scene.github, opening, {first_head, 100, 2}).result == Posted::Result::created);
  CHECK(raced);
  const json checks = scene.fake.state().at("check_runs");
  REQUIRE(checks.size() == 2);
  CHECK(checks.front().at("conclusion") == "failure");
  CHECK(checks.back().at("status") == "in_progress");
}

TEST_CASE("a new check whose answer was lost is not taken for the one it follows") {
  Scene scene;
  post_check(scene.github, failing(3), stamp);
  CheckReport other = failing(60);
  for (Annotation& annotation : other.annotations) annotation.title = "other";
  scene.script({{{"kind", "500"}, {"method", "POST"}}, {{"kind", "cut-after"}, {"method", "POST"}}});
  post_check(scene.github, other, stamp);
  const json checks = scene.fake.state().at("check_runs");
  REQUIRE(checks.size() == 2);
  CHECK(messages(scene, checks.front()).size() == 3);
  CHECK(messages(scene, checks.back()).size() == 60);
}

TEST_CASE("a job of that name, which is no check of ours, is not touched") {
  Scene scene;
  GitHub& github = scene.github;
  github.post(github.in_repository("/check-runs"),
              {{"name", "cyclegate"}, {"head_sha", first_head}, {"external_id", "job-1"}});
  post_check(github, failing(), stamp);
  const json checks = scene.fake.state().at("check_runs");
  REQUIRE(checks.size() == 2);
  CHECK(checks.front().at("status") == "queued");
}

TEST_CASE("opening and completing that race leave no check in progress") {
  Scene scene;
  bool raced = false;
  scene.fake.before_request([&](const std::string& method, const std::string& path) {
    if (raced || method != "POST" || path.find("/check-runs") == std::string::npos) return;
    raced = true;
    GitHub other = scene.client();
    post_check(other, failing(), stamp);
  });
  post_check(scene.github, opening, stamp);
  CHECK(raced);
  const json checks = scene.fake.state().at("check_runs");
  for (const json& check : checks) CHECK(check.at("conclusion") == "failure");
}

TEST_CASE("a summary over GitHub's limit is cut between characters and says so") {
  Scene scene;
  std::string long_text;
  while (long_text.size() < 80'000) long_text += "\xE2\x80\xA6";
  CHECK(
      post_check(
          scene.github,
          {.conclusion = Conclusion::neutral, .title = std::string(400, 't'), .summary = long_text, .text = long_text},
          stamp)
          .result == Posted::Result::created);
  const std::string summary = only_check(scene).at("output").at("summary");
  CHECK(summary.size() <= 65'535);
  CHECK(summary.ends_with("(cut to the size that GitHub takes)"));
}

TEST_CASE("annotations that GitHub refuses cost only themselves") {
  Scene scene;
  CheckReport report = failing(3);
  report.annotations[1].path = "/absolute";
  const Posted posted = post_check(scene.github, report, stamp);
  CHECK(posted.result == Posted::Result::created);
  CHECK_THAT(posted.why, ContainsSubstring("refused the annotations"));
  CHECK(only_check(scene).at("conclusion") == "failure");
}

TEST_CASE("without permission for checks nothing has failed; a commit that does not exist has") {
  Scene scene;
  CHECK(post_check(scene.github, failing(), {std::string(40, 'f'), 1, 1}).result == Posted::Result::failed);
  scene.allow({{"checks", "read"}});
  CHECK(post_check(scene.github, failing(), stamp).result == Posted::Result::forbidden);
}

TEST_CASE("a commit status is written once, cut to 140 characters, and again when it says something else") {
  Scene scene;
  const StatusReport failed{.state = StatusReport::State::failure, .description = std::string(300, 'd')};
  scene.script({{{"kind", "500-after"}, {"method", "POST"}}});
  CHECK(post_status(scene.github, failed, first_head).result == Posted::Result::created);
  CHECK(post_status(scene.github, failed, first_head).result == Posted::Result::unchanged);
  CHECK(post_status(scene.github, {.state = StatusReport::State::success, .description = "fine"}, first_head).result ==
        Posted::Result::created);
  const json statuses = scene.fake.state().at("statuses");
  REQUIRE(statuses.size() == 2);
  CHECK(statuses.front().at("description").get<std::string>().size() <= 140);
  CHECK(statuses.back().at("state") == "success");
  scene.allow({{"statuses", "read"}});
  CHECK(post_status(scene.github, failed, first_head).result == Posted::Result::forbidden);
}
