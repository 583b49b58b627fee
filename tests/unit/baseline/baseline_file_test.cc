#include "baseline/baseline_file.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "example.h"
#include "model/document.h"
#include "model/error.h"
#include "support/complaint.h"
#include "support/golden.h"
#include "support/temporary_directory.h"

using namespace cyclegate;
using baseline::Baseline;
using baseline::GuestBaseline;
using Catch::Matchers::ContainsSubstring;
using test::complaint;

namespace {

Baseline example() {
  return baseline::pin(test::example_set(), {}).baseline;
}

GuestBaseline read(const std::string& text) {
  std::vector<model::Warning> warnings;
  return baseline::guest_baseline_from_json(text, "baselines/alpha.json", warnings);
}

/// The text with a checksum that is right for it, as a hostile editor would make it.
std::string forged(std::string text) {
  text.erase(text.rfind(",\n\"checksum\""));
  model::end_document(text);
  return text;
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

}  // namespace

TEST_CASE("the same baseline gives the same bytes, one cell per line") {
  const GuestBaseline guest = example().guests.at("alpha");
  const std::string text = to_json(guest);
  test::check_golden("baseline/alpha.json", text);
  CHECK(read(text) == guest);
  CHECK(to_json(read(text)) == text);
}

TEST_CASE("a changed cell is a diff of its line and the checksum's") {
  GuestBaseline guest = example().guests.at("alpha");
  const std::string before = to_json(guest);
  guest.cells[1].exact["cost"] += 1;
  const std::string after = to_json(guest);
  std::size_t differing = 0;
  for (std::size_t a = 0, b = 0; a < before.size();) {
    const std::size_t end_a = before.find('\n', a);
    const std::size_t end_b = after.find('\n', b);
    differing += before.substr(a, end_a - a) == after.substr(b, end_b - b) ? 0U : 1U;
    a = end_a + 1;
    b = end_b + 1;
  }
  CHECK(differing == 2);
}

TEST_CASE("a baseline that is cut anywhere is refused with the remedy") {
  const std::string text = to_json(example().guests.at("alpha"));
  // Without its last line end it is still whole.
  CHECK(to_json(read(text.substr(0, text.size() - 1))) == text);
  for (std::size_t length = 0; length + 1 < text.size(); ++length) {
    INFO(length);
    const std::string told = complaint([&] { read(text.substr(0, length)); });
    REQUIRE_THAT(told, ContainsSubstring("baselines/alpha.json") && ContainsSubstring("`cyclegate baseline save`"));
  }
}

TEST_CASE("a baseline that is edited anywhere is refused") {
  const std::string text = to_json(example().guests.at("alpha"));
  CHECK_THAT(complaint([&] { read(replaced(text, "9000", "8000")); }),
             ContainsSubstring("the file was edited or damaged") && ContainsSubstring("`cyclegate baseline save`"));
  for (std::size_t at = 0; at < text.size(); ++at) {
    std::string variant = text;
    variant[at] = variant[at] == '0' ? '1' : '0';
    INFO(at);
    REQUIRE_FALSE(complaint([&] { read(variant); }).empty());
  }
  std::string without = text;
  without.erase(without.rfind(",\n\"checksum\""));
  CHECK_THAT(complaint([&] { read(without + "\n}\n"); }), ContainsSubstring("the checksum is missing"));
}

TEST_CASE("a newer schema and another schema are refused as such") {
  const std::string text = to_json(example().guests.at("alpha"));
  CHECK_THAT(complaint([&] { read(forged(replaced(text, "baseline/1", "baseline/2"))); }),
             ContainsSubstring("newer than this cyclegate") && ContainsSubstring("update cyclegate"));
  CHECK_THAT(complaint([&] { read(forged(replaced(text, "cyclegate.baseline/1", "cyclegate.runs/1"))); }),
             ContainsSubstring("'cyclegate.baseline/1' is expected"));
}

TEST_CASE("values that no baseline has are refused although the checksum is right") {
  const std::string text = to_json(example().guests.at("alpha"));
  const auto told = [&](const std::string& from, const std::string& to) {
    return complaint([&] { read(forged(replaced(text, from, to))); });
  };
  CHECK_THAT(told("\"guest\":\"alpha\"", "\"guest\":\"../x\""), ContainsSubstring("/guest is not a name"));
  CHECK_THAT(told("\"input\":\"large\"", "\"input\":\"a/b\""), ContainsSubstring("/cells/0: 'input' is not a name"));
  CHECK_THAT(told("\"input\":\"large\"", "\"input\":\"small\""), ContainsSubstring("stands there twice"));
  CHECK_THAT(told("\"cost\":9000", "\"cost\":-1"), ContainsSubstring("/cells/0/exact/cost"));
  CHECK_THAT(told("\"cost\":9000", "\"cost\":1.5"), ContainsSubstring("/cells/0/exact/cost"));
  CHECK_THAT(told("\"cost\":9000", "\"cost\":18446744073709551616"), ContainsSubstring("/cells/0/exact/cost"));
  CHECK_THAT(told("\"reuse_key\":\"", "\"reuse_key\":\"g"), ContainsSubstring("'reuse_key' is not a sha256"));
  CHECK_THAT(told("\"cells\":[", "\"cells\":[3,"), ContainsSubstring("/cells must be an array of objects"));
  CHECK_THAT(told("\"cells\":[", "\"sells\":["), ContainsSubstring("/cells must be an array of objects"));
}

TEST_CASE("an unknown field is left out with a warning") {
  const std::string text = forged(
      replaced(to_json(example().guests.at("alpha")), "\"input\":\"large\"", "\"colour\":\"red\",\"input\":\"large\""));
  std::vector<model::Warning> warnings;
  CHECK(baseline::guest_baseline_from_json(text, "f", warnings) == example().guests.at("alpha"));
  REQUIRE(warnings.size() == 1);
  CHECK(warnings[0].code == "unknown-field");
}

TEST_CASE("a directory is written as a whole, unchanged files are left alone, and it is read back") {
  const test::TemporaryDirectory directory;
  Baseline stored = example();
  CHECK(baseline::load_directory(directory.path()) == Baseline{});
  CHECK(write_directory(directory.path(), stored) ==
        std::vector<std::string>{"baselines/alpha.json", "baselines/beta.json"});
  CHECK(write_directory(directory.path(), stored).empty());
  CHECK(baseline::load_directory(directory.path()) == stored);
  directory.write("baselines/README.md", "not a baseline");
  stored.guests.erase("beta");
  stored.guests.at("alpha").cells.pop_back();
  CHECK(write_directory(directory.path(), stored) ==
        std::vector<std::string>{"baselines/alpha.json", "baselines/beta.json"});
  CHECK(baseline::load_directory(directory.path()) == stored);
  CHECK(std::filesystem::exists(directory / "baselines/README.md"));
}

TEST_CASE("a file under another guest's name, a link out of the tree and damage are refused by name") {
  const test::TemporaryDirectory directory;
  write_directory(directory.path(), example());
  const auto told = [&] { return complaint([&] { baseline::load_directory(directory.path()); }); };
  SECTION("another name") {
    std::filesystem::rename(directory / "baselines/beta.json", directory / "baselines/gamma.json");
    CHECK_THAT(told(), ContainsSubstring("baselines/gamma.json: it is about guest beta"));
  }
  SECTION("a link") {
    std::filesystem::remove(directory / "baselines/beta.json");
    std::filesystem::create_symlink("/etc/passwd", directory / "baselines/beta.json");
    CHECK_FALSE(told().empty());
  }
  SECTION("damage, which saving anew repairs") {
    directory.write("baselines/beta.json", "{");
    CHECK_THAT(told(), ContainsSubstring("baselines/beta.json"));
    const Baseline readable = baseline::load_readable(directory.path());
    CHECK(readable.guests.size() == 1);
    REQUIRE(readable.warnings.size() == 1);
    CHECK(readable.warnings[0].code == "damaged-baseline");
    write_directory(directory.path(), baseline::pin(test::example_set(), readable).baseline);
    CHECK(baseline::load_directory(directory.path()) == example());
  }
}

TEST_CASE("a commit's baseline is the one that was committed, whatever the working tree says") {
  const test::TemporaryDirectory directory;
  write_directory(directory.path(), example());
  const std::string git = "cd '" + directory.path().string() +
                          "' && export GIT_CONFIG_GLOBAL=/dev/null GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b "
                          "GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b && git ";
  REQUIRE(std::system((git + "init -q && git add -A && git commit -q -m pinned").c_str()) == 0);
  directory.write("baselines/alpha.json", "edited since");
  const git::Repository repository = git::Repository::open(directory.path());
  const git::Commit commit = repository.resolve("HEAD");
  CHECK(baseline::load_commit(repository, commit) == example());
  REQUIRE(std::system((git + "commit -q -a -m broken").c_str()) == 0);
  CHECK_THAT(complaint([&] { baseline::load_commit(repository, repository.resolve("HEAD")); }),
             ContainsSubstring(":baselines/alpha.json"));
  CHECK(baseline::load_commit(repository, commit) == example());
}
