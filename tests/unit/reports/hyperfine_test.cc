#include "reports/hyperfine.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <nlohmann/json.hpp>

#include "model/error.h"
#include "report_fixtures.h"

namespace {

using namespace cyclegate;
using namespace cyclegate::reports;
using Catch::Matchers::ContainsSubstring;

std::string hyperfine_capture(const std::string& name) {
  return test::content_of(std::filesystem::path(CYCLEGATE_SOURCE_DIR) / "tests/fixtures/hyperfine" / name);
}

std::string hyperfine_refusal(const std::string& text) {
  try {
    read_hyperfine(text, "f.json");
  } catch (const model::Error& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("a file of hyperfine gives times, parameters and every field again as JSON") {
  const HyperfineResults one = read_hyperfine(hyperfine_capture("one.json"), "f");
  REQUIRE(one.results.size() == 1);
  CHECK(one.results[0].command == "sha256sum /usr/bin/python3");
  CHECK(one.results[0].times.size() == 12);
  CHECK(!one.results[0].failed);
  const HyperfineResults two = read_hyperfine(hyperfine_capture("two.json"), "f");
  REQUIRE(two.results.size() == 2);
  CHECK(two.results[1].command == "seq 2000 (n=2000)");
  nlohmann::json written = nlohmann::json::parse(two.json);
  CHECK(written["type"] == "hyperfine");
  CHECK(written["results"] == nlohmann::json::parse(hyperfine_capture("two.json"))["results"]);
}

TEST_CASE("a single failed run of hyperfine has no deviation and is marked") {
  const HyperfineResults single = read_hyperfine(hyperfine_capture("single.json"), "f");
  CHECK(!single.results[0].stddev);
  CHECK(single.results[0].failed);
}

TEST_CASE("what is not hyperfine's, or does not fit together, is refused") {
  CHECK_THAT(hyperfine_refusal("{"), ContainsSubstring("f.json: this is not JSON"));
  CHECK_THAT(hyperfine_refusal("{}"), ContainsSubstring("no list `results`") && ContainsSubstring("ziskemu is text"));
  CHECK_THAT(hyperfine_refusal(R"({"results":[]})"), ContainsSubstring("0 entries"));
  CHECK_THAT(hyperfine_refusal(R"({"results":[{"command":1}]})"), ContainsSubstring("results[0] has no command"));
  CHECK_THAT(hyperfine_refusal(R"({"results":[{"command":"a","mean":-1}]})"), ContainsSubstring("no time in seconds"));
  std::string whole = hyperfine_capture("one.json");
  CHECK_THAT(hyperfine_refusal(whole.substr(0, whole.size() / 2)), ContainsSubstring("not JSON"));
  nlohmann::json changed = nlohmann::json::parse(whole);
  changed["results"][0]["mean"] = 5.0;
  CHECK_THAT(hyperfine_refusal(changed.dump()), ContainsSubstring("is not that of its times"));
}
