#include "publish/publisher.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "model/error.h"
#include "publish/dry_run.h"
#include "support/temporary_directory.h"
#include "unit/publish/scene.h"

using namespace cyclegate;
using namespace cyclegate::publish;
using Catch::Matchers::ContainsSubstring;
using nlohmann::json;
using test::first_head;
using test::Scene;

namespace {

const std::string report_marker = "<!-- cyclegate -->";

Report report(const std::string& words, std::size_t annotations = 0) {
  Report result;
  result.conclusion = Conclusion::failure;
  result.title = "KILL, status fail";
  result.marker = report_marker;
  result.comment = [words](const PictureAddress& address) {
    return report_marker + "\n" + words + "\n" + address("bars.light.svg").value_or("no picture");
  };
  result.pictures = {{.name = "bars.light.svg", .bytes = "<svg>" + words + "</svg>"}};
  for (std::size_t index = 0; index < annotations; ++index) {
    result.annotations.push_back({.path = "a.rs", .title = "slower", .message = std::to_string(index)});
  }
  result.outputs = {{"verdict", "KILL"}};
  return result;
}

Context context_of(const std::string& head, std::uint64_t run, std::uint64_t pull = 7) {
  Context context;
  context.owner = "octo";
  context.repository = "guests";
  context.head_sha = head;
  context.pull_request = pull;
  context.run_id = run;
  context.run_attempt = 1;
  context.in_actions = true;
  return context;
}

struct Outcome {
  Published published;
  std::string printed;
};

Outcome send(GitHub& github, const Context& context, const Report& what, const Selection& selection = {}) {
  Outcome outcome;
  const PublishServices services{.github = &github,
                                 .print = [&](std::string_view text) { outcome.printed += text; },
                                 .redactor = Redactor({test::token})};
  outcome.published = publish::publish(services, context, what, selection, {});
  return outcome;
}

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

}  // namespace

TEST_CASE("a report goes everywhere it may, with its pictures in the comment") {
  Scene scene;
  const test::TemporaryDirectory directory;
  Context context = context_of(first_head, 100);
  context.summary_file = directory / "summary";
  context.output_file = directory / "output";
  const Outcome outcome = send(scene.github, context, report("worse", 2));
  CHECK_FALSE(outcome.published.failed);
  const json state = scene.fake.state();
  CHECK_THAT(state.at("comments").at(0).at("body").get<std::string>(),
             ContainsSubstring("raw.githubusercontent.com/octo/guests/"));
  CHECK(state.at("check_runs").at(0).at("conclusion") == "failure");
  CHECK(state.at("statuses").empty());
  CHECK(outcome.printed.empty());
  CHECK_THAT(test::read_file(directory / "summary"), ContainsSubstring("worse"));
  CHECK_THAT(test::read_file(directory / "output"),
             ContainsSubstring("KILL") && ContainsSubstring("comment-url") && ContainsSubstring("#issuecomment-"));
}

TEST_CASE("where nothing may be written the job speaks for itself, and nothing has failed") {
  Scene scene;
  scene.allow({{"pull-requests", "read"}, {"checks", "read"}, {"contents", "read"}, {"statuses", "read"}});
  const test::TemporaryDirectory directory;
  Context context = context_of(first_head, 100);
  context.summary_file = directory / "summary";
  const Outcome outcome = send(scene.github, context, report("worse", 2));
  CHECK_FALSE(outcome.published.failed);
  CHECK_THAT(joined(outcome.published.lines),
             ContainsSubstring("the token may not write checks") && ContainsSubstring("fork"));
  CHECK_THAT(test::read_file(directory / "summary"), ContainsSubstring("no picture"));
  CHECK_THAT(outcome.printed, ContainsSubstring("::error file=a.rs,line=1"));
  CHECK(scene.fake.state().at("comments").empty());
}

TEST_CASE("where checks are forbidden a commit status stands in for them") {
  Scene scene;
  scene.allow({{"statuses", "write"}});
  send(scene.github, context_of(first_head, 100), report("worse"));
  const json statuses = scene.fake.state().at("statuses");
  REQUIRE(statuses.size() == 1);
  CHECK(statuses.front().at("state") == "failure");
  CHECK(statuses.front().at("context") == "cyclegate");
}

