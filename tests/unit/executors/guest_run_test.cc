#include "executors/guest_run.h"

#include <catch2/catch_test_macros.hpp>
#include <string>

#include "executors/function_ranges.h"
#include "support/temporary_directory.h"

using namespace cyclegate;
using executors::CallTree;
using executors::CallTreeNode;
using executors::FunctionRange;
using executors::guest_run_from_json;

namespace {

const std::string good = R"({"schema":"cyclegate.guest-run/1","runner":"sp1-run","library":"sp1-core-executor 6.10.0",
  "build":"native","outcome":{"kind":"ok","code":null,"pc":null,"why":""},"steps":18446744073709551615,
  "metrics":{"gas":117},"opcodes":{"ADD":3},"syscalls":{"KECCAK_PERMUTE":{"count":2,"cycles":null}},"output":"00ff1a",
  "console":"hi\n","call_tree":{"columns":["instructions"],"nodes":[[-1,0,1,5],[0,1,2,7]],"truncated":false}})";

/// What is said about the good text after one change.
std::string refusal(const std::string& from, const std::string& to) {
  std::string text = good;
  text.replace(text.find(from), from.size(), to);
  const auto run = guest_run_from_json(text);
  return run ? "accepted" : run.error();
}

}  // namespace

TEST_CASE("a runner's answer is read exactly") {
  const auto run = guest_run_from_json(good);
  REQUIRE(run);
  CHECK(run->outcome.ok());
  CHECK(run->steps == 18446744073709551615ULL);
  CHECK(run->metrics.at("gas") == 117);
  CHECK(run->opcodes.at("ADD") == 3);
  CHECK(run->syscalls.at("KECCAK_PERMUTE").count == 2);
  CHECK(run->output == std::vector<std::uint8_t>{0x00, 0xff, 0x1a});
  CHECK(run->console == "hi\n");
  REQUIRE(run->call_tree.nodes.size() == 2);
  CHECK(run->call_tree.nodes[1] == CallTreeNode{.parent = 0, .function = 1, .calls = 2, .weights = {7}});
}

TEST_CASE("an answer that is not as it must be is refused with what is wrong") {
  CHECK(guest_run_from_json("").error() == "it is not a JSON object");
  CHECK(guest_run_from_json("[1]").error() == "it is not a JSON object");
  CHECK(guest_run_from_json(good.substr(0, good.size() - 1)).error() == "it is not a JSON object");
  CHECK(guest_run_from_json(good + "{}").error() == "it is not a JSON object");
  CHECK(refusal("guest-run/1", "guest-run/2") == "its schema is 'cyclegate.guest-run/2', not cyclegate.guest-run/1");
  CHECK(refusal("\"ok\"", "\"fine\"") == "its outcome is of no known kind");
  CHECK(refusal("\"outcome\"", "\"result\"") == "it has no outcome");
  CHECK(refusal("117", "-1") == "its 'metrics' is no whole number that is at least 0");
  CHECK(refusal("117", "1.5") == "its 'metrics' is no whole number that is at least 0");
  CHECK(refusal("18446744073709551615", "18446744073709551616") == "its 'steps' is no whole number that is at least 0");
  CHECK(refusal("\"steps\"", "\"stops\"") == "the guest ended well, but it has no output or no steps");
  CHECK(refusal("\"output\"", "\"input\"") == "the guest ended well, but it has no output or no steps");
  CHECK(refusal("00ff1a", "00ff1") == "its 'output' ends inside a byte");
  CHECK(refusal("00ff1a", "00FF1A") == "its 'output' is not in lower-case hexadecimal digits");
  CHECK(refusal("[0,1,2,7]", "[1,1,2,7]") == "a place of its call tree stands before its parent");
  CHECK(refusal("[0,1,2,7]", "[-2,1,2,7]") == "a place of its call tree has a parent below 0");
  CHECK(refusal("[0,1,2,7]", "[0,1,2]") == "a place of its call tree has not the right numbers");
  CHECK(refusal("[0,1,2,7]", "[0,4294967296,2,7]") == "a place of its call tree has no such function");
  CHECK(refusal("[0,1,2,7]", "[0,1,2,18446744073709551615]") ==
        "the numbers of its call tree together do not fit 64 bits");
  CHECK(refusal("\"hi\\n\"", "7") == "its 'console' is no text");
  CHECK(refusal("\"ADD\"", "\"\"") == "its 'opcodes' has a member without a name");
}

