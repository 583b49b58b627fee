#include "reports/ziskemu_text.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <cctype>
#include <nlohmann/json.hpp>
#include <set>

#include "model/error.h"
#include "report_fixtures.h"
#include "reports/ziskemu_csv.h"
#include "reports/ziskemu_json.h"
#include "support/golden.h"

namespace {

using namespace cyclegate;
using namespace cyclegate::reports;
using Catch::Matchers::ContainsSubstring;
using test::capture;
using test::replaced;

ZiskemuReport read(const std::string& text) {
  return read_ziskemu_text(text, "f");
}

std::string refusal(const std::string& text) {
  try {
    read(text);
  } catch (const model::Error& error) {
    return error.what();
  }
  return "";
}

/// The numbers of a text: digits with their commas and point, that do not touch a letter.
std::set<std::string> numbers_of(const std::string& text) {
  std::set<std::string> found;
  for (std::size_t i = 0; i < text.size();) {
    if (std::isdigit(static_cast<unsigned char>(text[i])) == 0) {
      ++i;
      continue;
    }
    const std::size_t start = i;
    while (i < text.size() &&
           (std::isdigit(static_cast<unsigned char>(text[i])) != 0 || text[i] == ',' || text[i] == '.'))
      ++i;
    const auto letter = [&](std::size_t at) {
      return at < text.size() && (std::isalnum(static_cast<unsigned char>(text[at])) != 0 || text[at] == '_');
    };
    if ((start > 0 && letter(start - 1)) || letter(i)) continue;
    std::string number = text.substr(start, i - start);
    while (number.ends_with('.') || number.ends_with(',')) number.pop_back();
    std::erase(number, ',');
    found.insert(number);
  }
  return found;
}

/// The numbers of JSON text, where a comma stands between numbers.
std::set<std::string> numbers_of_json(std::string json) {
  std::set<std::string> found = numbers_of(json);  // words keep their commas
  std::ranges::replace(json, ',', ' ');
  found.merge(numbers_of(json));
  return found;
}

/// What of a capture is the report.
std::string report_part(const std::string& text) {
  const std::size_t start = text.find("\nREPORT");
  return start == std::string::npos ? std::string() : text.substr(start);
}

}  // namespace

TEST_CASE("a text report gives every part its place") {
  const ZiskemuReport report = read(capture("ziskemu/dma.XSD.stdout"));
  CHECK(report.layout == Layout::text);
  CHECK(report.cost_version == 1);
  CHECK(report.steps == 812);
  CHECK(report.cost("VARIABLE") == 78296);
  CHECK(report.cost("ROM USAGE") == 152);
  const Table* functions = report.find(Section::cost_functions);
  REQUIRE(functions != nullptr);
  CHECK(functions->columns == std::vector<std::string>{"COST", "% VARIABLE COST", "CALLS", "COST/CALL"});
  CHECK(functions->rows.at(0).name == "dma_memcpy");
  CHECK(functions->rows.at(0).values == Values{{13220, 0}, {1688, 2}, {8, 0}, {1652, 0}});
  const Table* callers = report.find(Section::detail_callers);
  REQUIRE(callers != nullptr);
  CHECK(callers->subject == "dma_memcpy");
  CHECK(callers->rows.at(0).name == "main");
  CHECK(callers->rows.at(0).values == Values{{8, 0}, {24, 0}, {10000, 2}});
  const Table* cost = report.find(Section::detail_cost);
  REQUIRE(cost != nullptr);
  CHECK(cost->find("TOTAL COST")->values[0] == Number{13220, 0});
  const Table* tags = report.find(Section::tag_costs);
  REQUIRE(tags != nullptr);
  CHECK(tags->rows.at(0).name == "copy");
  CHECK(tags->rows.at(0).values[3] == Number{3863, 0});
}

