#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "model/nondeterministic_output.h"
#include "model/output_unchecked.h"
#include "sides.h"

using namespace cyclegate;
using namespace cyclegate::test;
using Catch::Matchers::ContainsSubstring;
using model::FindingKind;
using model::Status;
using model::Verdict;

namespace {

model::Acknowledgement accept(const std::string& metric, std::optional<model::Millionths> up_to,
                              const std::string& until) {
  model::Acknowledgement entry;
  entry.guest = "g";
  entry.metric = metric;
  entry.up_to = up_to;
  entry.until = until;
  entry.reason = "wider hash domain";
  return entry;
}

model::Acknowledgement accept_output(const std::string& sha256) {
  auto entry = accept("output", std::nullopt, "2026-12-31");
  entry.expected["light"] = sha256;
  return entry;
}

}  // namespace

TEST_CASE("a wrong output rejects the change, however fast it is") {
  auto both = sides({{"g", "light", 1000, 1}, {"g", "big", 1000, 1}});
  both.run(both.head, "g", "light").output_sha256 = "other";
  const auto comparison = judge(both);
  CHECK(finding(comparison, "light", "output").kind == FindingKind::rejected);
  CHECK(finding(comparison, "light", "output").gates);
  CHECK(finding(comparison, "light").kind == FindingKind::improved);
  CHECK(comparison.verdict == Verdict::reject);
  CHECK(comparison.status == Status::fail);
  CHECK(comparison.reasons.front().code == "wrong-output");
  CHECK_THAT(comparison.reasons.front().text, ContainsSubstring("g/light@embedded"));
  CHECK(std::ranges::none_of(comparison.reasons, [](const auto& each) { return each.code == "gain"; }));
}

TEST_CASE("another executor version does not excuse a wrong output, another input does") {
  auto both = sides({{"g", "light", 1000, 1000}});
  auto& run = both.run(both.head, "g", "light");
  run.output_sha256 = "other";
  run.comparability.executor_version = "2";
  CHECK(judge(both).verdict == Verdict::reject);
  run.comparability.input_sha256 = "other bytes";
  CHECK(judge(both).verdict == Verdict::inconclusive);
}

TEST_CASE("an output that base acknowledged beforehand is right, any other is wrong") {
  auto both = sides({{"g", "light", 1000, 1000}});
  both.policy().acknowledged = {accept_output("new output")};
  auto& output = both.run(both.head, "g", "light").output_sha256;
  CHECK(judge(both).verdict == Verdict::unchanged);  // the old one is still right
  output = "new output";
  auto comparison = judge(both);
  CHECK(comparison.verdict == Verdict::unchanged);
  CHECK(finding(comparison, "light", "output").acknowledged);
  CHECK_FALSE(finding(comparison, "light", "output").gates);
  CHECK(has_reason(comparison, "acknowledged"));
  output = "third output";
  comparison = judge(both);
  CHECK(comparison.verdict == Verdict::reject);
  CHECK_THAT(finding(comparison, "light", "output").why, ContainsSubstring("acknowledged is new output"));
}

TEST_CASE("an output that one side did not record is a doubt, not a pass") {
  auto both = sides({{"g", "light", 1000, 900}});
  both.run(both.head, "g", "light").output_sha256.clear();
  CHECK(judge(both).verdict == Verdict::inconclusive);
  CHECK(judge(both).status == Status::neutral);
}

TEST_CASE("the same artefact with two outputs is nondeterministic") {
  auto both = sides({{"g", "light", 1000, 1000}});
  auto& run = both.run(both.head, "g", "light");
  run.artifact = both.run(both.base, "g", "light").artifact;
  run.output_sha256 = "other";
  CHECK(finding(judge(both), "light", "output").kind == FindingKind::nondeterministic);
  CHECK(judge(both).verdict == Verdict::inconclusive);
}

