#include "app/reported_comparison.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <string>

#include "baseline/baseline.h"
#include "baseline/baseline_file.h"
#include "measure/reuse_key.h"
#include "model/error.h"
#include "model/run_set_json.h"
#include "support/scratch_repository.h"

using namespace cyclegate;
using Catch::Matchers::ContainsSubstring;

namespace {

const std::string input_sha(64, 'b');

std::string configuration(const std::string& rest) {
  return "version: 1\n"
         "guests:\n"
         "  hash:\n"
         "    builds: { zisk: { run: make, elf: out/hash.elf, executors: [embedded] } }\n"
         "    inputs:\n"
         "      - { name: one, path: one.bin, sha256: " +
         input_sha + ", weight: 3 }\n" + rest;
}

model::RunSet run_set(model::Side side, const std::string& commit, std::uint64_t cost) {
  model::RunSet set;
  set.side = side;
  set.commit.id = commit;
  set.session.started = "2020-01-01T00:00:00Z";
  set.policy = model::Policy{};
  set.metrics = {{"cost", "cost", model::MetricKind::exact, model::Better::lower}};
  set.guests = {{.name = "hash",
                 .inputs = {{.name = "one", .sha256 = input_sha, .weight = 3, .description = ""}},
                 .executors = {"embedded"},
                 .check_command = ""}};
  const std::string artifact(64, side == model::Side::base ? 'a' : 'd');
  set.artifacts = {{.guest = "hash", .build = "zisk", .identity = artifact, .loaded_bytes = 10, .path = ""}};
  model::CellRun run;
  run.cell = {"hash", "one", "embedded"};
  run.artifact = artifact;
  run.comparability = {.input_sha256 = input_sha,
                       .executor = "embedded",
                       .executor_version = "1",
                       .executor_options = "",
                       .cost_model = "zisk-1.4.0-alpha",
                       .machine = "m",
                       .session = "s"};
  run.reuse_key = measure::reuse_key(artifact, run.comparability);
  run.output_sha256 = std::string(64, 'c');
  run.exact = {{"cost", {cost, cost}}};
  set.runs = {run};
  return set;
}

/// A base branch with rules, and what a fork's job reported about a head on it.
struct Scene {
  test::ScratchRepository scratch;
  std::string base_commit;
  model::RunSet base;
  model::RunSet head;
  app::ReportedRun run;

  explicit Scene(const std::string& rules = "", std::uint64_t stored = 0) {
    scratch.write("cyclegate.yaml", configuration(rules));
    if (stored != 0) {
      const auto pinned = baseline::pin(run_set(model::Side::base, "", stored), {});
      baseline::write_directory(scratch.path(), pinned.baseline);
    }
    base_commit = scratch.commit("base");
    base = run_set(model::Side::base, base_commit, 1000);
    head = run_set(model::Side::head, std::string(40, 'f'), 1000);
    run = {
        .origin = "artifact", .head_sha = std::string(40, 'f'), .rules = "main", .base_sha = "", .today = "2026-06-15"};
  }

  app::ReportedComparison compare() const {
    return app::compare_reported({{"base.runs.json", model::to_json(base)},
                                  {"head.runs.json", model::to_json(head)},
                                  {"report.json", R"({"verdict":"keep","status":"pass"})"}},
                                 git::Repository::open(scratch.path()), run);
  }
  model::RunSet& slower_head(std::uint64_t cost) {
    head.runs.front().exact["cost"] = {cost, cost};
    return head;
  }
};

const model::Warning* warning(const model::Comparison& comparison, const std::string& code) {
  const auto found = std::ranges::find(comparison.warnings, code, &model::Warning::code);
  return found == comparison.warnings.end() ? nullptr : &*found;
}

}  // namespace

TEST_CASE("the verdict of an artifact is made anew, whatever its own report says") {
  Scene scene;
  scene.slower_head(1030);
  const auto result = scene.compare();
  CHECK(result.comparison.status == model::Status::fail);
  CHECK(result.comparison.verdict == model::Verdict::discard_worse);
  CHECK(result.comparison.base.commit.subject == "base");
}