TEST_CASE("text and snapshot of one run become the same execution") {
  std::size_t compared = 0;
  for (const auto& path : test::ziskemu_captures(".Xfull.stdout")) {
    CAPTURE(path);
    std::string snapshot = path.string();
    snapshot.replace(snapshot.rfind(".Xfull.stdout"), std::string::npos, ".stats.csv");
    CHECK(to_execution(read(test::content_of(path))) ==
          to_execution(read_ziskemu_csv(test::content_of(snapshot), snapshot)));
    ++compared;
  }
  CHECK(compared >= 9);
}

TEST_CASE("every number of every captured report comes out in its JSON") {
  std::size_t reports = 0;
  for (const auto& path : test::ziskemu_captures(".stdout")) {
    const std::string text = test::content_of(path);
    const std::string part = report_part(text);
    if (part.empty()) continue;
    CAPTURE(path);
    const std::string json = to_json(read(text));
    REQUIRE(nlohmann::json::accept(json));
    const std::set<std::string> printed = numbers_of(part.substr(0, part.find("\nprocess_rom()")));
    const std::set<std::string> written = numbers_of_json(json);
    for (const std::string& number : printed) {
      CAPTURE(number);
      CHECK(written.contains(number));
    }
    ++reports;
  }
  CHECK(reports >= 29);
}

TEST_CASE("the JSON of a report is as it was") {
  test::check_golden("reports/dma.XSD.json", to_json(read(capture("ziskemu/dma.XSD.stdout"))));
  test::check_golden("reports/sha_pc-1.1.0-alpha.csv.json",
                     to_json(read_ziskemu_csv(capture("ziskemu-1.1.0-alpha/sha_pc@200.stats.csv"), "f")));
}

TEST_CASE("every number of every captured snapshot comes out in its JSON") {
  for (const auto& path : test::ziskemu_captures(".stats.csv")) {
    CAPTURE(path);
    std::string text = test::content_of(path);
    const std::string json = to_json(read_ziskemu_csv(text, "f"));
    REQUIRE(nlohmann::json::accept(json));
    const std::set<std::string> written = numbers_of_json(json);
    std::ranges::replace(text, ',', ' ');
    for (const std::string& number : numbers_of(text)) {
      CAPTURE(number);
      CHECK(written.contains(number));
    }
  }
}

TEST_CASE("chunks of any size give the same report") {
  const std::string text = capture("ziskemu/fib@k4.XSC.stdout");
  const ZiskemuReport whole = read(text);
  for (const std::size_t size : {1U, 2U, 7U, 64U, 4096U}) {
    ZiskemuTextReader reader("f");
    for (std::size_t at = 0; at < text.size(); at += size) reader.feed(std::string_view(text).substr(at, size));
    CHECK(reader.finish() == whole);
  }
}

TEST_CASE("what a guest prints does not count, be it a whole report") {
  const std::string real = capture("ziskemu/fib@k4.XSD.stdout");
  const ZiskemuReport expected = read(real);
  const std::string whole_fake = capture("ziskemu/dma.XSD.stdout");
  const std::string fake = whole_fake.substr(0, whole_fake.find("TOP STEP FUNCTIONS"));
  const std::string banner = "Loading symbols from ELF file: elf/fib.elf\n";
  for (const std::string& printed :
       {std::string("TOTAL COST: 1\nSTEPS: 1\n"), std::string("REPORT (cost version 1)\n"),
        std::string("REPORT\n----------------------------------------\nSTEPS   1\n"),
        std::string("\nREPORT\n----------------------------------------\nSTEPS   1\n\nCOST DISTRIBUTION  COST  %\n"),
        std::string("TOTAL    1 100.00%\nSTEPS 1\nMAIN 1 1.00%\n"), fake, fake.substr(0, fake.size() / 2),
        std::string(200'000, 'R') + "\n", std::string("no newline at the end"), std::string(70'000, '\0')}) {
    ZiskemuReport report = read(banner + printed + real.substr(real.find("\n\nREPORT") + 1));
    CHECK(report.steps == expected.steps);
    CHECK(report.cost("VARIABLE") == expected.cost("VARIABLE"));
    CHECK(report.tables.size() == expected.tables.size());
  }
}

