#include "profile/blame.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <set>
#include <sstream>
#include <tuple>

#include "model/error.h"
#include "model/execution.h"
#include "profile/builder.h"
#include "profile/check.h"
#include "profile/parts.h"
#include "profile/read.h"
#include "support.h"

namespace cyclegate::profile {
namespace {

using model::BlameKind;
using model::BlameRow;
using model::Wide;
using model::WideChange;

WideChange sum_of_changes(const model::Blame& blame) {
  WideChange sum = 0;
  for (const auto& row : blame.rows) sum += model::change(row.base_self, row.head_self);
  return sum;
}

// Any call tree with a cost that is split into parts, and calls.
model::Profile any_profile(const std::vector<std::string>& names) {
  ProfileBuilder builder("any", {{"cost", "cost"},
                                 {"steps", "steps"},
                                 {"cost:main", "cost"},
                                 {"cost:opcode:mul", "cost"},
                                 {"cost:precompile:keccak", "cost"}});
  const auto nodes = *rc::gen::inRange(1, 60);
  std::vector<std::uint32_t> all;
  for (int count = 0; count < nodes; ++count) {
    const auto at = *rc::gen::inRange<std::size_t>(0, all.size() + 1);
    const std::uint32_t parent = at == all.size() ? model::ProfileNode::kNoParent : all[at];
    const auto node = builder.node(parent, builder.frame(*rc::gen::elementOf(names)));
    all.push_back(node);
    builder.add_calls(node, *rc::gen::inRange<std::uint64_t>(0, 5));
    builder.add(node, 1, *rc::gen::inRange<std::uint64_t>(0, 1000));
    for (const std::size_t part : {2u, 3u, 4u}) {
      const auto value =
          *rc::gen::weightedOneOf<std::uint64_t>({{2, rc::gen::just<std::uint64_t>(0)},
                                                  {4, rc::gen::inRange<std::uint64_t>(0, 100)},
                                                  {1, rc::gen::inRange<std::uint64_t>(0, std::uint64_t{1} << 50)}});
      builder.add(node, part, value);
      builder.add(node, 0, value);
    }
  }
  return builder.finish();
}

// Inclusive cost by its definition: every node whose stack has the function, once.
std::map<std::string, Wide> totals_by_stack(const model::Profile& profile) {
  std::map<std::string, Wide> totals;
  for (std::size_t index = 0; index < profile.nodes.size(); ++index) {
    std::set<std::string> on_stack;
    for (auto node = static_cast<std::uint32_t>(index); node != model::ProfileNode::kNoParent;
         node = profile.nodes[node].parent)
      on_stack.insert(profile.frames[profile.nodes[node].frame].name);
    for (const auto& name : on_stack) totals[name] += profile.self_of(index)[0];
  }
  return totals;
}

TEST_CASE("blame sums exactly to the total change on 1,000 random pairs of profiles") {
  const std::vector<std::string> base_names{"main", "a", "b", "keccak", "old", "older"};
  const std::vector<std::string> head_names{"main", "a", "b", "keccak", "new", "newer"};
  REQUIRE(rc::check("a hundred times ten pairs", [&] {
    for (int pair = 0; pair < 10; ++pair) {
      const auto base = any_profile(base_names);
      const auto head = any_profile(head_names);
      check(base);
      check(head);
      const auto blame = profile::blame(base, head, "cost");
      Wide total[2] = {0, 0};
      for (std::size_t node = 0; node < base.nodes.size(); ++node) total[0] += base.self_of(node)[0];
      for (std::size_t node = 0; node < head.nodes.size(); ++node) total[1] += head.self_of(node)[0];
      RC_ASSERT(blame.base == total[0]);
      RC_ASSERT(blame.head == total[1]);
      RC_ASSERT(sum_of_changes(blame) == model::change(total[0], total[1]));
      const auto base_totals = totals_by_stack(base);
      const auto head_totals = totals_by_stack(head);
      std::set<std::string> seen;
      for (const auto& row : blame.rows) {
        RC_ASSERT(seen.insert(row.function).second);
        WideChange parts = 0;
        for (const auto& part : row.parts) parts += model::change(part.base, part.head);
        RC_ASSERT(parts == model::change(row.base_self, row.head_self));
        const auto& base_name = row.base_name.empty() ? row.function : row.base_name;
        if (row.kind != BlameKind::added) RC_ASSERT(row.base_total == base_totals.at(base_name));
        if (row.kind != BlameKind::removed) RC_ASSERT(row.head_total == head_totals.at(row.function));
        if (row.kind == BlameKind::renamed) RC_ASSERT(row.base_self == row.head_self);
      }
      for (std::size_t index = 1; index < blame.rows.size(); ++index) {
        const auto size = [](const BlameRow& row) {
          const auto change = model::change(row.base_self, row.head_self);
          return change < 0 ? -change : change;
        };
        RC_ASSERT(size(blame.rows[index - 1]) >= size(blame.rows[index]));
      }
    }
  }));
}

TEST_CASE("blame tells new, gone and changed functions, the largest change first") {
  const auto base = folded("main;a 10\nmain;gone 30\nmain 5\n");
  const auto head = folded("main;a 12\nmain;fresh 100\nmain 5\n");
  const auto blame = profile::blame(base, head, "samples");
  REQUIRE(blame.rows.size() == 3);
  REQUIRE(blame.rows[0].function == "fresh");
  REQUIRE(blame.rows[0].kind == BlameKind::added);
  REQUIRE(blame.rows[1].function == "gone");
  REQUIRE(blame.rows[1].kind == BlameKind::removed);
  REQUIRE(blame.rows[2].function == "a");
  REQUIRE(blame.rows[2].kind == BlameKind::changed);
  REQUIRE(model::change(blame.base, blame.head) == 72);
  REQUIRE(sum_of_changes(blame) == 72);
}

// As an executor counts: each stack was called once.
model::Profile counted(const std::string& stacks) {
  model::Profile profile = folded(stacks);
  for (auto& node : profile.nodes) node.calls = 1;
  return profile;
}

TEST_CASE("a function that does the same for the same callers under another name is renamed") {
  const auto base = counted("main;old 10\nmain;old;leaf 7\nmain 5\n");
  const auto head = counted("main;new 10\nmain;new;leaf 9\nmain 5\n");
  const auto blame = profile::blame(base, head, "samples");
  REQUIRE(blame.rows.size() == 2);
  REQUIRE(blame.rows[0].function == "leaf");
  REQUIRE(blame.rows[1].kind == BlameKind::renamed);
  REQUIRE(blame.rows[1].function == "new");
  REQUIRE(blame.rows[1].base_name == "old");
  REQUIRE(blame.rows[1].head_total == 19);
}

TEST_CASE("nothing is called renamed when two functions fit, or the callers differ, or the body does") {
  const auto kinds = [](const char* base, const char* head) {
    std::set<BlameKind> found;
    for (const auto& row : profile::blame(counted(base), counted(head), "samples").rows) found.insert(row.kind);
    return found;
  };
  const std::set<BlameKind> apart{BlameKind::added, BlameKind::removed};
  REQUIRE(kinds("main;old 10\n", "main;new 10\nmain;twin 10\n") == apart);
  REQUIRE(kinds("main;a;old 10\nmain;b 1\nmain;a 1\n", "main;b;new 10\nmain;b 1\nmain;a 1\n") == apart);
  REQUIRE(kinds("main;old 10\n", "main;new 11\n") == apart);
}

TEST_CASE("without calls and parts an equal number is chance, and nothing is renamed") {
  const auto kinds = [](const model::Profile& base, const model::Profile& head) {
    std::set<BlameKind> found;
    for (const auto& row : profile::blame(base, head, "samples").rows) found.insert(row.kind);
    return found;
  };
  const std::string base = "main;sha256 100\nmain;sha256;round 7\n";
  const std::string head = "main;memcpy 100\nmain;memcpy;round 7\n";
  REQUIRE(kinds(folded(base), folded(head)) == std::set<BlameKind>{BlameKind::added, BlameKind::removed});
  REQUIRE(kinds(counted(base), counted(head)) == std::set<BlameKind>{BlameKind::renamed});
  // An inlined function has no calls of its own.
  auto inlined = counted(base);
  auto after = counted(head);
  for (auto* profile : {&inlined, &after}) {
    for (auto& node : profile->nodes) {
      const auto& name = profile->frames[node.frame].name;
      if (name == "sha256" || name == "memcpy") node.calls = 0;
    }
  }
  REQUIRE(kinds(inlined, after) == std::set<BlameKind>{BlameKind::added, BlameKind::removed});
}

TEST_CASE("a recursive function's inclusive cost counts each step once") {
  const auto blame =
      profile::blame(folded("main;fib 1\n"), folded("main;fib 1\nmain;fib;fib 2\nmain;fib;g;fib 4\n"), "samples");
  const auto fib = std::ranges::find(blame.rows, "fib", &BlameRow::function);
  REQUIRE(fib->head_self == 7);
  REQUIRE(fib->head_total == 7);
}

TEST_CASE("blame from two lists of functions splits by kind of cost and calls nothing renamed") {
  const std::vector<model::FunctionCost> base{{"main", 1, 10, 40, {10, 5, 0, 2}, {50, 20, 0, 9}},
                                              {"old", 3, 30, 30, {40, 15, 0, 7}, {40, 15, 0, 7}}};
  const std::vector<model::FunctionCost> head{{"main", 1, 10, 40, {10, 5, 90, 1}, {50, 20, 90, 8}},
                                              {"new", 3, 30, 30, {40, 15, 0, 7}, {40, 15, 0, 7}}};
  const auto blame = profile::blame(functions_of(base, true), functions_of(head, true));
  REQUIRE(blame.base == 79);
  REQUIRE(blame.head == 168);
  REQUIRE(sum_of_changes(blame) == 89);
  REQUIRE(blame.rows.size() == 3);
  REQUIRE(blame.rows[0].function == "main");
  REQUIRE(blame.rows[0].parts ==
          std::vector<model::BlamePart>{{"main", 10, 10}, {"memory", 2, 1}, {"opcodes", 5, 5}, {"precompiles", 0, 90}});
  // Equal numbers alone may be chance: nobody knows who calls them.
  REQUIRE(blame.rows[1].function == "new");
  REQUIRE(blame.rows[1].kind == BlameKind::added);
  REQUIRE(blame.rows[1].head_calls == 3);
  REQUIRE(blame.rows[2].kind == BlameKind::removed);
}

TEST_CASE("kinds of cost that add up are the parts of the blame, and those that do not are never used") {
  const model::CostKinds kinds({"opcode:add", "opcode:multiply", "precompile:keccak", "memory:ram-aligned-read"});
  const auto split = [](std::vector<std::uint64_t> costs) { return model::CostSplit(costs); };
  model::FunctionCost main{"main", 1, 10, 40, {10, 5, 0, 2}, {50, 20, 0, 9}};
  main.split = split({2, 3, 0, 2});
  model::FunctionCost after{"main", 1, 10, 40, {10, 7, 90, 2}, {50, 20, 90, 8}};
  after.split = split({0, 7, 90, 2});
  const std::vector<model::FunctionCost> base{main};
  std::vector<model::FunctionCost> head{after};
  REQUIRE(model::splits_add_up(base, kinds));
  REQUIRE(model::splits_add_up(head, kinds));
  const auto blame = profile::blame(functions_of(base, true, kinds), functions_of(head, true, kinds));
  REQUIRE(blame.rows.size() == 1);
  REQUIRE(blame.rows[0].parts == std::vector<model::BlamePart>{{"main", 10, 10},
                                                               {"memory:ram-aligned-read", 2, 2},
                                                               {"opcode:add", 2, 0},
                                                               {"opcode:multiply", 3, 7},
                                                               {"precompile:keccak", 0, 90}});
  REQUIRE_FALSE(model::splits_add_up(head, {}));
  REQUIRE_FALSE(model::splits_add_up(head, model::CostKinds({"opcode:add", "opcode:multiply", "precompile:keccak"})));
  REQUIRE_FALSE(model::splits_add_up(head, model::CostKinds({"a", "b", "c", "d"})));
  head[0].split = split({1, 7, 90, 2});
  REQUIRE_FALSE(model::splits_add_up(head, kinds));
}

TEST_CASE("what only one of two formats keeps is left out on both sides, with a note, and is no change") {
  const auto in_format = [](const model::Profile& profile, Format format) {
    std::istringstream stream(write(profile, format));
    return read(stream, "some");
  };
  const auto run = [](const char* name, std::uint64_t other) {
    ProfileBuilder builder("some", {{"cost", "cost"}, {"cost:main", "cost"}, {"cost:opcode:mul", "cost"}});
    const auto main = builder.node(model::ProfileNode::kNoParent, builder.frame("main"));
    const auto function = builder.node(main, builder.frame(name));
    const auto last = builder.node(main, builder.frame("other"));
    for (const auto& [node, weight] : {std::pair(main, 3u), std::pair(function, 10u), std::pair(last, 8u)}) {
      const std::uint64_t own = node == last ? other : weight;
      builder.add_calls(node, 2);
      builder.add(node, 0, own);
      builder.add(node, 1, 1);
      builder.add(node, 2, own - 1);
    }
    return builder.finish();
  };
  const auto firefox = in_format(run("old", 8), Format::firefox);
  const auto pprof = in_format(run("old", 8), Format::pprof);
  for (const auto& [base, head, side] :
       {std::tuple(firefox, pprof, "only head"), std::tuple(pprof, firefox, "only base")}) {
    const auto same = profile::blame(base, head, "cost");
    REQUIRE(same.rows.empty());
    REQUIRE(same.base == 21);
    REQUIRE(same.note.starts_with(side));
  }
  REQUIRE(profile::blame(pprof, pprof, "cost").note.empty());
  REQUIRE(profile::blame(firefox, firefox, "cost").note.empty());
  const auto changed = profile::blame(firefox, in_format(run("new", 12), Format::pprof), "cost");
  REQUIRE(changed.rows.size() == 2);
  REQUIRE(changed.rows[0].function == "other");
  REQUIRE(changed.rows[0].parts.empty());
  REQUIRE(changed.rows[1].kind == BlameKind::renamed);
  REQUIRE(changed.rows[1].base_calls == 2);
  REQUIRE((changed.rows[1].base_total == 10 && changed.rows[1].head_total == 10));
  // Folded stacks know no calls either.
  std::istringstream stream("main 3\nmain;old 10\nmain;other 8\n");
  ByteReader bytes(stream, "folded");
  const auto folded = read_folded(bytes, {"cost", "cost"});
  const auto without_calls = profile::blame(pprof, folded, "cost");
  REQUIRE(without_calls.rows.empty());
  REQUIRE(without_calls.note.find(" and only base says how often") != std::string::npos);
  REQUIRE(profile::blame(firefox, folded, "cost").note ==
          "only base says how often each function was called: left out on both sides");
}

TEST_CASE("columns of one name in two units are not compared") {
  const auto in_unit = [](const char* unit) {
    ProfileBuilder builder(std::string("in ") + unit, {{"time", unit}});
    builder.add(builder.node(model::ProfileNode::kNoParent, builder.frame("main")), 0, 10);
    return builder.finish();
  };
  try {
    profile::blame(in_unit("ns"), in_unit("cycles"), "time");
    FAIL("was compared");
  } catch (const model::Error& error) {
    REQUIRE(error.kind() == model::ErrorKind::usage);
    REQUIRE(std::string(error.what()).find("in ns counts `time` in ns, but in cycles in cycles") != std::string::npos);
  }
}

TEST_CASE("a part that one side never has is 0 there, if it splits the whole at all") {
  const auto with_columns = [](std::vector<model::ProfileColumn> columns) {
    const std::size_t width = columns.size();
    ProfileBuilder builder("some", std::move(columns));
    const auto main = builder.node(model::ProfileNode::kNoParent, builder.frame("main"));
    builder.add(main, 0, 10);
    if (width > 1) builder.add(main, 1, 10);
    return builder.finish();
  };
  const std::vector<model::ProfileColumn> with_keccak{{"cost", "cost"}, {"cost:precompile:keccak", "cost"}};
  auto head = with_columns(with_keccak);
  auto base = with_columns({{"cost", "cost"}, {"cost:main", "cost"}});
  add_missing_part(base, head, "cost:precompile:keccak");
  check(base);
  REQUIRE(base.columns.size() == 3);
  REQUIRE(base.self == std::vector<std::uint64_t>{10, 10, 0});
  const auto blame = profile::blame(base, head, "cost:precompile:keccak");
  REQUIRE((blame.base == 0 && blame.head == 10));
  add_missing_part(base, head, "cost:main");
  REQUIRE(head.self == std::vector<std::uint64_t>{10, 10, 0});
  // What is not split at all may have any amount of it, and another unit is another thing.
  auto unsplit = with_columns({{"cost", "cost"}});
  head = with_columns(with_keccak);
  add_missing_part(unsplit, head, "cost:precompile:keccak");
  REQUIRE(unsplit.columns.size() == 1);
  auto other_unit = with_columns({{"cost", "ns"}, {"cost:main", "ns"}});
  add_missing_part(other_unit, head, "cost:precompile:keccak");
  REQUIRE(other_unit.columns.size() == 2);
}

}  // namespace
}  // namespace cyclegate::profile
