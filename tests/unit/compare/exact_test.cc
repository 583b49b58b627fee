#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <limits>

#include "sides.h"

using namespace cyclegate;
using namespace cyclegate::test;
using Catch::Matchers::ContainsSubstring;
using model::FindingKind;
using model::Status;
using model::Verdict;

TEST_CASE("an exact metric is judged by its integers, at every corner of the verdict table") {
  struct Corner {
    const char* what;
    std::uint64_t base;
    std::uint64_t head;
    FindingKind kind;
    Verdict verdict;
    Status status;
  };
  constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
  const std::vector<Corner> corners = {
      {"equal", 1000, 1000, FindingKind::unchanged, Verdict::unchanged, Status::pass},
      {"more than 5 % better", 1'000'000, 949'999, FindingKind::improved, Verdict::keep, Status::pass},
      {"exactly 5 % better", 1'000'000, 950'000, FindingKind::improved, Verdict::maybe, Status::pass},
      {"exactly 2 % better", 1'000'000, 980'000, FindingKind::improved, Verdict::maybe, Status::pass},
      {"just below 2 % better", 1'000'000, 980'001, FindingKind::improved, Verdict::discard, Status::pass},
      {"better by one", 1'000'000, 999'999, FindingKind::improved, Verdict::discard, Status::pass},
      {"worse by one", 1'000'000, 1'000'001, FindingKind::regressed, Verdict::discard, Status::pass},
      {"exactly the tolerance", 1'000'000, 1'005'000, FindingKind::regressed, Verdict::discard, Status::pass},
      {"above the tolerance", 1'000'000, 1'005'001, FindingKind::regressed, Verdict::discard_worse, Status::fail},
      {"exactly 1.10x", 1000, 1100, FindingKind::regressed, Verdict::discard_worse, Status::fail},
      {"above 1.10x", 1000, 1101, FindingKind::killed, Verdict::kill, Status::fail},
      {"nothing on both sides", 0, 0, FindingKind::unchanged, Verdict::unchanged, Status::pass},
      {"from nothing", 0, 1, FindingKind::regressed, Verdict::discard_worse, Status::fail},
      {"to nothing", 1, 0, FindingKind::improved, Verdict::keep, Status::pass},
      {"the largest values, equal", most, most, FindingKind::unchanged, Verdict::unchanged, Status::pass},
      {"the largest values, one apart", most - 1, most, FindingKind::regressed, Verdict::discard, Status::pass},
      {"2^63 to a little above half of it", 1ULL << 63, (1ULL << 62) + 1, FindingKind::improved, Verdict::keep,
       Status::pass},
      {"2^63 to 2^64 - 1", 1ULL << 63, most, FindingKind::killed, Verdict::kill, Status::fail},
  };
  for (const Corner& corner : corners) {
    INFO(corner.what);
    const auto comparison = judge(sides({{"g", "light", corner.base, corner.head, 1'000'000}}));
    CHECK(finding(comparison, "light").kind == corner.kind);
    CHECK(finding(comparison, "light").gates == (corner.status == Status::fail));
    CHECK(comparison.verdict == corner.verdict);
    CHECK(comparison.status == corner.status);
  }
}

TEST_CASE("a metric of which more is better is judged as the cost that it stands for") {
  const auto with = [](std::uint64_t base, std::uint64_t head) {
    auto both = sides({{"g", "light", base, head}});
    for (auto* set : {&both.base, &both.head}) set->metrics[0].better = model::Better::higher;
    return judge(both);
  };
  CHECK(finding(with(100, 120), "light").kind == FindingKind::improved);
  CHECK(with(100, 120).verdict == Verdict::keep);
  CHECK(finding(with(100, 95), "light").kind == FindingKind::regressed);
  CHECK(finding(with(100, 90), "light").kind == FindingKind::killed);
  CHECK(with(100, 99).status == Status::fail);
  CHECK(finding(with(100, 0), "light").kind == FindingKind::regressed);
  CHECK(with(100, 0).status == Status::fail);
}

TEST_CASE("repetitions that are not equal make a metric nondeterministic, whichever side they are on") {
  for (const bool on_head : {false, true}) {
    auto both = sides({{"g", "light", 100, 50}});
    both.run(on_head ? both.head : both.base, "g", "light").exact["cost"] = {50, 51};
    const auto comparison = judge(both);
    CHECK(finding(comparison, "light").kind == FindingKind::nondeterministic);
    CHECK_THAT(finding(comparison, "light").why, ContainsSubstring("50 and then 51"));
    CHECK(comparison.verdict == Verdict::inconclusive);
    CHECK(comparison.status == Status::neutral);
    CHECK(has_reason(comparison, "nondeterministic"));
  }
}

TEST_CASE("the same artefact that gives two values is nondeterministic, not improved") {
  auto both = sides({{"g", "light", 100, 50}});
  both.run(both.head, "g", "light").artifact = both.run(both.base, "g", "light").artifact;
  CHECK(finding(judge(both), "light").kind == FindingKind::nondeterministic);
}

TEST_CASE("a difference in what makes results comparable is named and never fails") {
  const std::vector<std::pair<std::string, std::string model::Comparability::*>> fields = {
      {"input_sha256", &model::Comparability::input_sha256},
      {"executor_version", &model::Comparability::executor_version},
      {"executor_options", &model::Comparability::executor_options},
      {"cost_model", &model::Comparability::cost_model},
  };
  for (const auto& [name, field] : fields) {
    auto both = sides({{"g", "light", 100, 300}});
    both.run(both.head, "g", "light").comparability.*field = "other";
    const auto comparison = judge(both);
    CHECK(finding(comparison, "light").kind == FindingKind::incomparable);
    CHECK_THAT(finding(comparison, "light").why, ContainsSubstring(name) && ContainsSubstring("other"));
    CHECK(comparison.status == Status::neutral);
    CHECK(comparison.verdict == Verdict::inconclusive);
  }
}

TEST_CASE("machine and session do not matter to exact metrics") {
  auto both = sides({{"g", "light", 1000, 900}});
  both.run(both.base, "g", "light").comparability.machine = "elsewhere";
  both.run(both.base, "g", "light").comparability.session = "long ago";
  CHECK(judge(both).verdict == Verdict::keep);
}

TEST_CASE("another build of the same executor version is comparable") {
  auto both = sides({{"g", "light", 1000, 900}});
  both.run(both.base, "g", "light").comparability.executor_program = std::string(64, '1');
  both.run(both.head, "g", "light").comparability.executor_program = std::string(64, '2');
  CHECK(judge(both).verdict == Verdict::keep);
}

TEST_CASE("artefacts that two compilers made in two sessions are incomparable, in one session the change is judged") {
  auto both = sides({{"g", "light", 1000, 3000}});
  auto& base = both.run(both.base, "g", "light");
  auto& head = both.run(both.head, "g", "light");
  base.comparability.toolchain = "rustc 1.96.0";
  head.comparability.toolchain = "rustc 1.97.0";
  CHECK(judge(both).verdict == Verdict::kill);
  base.comparability.session = "last night";
  const auto comparison = judge(both);
  CHECK(finding(comparison, "light").kind == FindingKind::incomparable);
  CHECK_THAT(finding(comparison, "light").why,
             ContainsSubstring("toolchain differs: base rustc 1.96.0, head rustc 1.97.0"));
  CHECK(comparison.status == Status::neutral);
  head.output_sha256 = std::string(64, 'e');  // a wrong result stays wrong, whoever compiled it
  CHECK(judge(both).verdict == Verdict::reject);
  head.output_sha256 = base.output_sha256;
  head.artifact = base.artifact;
  CHECK(finding(judge(both), "light").kind != FindingKind::incomparable);
  head.artifact = "another";
  head.comparability.toolchain.clear();
  CHECK(judge(both).verdict == Verdict::kill);
}

TEST_CASE("a metric that only one side has is new or removed, and a missing deciding one is a doubt") {
  auto both = sides({{"g", "light", 1000, 900}});
  both.run(both.base, "g", "light").exact["old"] = {1, 1};
  both.run(both.head, "g", "light").exact["young"] = {2, 2};
  CHECK(finding(judge(both), "light", "old").kind == FindingKind::removed);
  CHECK(finding(judge(both), "light", "young").kind == FindingKind::added);
  CHECK(judge(both).verdict == Verdict::keep);
  both.run(both.head, "g", "light").exact.erase("cost");
  CHECK(finding(judge(both), "light").kind == FindingKind::removed);
  CHECK(judge(both).verdict == Verdict::inconclusive);
  CHECK(judge(both).status == Status::neutral);
  both.run(both.base, "g", "light").exact.erase("cost");
  CHECK(finding(judge(both), "light").kind == FindingKind::incomparable);
}

TEST_CASE("metrics that do not decide inform, and are named when they get worse") {
  auto both = sides({{"g", "light", 1000, 900}});
  both.run(both.base, "g", "light").exact["steps"] = {100, 100};
  both.run(both.head, "g", "light").exact["steps"] = {300, 300};
  const auto comparison = judge(both);
  CHECK(finding(comparison, "light", "steps").kind == FindingKind::regressed);
  CHECK_FALSE(finding(comparison, "light", "steps").deciding);
  CHECK_FALSE(finding(comparison, "light", "steps").gates);
  CHECK(comparison.verdict == Verdict::keep);
  CHECK_THAT(reason(comparison, "informing-worse"), ContainsSubstring("+200.0 %"));
}

TEST_CASE("a share of the deciding metric that grows is no bad news of its own") {
  auto both = sides({{"g", "light", 1000, 900}});
  both.run(both.base, "g", "light").exact["cost_precompiles"] = {0, 0};
  both.run(both.head, "g", "light").exact["cost_precompiles"] = {300, 300};
  const auto comparison = judge(both);
  CHECK(finding(comparison, "light", "cost_precompiles").kind == FindingKind::regressed);
  CHECK(std::ranges::none_of(comparison.reasons, [](const auto& each) { return each.code == "informing-worse"; }));
}

TEST_CASE("the configured deciding metric decides") {
  auto both = sides({{"g", "light", 1000, 2000}});
  both.policy().deciding["embedded"] = "steps";
  both.run(both.base, "g", "light").exact["steps"] = {100, 100};
  both.run(both.head, "g", "light").exact["steps"] = {90, 90};
  const auto comparison = judge(both);
  CHECK(comparison.verdict == Verdict::keep);
  CHECK(comparison.status == Status::pass);
}

TEST_CASE("the artefact's size is a finding of its guest") {
  auto both = sides({{"g", "light", 1000, 1000}});
  both.head.artifacts[0].loaded_bytes = 5000;
  const auto comparison = judge(both);
  const auto& size = finding(comparison, "", "artifact_size");
  CHECK(size.kind == FindingKind::regressed);
  CHECK(size.change.base == 4096);
  CHECK(size.change.head == 5000);
  CHECK(size.cell.executor == "zisk");
  CHECK_FALSE(size.gates);
  CHECK(comparison.verdict == Verdict::unchanged);
  CHECK(model::find_metric(comparison.metrics, "artifact_size") != nullptr);
}