TEST_CASE("more than one report in a text is said") {
  const std::string first = capture("ziskemu/dma.XSD.stdout");
  const std::string text = first.substr(0, first.find("TOP STEP FUNCTIONS")) + capture("ziskemu/fib@k4.X.stdout");
  const ZiskemuReport report = read(text);
  CHECK(report.steps == 44921);
  REQUIRE(report.warnings.size() == 1);
  CHECK(report.warnings[0].code == "several-reports");
  CHECK_THAT(report.warnings[0].message, ContainsSubstring("2 headers"));
}

TEST_CASE("a report in a function's name is refused, and so is one behind any table of names") {
  const std::string forged =
      "\n\nREPORT (cost version 1)\n----------------\nSTEPS 5\n\nCOST DISTRIBUTION COST\n---\nMAIN 1\nOPCODES 1\n"
      "PRECOMPILES 1\nMEMORY 1\nBASE 285212672\n\nFROPS 1 1\n\n";
  const std::string real = capture("ziskemu/fib@k4.XSD.stdout");
  REQUIRE(read(forged).steps == 5);  // as it is, ziskemu's own for all that can be seen
  const auto renamed = [&](const std::string& to) {
    std::string text = real;
    for (std::size_t at = text.find(" read_input\n"); at != std::string::npos;
         at = text.find(" read_input\n", at + 1)) {
      text.replace(at + 1, 10, to);
    }
    return text;
  };
  std::string unknown = renamed(forged);
  unknown.insert(unknown.find("TOP STEP FUNCTIONS"), "NEW SECTION  COUNT\n------------------\nx   1\n\n");
  std::string trailing = renamed(forged);
  trailing.insert(trailing.find("TOP STEP FUNCTIONS"), "a line that is no section\n\n");
  for (const std::string& text :
       {renamed(forged), renamed("x\nno row" + forged), unknown, trailing, real + capture("ziskemu/dma.XSD.stdout")}) {
    CHECK_THAT(refusal(text), ContainsSubstring("which one is ziskemu's cannot be told"));
  }
}

