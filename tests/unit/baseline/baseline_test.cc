#include "baseline/baseline.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "example.h"
#include "model/nondeterministic_output.h"

using namespace cyclegate;
using baseline::Baseline;
using baseline::pin;
using Catch::Matchers::ContainsSubstring;

TEST_CASE("a run set is pinned cell by cell, without what belongs to the machine") {
  const baseline::Pinned pinned = pin(test::example_set(), {});
  CHECK(pinned.warnings.empty());
  REQUIRE(pinned.baseline.guests.size() == 2);
  const baseline::PinnedCell* const cell = find_cell(pinned.baseline, {"beta", "small", "embedded"});
  REQUIRE(cell != nullptr);
  CHECK(cell->exact == std::map<std::string, std::uint64_t>{{"cost", 18'446'744'073'709'551'615U}, {"steps", 7}});
  CHECK(cell->comparability.cost_model == "zisk-1.4.0-alpha");
  CHECK(cell->comparability.machine.empty());
  CHECK(cell->comparability.session.empty());
  CHECK(find_cell(pinned.baseline, {"beta", "small", "sp1"}) == nullptr);
  CHECK(find_cell(pinned.baseline, {"gamma", "small", "embedded"}) == nullptr);
}

TEST_CASE("failed and nondeterministic cells are not pinned, and the reason is told") {
  model::RunSet set = test::example_set();
  set.commit.dirty = true;
  set.runs[0].outcome = {.kind = model::OutcomeKind::exit, .code = 3, .pc = {}, .why = "the guest gave up"};
  set.runs[1].exact["steps"] = {100, 101};
  set.runs[2].warnings = {{std::string(model::nondeterministic_output), "two runs gave different outputs"}};
  const baseline::Pinned pinned = pin(set, {});
  CHECK_FALSE(pinned.baseline.guests.contains("alpha"));
  REQUIRE(pinned.warnings.size() == 4);
  CHECK_THAT(pinned.warnings[0].message, ContainsSubstring("alpha/large@embedded is not pinned: it failed: "));
  CHECK_THAT(pinned.warnings[1].message, ContainsSubstring("steps differs between repetitions"));
  CHECK_THAT(pinned.warnings[2].message, ContainsSubstring("its output differs between repetitions"));
  CHECK(pinned.baseline.guests.at("beta").cells.size() == 1);
  CHECK(pinned.warnings[3].code == "dirty");
}

TEST_CASE("pinning keeps other guests and executors, and drops inputs that are gone") {
  const Baseline before = pin(test::example_set(), {}).baseline;
  model::RunSet set = test::example_set();
  set.guests.pop_back();
  set.guests[0].inputs.pop_back();  // small
  set.runs = {test::run_of("alpha", "large", 8000, 800)};
  set.runs[0].cell.executor = "ziskemu";
  const Baseline after = pin(set, before).baseline;
  CHECK(after.guests.at("beta") == before.guests.at("beta"));
  REQUIRE(after.guests.at("alpha").cells.size() == 2);
  CHECK(after.guests.at("alpha").cells[0] == before.guests.at("alpha").cells[0]);
  CHECK(find_cell(after, {"alpha", "large", "ziskemu"})->exact.at("cost") == 8000);
  CHECK(find_cell(after, {"alpha", "small", "embedded"}) == nullptr);
  // The same set once more changes nothing.
  CHECK(pin(set, after).baseline == after);
}

TEST_CASE("a stored result is found by its reuse key alone, and is marked as reused") {
  const model::RunSet set = test::example_set();
  const Baseline stored = pin(set, {}).baseline;
  const baseline::ReuseIndex index(stored);
  const auto found = index.lookup(set.runs[1].reuse_key);
  REQUIRE(found);
  CHECK(found->cell == set.runs[1].cell);
  CHECK(found->reused);
  CHECK(found->outcome.ok());
  CHECK(found->output_sha256 == set.runs[1].output_sha256);
  CHECK(found->artifact == set.runs[1].artifact);
  CHECK(found->exact == std::map<std::string, std::vector<std::uint64_t>>{{"cost", {1000}}, {"steps", {100}}});
  CHECK_FALSE(index.lookup(std::string(64, 'f')));
  CHECK_FALSE(index.lookup(""));
}
