#include <algorithm>
#include <catch2/catch_test_macros.hpp>

#include "fixture.h"
#include "measure/reuse_key.h"
#include "measure/run_set_store.h"

using namespace cyclegate;
using test::Bench;

namespace {

/// The scripted executor under another price list: every step costs twice as much.
struct OtherModel {
  test::ScriptedWorld world;

  explicit OtherModel(Bench& bench) {
    world.description = bench.world.description;
    world.description.cost_model = "dearer";
    bench.plan.repricing[test::scripted] = std::make_shared<test::ScriptedExecutor>(world);
  }

  /// To be called when all scripts of the bench are there.
  void price(const Bench& bench) {
    for (const auto& [place, script] : bench.world.scripts) {
      test::Script dearer = script;
      for (model::Execution& answer : dearer.answers) {
        if (answer.cost) answer.cost->parts.main *= 2;
      }
      world.scripts[place] = dearer;
    }
  }
};

std::uint64_t cost(const model::CellRun& run) {
  return run.exact.at("cost").front();
}

}  // namespace

TEST_CASE("cells that both sides have run under both cost models, twice each, without functions under head's") {
  Bench bench;
  bench.plan.settings.timed = false;
  bench.add_changed_cell("hash", "light", 100, 90);
  bench.add_cell("new", "light", "", "new-head");
  bench.script("new-head", "light", 50);
  OtherModel other(bench);
  other.price(bench);
  const auto measured = bench.measure();
  CHECK(measured.executed == 4 + 4 + 2);
  REQUIRE(other.world.calls.size() == 4);
  CHECK(std::ranges::all_of(other.world.calls, [](const auto& call) { return call.detail == model::Detail::cost; }));

  REQUIRE(measured.base.repriced.size() == 1);
  REQUIRE(measured.head.repriced.size() == 1);
  CHECK(cost(measured.base.runs[0]) == 100 * 13);
  CHECK(cost(measured.head.runs[0]) == 90 * 13);
  CHECK(cost(measured.base.repriced[0]) == 100 * 23);
  CHECK(cost(measured.head.repriced[0]) == 90 * 23);
  CHECK(measured.head.repriced[0].exact.at("cost").size() == 2);
  CHECK(measured.head.repriced[0].functions.empty());
  CHECK_FALSE(measured.head.repriced[0].opcodes.empty());
  // Both sides' runs are under base's model, which decides; the others can never pass for them.
  CHECK(measured.head.runs[0].comparability.cost_model == "table");
  const model::CellRun& repriced = measured.head.repriced[0];
  CHECK(repriced.comparability.cost_model == "dearer");
  CHECK(repriced.artifact == measured.head.runs[0].artifact);
  CHECK(repriced.reuse_key == measure::reuse_key(repriced.artifact, repriced.comparability));
  CHECK(repriced.reuse_key != measured.head.runs[0].reuse_key);
  CHECK(measure::read_run_set(bench.directory / "out/head.runs.json") == measured.head);
}

TEST_CASE("where only the cost model changed the same artefact runs on both sides, and nothing is timed") {
  Bench bench;
  bench.add_cell("hash", "light", "same", "same");
  bench.script("same", "light", 100);
  OtherModel other(bench);
  other.price(bench);
  const auto measured = bench.measure();
  CHECK(measured.same == 0);
  CHECK(std::ranges::none_of(bench.world.calls, &test::ScriptedCall::timed));
  CHECK(cost(measured.base.runs.at(0)) == cost(measured.head.runs.at(0)));
  CHECK(cost(measured.base.repriced.at(0)) == cost(measured.head.repriced.at(0)));
  CHECK(cost(measured.head.repriced.at(0)) == 100 * 23);
}

TEST_CASE("a guest that fails under head's cost model has its outcome there and no numbers") {
  Bench bench;
  bench.plan.settings.timed = false;
  bench.add_changed_cell("hash", "light", 100, 90);
  OtherModel other(bench);
  other.price(bench);
  model::Execution trap;
  trap.outcome = {.kind = model::OutcomeKind::trap, .code = {}, .pc = 0x90000000, .why = "ebreak"};
  other.world.scripts[{"hash-head", "light"}].answers = {trap};
  const auto measured = bench.measure();
  CHECK(measured.head.runs[0].outcome.ok());
  CHECK(measured.head.repriced[0].outcome.kind == model::OutcomeKind::trap);
  CHECK(measured.head.repriced[0].exact.empty());
  CHECK(measured.base.repriced[0].outcome.ok());
}

TEST_CASE("a session under two cost models that is cut off and resumed gives the bytes of the whole one") {
  Bench bench;
  bench.plan.settings.timed = false;
  bench.add_changed_cell("hash", "a", 100, 90);
  bench.add_changed_cell("hash", "b", 200, 190);
  bench.add_cell("same", "a", "same", "same");
  bench.script("same", "a", 70);
  OtherModel other(bench);
  other.price(bench);
  const std::string expected = test::bytes(bench.measure());
  const std::string text = test::read_file(measure::journal_path(bench.directory / "out"));
  std::size_t resumed = 0;
  for (std::size_t length = text.find('\n') + 1; length <= text.size(); length += 97) {
    bench.directory.write("out/runs.journal", text.substr(0, length));
    const auto measured = bench.measure(true);
    REQUIRE(test::bytes(measured) == expected);
    CHECK(measured.resumed + measured.executed == 24);
    if (measured.resumed > 0) ++resumed;
  }
  CHECK(resumed > 10);
}

TEST_CASE("the journal of one cost model is not resumed under another") {
  Bench bench;
  bench.plan.settings.timed = false;
  bench.add_changed_cell("hash", "a", 100, 90);
  OtherModel other(bench);
  other.price(bench);
  bench.measure();
  other.world.description.cost_model = "dearer still";
  CHECK_THROWS(bench.measure(true));
  bench.plan.repricing.clear();
  CHECK_THROWS(bench.measure(true));
}