TEST_CASE("the rules are the base branch's, not those that the artifact carries") {
  Scene scene("policy: { tolerance: { exact: 1% } }\n");
  scene.base.policy->tolerance.exact = model::Millionths{900'000};
  scene.head.policy->tolerance.exact = model::Millionths{900'000};
  scene.slower_head(1030);
  const auto result = scene.compare();
  CHECK(result.comparison.status == model::Status::fail);
  CHECK(result.comparison.policy.tolerance.exact == model::Millionths{10'000});
  // What head would change is told against base's own file.
  CHECK(result.comparison.gate_changes.size() == 1);
}

TEST_CASE("a rule that the base branch changed after head left it counts, and is not called head's change") {
  Scene scene;
  scene.scratch.write("cyclegate.yaml", configuration("policy: { tolerance: { exact: 5% } }\n"));
  scene.scratch.commit("more tolerance");
  scene.slower_head(1030);
  const auto result = scene.compare();
  CHECK(result.comparison.status == model::Status::pass);
  CHECK(result.comparison.gate_changes.empty());
  CHECK(result.comparison.base.commit.id == scene.base_commit);
}

TEST_CASE("an acknowledgement of the base branch is judged by our own day, not by the artifact's") {
  Scene scene(
      "acknowledged: [ { guest: hash, metric: cost, up_to: 5%, until: 2026-06-14, reason: wider hash domain } ]\n");
  scene.slower_head(1030);
  CHECK(scene.compare().comparison.status == model::Status::fail);
  scene.run.today = "2026-06-14";
  CHECK(scene.compare().comparison.status == model::Status::pass);
}

TEST_CASE("a fork's own acknowledgement does not count, a branch's of the same repository does") {
  Scene scene;
  scene.slower_head(1030);
  scene.head.policy->acknowledged = {{.guest = "hash",
                                      .metric = "cost",
                                      .up_to = model::Millionths{50'000},
                                      .expected = {},
                                      .until = "2027-01-01",
                                      .reason = "because"}};
  CHECK(scene.compare().comparison.status == model::Status::fail);
  scene.run.same_repository = true;
  CHECK(scene.compare().comparison.status == model::Status::pass);
}

TEST_CASE("base's numbers are those of the base branch's baselines where these hold the cell") {
  Scene scene("", 1000);
  scene.base.runs.front().exact["cost"] = {1100, 1100};  // forged, so that head looks no worse
  scene.slower_head(1100);
  const auto result = scene.compare();
  CHECK(result.comparison.status == model::Status::fail);
  const model::Warning* told = warning(result.comparison, "base-differs-from-baseline");
  REQUIRE(told != nullptr);
  CHECK_THAT(told->message, ContainsSubstring("hash/one@embedded"));
}

TEST_CASE("base's numbers do not escape the baselines by naming another program of the executor") {
  Scene scene("", 1000);
  model::CellRun& cell = scene.base.runs.front();
  cell.exact["cost"] = {1100, 1100};
  cell.comparability.executor_program = std::string(64, '9');
  cell.reuse_key = measure::reuse_key(cell.artifact, cell.comparability);
  scene.slower_head(1100);
  const auto result = scene.compare();
  CHECK(result.comparison.status == model::Status::fail);
  CHECK(warning(result.comparison, "base-differs-from-baseline") != nullptr);
  CHECK(warning(result.comparison, "base-not-in-baseline") == nullptr);
}

TEST_CASE("numbers that agree with the baselines are not warned about") {
  const Scene scene("", 1000);
  CHECK(warning(scene.compare().comparison, "base-differs-from-baseline") == nullptr);
  CHECK(warning(scene.compare().comparison, "base-not-in-baseline") == nullptr);
}

TEST_CASE("a base artefact that the baselines do not know is told about a fork") {
  Scene scene("", 1000);
  model::CellRun& cell = scene.base.runs.front();
  cell.artifact = scene.base.artifacts.front().identity = std::string(64, 'e');
  cell.reuse_key = measure::reuse_key(cell.artifact, cell.comparability);
  CHECK(warning(scene.compare().comparison, "base-not-in-baseline") != nullptr);
  scene.run.same_repository = true;
  CHECK(warning(scene.compare().comparison, "base-not-in-baseline") == nullptr);
}

TEST_CASE("guests and weights are those that base declares") {
  Scene scene;
  scene.base.guests.front().inputs.front().weight = 1'000'000;
  auto other = scene.base.guests.front();
  other.name = "invented";
  scene.base.guests.push_back(other);
  const auto result = scene.compare();
  CHECK(warning(result.comparison, "undeclared-guest") != nullptr);
  REQUIRE(result.comparison.findings.size() == 2);
  for (const auto& finding : result.comparison.findings) CHECK(finding.cell.guest == "hash");
}

TEST_CASE("an artifact of another head or base, or that contradicts itself, is refused") {
  Scene scene;
  const auto refusal = [&]() -> std::string {
    try {
      scene.compare();
    } catch (const model::Error& error) {
      return error.what();
    }
    return "not refused";
  };
  SECTION("another head") {
    scene.head.commit.id = std::string(40, 'e');
    CHECK_THAT(refusal(), ContainsSubstring("artifact: head is commit " + std::string(40, 'e')));
  }
  SECTION("a base that this repository does not have") {
    scene.base.commit.id = std::string(40, 'e');
    CHECK_THAT(refusal(), ContainsSubstring("is not in this repository"));
  }
  SECTION("a base that is no commit id") {
    scene.base.commit.id = "main";
    CHECK_THAT(refusal(), ContainsSubstring("base names no commit: 'main'"));
  }
  SECTION("a commit beside the base branch") {
    scene.scratch.git("checkout -q -b side");
    scene.base.commit.id = scene.scratch.commit("side");
    CHECK_THAT(refusal(), ContainsSubstring("is not part of the base branch"));
  }
  SECTION("another base than the merge group's") {
    scene.run.base_sha = scene.scratch.commit("newer");
    CHECK_THAT(refusal(), ContainsSubstring("it must be " + scene.run.base_sha));
  }
  SECTION("an uncommitted state") {
    scene.head.commit.dirty = true;
    CHECK_THAT(refusal(), ContainsSubstring("uncommitted"));
  }
  SECTION("sides the other way round") {
    std::swap(scene.base.side, scene.head.side);
    CHECK_THAT(refusal(), ContainsSubstring("is of the side"));
  }
  SECTION("a reuse key that is not the cell's") {
    scene.head.runs.front().reuse_key = scene.base.runs.front().reuse_key;
    CHECK_THAT(refusal(), ContainsSubstring("cell hash/one@embedded contradicts itself"));
  }
}

TEST_CASE("cells that were not measured under base's prices are told, and what is repriced must fit together") {
  Scene scene;
  CHECK(warning(scene.compare().comparison, "not-base-cost-model") == nullptr);
  for (auto* set : {&scene.base, &scene.head}) {
    set->repriced = set->runs;
    auto& run = set->repriced.front();
    run.exact["cost_total"] = run.exact["cost"];
    set->runs.front().exact["cost_total"] = run.exact["cost"];
    run.comparability.cost_model = "cheap sha256:00";
    run.reuse_key = measure::reuse_key(run.artifact, run.comparability);
  }
  CHECK(scene.compare().comparison.attributions.size() == 1);
  CHECK(warning(scene.compare().comparison, "not-base-cost-model") == nullptr);
  scene.head.repriced.front().reuse_key = "forged";
  CHECK_THROWS_WITH(scene.compare(), ContainsSubstring("contradicts itself"));
  scene.head.runs = scene.base.repriced;
  scene.head.repriced.clear();
  const auto result = scene.compare();
  REQUIRE(warning(result.comparison, "not-base-cost-model") != nullptr);
  CHECK_THAT(warning(result.comparison, "not-base-cost-model")->message,
             ContainsSubstring("base's cost model is zisk-1.4.0-alpha") && ContainsSubstring("hash/one@embedded"));
}

TEST_CASE("base's prices are read from its own tree, and a list that cannot be read is a mistake") {
  const std::string named = "executors: { embedded: { cost_model: prices.tsv } }\n";
  Scene scene;
  scene.scratch.write("cyclegate.yaml", configuration(named));
  scene.scratch.write("prices.tsv", "cyclegate-cost-model\t1\nfrom\tzisk-1.4.0-alpha\nname\tmine\nmain\t63\n");
  scene.base.commit.id = scene.scratch.commit("prices");
  const auto result = scene.compare();
  REQUIRE(warning(result.comparison, "not-base-cost-model") != nullptr);
  CHECK_THAT(warning(result.comparison, "not-base-cost-model")->message,
             ContainsSubstring("base's cost model is mine sha256:"));
  scene.scratch.write("prices.tsv", "nonsense\n");
  scene.base.commit.id = scene.scratch.commit("broken prices");
  CHECK_THROWS_WITH(scene.compare(), ContainsSubstring("base's prices decide and cannot be read") &&
                                         ContainsSubstring(":prices.tsv:1: "));
}

TEST_CASE("an artifact without run sets says that the job did not get that far") {
  const Scene scene;
  CHECK_THROWS_WITH(app::compare_reported({}, git::Repository::open(scene.scratch.path()), scene.run),
                    ContainsSubstring("artifact: has no base.runs.json"));
}

TEST_CASE("a base branch without rules is neutral") {
  Scene scene;
  scene.scratch.git("rm -q cyclegate.yaml");
  scene.scratch.commit("no gate");
  scene.slower_head(2000);
  const auto result = scene.compare();
  CHECK(result.comparison.status == model::Status::neutral);
  CHECK(warning(result.comparison, "no-base-configuration") != nullptr);
}