TEST_CASE("an output that the next run of the same program does not repeat is nondeterministic, not right") {
  const bool of_head = GENERATE(true, false);
  auto both = sides({{"g", "light", 1000, 500}});
  auto& run = both.run(of_head ? both.head : both.base, "g", "light");
  run.warnings = {{std::string(model::nondeterministic_output), "two runs gave different outputs"}};
  auto comparison = judge(both);
  const auto& output = finding(comparison, "light", "output");
  CHECK(output.kind == FindingKind::nondeterministic);
  CHECK(output.deciding);
  CHECK(output.why == (of_head ? "head: two runs gave different outputs" : "base: two runs gave different outputs"));
  CHECK(comparison.verdict == Verdict::inconclusive);
  CHECK(comparison.status == Status::neutral);
  CHECK(has_reason(comparison, "nondeterministic"));
  CHECK_FALSE(has_reason(comparison, "gain"));
  // Nor does an acknowledgement of the first one make it right; one that is wrong at once stays wrong.
  both.run(both.head, "g", "light").output_sha256 = "other";
  CHECK(judge(both).verdict == Verdict::reject);
  both.policy().acknowledged = {accept_output("other")};
  CHECK(finding(judge(both), "light", "output").kind == FindingKind::nondeterministic);
  CHECK(judge(both).status == Status::neutral);
}

TEST_CASE("head's failing check rejects the change") {
  auto both = sides({{"g", "light", 1000, 500}});
  both.head.guests[0].check = model::StageFailure{"check", "make test: exit code 2", ""};
  const auto comparison = judge(both);
  CHECK(comparison.verdict == Verdict::reject);
  CHECK(comparison.status == Status::fail);
  CHECK(finding(comparison, "", "check").gates);
  CHECK(comparison.reasons.front().code == "check-failed");
  CHECK_THAT(guest(comparison, "g").why, ContainsSubstring("make test: exit code 2"));
}

TEST_CASE("a failure on head fails the gate and says how it ended") {
  auto both = sides({{"g", "light", 1000, 1000}, {"g", "big", 1000, 1000}});
  both.run(both.head, "g", "light").outcome = {model::OutcomeKind::trap, {}, 0x90000010, "ebreak"};
  const auto comparison = judge(both);
  CHECK(finding(comparison, "light").kind == FindingKind::failed);
  CHECK(finding(comparison, "light").gates);
  CHECK_THAT(finding(comparison, "light").why, ContainsSubstring("trap at 0x90000010: ebreak"));
  CHECK(finding(comparison, "big").kind == FindingKind::unchanged);
  CHECK(comparison.verdict == Verdict::failed);
  CHECK(comparison.status == Status::fail);
}

TEST_CASE("a failure on base alone is neutral and says so") {
  auto both = sides({{"g", "light", 1000, 1000}});
  both.run(both.base, "g", "light").outcome = {model::OutcomeKind::exit, 1, {}, ""};
  auto comparison = judge(both);
  CHECK(finding(comparison, "light").kind == FindingKind::incomparable);
  CHECK_THAT(finding(comparison, "light").why, ContainsSubstring("base failed") && ContainsSubstring("exit 1"));
  CHECK(comparison.status == Status::neutral);
  CHECK(has_reason(comparison, "base-failed"));
  both.run(both.head, "g", "light").outcome = {model::OutcomeKind::exit, 1, {}, ""};
  comparison = judge(both);
  CHECK(comparison.verdict == Verdict::failed);
  CHECK_THAT(finding(comparison, "light").why, ContainsSubstring("base fails, too"));
}

TEST_CASE("an artefact of base that changed after it was hashed fails the gate") {
  auto both = sides({{"g", "light", 1000, 900}});
  auto& run = both.run(both.base, "g", "light");
  run.outcome = {model::OutcomeKind::rejected, {}, {}, "the artefact a.elf has changed since it was built"};
  run.warnings = {{"changed-since-planned", "the artefact a.elf has changed since it was built"}};
  const auto comparison = judge(both);
  CHECK(finding(comparison, "light").kind == FindingKind::failed);
  CHECK_THAT(finding(comparison, "light").why, ContainsSubstring("base was tampered with: the artefact a.elf"));
  CHECK(comparison.verdict == Verdict::failed);
  CHECK(comparison.status == Status::fail);
}