TEST_CASE("what fails on one way does not keep the others from being tried") {
  Scene scene;
  scene.script({{{"kind", "500"}, {"path", "/comments"}, {"times", 10}}});
  GitHub patient = scene.client(std::chrono::hours(2));
  const Outcome outcome = send(patient, context_of(first_head, 100), report("worse"));
  CHECK(outcome.published.failed);
  CHECK_THAT(joined(outcome.published.lines),
             ContainsSubstring("comment: not sent") && ContainsSubstring("check: created"));
}

TEST_CASE("pictures and comment that wait too long leave the check its time") {
  // Each "secondary" asks for a wait of a minute, then two: spent without shares, none would be left for the check's.
  Scene scene(std::chrono::seconds(181));
  scene.script({{{"kind", "secondary"}, {"path", "/git/"}, {"times", 12}},
                {{"kind", "secondary"}, {"path", "/comments"}, {"times", 12}},
                {{"kind", "secondary"}, {"path", "/check-runs"}}});
  const auto outcome = send(scene.github, context_of(first_head, 100), report("slower"));
  INFO(joined(outcome.published.lines));
  CHECK(outcome.published.failed);
  const json checks = scene.fake.state().at("check_runs");
  REQUIRE(checks.size() == 1);
  CHECK(checks.front().at("conclusion") == "failure");
}

TEST_CASE("a merge group gets a check and no comment; a selection gets what it names") {
  Scene scene;
  const Outcome queue = send(scene.github, context_of(first_head, 100, 0), report("worse"));
  CHECK_FALSE(queue.published.failed);
  CHECK(scene.fake.state().at("comments").empty());
  CHECK(scene.fake.state().at("check_runs").size() == 1);
  send(scene.github, context_of(first_head, 100), report("worse"), Selection({Channel::comment}));
  CHECK_THAT(scene.fake.state().at("comments").at(0).at("body").get<std::string>(), ContainsSubstring("no picture"));
}

TEST_CASE("300 reports with faults on 30 % of all requests: one comment, one check per head, nothing lost or doubled") {
  Scene scene;
  scene.fake.configure(
      {{"faults",
        {{"seed", 20261121},
         {"percent", 30},
         {"kinds", {"500", "500-after", "cut-before", "cut-after", "429", "secondary", "primary", "moved"}}}}});
  constexpr std::size_t heads = 30;
  constexpr std::size_t reports_per_head = 10;
  constexpr std::size_t annotations = 120;
  std::vector<std::string> shas;
  for (std::size_t head = 0; head < heads; ++head) {
    shas.push_back(std::string(38, 'c') + std::to_string(10 + head));
    const std::uint64_t pull = 100 + head;
    scene.fake.configure(
        {{"pulls", {{{"number", pull}, {"head", {{"sha", shas.back()}}}, {"base", {{"sha", test::second_head}}}}}}});
    for (std::size_t index = 0; index < reports_per_head; ++index) {
      GitHub github = scene.client(std::chrono::hours(24));
      Report what = report("report " + std::to_string(index), annotations);
      // A picture for every head, as re-runs of one commit draw the same.
      what.pictures.front().bytes = "<svg>" + shas.back() + "</svg>";
      const Outcome outcome = send(github, context_of(shas.back(), 1000 + head, pull), what);
      INFO(joined(outcome.published.lines));
      REQUIRE_FALSE(outcome.published.failed);
    }
  }
  const json state = scene.fake.state();
  CHECK(state.at("comments").size() == heads);
  CHECK(state.at("check_runs").size() == heads);
  for (const json& comment : state.at("comments")) {
    CHECK_THAT(comment.at("body").get<std::string>(),
               ContainsSubstring("report 9\n") && ContainsSubstring("raw.githubusercontent.com"));
  }
  for (const json& check : state.at("check_runs")) {
    CHECK(check.at("conclusion") == "failure");
    CHECK_THAT(check.at("output").at("summary").get<std::string>(), ContainsSubstring("report 9\n"));
    const json& noted = state.at("annotations").at(std::to_string(check.at("id").get<std::uint64_t>()));
    REQUIRE(noted.size() == annotations);
    for (std::size_t index = 0; index < annotations; ++index)
      CHECK(noted.at(index).at("message") == std::to_string(index));
  }
  CHECK(state.at("histories").at("refs/heads/cyclegate-reports").size() == heads);
  CHECK(state.at("files").at("refs/heads/cyclegate-reports").size() == heads);
  CHECK(scene.fake.violations() == json::array());
  const json log = scene.fake.log();
  std::size_t faults = 0;
  for (const json& entry : log) faults += entry.at("fault") != "" ? 1U : 0U;
  CHECK(log.size() > 3000);
  CHECK(faults * 100 > log.size() * 27);
  CHECK(faults * 100 < log.size() * 33);
}

