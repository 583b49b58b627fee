#include "publish/picture_branch.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "unit/publish/scene.h"

using namespace cyclegate;
using namespace cyclegate::publish;
using Catch::Matchers::ContainsSubstring;
using nlohmann::json;
using test::Scene;

namespace {

const std::string ref = "refs/heads/cyclegate-reports";

std::vector<Picture> pictures(const std::string& what) {
  return {{.name = "bars.light.svg", .bytes = "<svg>light " + what + "</svg>"},
          {.name = "bars.dark.svg", .bytes = "<svg>dark " + what + "</svg>"}};
}

json files(const Scene& scene) {
  return scene.fake.state().at("files").at(ref);
}
json history(const Scene& scene) {
  return scene.fake.state().at("histories").at(ref);
}

}  // namespace

TEST_CASE("pictures go to an orphan branch, one commit per report, named by day and content") {
  Scene scene;
  const StoredPictures first = store_pictures(scene.github, pictures("one"), {});
  REQUIRE(first.paths.size() == 2);
  CHECK_THAT(first.paths.at("bars.light.svg"), ContainsSubstring("2026-01-02/"));
  CHECK(files(scene).at(first.paths.at("bars.light.svg")) == "<svg>light one</svg>");
  CHECK(history(scene) == json::array({first.commit}));
  const StoredPictures second = store_pictures(scene.github, pictures("two"), {});
  CHECK(history(scene) == json::array({second.commit, first.commit}));
  CHECK(files(scene).size() == 4);
}

TEST_CASE("pictures that stand there already make no commit") {
  Scene scene;
  const StoredPictures first = store_pictures(scene.github, pictures("one"), {});
  CHECK(store_pictures(scene.github, pictures("one"), {}).commit == first.commit);
  CHECK(history(scene).size() == 1);
}

TEST_CASE("of two reports that race each finds its pictures on the branch, without force") {
  Scene scene;
  for (const char* method : {"POST", "PATCH"}) {  // on a new branch, then on one that exists
    const std::string name = method;
    bool raced = false;
    scene.fake.before_request([&](const std::string& asked, const std::string& path) {
      if (raced || asked != name || path.find("/git/ref") == std::string::npos) return;
      raced = true;
      GitHub other = scene.client();
      store_pictures(other, pictures("other " + name), {});
    });
    const StoredPictures stored = store_pictures(scene.github, pictures("this " + name), {});
    CHECK(raced);
    CHECK(history(scene).front() == stored.commit);
    CHECK(files(scene).contains(stored.paths.at("bars.dark.svg")));
  }
  CHECK(files(scene).size() == 8);
  CHECK(scene.fake.violations() == json::array());
}

TEST_CASE("an answer that was lost on the way makes no second commit") {
  for (const char* kind : {"500-after", "cut-after"}) {
    Scene scene;
    scene.script({{{"kind", kind}, {"path", "/git/trees"}},
                  {{"kind", kind}, {"path", "/git/commits"}},
                  {{"kind", kind}, {"path", "/git/refs"}}});
    const StoredPictures stored = store_pictures(scene.github, pictures("one"), {});
    CHECK(history(scene) == json::array({stored.commit}));
  }
}

TEST_CASE("without write permission nothing is stored and nothing has failed") {
  Scene scene;
  scene.allow({{"contents", "read"}});
  const StoredPictures stored = store_pictures(scene.github, pictures("one"), {});
  CHECK(stored.commit.empty());
  CHECK(stored.forbidden);
}

TEST_CASE("old pictures leave the tip by age and by count, and old links keep working") {
  Scene scene;
  const PictureSettings settings{.branch = "pictures/of-reports", .keep_days = 2, .keep_pictures = 5};
  std::vector<StoredPictures> days;
  for (int day = 0; day < 6; ++day) {
    GitHub github = scene.client();
    days.push_back(store_pictures(github, pictures(std::to_string(day)), settings));
    const json there = scene.fake.state().at("files").at("refs/heads/pictures/of-reports");
    CHECK(there.size() <= 5);
    CHECK(there.contains(days.back().paths.at("bars.light.svg")));
    scene.clock.advance(std::chrono::hours(24));
  }
  // The commit of the first day still has its pictures.
  GitHub github = scene.client();
  const Answer tree = github.get(github.in_repository("/git/trees/" + days.front().commit + "?recursive=1"));
  CHECK_THAT(tree.body, ContainsSubstring(days.front().paths.at("bars.light.svg")));
}

TEST_CASE("what is pruned is decided by the paths alone") {
  const auto path = [](const std::string& day, char fill) { return day + "/" + std::string(32, fill) + ".svg"; };
  const std::vector<std::string> paths = {path("2026-01-03", 'b'), path("2026-01-01", 'a'), "README.md",
                                          path("2026-01-03", 'a'), path("2026-01-02", 'a'), "2026-99-99/x.svg"};
  const PictureSettings generous{.keep_days = 365, .keep_pictures = 100};
  CHECK(paths_to_prune(paths, "2026-01-04", generous, 2).empty());
  CHECK(paths_to_prune(paths, "2026-01-04", {.keep_days = 2, .keep_pictures = 100}, 2) ==
        std::vector{path("2026-01-01", 'a')});
  CHECK(paths_to_prune(paths, "2026-01-04", {.keep_days = 365, .keep_pictures = 4}, 2) ==
        std::vector{path("2026-01-01", 'a'), path("2026-01-02", 'a')});
}

TEST_CASE("pictures of a public repository are linked raw, others by the page that asks for access") {
  Scene scene;
  const std::string commit(40, 'c');
  CHECK(picture_url(scene.github, "https://github.com", false, commit, "d/h.svg") ==
        "https://raw.githubusercontent.com/octo/guests/" + commit + "/d/h.svg");
  CHECK(picture_url(scene.github, "https://github.com", true, commit, "d/h.svg") ==
        "https://github.com/octo/guests/blob/" + commit + "/d/h.svg?raw=true");
  CHECK(picture_url(scene.github, "https://ghe.example", false, commit, "d/h.svg") ==
        "https://ghe.example/octo/guests/blob/" + commit + "/d/h.svg?raw=true");
}

TEST_CASE("branch names are plain") {
  CHECK(is_branch_name("cyclegate-reports"));
  CHECK(is_branch_name("a/b.c_d"));
  for (const char* bad : {"", "/a", "a/", "a..b", "a b", "-x", ".x", "a/.b", "a.lock", "a//b", "a~1", "a?x"})
    CHECK_FALSE(is_branch_name(bad));
}
