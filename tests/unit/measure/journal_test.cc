#include "measure/journal.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <functional>

#include "model/error.h"
#include "support/temporary_directory.h"

using namespace cyclegate;
using measure::Journal;
using measure::JournalFile;
using measure::JournalHeader;
using measure::JournalRecord;
using test::TemporaryDirectory;

namespace {

std::vector<std::string> lines_of(const std::filesystem::path& path) {
  std::vector<std::string> lines;
  const JournalFile file(path, true, &lines);
  return lines;
}

std::string message_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const model::Error& error) {
    CHECK(error.kind() == model::ErrorKind::configuration);
    return error.what();
  }
  return "nothing was thrown";
}

JournalHeader header(const std::string& plan) {
  JournalHeader header;
  header.plan = plan;
  header.seed = 3;
  header.base = "{}";
  header.head = "{\"text\":\"\\u00e4 and \\\"quotes\\\"\"}";
  return header;
}

JournalRecord timed_record() {
  JournalRecord record;
  record.timed = measure::TimedRecord{
      .cell = 1,
      .block = 2,
      .place = 3,
      .side = model::Side::head,
      .outcome = {.kind = model::OutcomeKind::crashed, .code = 9, .pc = {}, .why = "line one\nline two"},
      .samples = {{"wall_time", 5}, {"peak_memory", -1}},
      .warnings = {{"memory-floor", "at most"}}};
  return record;
}

}  // namespace

TEST_CASE("lines that were appended are read back by the next start") {
  const TemporaryDirectory directory;
  const auto path = directory / "deep/runs.journal";
  {
    JournalFile file(path, false, nullptr);
    file.append("one");
    file.append("");
    file.append("three");
  }
  CHECK(lines_of(path) == std::vector<std::string>{"one", "", "three"});
  {
    const JournalFile file(path, false, nullptr);
  }
  CHECK(lines_of(path).empty());
}

TEST_CASE("a journal cut anywhere keeps its whole lines and goes on after them") {
  const TemporaryDirectory directory;
  const std::string whole =
      measure::journal_line("one") + measure::journal_line("two") + measure::journal_line("three");
  for (std::size_t length = 0; length <= whole.size(); ++length) {
    const auto path = directory.write("runs.journal", whole.substr(0, length));
    std::vector<std::string> lines;
    {
      JournalFile file(path, true, &lines);
      file.append("next");
    }
    const auto newlines = static_cast<std::size_t>(std::ranges::count(whole.substr(0, length), '\n'));
    CHECK(lines.size() == newlines);
    lines.emplace_back("next");
    CHECK(lines_of(path) == lines);
  }
}

TEST_CASE("a damaged line before the last is an error that names the line, and nothing is lost") {
  const TemporaryDirectory directory;
  std::string text = measure::journal_line("one") + measure::journal_line("two") + measure::journal_line("three");
  text[text.find("two")] = 'T';
  const auto path = directory.write("runs.journal", text);
  CHECK(message_of([&] { lines_of(path); }) ==
        path.string() + ":2: the journal is damaged here; start again without --resume");
  CHECK(test::read_file(path) == text);
}

TEST_CASE("a journal that another process writes is left alone") {
  const TemporaryDirectory directory;
  const auto path = directory / "runs.journal";
  JournalFile file(path, false, nullptr);
  file.append("one");
  try {
    const JournalFile other(path, false, nullptr);
    FAIL("opened twice");
  } catch (const model::Error& error) {
    CHECK(error.kind() == model::ErrorKind::measurement);
  }
  CHECK(test::read_file(path) == measure::journal_line("one"));
}

TEST_CASE("every kind of record is read back as it was written, on one line") {
  JournalRecord exact;
  exact.exact = measure::ExactRecord{.cell = 4, .side = model::Side::base, .repetition = 1, .run = {}};
  exact.exact->run.exact["cost"] = {~std::uint64_t{0}};
  exact.exact->run.warnings = {{.code = "c", .message = "m\n"}};
  JournalRecord end;
  end.timing_end = measure::TimingEnd{.blocks = 6, .budget_exhausted = true};
  JournalRecord head;
  head.header = header("p");
  for (const JournalRecord& record : {exact, end, head, timed_record()}) {
    const std::string text = measure::journal_record_to_json(record);
    CHECK(text.find('\n') == std::string::npos);
    CHECK(measure::journal_record_from_json(text, "here") == record);
  }
}

TEST_CASE("a record that is none is refused") {
  for (const char* text : {"", "7", "{}", "{\"timed\":{}}", "[", "{\"timing_end\":{\"blocks\":-1}}",
                           "{\"timing_end\":{\"blocks\":1,\"budget_exhausted\":false},\"timed\":null}"}) {
    CHECK_THROWS_AS(measure::journal_record_from_json(text, "here"), model::Error);
  }
}

TEST_CASE("a resumed journal has the first start's header and records") {
  const TemporaryDirectory directory;
  const auto path = directory / "runs.journal";
  {
    Journal journal(path, header("plan one"), true);
    CHECK_FALSE(journal.resumed());
    journal.add(timed_record());
  }
  JournalHeader later = header("plan one");
  later.head = "another session";
  later.seed = 99;
  Journal journal(path, later, true);
  CHECK(journal.resumed());
  CHECK(journal.header() == header("plan one"));
  CHECK(journal.records() == std::vector<JournalRecord>{timed_record()});
}

TEST_CASE("a journal of another plan or schema is refused with the remedy and kept") {
  const TemporaryDirectory directory;
  const auto path = directory / "runs.journal";
  {
    const Journal journal(path, header("plan one"), false);
  }
  const std::string before = test::read_file(path);
  CHECK(message_of([&] {
          const Journal journal(path, header("plan two"), true);
        }).find("start again without --resume") != std::string::npos);
  JournalHeader newer = header("plan one");
  newer.schema = "cyclegate.journal/3";
  CHECK(message_of([&] { const Journal journal(path, newer, true); }).find("cyclegate.journal/2") != std::string::npos);
  CHECK(test::read_file(path) == before);
}

TEST_CASE("a journal without its header, or with two, is refused") {
  const TemporaryDirectory directory;
  const std::string record = measure::journal_line(measure::journal_record_to_json(timed_record()));
  JournalRecord first;
  first.header = header("p");
  const std::string head = measure::journal_line(measure::journal_record_to_json(first));
  for (const std::string& text : {record, head + head}) {
    const auto path = directory.write("runs.journal", text);
    CHECK(message_of([&] {
            const Journal journal(path, header("p"), true);
          }).find("the header must be the first line and no other") != std::string::npos);
  }
}
