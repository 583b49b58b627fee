#include "reports/ziskemu_csv.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_exception.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <cctype>
#include <set>

#include "model/error.h"
#include "report_fixtures.h"

namespace {

using namespace cyclegate;
using namespace cyclegate::reports;
using Catch::Matchers::ContainsSubstring;
using test::capture;
using test::replaced;

std::string csv_refusal(const std::string& text) {
  try {
    read_ziskemu_csv(text, "f.csv");
  } catch (const model::Error& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("a snapshot gives steps, cost version and the whole distribution") {
  const ZiskemuReport report = read_ziskemu_csv(capture("ziskemu/dma.stats.csv"), "dma.stats.csv");
  CHECK(report.steps == 812);
  CHECK(report.cost_version == 1);
  CHECK(report.cost("VARIABLE") == 78296);
  CHECK(report.cost("BASE") == 285212672);
  CHECK(report.cost("FROPS") == 4546);
  CHECK(report.cost("ROM USAGE") == 152);
  const Table* functions = report.find(Section::memory_functions);
  REQUIRE(functions != nullptr);
  REQUIRE(functions->rows.size() == 2);
  CHECK(functions->rows[0].name == "dma_memcpy");
  CHECK(functions->rows[0].values == Values{{6600, 0}, {6712, 2}, {8, 0}, {825, 0}});
}

TEST_CASE("a snapshot becomes an execution with the model's parts") {
  const model::Execution execution = to_execution(read_ziskemu_csv(capture("ziskemu/dma.stats.csv"), "f"));
  REQUIRE(execution.cost);
  CHECK(execution.cost->variable() == 78296);
  CHECK(execution.cost->total() == 285290968);
  CHECK(execution.cost->frops == 4546);
  CHECK(execution.opcodes.front() == model::CostRow{"eq", 80, 4400});
  CHECK(execution.precompiles == std::vector<model::CostRow>{{"dma_memcpy", 8, 4692}, {"dma_xmemset", 1, 306}});
  std::uint64_t memory = 0;
  for (const model::CostRow& row : execution.memory) memory += row.cost;
  CHECK(memory == execution.cost->parts.memory);
}

TEST_CASE("every captured snapshot is read, and its numbers add up") {
  const auto captures = test::ziskemu_captures(".stats.csv");
  REQUIRE(captures.size() >= 10);
  for (const auto& path : captures) {
    CAPTURE(path);
    const model::Execution execution = to_execution(read_ziskemu_csv(test::content_of(path), "f"));
    REQUIRE(execution.cost);
    std::uint64_t memory = 0;
    for (const model::CostRow& row : execution.memory) memory += row.cost;
    CHECK(memory == execution.cost->parts.memory);
  }
}

TEST_CASE("a snapshot without a cost version is 1.1.0-alpha's") {
  const ZiskemuReport report = read_ziskemu_csv(capture("ziskemu-1.1.0-alpha/sha_pc@200.stats.csv"), "f");
  CHECK(!report.cost_version);
  CHECK(report.steps == 4623);
}

TEST_CASE("another separator gives the same report") {
  const ZiskemuReport semicolon = read_ziskemu_csv(capture("ziskemu/nop.semicolon.csv"), "f");
  CHECK(semicolon.steps == 199);
  CHECK(semicolon.cost("VARIABLE") == 13679);
}

TEST_CASE("a quoted function name keeps its separators") {
  const ZiskemuReport report = read_ziskemu_csv(capture("ziskemu/rust@200.stats.csv"), "f");
  const Table* functions = report.find(Section::memory_functions);
  REQUIRE(functions != nullptr);
  CHECK_THAT(functions->rows.at(1).name, ContainsSubstring("Mut, u8, u32, alloc::collections"));
  CHECK(functions->rows.at(1).name.front() == '<');
}

TEST_CASE("a snapshot cut anywhere before its last table is refused with its line") {
  const std::string whole = capture("ziskemu/dma.stats.csv");
  const std::size_t last_needed = whole.find("FROP,sll");
  for (std::size_t cut = 0; cut < last_needed; ++cut) {
    const std::string why = csv_refusal(whole.substr(0, cut));
    CAPTURE(cut);
    CHECK(why.starts_with("f.csv:"));
  }
}

TEST_CASE("a snapshot with a changed number is refused, since its sums no longer hold") {
  const std::string whole = capture("ziskemu/dma.stats.csv");
  CHECK_THAT(csv_refusal(replaced(whole, "COST,MAIN,50344", "COST,MAIN,50345")), ContainsSubstring("VARIABLE"));
  CHECK_THAT(csv_refusal(replaced(whole, "COST,TOTAL,285290968", "COST,TOTAL,285290969")),
             ContainsSubstring("f.csv:11: TOTAL"));
  CHECK_THAT(csv_refusal(replaced(whole, "OP_BASE,add,224,27.59%,3408", "OP_BASE,add,224,27.59%,3409")),
             ContainsSubstring("OPCODES 13033"));
}

TEST_CASE("a name with a line break cannot bring a number of its own") {
  const std::string whole = capture("ziskemu/dma.stats.csv");
  CHECK_THAT(csv_refusal(replaced(whole, "8,825,dma_memcpy\n", "8,825,x\nSTEPS,1\n")),
             ContainsSubstring("a second row STEPS"));
  CHECK_THAT(csv_refusal(replaced(whole, "8,825,dma_memcpy\n", "8,825,x\nCOST,VARIABLE,1,0.00%\n")),
             ContainsSubstring("a second table COST"));
  CHECK_THAT(csv_refusal(replaced(whole, "8,825,dma_memcpy\n", "8,825,\"x\ny\"\n")), ContainsSubstring("not closed"));
}

TEST_CASE("a row of an unknown kind, with a field too many or without a number is refused with its line") {
  const std::string whole = capture("ziskemu/dma.stats.csv");
  CHECK_THAT(csv_refusal(replaced(whole, "ROM USAGE,152", "RUM USAGE,152")),
             ContainsSubstring("f.csv:14: 'RUM USAGE'"));
  CHECK_THAT(csv_refusal(replaced(whole, "COST,MAIN,50344", "COST,MAIN,5,0344")),
             ContainsSubstring("f.csv:5: a row COST"));
  CHECK_THAT(csv_refusal(replaced(whole, "STEPS,812", "STEPS,8x2")),
             ContainsSubstring("f.csv:2: '8x2' is not a number"));
  CHECK_THAT(csv_refusal("\x7f"
                         "ELF"),
             ContainsSubstring("f.csv:1: not a stats snapshot"));
  CHECK_THAT(csv_refusal(""), ContainsSubstring("f.csv:1:"));
}