TEST_CASE("a cell whose executor this machine lacks is no failure of head and no pass") {
  auto both = sides({{"g", "light", 1000, 900, 1, "embedded"}, {"g", "light", 1000, 900, 1, "sp1"}});
  const std::string why = "the executor sp1 is not available here";
  for (auto* set : {&both.base, &both.head}) {
    auto& run = set->runs[1];
    run.exact.clear();
    run.output_sha256.clear();
    run.outcome = {model::OutcomeKind::crashed, {}, {}, why};
    run.warnings = {{"executor-unavailable", why}};
  }
  for (const bool same : {false, true}) {
    if (same) both.base.runs[1].artifact = both.head.runs[1].artifact;
    auto comparison = judge(both);
    CHECK(finding(comparison, "light", "gas").kind == FindingKind::incomparable);
    CHECK(finding(comparison, "light", "gas").why == "could not be measured: " + why);
    CHECK(comparison.verdict == Verdict::keep);
    CHECK(comparison.status == Status::neutral);
  }
  // A base with numbers of its own, and a head that fails beside it.
  both.base.runs[1] = sides({{"g", "light", 1000, 900, 1, "sp1"}}).base.runs[0];
  CHECK(judge(both).status == Status::neutral);
  both.head.runs[0].outcome = {model::OutcomeKind::trap, {}, 0x90000010, "ebreak"};
  CHECK(judge(both).status == Status::fail);
}

TEST_CASE("timing that failed takes no exact number away, and is a doubt where times decide") {
  auto both = sides({{"g", "light", 1000, 2000}});
  const bool of_base = GENERATE(true, false);
  both.run(of_base ? both.base : both.head, "g", "light").warnings = {{"timing-failed", "timing ended: 60 s are over"}};
  auto comparison = judge(both);
  CHECK(finding(comparison, "light").kind == FindingKind::killed);
  CHECK(finding(comparison, "light").warnings.size() == 1);
  CHECK(comparison.status == Status::fail);
  both.policy().deciding["embedded"] = "wall_time";
  comparison = judge(both);
  CHECK(finding(comparison, "light", "wall_time").kind == FindingKind::incomparable);
  CHECK(finding(comparison, "light", "wall_time").why == "timing ended: 60 s are over");
  CHECK(comparison.verdict == Verdict::inconclusive);
  CHECK(comparison.status == Status::neutral);
}

TEST_CASE("a build that failed on head fails every cell without a run, with the build's own words") {
  auto both = sides({{"g", "light", 1000, 1000}, {"g", "big", 1000, 1000}});
  both.head.runs.clear();
  both.head.artifacts[0].identity.clear();
  both.head.artifacts[0].failure = model::StageFailure{"build", "undefined reference to keccak", ""};
  const auto comparison = judge(both);
  for (const auto* input : {"light", "big"}) {
    CHECK(finding(comparison, input).kind == FindingKind::failed);
    CHECK(finding(comparison, input).change.base == 1000);
    CHECK_THAT(finding(comparison, input).why, ContainsSubstring("build zisk: undefined reference to keccak"));
  }
  CHECK(finding(comparison, "", "build").kind == FindingKind::failed);
  CHECK(comparison.verdict == Verdict::failed);
  CHECK(comparison.status == Status::fail);
}

TEST_CASE("a result that is missing on head is a failure, never a pass, and on base it is neutral") {
  auto both = sides({{"g", "light", 1000, 1000}, {"g", "big", 1000, 1000}});
  both.head.runs.pop_back();
  auto comparison = judge(both);
  CHECK(comparison.verdict == Verdict::failed);
  CHECK(comparison.status == Status::fail);
  CHECK_THAT(reason(comparison, "failed"), ContainsSubstring("there is no result"));
  std::swap(both.base.runs, both.head.runs);
  comparison = judge(both);
  CHECK(comparison.status == Status::pass);
  CHECK(has_reason(comparison, "base-failed"));
}

