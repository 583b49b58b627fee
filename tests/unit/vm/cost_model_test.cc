#include "vm/cost_model.h"

#include <catch2/catch_test_macros.hpp>
#include <string>
#include <string_view>

#include "model/error.h"
#include "support/temporary_directory.h"
#include "vm/machine.h"
#include "capture.h"

using cyclegate::model::Error;
using cyclegate::vm::cost_model;
using cyclegate::vm::Operation;
using cyclegate::vm::parse_cost_model;

namespace {

std::string shipped() {
  return cyclegate::test::read_file(std::string(CYCLEGATE_SOURCE_DIR) + "/src/vm/cost-models/zisk-1.4.0-alpha.tsv");
}

std::string replaced(std::string_view what, std::string_view by) {
  std::string text = shipped();
  const auto at = text.find(what);
  REQUIRE(at != std::string::npos);
  return text.replace(at, what.size(), by);
}

std::string error_of(const std::string& text) {
  try {
    parse_cost_model(text, "prices.tsv");
  } catch (const Error& error) {
    CHECK(error.kind() == cyclegate::model::ErrorKind::configuration);
    return error.what();
  }
  return "no error";
}

}  // namespace

TEST_CASE("the built-in cost model is the file that is shipped") {
  CHECK(parse_cost_model(shipped(), "x") == cost_model("zisk-1.4.0-alpha"));
  CHECK(cyclegate::vm::cost_model_names() == std::vector<std::string>{"zisk-1.4.0-alpha"});
  const auto& model = cost_model("zisk-1.4.0-alpha");
  CHECK(model.base == (16ULL << 22) + ((65ULL + 39ULL) << 21));
  CHECK(model.frops[index(Operation::add)].size() == 4);
}

TEST_CASE("an unknown cost model is an error that lists the known ones") {
  try {
    cost_model("zisk-9");
    FAIL("found");
  } catch (const Error& error) {
    CHECK(error.kind() == cyclegate::model::ErrorKind::usage);
    CHECK(std::string(error.what()) == "no cost model `zisk-9`; known are: zisk-1.4.0-alpha");
  }
}

TEST_CASE("a cost model with a mistake is refused with its file and line") {
  CHECK(error_of("") == "prices.tsv:0: the cost model is empty");
  CHECK(error_of("name\tx\n") == "prices.tsv:1: a cost model starts with the line `cyclegate-cost-model<TAB>1`");
  CHECK(error_of("# c\ncyclegate-cost-model\t2\n") == "prices.tsv:2: format version 2 is not known; 1 is");
  CHECK(error_of(replaced("main\t62", "main\tsixty")) ==
        "prices.tsv:6: `sixty` is not a whole number from 0 to 67108864");
  CHECK(error_of(replaced("main\t62", "main\t-1")).starts_with("prices.tsv:6: `-1` is not a whole number"));
  CHECK(error_of(replaced("main\t62", "main\t67108865")).starts_with("prices.tsv:6:"));
  CHECK(error_of(replaced("main\t62", "main\t62\t63")) == "prices.tsv:6: `main` takes 1 columns after it, here are 2");
  CHECK(error_of(replaced("main\t62", "main\t62\nmain\t62")) == "prices.tsv:7: `main` is given twice");
  CHECK(error_of(replaced("main\t62\n", "")).ends_with("the cost model ends without `main`"));
  CHECK(error_of(replaced("main\t62", "mian\t62")) == "prices.tsv:6: `mian` is not a word of this format");
  CHECK(error_of(replaced("operation\tsub\t55", "operation\tsbu\t55")).ends_with(": `sbu` is not an operation"));
  CHECK(error_of(replaced("operation\tsub\t55", "operation\tkeccak\t55")).ends_with(": `keccak` is not an operation"));
  CHECK(error_of(replaced("operation\tsub\t55", "operation\tsub\t55\t12")).ends_with(": only `add` has a second price"));
  CHECK(error_of(replaced("operation\tsub\t55\n", "")).ends_with("ends without `operation sub`"));
  CHECK(error_of(replaced("precompile\tkeccak", "precompile\tsub")).ends_with(": `sub` is not a precompile"));
  CHECK(error_of(replaced("zone\tROM", "zone\tRAM")).ends_with(": `RAM` is not a zone"));
  CHECK(error_of(replaced("unaligned 1B read", "unaligned 3B read")).ends_with(": `unaligned 3B read` is not a kind of access"));
  CHECK(error_of(replaced("init\tRAM", "init\tSTACK")).ends_with(": `STACK` is neither RAM nor ROM"));
  CHECK(error_of(replaced("\t67\t8\t42", "\t67\t0\t42")).ends_with(": the divisor is 0; it must be at least 1"));
  CHECK(error_of(replaced("muluh\t0x0\t1\t1", "muluh\t0x0\t1\t3")).ends_with(": the stride `3` is not a power of two"));
  CHECK(error_of(replaced("muluh\t0x0", "muluh\t0x")).contains("`0x` is not a whole number"));
  CHECK(error_of(shipped() + "frop\tadd\t1\t2\n").ends_with("`frop` takes 6 columns after it, here are 3"));
  CHECK(error_of(std::string(2'000'000, 'x')).ends_with("the cost model is larger than 1 MiB"));
}

TEST_CASE("line ends of other systems are read too") {
  std::string text = shipped();
  for (std::size_t at = 0; (at = text.find('\n', at)) != std::string::npos; at += 2) text.insert(at, 1, '\r');
  CHECK(parse_cost_model(text, "x") == cost_model("zisk-1.4.0-alpha"));
}

TEST_CASE("a changed price changes the cost by what it is worth") {
  const auto image = cyclegate::elf::parse(cyclegate::test::capture_bytes("elf/nop.elf"));
  REQUIRE(image);
  const auto program = cyclegate::vm::load(*image, parse_cost_model(replaced("main\t62", "main\t63"), "mine.tsv"));
  REQUIRE(program);
  const auto execution = cyclegate::vm::execute(*program, {}, {}, cyclegate::model::Detail::cost);
  CHECK(execution.cost->parts.main == 199 * 63);
  CHECK(execution.cost->variable() == 13'679 + 199);
}