TEST_CASE(
    "the token is nowhere: not in notes, lines, errors, files, commands, nor in anything that is sent but its header") {
  Scene scene;
  const test::TemporaryDirectory directory;
  scene.fake.configure(
      {{"faults", {{"seed", 5}, {"percent", 40}, {"kinds", {"500", "cut-after", "429", "secondary"}}}}});
  Context context = context_of(first_head, 100);
  context.summary_file = directory / "summary";
  context.output_file = directory / "output";
  // Somebody has got it into a report: a log, a name, a picture.
  const std::vector<std::string> forms = {test::token, base64(test::token), base64("x-access-token:" + test::token)};
  std::string all;
  for (const std::string& form : forms) {
    Report what = report("leak " + form, 1);
    what.title = form;
    what.outputs.emplace_back("leak", form);
    what.annotations.front().message = form;
    GitHub github = scene.client(std::chrono::hours(24));
    const Outcome outcome = send(github, context, what);
    all += joined(outcome.published.lines) + outcome.printed;
    const Outcome commands =
        send(github, context, what, Selection({Channel::commands, Channel::summary, Channel::outputs}));
    all += joined(commands.published.lines) + commands.printed;
    CHECK_THAT(commands.printed, ContainsSubstring("***"));
    // An error as well: an address that holds it, and a server that never recovers.
    try {
      github.get("/repos/" + form + "/\n");
    } catch (const model::Error& error) {
      all += github.redactor()(error.what());
    }
  }
  all += joined(scene.notes) + test::read_file(directory / "summary") + test::read_file(directory / "output");
  all += scene.fake.log().dump() + scene.fake.state().dump();
  CHECK(all.size() > 10'000);
  for (const std::string& form : forms) CHECK(all.find(form) == std::string::npos);
  CHECK(all.find(test::token.substr(4, 30)) == std::string::npos);
  CHECK_THAT(all, ContainsSubstring("leak ***"));
}

TEST_CASE("a dry run tells every request, sends none, and needs no token") {
  std::string told;
  const auto transport = make_dry_run_transport([&](std::string_view text) { told += text; }, first_head);
  test::FakeClock clock;
  GitHub github(*transport, clock, {.owner = "octo", .repository = "guests"});
  const test::TemporaryDirectory directory;
  Context context = context_of(first_head, 100);
  context.summary_file = directory / "summary";
  const PublishServices services{
      .github = &github, .print = [](std::string_view) { FAIL("a command was printed"); }, .dry_run = true};
  const Published published = publish::publish(services, context, report("##[error]worse", 120), {}, {});
  CHECK_FALSE(published.failed);
  for (const char* request : {"POST https://api.github.com/repos/octo/guests/git/trees\n",
                              "POST https://api.github.com/repos/octo/guests/git/commits\n",
                              "POST https://api.github.com/repos/octo/guests/git/refs\n",
                              "POST https://api.github.com/repos/octo/guests/issues/7/comments\n",
                              "POST https://api.github.com/repos/octo/guests/check-runs\n",
                              "PATCH https://api.github.com/repos/octo/guests/check-runs/1\n"}) {
    CHECK_THAT(told, ContainsSubstring(request));
  }
  CHECK_THAT(told, ContainsSubstring("Authorization: Bearer ***"));
  CHECK_THAT(told, !ContainsSubstring("##["));
  CHECK_FALSE(std::filesystem::exists(directory / "summary"));
}
