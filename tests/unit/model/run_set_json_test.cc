#include "model/run_set_json.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_exception.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <numeric>
#include <string>
#include <vector>

#include "model/document.h"
#include "model/error.h"

using namespace cyclegate::model;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::MessageMatches;

namespace {

RunSet example() {
  RunSet set;
  set.side = Side::base;
  set.commit = {.id = std::string(40, 'a'),
                .subject = "guest: \"quoted\" and \u00fcber",
                .date = "2026-01-02T03:04:05Z",
                .dirty = true};
  set.session = {.id = "s1", .started = "2026-01-02T03:04:05Z", .machine = "m"};
  set.schedule.seed = ~std::uint64_t{0};
  set.environment = {.hostname = "h",
                     .cpu = "c",
                     .cores = 2,
                     .memory_bytes = 1,
                     .os = "o",
                     .kernel = "k",
                     .toolchain = {{"cc", "12"}}};
  set.policy = Policy{};
  set.policy->drift_budget = Millionths{30'000};
  set.policy->acknowledged.push_back({.guest = "g",
                                      .metric = "cost",
                                      .up_to = Millionths{1},
                                      .expected = {{"i", "f"}},
                                      .until = "2027-01-31",
                                      .reason = "r"});
  set.metrics = {{.name = "cost", .unit = "cost", .kind = MetricKind::exact, .better = Better::lower}};
  set.guests = {{.name = "g",
                 .inputs = {{.name = "i", .sha256 = "00", .weight = 3, .description = "d"}},
                 .executors = {"embedded"},
                 .has_check = true,
                 .check_command = "make check",
                 .check = StageFailure{"check", "why", "log"}}};
  set.artifacts = {{.guest = "g",
                    .build = "zisk",
                    .identity = "id",
                    .loaded_bytes = 5,
                    .path = "p",
                    .failure = {},
                    .from_cache = true,
                    .warnings = {{"w", "m"}}}};
  for (const char* input : {"a", "b"}) {
    CellRun run;
    run.cell = {"g", input, "embedded"};
    run.outcome = {.kind = OutcomeKind::trap, .code = {}, .pc = 0x90000000, .why = "ebreak"};
    run.exact["cost"] = {~std::uint64_t{0}, 0};
    run.sampled["wall_time"] = {{0, 1, -5}};
    run.opcodes = {{"add", 1, 2}};
    run.functions = {
        {.name = "f", .calls = 1, .steps_self = 2, .steps_total = 3, .self = {1, 2, 3, 4}, .total = {5, 6, 7, 8}}};
    run.function_kinds = CostKinds({"opcode:add", "precompile:keccak", "memory:image", "memory:ram-aligned-read"});
    run.functions[0].split = CostSplit(std::vector<std::uint64_t>{2, 0, 4, 0});
    set.runs.push_back(run);
  }
  return set;
}

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  const auto at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

/// Without its checksum a file may be changed by hand.
std::string without_checksum(const std::string& text) {
  return text.substr(0, text.rfind(",\n\"checksum\"")) + "\n}\n";
}

}  // namespace

TEST_CASE("a run set reads back as it was written and gives the same bytes again") {
  const RunSet set = example();
  const std::string text = to_json(set);
  CHECK(run_set_from_json(text, "runs.json") == set);
  CHECK(to_json(run_set_from_json(text, "runs.json")) == text);
}

TEST_CASE("a run set cut at any byte is refused") {
  const std::string text = to_json(example());
  for (std::size_t size = 0; size + 1 < text.size(); ++size) {
    INFO("first " << size << " bytes");
    CHECK_THROWS_AS(run_set_from_json(text.substr(0, size), "runs.json"), Error);
  }
}

TEST_CASE("cells under another cost model read back as they were written, each once") {
  RunSet set = example();
  set.repriced = {set.runs.back()};
  set.repriced.front().comparability.cost_model = "other sha256:00";
  set.repriced.front().exact["cost"] = {9, 9};
  CHECK(run_set_from_json(to_json(set), "runs.json") == set);
  set.repriced.push_back(set.repriced.front());
  CHECK_THROWS_MATCHES(run_set_from_json(to_json(set), "runs.json"), Error,
                       MessageMatches(ContainsSubstring("the cell g/b@embedded stands there twice in `repriced`")));
}

TEST_CASE("an edited run set is called edited, with the remedy") {
  const std::string edited = replaced(to_json(example()), "18446744073709551615,0", "18446744073709551615,1");
  CHECK_THROWS_MATCHES(run_set_from_json(edited, "runs.json"), Error,
                       MessageMatches(ContainsSubstring("runs.json: the checksum does not match")));
}

TEST_CASE("a newer schema is refused as newer and a foreign one as foreign") {
  const std::string text = without_checksum(to_json(example()));
  CHECK_THROWS_MATCHES(run_set_from_json(replaced(text, "cyclegate.runs/1", "cyclegate.runs/2"), "f"), Error,
                       MessageMatches(ContainsSubstring("newer than this cyclegate")));
  CHECK_THROWS_MATCHES(run_set_from_json(replaced(text, "cyclegate.runs/1", "other/1"), "f"), Error,
                       MessageMatches(ContainsSubstring("'cyclegate.runs/1' is expected")));
}

TEST_CASE("a missing checksum and unknown fields become warnings and lose nothing else") {
  const std::string text =
      replaced(without_checksum(to_json(example())), "\"outcome\":{", "\"outcome\":{\"colour\":1,");
  RunSet read = run_set_from_json(text, "f");
  REQUIRE(read.warnings.size() == 2);
  CHECK(read.warnings[0].message == "f: the unknown field /runs/0/outcome/colour was left out");
  CHECK(read.warnings[1].code == "no-checksum");
  read.warnings.clear();
  CHECK(read == example());
}

TEST_CASE("a field of the wrong type, out of range or missing is named by its JSON pointer") {
  const std::string text = without_checksum(to_json(example()));
  const auto message = [&](std::string_view from, std::string_view to, const char* expected) {
    CHECK_THROWS_MATCHES(run_set_from_json(replaced(text, from, to), "f"), Error,
                         MessageMatches(ContainsSubstring(expected)));
  };
  message("\"input\":\"b\"", "\"input\":7", "f: /runs/1/cell/input: must be a string");
  message("\"count\":1", "\"count\":-1", "f: /runs/0/opcodes/0/count: must be a non-negative integer");
  message("\"cores\":2", "\"cores\":4294967296", "f: /environment/cores: must be at most 4294967295");
  message("\"kind\":\"trap\"", "\"kind\":\"fine\"", "'fine' is none of: ok, exit, trap");
  message("\"weight\":3,", "", "the field 'weight' is missing");
  message("\"input\":\"b\"", "\"input\":\"a\"", "g/a@embedded stands there twice");
}

TEST_CASE("looks that no measurement plans are refused before anything is computed of them") {
  const auto read = [](std::vector<std::uint32_t> looks) {
    RunSet set = example();
    set.schedule.looks = std::move(looks);
    return run_set_from_json(to_json(set), "f").schedule.looks;
  };
  std::vector<std::uint32_t> many(64);
  std::iota(many.begin(), many.end(), 4'937U);
  CHECK(read(many) == many);
  CHECK(read({}).empty());
  CHECK(read({1}) == std::vector<std::uint32_t>{1});
  many.insert(many.begin(), 1);
  for (const auto& looks : std::vector<std::vector<std::uint32_t>>{{0, 5}, {5, 5}, {6, 5}, {5, 5'001}, many})
    CHECK_THROWS_MATCHES(read(looks), Error,
                         MessageMatches(ContainsSubstring("f: /schedule/looks: must be at most 64 "
                                                          "numbers that rise, from 1 to 5000")));
}

TEST_CASE("text that is not JSON is refused with line and column") {
  CHECK_THROWS_MATCHES(run_set_from_json("{\n\"schema\":\"cyclegate.runs/1\",\n oops}", "f"), Error,
                       MessageMatches(ContainsSubstring("f:3:2")));
}

TEST_CASE("deep nesting is refused before it costs memory") {
  CHECK_THROWS_AS(run_set_from_json("{\"schema\":\"cyclegate.runs/1\",\"x\":" + std::string(100'000, '['), "f"), Error);
}

TEST_CASE("a name with a NUL in it is read whole") {
  RunSet set = example();
  set.environment.toolchain = {{std::string("c\0c", 3), "12"}, {std::string(1, '\0'), ""}};
  CHECK(run_set_from_json(to_json(set), "f") == set);
}

TEST_CASE("one run survives the journal's single line") {
  const CellRun run = example().runs[0];
  const std::string line = cell_run_to_json(run);
  CHECK(line.find('\n') == std::string::npos);
  CHECK(cell_run_from_json(line, "journal:1") == run);
}

TEST_CASE("crc32 gives the published check value") {
  CHECK(crc32("123456789") == 0xCBF43926U);
}

TEST_CASE("a run set in any other form reads as the same values") {
  const RunSet set = example();
  const std::string text = without_checksum(to_json(set));
  const auto same = [&](const std::string& other) {
    RunSet read = run_set_from_json(other, "f");
    REQUIRE(read.warnings.size() == 1);
    read.warnings.clear();
    CHECK(read == set);
  };
  same(text);
  same(replaced(text, "{\"cell\":", "{ \"cell\":"));
  same(replaced(text, "\"runs\":[\n", "\"runs\":[\n\n"));
  same(replaced(text, "{\"guest\":\"g\",\"input\":\"b\"", "{\"input\":\"b\",\"guest\":\"g\""));
  same(replaced(text, "]\n}\n", "]}"));
  same(replaced(text, "\"count\":1,", "\"count\":9,\"count\":1,"));
  same(replaced(text, "\"input\":\"b\"", "\"input\":\"\\u0062\""));
}

TEST_CASE("a damaged run is refused like any other text that is not JSON") {
  const std::string text = without_checksum(to_json(example()));
  for (const char* damage : {"\"count\":01", "\"count\":1.", "\"count\":", "\"count\":+1", "\"count\":1]", "count:1"})
    CHECK_THROWS_MATCHES(run_set_from_json(replaced(text, "\"count\":1", damage), "f"), Error,
                         MessageMatches(ContainsSubstring("not valid JSON")));
  CHECK_THROWS_AS(run_set_from_json(replaced(text, "\"input\":\"b\"", "\"input\":\"\xff\""), "f"), Error);
  CHECK_THROWS_AS(run_set_from_json(replaced(text, "\"input\":\"b\"", "\"input\":\"\\x\""), "f"), Error);
  CHECK_THROWS_AS(run_set_from_json(replaced(text, ",\n{\"cell\"", "\n{\"cell\""), "f"), Error);
  CHECK_THROWS_AS(run_set_from_json(replaced(text, "\"count\":1,", "\"count\":18446744073709551616,"), "f"), Error);
}

TEST_CASE("a split of more kinds than there are is refused with its place") {
  std::string long_split = R"("split":[1)";
  for (std::size_t kind = 1; kind <= CostSplit::most_kinds; ++kind) long_split += ",1";
  const auto text = replaced(without_checksum(to_json(example())), R"("split":[2,0,4])", long_split + "]");
  CHECK_THROWS_MATCHES(run_set_from_json(text, "f"), Error,
                       MessageMatches(ContainsSubstring("f: /runs/0/functions/0/split: ") &&
                                      ContainsSubstring("more elements than are allowed")));
}

TEST_CASE("runs of a file with the same kinds of cost share one list of their names") {
  const RunSet read = run_set_from_json(to_json(example()), "f");
  CHECK(&read.runs[0].function_kinds.names() == &read.runs[1].function_kinds.names());
  CHECK(read.runs[0].functions[0].split.form() == std::vector<std::uint64_t>{2, 0, 4});
}
