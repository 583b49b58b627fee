#include "vm/cost_model.h"

#include <catch2/catch_test_macros.hpp>
#include <string>
#include <string_view>

#include "capture.h"
#include "model/error.h"
#include "support/temporary_directory.h"
#include "vm/machine.h"

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
        "prices.tsv:6: `sixty` is not a whole number from 0 to 1048576");
  CHECK(error_of(replaced("main\t62", "main\t-1")).starts_with("prices.tsv:6: `-1` is not a whole number"));
  CHECK(error_of(replaced("main\t62", "main\t1048577")).starts_with("prices.tsv:6:"));
  CHECK(error_of(replaced("main\t62", "main\t62\t63")) == "prices.tsv:6: `main` takes 1 columns after it, here are 2");
  CHECK(error_of(replaced("main\t62", "main\t62\nmain\t62")) == "prices.tsv:7: `main` is given twice");
  CHECK(error_of(replaced("main\t62\n", "")).ends_with("the cost model ends without `main`"));
  CHECK(error_of(replaced("main\t62", "mian\t62")) == "prices.tsv:6: `mian` is not a word of this format");
  CHECK(error_of(replaced("operation\tsub\t55", "operation\tsbu\t55")).ends_with(": `sbu` is not an operation"));
  CHECK(error_of(replaced("operation\tsub\t55", "operation\tkeccak\t55")).ends_with(": `keccak` is not an operation"));
  CHECK(
      error_of(replaced("operation\tsub\t55", "operation\tsub\t55\t12")).ends_with(": only `add` has a second price"));
  CHECK(error_of(replaced("operation\tsub\t55\n", "")).ends_with("ends without `operation sub`"));
  CHECK(error_of(replaced("precompile\tkeccak", "precompile\tsub")).ends_with(": `sub` is not a precompile"));
  CHECK(error_of(replaced("zone\tROM", "zone\tRAM")).ends_with(": `RAM` is not a zone"));
  CHECK(error_of(replaced("unaligned 1B read", "unaligned 3B read"))
            .ends_with(": `unaligned 3B read` is not a kind of access"));
  CHECK(error_of(replaced("init\tRAM", "init\tSTACK")).ends_with(": `STACK` is neither RAM nor ROM"));
  CHECK(error_of(replaced("\t67\t8\t42", "\t67\t0\t42")).ends_with(": the divisor is 0; it must be at least 1"));
  CHECK(error_of(replaced("muluh\t0x0\t1\t1", "muluh\t0x0\t1\t3")).ends_with(": the stride `3` is not a power of two"));
  CHECK(error_of(replaced("muluh\t0x0", "muluh\t0x")).contains("`0x` is not a whole number"));
  CHECK(error_of(shipped() + "frop\tadd\t1\t2\n").ends_with("`frop` takes 6 columns after it, here are 3"));
  CHECK(error_of(std::string(2'000'000, 'x')).ends_with("the cost model is larger than 1 MiB"));
}

