#include "render/annotations.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "render/comparisons.h"

using namespace cyclegate;
using namespace cyclegate::render;
using Catch::Matchers::ContainsSubstring;

namespace {

std::vector<Annotation> of(const model::Comparison& comparison) {
  return annotations(comparison, summarise(comparison));
}

model::Artifact& head_artifact(model::Comparison& comparison, const std::string& guest) {
  const auto found = std::ranges::find(comparison.head.artifacts, guest, &model::Artifact::guest);
  REQUIRE(found != comparison.head.artifacts.end());
  return *found;
}

}  // namespace

TEST_CASE("a finding lands on the changed line of the function that grew most") {
  auto comparison = render::test::regression();
  const auto& rows = comparison.breakdowns.front().rows;
  REQUIRE(comparison.breakdowns.front().guest == "json-digest");
  const auto grown = std::ranges::max_element(rows, {}, [](const model::BreakdownRow& row) {
    return row.head > row.base ? row.head - row.base : model::Wide{0};
  });
  head_artifact(comparison, "json-digest").changed_functions = {{"aaa_not_measured", "guests/json/other.c", 7},
                                                                {grown->name, "guests/json/parse.c", 42},
                                                                {"main", "guests/json/main.c", 3}};
  const auto result = of(comparison);
  REQUIRE(result.size() == 1);
  CHECK(result[0].path == "guests/json/parse.c");
  CHECK(result[0].line == 42);
  CHECK(result[0].level == AnnotationLevel::failure);
  CHECK(result[0].title == "json-digest: cost regressed +5.37 % (worst of 2 inputs)");
  CHECK_THAT(result[0].message, ContainsSubstring("canada: regressed, 41,000,000 to 43,200,000 (+5.37 %)") &&
                                    ContainsSubstring("twitter: regressed") &&
                                    ContainsSubstring("functions that changed:\n  " + grown->name));
}

TEST_CASE("what functions changed by is named where the finding has another metric or inputs are weighted") {
  auto comparison = render::test::regression();
  auto& breakdown = comparison.breakdowns.front();
  breakdown.metric = "cost";
  breakdown.inputs = breakdown.of_inputs = 2;
  breakdown.weight = 9;
  CHECK_THAT(of(comparison)[0].message,
             ContainsSubstring("\nfunctions that changed, 2 inputs by weight:\n  parse_string"));
  breakdown.metric = "steps";
  breakdown.weight = 2;
  CHECK_THAT(of(comparison)[0].message, ContainsSubstring("\nfunctions that changed, by steps:\n  parse_string"));
}

TEST_CASE("a changed function that no run entered still tells where the change is") {
  auto comparison = render::test::regression();
  head_artifact(comparison, "json-digest").changed_functions = {{"never_called", "guests/json/other.c", 7}};
  const auto result = of(comparison);
  REQUIRE(result.size() == 1);
  CHECK(result[0].path == "guests/json/other.c");
}

TEST_CASE("without debug information a finding lands on the guest's entry in the configuration") {
  auto comparison = render::test::regression();
  head_artifact(comparison, "json-digest").configuration_line = 12;
  auto result = of(comparison);
  REQUIRE(result.size() == 1);
  CHECK(result[0].path == "cyclegate.yaml");
  CHECK(result[0].line == 12);
  head_artifact(comparison, "json-digest").configuration_line = 4'000'000'000;
  result = annotations(comparison, summarise(comparison), "ci/cyclegate.yaml");
  CHECK(result[0].path == "ci/cyclegate.yaml");
  CHECK(result[0].line == 1);
}

TEST_CASE("places that an artifact made up do not count") {
  auto comparison = render::test::regression();
  auto& functions = head_artifact(comparison, "json-digest").changed_functions;
  for (const std::string path : {"../../etc/passwd", "/etc/passwd", "a//b", "./a", "a/..", ".git/config", "a\\b", "c:x",
                                 "", "a/", "a\nb", "\u202egnp", "a\u200b", "\xff"}) {
    CAPTURE(path);
    functions = {{"main", path, 3}};
    CHECK_FALSE(is_repository_path(path));
    CHECK(of(comparison).front().path == "cyclegate.yaml");
  }
  functions = {{"main", "a.c", 0}};
  CHECK(of(comparison).front().path == "cyclegate.yaml");
  functions = {{"main", "a.c", 4'000'000'000}};
  CHECK(of(comparison).front().path == "cyclegate.yaml");
  functions = {{"main", "a b/\u00fc.c", 3}};
  CHECK(of(comparison).front().path == "a b/\u00fc.c");
}

TEST_CASE("what is accepted is a notice, what does not gate a warning, a gain nothing") {
  auto comparison = render::test::regression();
  for (auto& finding : comparison.findings) finding.gates = false;
  CHECK(of(comparison).front().level == AnnotationLevel::warning);
  for (auto& finding : comparison.findings) finding.acknowledged = true;
  CHECK(of(comparison).front().level == AnnotationLevel::notice);
  CHECK(of(render::test::improvement()).empty());
  CHECK(of(render::test::unchanged()).empty());
}

TEST_CASE("a build that failed is told on the guest's entry") {
  const auto result = of(render::test::failed_build());
  REQUIRE_FALSE(result.empty());
  CHECK(result.front().path == "cyclegate.yaml");
  CHECK(result.front().level == AnnotationLevel::failure);
}

TEST_CASE("annotations keep their limits whatever the names are") {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    for (const Annotation& one : of(render::test::arbitrary(seed, 5'000))) {
      CHECK(one.title.size() <= 255);
      CHECK(one.message.size() <= 8'000);
      CHECK(one.line > 0);
      CHECK(is_repository_path(one.path));
      CHECK(one.title.find('\n') == std::string::npos);
    }
  }
  CHECK(of(render::test::huge(400, 3)).size() <= max_annotations);
}