TEST_CASE("the layouts of v0.13 to v0.18 are read, each number in its place") {
  const auto row = [](const ZiskemuReport& report, Section section, std::string_view name) -> std::vector<std::string> {
    const Table* table = report.find(section);
    REQUIRE(table != nullptr);
    const Row* found = table->find(name);
    REQUIRE(found != nullptr);
    std::vector<std::string> values;
    values.reserve(found->values.size());
    for (std::size_t at = 0; at < found->values.size(); ++at) values.push_back(to_string(found->values[at]));
    return values;
  };
  using Values = std::vector<std::string>;
  const std::string writer = "<alloc::vec::Vec<u8> as core::fmt::Write>::write_str";
  for (const std::string version : {"v0.13.0", "v0.15.0", "v0.16.1", "v0.17.0"}) {
    INFO(version);
    const std::string text = capture("ziskemu-old/" + version + ".stdout");
    const ZiskemuReport report = read(text);
    CHECK(report.warnings.empty());
    const auto execution = to_execution(report);
    CHECK(execution.steps == 1'745'171);
    CHECK(execution.cost ==
          model::Cost{.parts = {118'671'628, 246'995, 501'000, 319'031}, .base = 293'601'280, .frops = 259'930});
    CHECK(report.cost("TOTAL").value_or(413'339'934) == 413'339'934);
    CHECK(report.cost("TOTAL").has_value() == (version != "v0.13.0"));
    CHECK(report.cost("RAM USAGE") == 98'304);
    REQUIRE(execution.opcodes.size() == 5);
    CHECK(execution.opcodes[0] == model::CostRow{.name = "keccak", .count = 3, .cost = 501'000});
    CHECK(execution.opcodes[1] == model::CostRow{.name = "add", .count = 5233, .cost = 104'660});
    CHECK(execution.frops[0] == model::CostRow{.name = "sll", .count = 3154, .cost = 173'470});
    const bool new_columns = version >= "v0.16.1";
    Values costs{"4134824", version == "v0.17.0" ? "3.45" : "1.00"};
    if (version > "v0.14") costs.push_back("1234");
    if (new_columns) costs.push_back("3350");
    CHECK(row(report, Section::cost_functions, writer) == costs);
    CHECK(row(report, Section::step_functions, "main").front() == "1700000");
    CHECK(row(report, Section::detail_steps, "COST").front() == "119000000");
    CHECK(report.find(Section::detail_steps)->subject == "main");
    const auto detail = row(report, Section::detail_opcodes, "mul");
    CHECK((detail.front() == "80" && detail[version == "v0.17.0" ? 2 : 1] == "7760"));
    const Table& last = report.tables.back();
    CHECK((last.section == Section::detail_callers && last.subject == writer));
    CHECK(last.rows.at(0).values[1].digits == 44'560);
    CHECK_THAT(refusal(replaced(text, "MAIN                ", "MAIM                ")),
               ContainsSubstring("no row MAIN"));
    CHECK(refusal(text.substr(0, text.find("OP xor"))).find("truncated") != std::string::npos);
  }
  CHECK_THAT(refusal(replaced(capture("ziskemu-old/v0.17.0.stdout"), "5,233   0.30%         104,660",
                              "5,233   0.30%         104,661")),
             ContainsSubstring("do not sum up to OPCODES"));
  CHECK_THAT(refusal(replaced(capture("ziskemu-old/v0.15.0.stdout"), "413,339,934", "413,339,935")),
             ContainsSubstring("TOTAL 413339935 is not the sum of its parts"));
}

TEST_CASE("a failed run's report is read, and says that it failed") {
  const std::string text = capture("ziskemu/err_exit3.X.stdout") + "Error during emulation: guest exited with code 3\n";
  const ZiskemuReport report = read(text);
  CHECK(report.steps == 80);
  REQUIRE(report.warnings.size() == 1);
  CHECK(report.warnings[0].code == "failed-run");
}

TEST_CASE("a report that is cut anywhere but between its last tables is refused with a line") {
  const std::string whole = capture("ziskemu/dma.XSD.stdout");
  // From here on a cut behind a blank line leaves a report that could be whole: one without details or tags.
  const std::size_t complete = whole.find("\nTOP STEP FUNCTIONS");
  const std::size_t header = whole.find("REPORT");
  std::size_t taken = 0;
  for (std::size_t cut = 0; cut < whole.size(); ++cut) {
    const std::string why = refusal(whole.substr(0, cut));
    CAPTURE(cut);
    if (why.empty()) {
      ++taken;
      CHECK(cut >= complete);
      CHECK(whole.substr(cut - 2, 2) == "\n\n");
    } else {
      CHECK(why.starts_with("f:"));
      if (cut > header + 200) CHECK_THAT(why, ContainsSubstring("truncated"));
    }
  }
  CHECK(taken <= 6);
}

TEST_CASE("a garbled report is refused with the line") {
  const std::string whole = capture("ziskemu/dma.XSD.stdout");
  CHECK_THAT(
      refusal(replaced(whole, "MAIN                              50,344", "MAIN                              50,345")),
      ContainsSubstring("f:16: VARIABLE 78296"));
  CHECK_THAT(
      refusal(replaced(whole, "OP sub                                39", "OP sub                               3x9")),
      ContainsSubstring("f:36: this is not a row of COST BY BASE OPCODE"));
  CHECK_THAT(refusal(replaced(whole, "2,145   2.74%", "2,155   2.74%")),
             ContainsSubstring("do not sum up to OPCODES 13033"));
  CHECK_THAT(refusal(replaced(whole, "TOP COST FUNCTIONS", "TOP CAST FUNCTIONS")),
             ContainsSubstring("'TOP CAST FUNCTIONS"));
  CHECK_THAT(refusal(replaced(whole, "50,344", "5,0344")),
             ContainsSubstring("f:11: this is not a row of COST DISTRIBUTION"));
  CHECK_THAT(
      refusal(replaced(whole, "MEMORY                             9,921", "MAIN                               9,921")),
      ContainsSubstring("a second row MAIN"));
  // No line of a text without any report is to blame.
  CHECK_THAT(refusal(""), ContainsSubstring("f: there is no report of ziskemu"));
  CHECK_THAT(refusal("hello\n"), ContainsSubstring("f: there is no report of ziskemu"));
  CHECK_THAT(refusal("hello\n"), ContainsSubstring("hyperfine"));
  CHECK_THAT(
      refusal(replaced(whole, "STEPS                                812", "STEPS                               812x")),
      ContainsSubstring("f:7: 'STEPS                               812x' is not the row STEPS"));
  CHECK_THAT(refusal(replaced(whole, "\nFROPS  ", "\nFROPZ  ")), ContainsSubstring("f:21: 'FROPZ  "));
}

TEST_CASE("a line that begins no section is named where the report goes on behind it") {
  const std::string whole = capture("ziskemu/dma.XSD.stdout");
  const std::size_t steps = whole.find("TOP STEP FUNCTIONS");
  REQUIRE(steps != std::string::npos);
  const std::size_t rule = whole.find('\n', steps) + 1;
  const std::size_t row = whole.find('\n', rule) + 1;
  const auto line = [&](std::size_t at) {
    return std::count(whole.begin(), whole.begin() + std::ptrdiff_t(at), '\n') + 1;
  };
  const std::string without = whole.substr(0, steps) + whole.substr(row);
  const std::string expected = "f:" + std::to_string(line(steps)) + ": '" + whole.substr(row, 10);
  CHECK_THAT(refusal(whole.substr(0, steps) + whole.substr(rule)),
             ContainsSubstring("f:" + std::to_string(line(steps)) + ": a rule without its title"));
  const std::size_t frops = whole.find("\nFROPS  ");
  CHECK_THAT(refusal(whole.substr(0, frops) + whole.substr(whole.find('\n', frops + 1))),
             ContainsSubstring("there is no row FROPS"));
  CHECK_THAT(refusal(without), ContainsSubstring(expected));
  CHECK_THAT(refusal(without), ContainsSubstring("the report goes on"));
}

TEST_CASE("the seven totals of -X -x are read, and the last block counts") {
  const std::string real = capture("ziskemu/dma.Xx.stdout");
  const ZiskemuReport report = read("TOTAL COST: 1\nSTEPS: 1\nBASE COST: 1\nMAIN COST: 0\nhello\n" + real);
  CHECK(report.layout == Layout::totals);
  CHECK(report.steps == 812);
  CHECK(report.cost("TOTAL") == 285290880);
  CHECK(report.cost("MEMORY") == 9833);
  CHECK_THAT(refusal(real.substr(0, real.find("MEMORY COST"))), ContainsSubstring("truncated"));
  CHECK_THAT(refusal(replaced(real, "MAIN COST: 50344", "MAIN COST: 50345")), ContainsSubstring("TOTAL"));
}

TEST_CASE("a table beyond the limit of rows is refused") {
  const std::string whole = capture("ziskemu/dma.XSD.stdout");
  const std::string row = "             24   2.96%          8               3 dma_memcpy\n";
  std::string rows;
  for (std::size_t i = 0; i <= max_report_rows; ++i) rows += row;
  CHECK_THAT(refusal(replaced(whole, row, rows)), ContainsSubstring("more than 200000 rows"));
}