TEST_CASE("a cost model that starts from another says only what is different") {
  const std::string head = "cyclegate-cost-model\t1\nfrom\tzisk-1.4.0-alpha\n";
  const auto& start = cost_model("zisk-1.4.0-alpha");
  CHECK(cyclegate::vm::is_built_in(start));

  const auto same = parse_cost_model(head + "name\tsame\n", "same.tsv");
  CHECK(cyclegate::vm::price_changes(start, same).empty());
  CHECK_FALSE(cyclegate::vm::is_built_in(same));
  auto renamed = same;
  renamed.name = start.name;
  CHECK(renamed == start);

  const auto mine = parse_cost_model(
      head +
          "name\tmine\nmain\t70\noperation\tadd\t30\t13\nzone\tROM\t12\t-\nfrop\tmuluh\nfrop\txor\t0x0\t4\t1\t0\t2\n",
      "mine.tsv");
  const auto changes = cyclegate::vm::price_changes(start, mine);
  std::vector<std::string> records;
  for (const auto& change : changes) records.push_back(change.record);
  CHECK(records == std::vector<std::string>{"frop muluh", "frop xor", "main", "operation add", "zone ROM"});
  CHECK(changes[2] == cyclegate::vm::PriceChange{"main", "62", "70"});
  CHECK(changes[3] == cyclegate::vm::PriceChange{"operation add", "21 12", "30 13"});
  CHECK(changes[0].after == "nothing");
  CHECK(changes[1].after == "0 4 1 0 2");
  CHECK(mine.main == 70);
  CHECK(mine.add_high_zero == 13);
  CHECK(mine.base == start.base);
  CHECK(mine.frops[index(Operation::muluh)].empty());
  CHECK(mine.frops[index(Operation::xor_)].size() == 1);
  CHECK(mine.frops[index(Operation::add)] == start.frops[index(Operation::add)]);
  // What is derived from a zone's price follows it: aligned reads cost one word, unaligned ones 25 more.
  const auto rom = static_cast<std::size_t>(cyclegate::vm::Zone::rom);
  CHECK(mine.memory[rom][0] == 12);
  CHECK(mine.memory[rom][1] == 25 + 12);
  CHECK(mine.memory[0] == start.memory[0]);
}