TEST_CASE("an answer that nests without end is refused and not followed") {
  CHECK_FALSE(guest_run_from_json(std::string(1'000'000, '[')));
  CHECK_FALSE(guest_run_from_json(std::string(100'000, '[') + std::string(100'000, ']')));
}

TEST_CASE("an answer of a guest that failed needs neither output nor steps") {
  const auto run = guest_run_from_json(
      R"({"schema":"cyclegate.guest-run/1","outcome":{"kind":"trap","code":null,"pc":2013270048,"why":"ebreak"}})");
  REQUIRE(run);
  CHECK(run->outcome ==
        model::Outcome{.kind = model::OutcomeKind::trap, .code = {}, .pc = 0x78001020, .why = "ebreak"});
}

TEST_CASE("a function's totals count recursion once, and its own weights add up to the run") {
  // main -> fib -> fib -> leaf, and main -> leaf.
  const CallTree tree{.columns = {"user_cycles", "paging_cycles"},
                      .nodes = {{.parent = CallTreeNode::no_parent, .function = 0, .calls = 1, .weights = {10, 1}},
                                {.parent = 0, .function = 1, .calls = 1, .weights = {20, 0}},
                                {.parent = 1, .function = 1, .calls = 2, .weights = {30, 2}},
                                {.parent = 2, .function = 2, .calls = 4, .weights = {5, 0}},
                                {.parent = 0, .function = 2, .calls = 1, .weights = {7, 0}},
                                {.parent = 4, .function = 9, .calls = 0, .weights = {1, 0}}}};
  const std::vector<FunctionRange> ranges{{.start = 0, .end = 8, .name = "main"},
                                          {.start = 8, .end = 16, .name = "fib"},
                                          {.start = 16, .end = 24, .name = "leaf"}};
  const auto functions = executors::function_costs(tree, ranges, true);
  REQUIRE(functions.size() == 4);
  CHECK(functions[0] == model::FunctionCost{.name = "main",
                                            .calls = 1,
                                            .steps_self = 11,
                                            .steps_total = 76,
                                            .self = {.main = 10, .memory = 1},
                                            .total = {.main = 73, .memory = 3}});
  CHECK(functions[1].name == "fib");
  CHECK(functions[1].calls == 3);
  CHECK(functions[1].steps_self == 52);
  CHECK(functions[1].steps_total == 57);
  CHECK(functions[2].name == "leaf");
  CHECK(functions[2].steps_total == 13);
  CHECK(functions[3].name == "[no symbol]");
  CHECK(functions[3].steps_total == 1);
  const auto plain = executors::function_costs(tree, ranges, false);
  CHECK(plain[0].total.sum() == 0);
  CHECK(plain[0].steps_total == 76);
}

TEST_CASE("a call tree is a profile whose first column is the sum of the tree's") {
  const CallTree tree{.columns = {"user_cycles", "paging_cycles"},
                      .nodes = {{.parent = CallTreeNode::no_parent, .function = 0, .calls = 1, .weights = {10, 1}},
                                {.parent = 0, .function = 1, .calls = 3, .weights = {20, 2}},
                                {.parent = 0, .function = 2, .calls = 4, .weights = {30, 0}}}};
  const std::vector<FunctionRange> ranges{{.start = 0, .end = 8, .name = "main"},
                                          {.start = 8, .end = 16, .name = "same"},
                                          {.start = 16, .end = 24, .name = "same"}};
  const model::Profile profile = executors::call_tree_profile(tree, ranges, "cycles", "cycles");
  REQUIRE(profile.nodes.size() == 2);
  CHECK(profile.columns == std::vector<model::ProfileColumn>{{.name = "cycles", .unit = "cycles"},
                                                             {.name = "cycles:user", .unit = "cycles"},
                                                             {.name = "cycles:paging", .unit = "cycles"}});
  CHECK(profile.frames[profile.nodes[1].frame].name == "same");
  CHECK(profile.nodes[1].parent == 0);
  CHECK(profile.nodes[1].calls == 7);
  CHECK(profile.self == std::vector<std::uint64_t>{11, 10, 1, 52, 50, 2});
  const CallTree single{.columns = {"instructions"},
                        .nodes = {{.parent = CallTreeNode::no_parent, .function = 0, .calls = 1, .weights = {10}}}};
  const model::Profile steps = executors::call_tree_profile(single, ranges, "steps", "steps");
  CHECK(steps.columns == std::vector<model::ProfileColumn>{{.name = "steps", .unit = "steps"}});
  CHECK(steps.self == std::vector<std::uint64_t>{10});
}

TEST_CASE("the functions of an ELF ascend, are disjoint and have names") {
  const auto text = test::read_file(std::string(CYCLEGATE_SOURCE_DIR) + "/tests/fixtures/risc0/elf/fib.elf");
  const auto ranges = executors::function_ranges({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
  REQUIRE(ranges);
  REQUIRE_FALSE(ranges->empty());
  for (std::size_t i = 0; i < ranges->size(); ++i) {
    CHECK((*ranges)[i].start < (*ranges)[i].end);
    if (i > 0) CHECK((*ranges)[i - 1].end <= (*ranges)[i].start);
  }
  CHECK(executors::ranges_text(*ranges).contains("2008fc 20099c\n"));  // fib, as nm -S has it
  CHECK_FALSE(executors::function_ranges({}));
}