TEST_CASE("an acknowledged regression is shown and does not gate, up to its limit and through its day") {
  struct Case {
    const char* what;
    std::uint64_t head;
    std::string until;
    bool acknowledged;
    Status status;
    Verdict verdict;
  };
  for (const Case& one : std::vector<Case>{
           {"within", 1020, "2026-12-31", true, Status::pass, Verdict::discard},
           {"exactly the limit, on the last day", 1030, "2026-06-15", true, Status::pass, Verdict::discard},
           {"above the limit", 1031, "2026-12-31", false, Status::fail, Verdict::discard_worse},
           {"expired yesterday", 1020, "2026-06-14", false, Status::fail, Verdict::discard_worse},
       }) {
    INFO(one.what);
    auto both = sides({{"g", "light", 1000, one.head}});
    both.policy().acknowledged = {accept("cost", model::Millionths{30'000}, one.until)};
    const auto comparison = judge(both);
    CHECK(finding(comparison, "light").kind == FindingKind::regressed);
    CHECK(finding(comparison, "light").acknowledged == one.acknowledged);
    CHECK(comparison.status == one.status);
    CHECK(comparison.verdict == one.verdict);
    CHECK(has_reason(comparison, "acknowledged") == one.acknowledged);
    CHECK(has_reason(comparison, "acknowledgement-expired") == (one.until < "2026-06-15"));
  }
}

TEST_CASE("an acknowledgement large enough covers what would be killed") {
  auto both = sides({{"g", "light", 1000, 1200}});
  both.policy().acknowledged = {accept("cost", model::Millionths{200'000}, "2026-12-31")};
  CHECK(finding(judge(both), "light").kind == FindingKind::regressed);
  CHECK(judge(both).status == Status::pass);
}

TEST_CASE("an acknowledgement that head adds counts only where head is trusted, and then it is the first reason") {
  auto both = sides({{"g", "light", 1000, 1020}});
  both.head.policy->acknowledged = {accept("cost", model::Millionths{30'000}, "2026-12-31")};
  CHECK(judge(both, false).status == Status::fail);
  const auto trusted = judge(both, true);
  CHECK(trusted.status == Status::pass);
  CHECK(trusted.reasons.front().code == "head-acknowledgement");
  CHECK_THAT(trusted.reasons.front().text, ContainsSubstring("wider hash domain"));
  CHECK(trusted.gate_changes.size() == 1);
}

TEST_CASE("an acknowledgement of head that base has as well is base's") {
  auto both = sides({{"g", "light", 1000, 1020}});
  both.policy().acknowledged =
      both.head.policy->acknowledged = {accept("cost", model::Millionths{30'000}, "2026-12-31")};
  const auto comparison = judge(both, true);
  CHECK(comparison.status == Status::pass);
  CHECK_FALSE(has_reason(comparison, "head-acknowledgement"));
}

TEST_CASE("changed bytes of an input are a finding and a change of the gate") {
  auto both = sides({{"g", "light", 1000, 1000}});
  both.head.guests[0].inputs[0].sha256 = "other bytes";
  for (auto* set : {&both.base, &both.head}) set->runs[0].comparability.input_sha256 = "other bytes";
  const auto comparison = judge(both);
  const auto& changed = finding(comparison, "light", "input");
  CHECK(changed.kind == FindingKind::added);
  CHECK_THAT(changed.why, ContainsSubstring("both sides run on head's"));
  CHECK(comparison.verdict == Verdict::unchanged);
  REQUIRE(comparison.gate_changes.size() == 1);
  CHECK_THAT(comparison.gate_changes[0], ContainsSubstring("sha256"));
}

namespace {

/// `light` at half of base's cost on the prover, which tells no output, and on the executor that does.
Sides half_on_a_prover_and_a_checker() {
  auto both = sides({{"g", "light", 1000, 500, 1, "embedded"}, {"g", "light", 1000, 500, 1, "zisk-prover"}});
  both.base.policy->deciding["zisk-prover"] = "cost";
  for (auto* set : {&both.base, &both.head}) {
    auto& run = set->runs[1];
    run.output_sha256.clear();
    run.warnings = {{std::string(model::output_unchecked), "zisk-prover does not tell the output"}};
  }
  return both;
}

/// The prover's finding of that input's output; nullptr where it has none.
const model::Finding* doubt_of_prover(const model::Comparison& comparison, const std::string& input = "light") {
  const auto found = std::ranges::find_if(comparison.findings, [&](const auto& one) {
    return one.cell == model::CellId{"g", input, "zisk-prover"} && one.metric == "output";
  });
  return found == comparison.findings.end() ? nullptr : &*found;
}

}  // namespace

TEST_CASE("a gain of runs whose output nobody checked is no gain, and another executor that checks it is enough") {
  auto both = half_on_a_prover_and_a_checker();
  CHECK(judge(both).verdict == Verdict::keep);
  CHECK(judge(both).status == Status::pass);
  CHECK(doubt_of_prover(judge(both)) == nullptr);

  const auto drop_embedded = [](model::RunSet& set) {
    std::erase_if(set.runs, [](const auto& run) { return run.cell.executor == "embedded"; });
    for (auto& guest : set.guests) std::erase(guest.executors, "embedded");
  };
  for (auto* set : {&both.base, &both.head}) drop_embedded(*set);
  auto comparison = judge(both);
  REQUIRE(doubt_of_prover(comparison) != nullptr);
  CHECK(doubt_of_prover(comparison)->kind == FindingKind::incomparable);
  CHECK(doubt_of_prover(comparison)->deciding);
  CHECK_THAT(doubt_of_prover(comparison)->why, ContainsSubstring("nobody checked the output"));
  CHECK(comparison.verdict == Verdict::inconclusive);
  CHECK(comparison.status == Status::neutral);
  CHECK_FALSE(has_reason(comparison, "gain"));
  // A loss is one all the same, and the same artefact needs no check.
  both.head.runs[0].exact = {{"cost", {2000}}};
  CHECK(judge(both).status == Status::fail);
  both.head.runs[0].exact = both.base.runs[0].exact;
  both.head.runs[0].artifact = both.base.runs[0].artifact;
  CHECK(judge(both).verdict == Verdict::unchanged);
}

TEST_CASE("only an output of the same artefacts on the same input checks what a prover does not tell") {
  struct Case {
    const char* what;
    void (*bend)(model::CellRun& base, model::CellRun& head);
  };
  for (const Case& one : std::initializer_list<Case>{
           {"the checker says nothing either",
            [](auto& base, auto& head) {
              base.output_sha256.clear();
              head.output_sha256.clear();
            }},
           {"the checker's inputs differ", [](auto&, auto& head) { head.comparability.input_sha256 = "other bytes"; }},
           {"the checker ran another build on both sides",
            [](auto& base, auto& head) {
              base.artifact = "native base";
              head.artifact = "native head";
            }},
           {"the checker ran another build on head only", [](auto&, auto& head) { head.artifact = "native head"; }},
           {"nobody knows what the checker ran",
            [](auto& base, auto& head) {
              base.artifact.clear();
              head.artifact.clear();
            }},
           {"the checker fails on base",
            [](auto& base, auto&) { base.outcome = {model::OutcomeKind::exit, 1, {}, ""}; }},
       }) {
    INFO(one.what);
    auto both = half_on_a_prover_and_a_checker();
    one.bend(both.base.runs[0], both.head.runs[0]);
    const auto comparison = judge(both);
    REQUIRE(doubt_of_prover(comparison) != nullptr);
    CHECK(doubt_of_prover(comparison)->kind == FindingKind::incomparable);
    CHECK(comparison.status == Status::neutral);
  }
}

TEST_CASE("a gain that rests on an output nobody checked pays for no loss on another input") {
  std::vector<Row> rows;
  for (const auto* input : {"a", "b", "c", "d"}) rows.push_back({"g", input, 1000, 100, 1, "zisk-prover"});
  rows.push_back({"g", "e", 1000, 1030, 1, "zisk-prover"});
  auto both = sides(rows);
  both.base.policy->deciding["zisk-prover"] = "cost";
  CHECK(judge(both).status == Status::pass);  // with outputs the four pay for the fifth
  for (auto* set : {&both.base, &both.head}) {
    for (auto& run : set->runs) {
      run.output_sha256.clear();
      run.warnings = {{std::string(model::output_unchecked), "zisk-prover does not tell the output"}};
    }
  }
  const auto comparison = judge(both);
  CHECK(finding(comparison, "e").kind == FindingKind::regressed);
  CHECK(finding(comparison, "e").gates);
  CHECK(comparison.verdict == Verdict::discard_worse);
  CHECK(comparison.status == Status::fail);
  CHECK_THAT(guest(comparison, "g").why, ContainsSubstring("which does not count while an output is in doubt"));
  CHECK_FALSE(has_reason(comparison, "gain"));
}