TEST_CASE("a mistake in a model that starts from another is refused with its line") {
  const std::string head = "cyclegate-cost-model\t1\nfrom\tzisk-1.4.0-alpha\n";
  CHECK(error_of(head) == "prices.tsv:2: the cost model ends without `name`");
  CHECK(error_of(head + "name\tm\nmain\t1\nmain\t2\n") == "prices.tsv:5: `main` is given twice");
  CHECK(error_of(head + "from\tzisk-1.4.0-alpha\n") == "prices.tsv:3: `from` comes once, before every other record");
  CHECK(error_of("cyclegate-cost-model\t1\nname\tm\nfrom\tzisk-1.4.0-alpha\n") ==
        "prices.tsv:3: `from` comes once, before every other record");
  CHECK(error_of("cyclegate-cost-model\t1\nfrom\tzisk-9\n") ==
        "prices.tsv:2: no cost model `zisk-9` to start from; known are: zisk-1.4.0-alpha");
  CHECK(error_of(head + "name\ta/b\n") ==
        "prices.tsv:3: `a/b` is not a name: at most 64 letters, digits, '.', '_' or '-'");
  CHECK(error_of(head + "name\tm\nfrop\txor\t0\t1\t1\t0\t1\nfrop\txor\n")
            .starts_with("prices.tsv:5: `frop` without a box"));
  CHECK(error_of(shipped() + "frop\txor\n").contains("`frop` without a box"));
  CHECK(error_of(head + "name\tm\nfrop\txor\t0\t1\t1\t0xffffffffffffffff\t1\n") ==
        "prices.tsv:4: the second operands of the box go beyond 64 bits");
  // What stands in a message is one line, whatever the file holds.
  const std::string message = error_of(head + "\x1b[2J" + std::string(500'000, 'x') + "\n");
  CHECK(message.size() < 500);
  CHECK_FALSE(message.contains('\x1b'));
}

TEST_CASE("no cut and no changed byte of a cost model does more than be refused") {
  const std::string whole =
      "cyclegate-cost-model\t1\nfrom\tzisk-1.4.0-alpha\nname\tmine\nmain\t70\n"
      "operation\tadd\t0x1e\t13\nzone\tROM\t12\t-\ninit\tRAM\t9\nbase\t1\n"
      "frop\txor\nfrop\tadd\t0x0\t4\t1\t0\t2\nprecompile\tkeccak\t1\t0\t25\t0\t25\n";
  std::size_t refused = 0;
  const auto read = [&](const std::string& text) {
    try {
      parse_cost_model(text, "f");
    } catch (const Error& error) {
      CHECK(error.kind() == cyclegate::model::ErrorKind::configuration);
      CHECK(std::string(error.what()).starts_with("f:"));
      ++refused;
    }
  };
  parse_cost_model(whole, "f");
  for (std::size_t length = 0; length < whole.size(); ++length) read(whole.substr(0, length));
  for (std::size_t at = 0; at < whole.size(); ++at) {
    for (const char c : {'\0', '\n', '\t', '9', '-', 'x', '\xff'}) {
      std::string text = whole;
      text[at] = c;
      read(text);
    }
  }
  CHECK(refused > whole.size() * 3);
}

TEST_CASE("a model in which every price is another one is what rows and functions are computed from") {
  // Each record's numbers are raised by another amount, so that no price can stand in for another.
  std::string text = "cyclegate-cost-model\t1\nfrom\tzisk-1.4.0-alpha\nname\tother\n";
  std::uint64_t step = 1;
  for (const auto& [record, numbers] : cost_model("zisk-1.4.0-alpha").records) {
    const auto space = record.find(' ');
    const std::string word = record.substr(0, space);
    if (word == "operation") {
      const auto second = numbers.find(' ');
      text += word + '\t' + record.substr(space + 1) + '\t' + std::to_string(std::stoull(numbers) + step);
      if (second != std::string::npos) text += '\t' + std::to_string(std::stoull(numbers.substr(second)) + step);
      text += '\n';
      step += 7;
    }
  }
  const auto other = parse_cost_model(text, "other.tsv");
  for (const char* guest : {"elf/fib.elf", "elf/mem.elf", "elf/keccak_sw.elf"}) {
    INFO(guest);
    const auto image = cyclegate::elf::parse(cyclegate::test::capture_bytes(guest));
    REQUIRE(image);
    const auto program = cyclegate::vm::load(*image, other);
    REQUIRE(program);
    const auto execution = cyclegate::vm::execute(*program, {}, {}, cyclegate::model::Detail::functions);
    REQUIRE(execution.outcome.ok());
    REQUIRE(execution.opcodes.size() > 5);
    std::uint64_t opcodes = 0;
    for (const auto& row : execution.opcodes) opcodes += row.cost;
    CHECK(opcodes == execution.cost->parts.opcodes);
    for (const auto& row : execution.opcodes) {
      if (row.name == "add") continue;  // of two prices
      const auto which = cyclegate::vm::operation_from(row.name);
      REQUIRE(which);
      CHECK(row.cost == row.count * other.price[index(*which)]);
    }
    std::uint64_t functions = 0;
    for (const auto& row : execution.functions) functions += row.cost_self();
    CHECK(functions == execution.cost->variable());
  }
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

TEST_CASE("equal prices are equal records, however a file writes them") {
  const std::string head = "cyclegate-cost-model\t1\nfrom\tzisk-1.4.0-alpha\nname\tsame\n";
  const auto records = [&](const std::string& text) { return parse_cost_model(head + text, "same.tsv").records; };
  CHECK(records("frop\txor\t1\t2\t1\t3\t4\nfrop\txor\t0\t2\t1\t5\t1\n") ==
        records("frop\txor\t0\t2\t1\t5\t1\nfrop\txor\t1\t2\t1\t3\t4\n"));
  CHECK(records("frop\txor\t0\t2\t1\t5\t1\nfrop\txor\t0\t2\t1\t5\t1\nfrop\txor\t9\t0\t1\t5\t1\n") ==
        records("frop\txor\t0\t2\t1\t5\t1\n"));
  CHECK(records("zone\tROM\t12\t-\n") == records("zone\tROM\t12\t0\n"));
  CHECK(records("operation\tadd\t21\n") == records("operation\tadd\t21\t21\n"));
  CHECK(records("operation\tadd\t21\n") != records("operation\tadd\t21\t12\n"));
  CHECK(records("frop\txor\t0\t2\t1\t5\t1\n") != records("frop\txor\t0\t2\t1\t5\t2\n"));
}
