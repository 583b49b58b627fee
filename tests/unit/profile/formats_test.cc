#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_exception.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "model/error.h"
#include "profile/check.h"
#include "profile/firefox.h"
#include "profile/functions.h"
#include "profile/json_tables.h"
#include "profile/limits.h"
#include "profile/pprof.h"
#include "profile/read.h"
#include "support.h"
#include "support/temporary_directory.h"

namespace cyclegate::profile {
namespace {

using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::MessageMatches;
using nlohmann::json;

std::string fixture_text(const std::string& name) {
  std::ifstream file(std::string(CYCLEGATE_SOURCE_DIR) + "/tests/fixtures/profiles/" + name, std::ios::binary);
  REQUIRE(file);
  return {std::istreambuf_iterator<char>(file), {}};
}

model::Profile read_text(const std::string& text) {
  std::istringstream stream(text);
  auto profile = read(stream, "test");
  check(profile);
  return profile;
}

std::uint64_t sum(const model::Profile& profile, std::size_t column = 0) {
  std::uint64_t total = 0;
  for (std::size_t node = 0; node < profile.nodes.size(); ++node) total += profile.self_of(node)[column];
  return total;
}

void refused(const std::string& text, const std::string& why) {
  INFO(text.substr(0, 300));
  REQUIRE_THROWS_MATCHES(read_text(text), model::Error, MessageMatches(ContainsSubstring(why)));
}

TEST_CASE("ziskemu's profiles read exactly, in the cost that it divided by 1,000") {
  // The sums are those of the files' weights, added up as decimals by Python.
  for (const auto& [name, total] : std::map<std::string, std::uint64_t>{
           {"ziskemu-rust.json", 1846279}, {"ziskemu-fib.json", 4148109}, {"ziskemu-nop.json", 859}}) {
    const auto profile = read_text(fixture_text(name));
    REQUIRE(profile.columns == std::vector<model::ProfileColumn>{{"cost", "cost"}});
    REQUIRE(sum(profile) == total);
  }
  const auto nop = read_text(fixture_text("ziskemu-nop.json"));
  REQUIRE(write(nop, Format::folded) == "ziskos::BIOS 859\n");
}

TEST_CASE("SP1's profiles read whole: every sample counts one") {
  REQUIRE(sum(read_text(fixture_text("sp1-rust.json"))) == 2326);
  const auto fib = read_text(fixture_text("sp1-fib.json"));
  const auto samples = json::parse(fixture_text("sp1-fib.json"))["threads"][0]["samples"]["data"];
  REQUIRE(sum(fib) == samples.size());
  REQUIRE(write(fib, Format::folded).find(";fib ") != std::string::npos);
}

// As samply 0.12 and older wrote it: tables in each thread, libraries by resource, file names by function.
const char* const old_format = R"({"meta":{"preprocessedProfileVersion":49,"version":24,"product":"target"},
"libs":[{"name":"libc.so.6"}],
"threads":[{"name":"one","stringArray":["main","libc.so.6","memcpy","main.rs","inlined_one"],
 "frameTable":{"length":3,"func":[0,1,2],"inlineDepth":[0,0,1],"line":[12,null,3],"address":[10,20,10]},
 "funcTable":{"length":3,"name":[0,2,4],"resource":[-1,0,-1],"fileName":[3,null,3],"lineNumber":[7,null,null]},
 "resourceTable":{"length":1,"lib":[0],"name":[1],"host":[null],"type":[1]},
 "stackTable":{"length":3,"prefix":[null,0,0],"frame":[0,1,2]},
 "samples":{"length":4,"stack":[1,null,2,1],"weight":[2,5,1,40],"weightType":"samples","timeDeltas":[0,1,0.5,1]}},
 {"name":"two","stringArray":["other"],"frameTable":{"func":[0]},"funcTable":{"name":[0]},
 "stackTable":{"prefix":[null],"frame":[0]},"samples":{"stack":[0,0]}}]})";

TEST_CASE("the older processed format with tables in each thread reads as samply means it") {
  const auto profile = read_text(old_format);
  REQUIRE(write(profile, Format::folded) == "[no stack] 5\nmain;inlined_one 1\nmain;memcpy 42\nother 2\n");
  REQUIRE(profile.frames[0] == model::ProfileFrame{"main", "main.rs", 7, false, ""});
  REQUIRE(profile.frames[1] == model::ProfileFrame{"memcpy", "", 0, false, "libc.so.6"});
  REQUIRE(profile.frames[2].inlined);
  REQUIRE(profile.warnings.size() == 1);
}

TEST_CASE("weights are read as decimals, never through floating point") {
  const auto is = [](const char* text, std::uint64_t whole, std::uint32_t billionths) {
    const auto decimal = decimal_from(text);
    return decimal.state == JsonDecimal::State::exact && decimal.whole == whole && decimal.billionths == billionths;
  };
  REQUIRE(is("0.859", 0, 859'000'000));
  REQUIRE(is("18446744073709551615.000000001", 18446744073709551615u, 1));
  REQUIRE(is("1.5e3", 1500, 0));
  REQUIRE(is("2.5E-2", 0, 25'000'000));
  REQUIRE(is("9007199254740993.0", 9007199254740993u, 0));
  REQUIRE(decimal_from("18446744073709551616.0").state == JsonDecimal::State::refused);
  REQUIRE(decimal_from("0.0000000001").state == JsonDecimal::State::refused);
  REQUIRE(decimal_from("-1.0").state == JsonDecimal::State::refused);
  REQUIRE(decimal_from("1e9999").state == JsonDecimal::State::refused);
}

TEST_CASE("folded to Firefox to folded and folded to pprof to folded are the identity") {
  REQUIRE(rc::check("any folded stacks", [] {
    const auto profile = folded(*any_folded());
    const std::string text = write(profile, Format::folded);
    RC_ASSERT(write(read_text(write(profile, Format::firefox)), Format::folded) == text);
    RC_ASSERT(write(read_text(write(profile, Format::pprof)), Format::folded) == text);
  }));
}

TEST_CASE("every column, file, line, module and inlined frame survives both formats") {
  ProfileBuilder builder("rich", {{"cost", "cost"}, {"steps", "steps"}});
  const auto outer =
      builder.node(model::ProfileNode::kNoParent, builder.frame({"main", "src/main.cc", 12, false, "guest.elf"}));
  const auto inner = builder.node(outer, builder.frame({"inl \"q\" \\", "src/a.h", 3, true, "guest.elf"}));
  const auto leaf = builder.node(inner, builder.frame({"leaf", "", 0, true, "guest.elf"}));
  const auto called = builder.node(leaf, builder.frame({"called", "src/a.h", 0, false, ""}));
  builder.add(outer, 1, 4);
  builder.add(inner, 0, 3);
  builder.add(leaf, 0, 9007199254740993u);
  builder.add(called, 0, 1);
  builder.add(called, 1, 2);
  builder.add_calls(outer, 1);
  builder.add_calls(called, 77);
  auto profile = builder.finish();
  for (const Format format : {Format::firefox, Format::pprof}) {
    auto back = read_text(write(profile, format));
    back.origin = profile.origin;
    REQUIRE(back.columns == profile.columns);
    REQUIRE(sum(back, 0) == sum(profile, 0));
    REQUIRE(sum(back, 1) == sum(profile, 1));
    REQUIRE(std::ranges::is_permutation(back.frames, profile.frames));
    REQUIRE(write(back, Format::folded, 1) == write(profile, Format::folded, 1));
    REQUIRE(functions_of(back, 0).by_name == functions_of(profile, 0).by_name);
    if (format == Format::firefox) REQUIRE(back == profile);
  }
}

// What JSON is: `array`, `object`, ..., all numbers the same.
std::string kind(const json& value) {
  return value.is_number() ? "number" : value.type_name();
}

// Every field that `theirs` has, ours has, of the same kind.
void same_fields(const json& theirs, const json& ours, const std::string& where) {
  INFO(where);
  REQUIRE(kind(ours) == kind(theirs));
  if (theirs.is_object()) {
    for (const auto& [name, value] : theirs.items()) {
      INFO(where << "/" << name);
      REQUIRE(ours.contains(name));
      same_fields(value, ours[name], where + "/" + name);
    }
  } else if (theirs.is_array() && !theirs.empty() && !ours.empty()) {
    std::set<std::string> kinds;
    for (const auto& one : theirs) kinds.insert(kind(one));
    if (kinds.contains("null")) return;
    same_fields(theirs[0], ours[0], where + "/0");
  }
}

TEST_CASE("the Firefox profile has field by field what ziskemu writes") {
  const auto theirs = json::parse(fixture_text("ziskemu-rust.json"));
  auto compared = theirs;
  compared.erase("counters");  // of memory, which we do not count
  const auto ours = json::parse(write(read_text(fixture_text("ziskemu-rust.json")), Format::firefox));
  same_fields(compared, ours, "");
  REQUIRE(ours["meta"]["preprocessedProfileVersion"] == theirs["meta"]["preprocessedProfileVersion"]);
  REQUIRE(ours["shared"]["stackTable"]["frame"].size() == theirs["shared"]["stackTable"]["frame"].size());
  // All columns of a table are as long as it says.
  const auto even = [](const json& table) {
    for (const auto& [name, column] : table.items()) {
      if (column.is_array()) REQUIRE(column.size() == table["length"]);
    }
  };
  for (const char* table : {"stackTable", "frameTable", "funcTable", "resourceTable", "nativeSymbols", "sources"})
    even(ours["shared"][table]);
  even(ours["threads"][0]["samples"]);
}

TEST_CASE("the Firefox profile has the fields that samply's format adds to libraries and resources") {
  // https://github.com/mstange/samply, fxprof-processed-profile: libs and resourceTable of version 62.
  ProfileBuilder builder("lib", {{"samples", "samples"}});
  builder.add(builder.node(model::ProfileNode::kNoParent, builder.frame({"f", "f.c", 1, false, "libf.so"})), 0, 1);
  const auto ours = json::parse(write(builder.finish(), Format::firefox));
  for (const char* field : {"arch", "breakpadId", "codeId", "debugName", "debugPath", "name", "path"})
    REQUIRE(ours["libs"][0].contains(field));
  REQUIRE(ours["shared"]["resourceTable"]["type"] == json::array({1}));
  REQUIRE(ours["shared"]["resourceTable"]["lib"] == json::array({0}));
  REQUIRE(ours["shared"]["funcTable"]["resource"] == json::array({0}));
  REQUIRE(ours["shared"]["funcTable"]["source"] == json::array({0}));
}

// `perf record -F 500 -e task-clock:u -g ./work`, then `samply import perf.data --save-only` of samply 0.13.1; perf
// script shows 128 samples of the same recording.
TEST_CASE("a profile of samply reads with all its samples, and it says that names are missing") {
  const auto profile = read_text(fixture_text("samply-0.13.1.json"));
  REQUIRE(profile.columns == std::vector<model::ProfileColumn>{{"samples", "samples"}});
  REQUIRE(sum(profile) == 128);
  REQUIRE(std::ranges::count(profile.warnings, "addresses-only", &model::Warning::code) == 1);
}

TEST_CASE("the Firefox profile has every field of samply's, as far as their versions have the same") {
  const auto theirs = json::parse(fixture_text("samply-0.13.1.json"));  // version 49: tables in each thread
  const auto ours = json::parse(write(folded("main;a 5\nmain;b 2\n"), Format::firefox));  // version 61: shared tables
  // What later versions have elsewhere, or no longer; in meta what a reader may do without.
  const std::set<std::string> gone = {"frameTable/implementation", "funcTable/fileName", "samples/time",
                                      "stackTable/category", "stackTable/subcategory"};
  const std::set<std::string> optional = {"doesNotUseFrameImplementation", "oscpu", "pausedRanges",
                                          "sourceCodeIsNotOnSearchfox", "usesOnlyOneStackType"};
  for (const auto& [name, value] : theirs.items()) REQUIRE(ours.contains(name));
  for (const auto& [name, value] : theirs["meta"].items()) {
    INFO("meta/" << name);
    REQUIRE((ours["meta"].contains(name) || optional.contains(name)));
  }
  for (const auto& [name, value] : theirs["threads"][1].items()) {
    if (name == "showMarkersInTimeline") continue;  // of the viewer's layout
    INFO(name);
    const bool shared = ours["shared"].contains(name);
    REQUIRE((shared || ours["threads"][0].contains(name)));
    if (!value.is_object()) continue;
    const auto& table = shared ? ours["shared"][name] : ours["threads"][0][name];
    for (const auto& [column, cells] : value.items()) {
      INFO(column);
      REQUIRE((table.contains(column) || gone.contains(name + "/" + column)));
    }
  }
}

TEST_CASE("perf script reads as inferno-collapse-perf collapses it") {
  auto expected = fixture_text("perf-script.inferno.folded");  // inferno 0.12.8 --event-filter cpu-clock
  const auto profile = read_text(fixture_text("perf-script.txt"));
  REQUIRE(write(profile, Format::folded) == expected);
  REQUIRE(profile.columns == std::vector<model::ProfileColumn>{{"cpu-clock", "ns"}, {"cycles.u", "events"}});
  REQUIRE(write(profile, Format::folded, 1) ==
          "my_prog;[unknown];main;core::ptr::drop_in_place<[u8: 4]>;[libz.so.1.2.13];mix 1\n");
}

TEST_CASE("the format is told by the content") {
  REQUIRE(recognise("a;b 3\n") == Format::folded);
  REQUIRE(recognise("# made by hand\n\nmain 3\n") == Format::folded);
  REQUIRE(recognise(" {\"meta\":1}") == Format::firefox);
  REQUIRE(recognise("work 12 1.5: 1 cycles:\n\t 12 f (x)\n") == Format::perf);
  REQUIRE(recognise(std::string_view("\x0a\x04\x08\x01\x10\x02", 6)) == Format::pprof);
  REQUIRE_FALSE(recognise(""));
  REQUIRE_FALSE(recognise("%PDF-1.4"));
  REQUIRE_FALSE(recognise("a line of text\n"));
  refused("", "test: line 1: is no profile that is known");
  refused("\n# a comment\na line of text\n", "test: line 3: is no profile that is known");
  refused(std::string("a;b 3\nc\0d 4\n", 12), "test: line 2: holds a byte 0");
  // A stray control character is no less text near the beginning than far behind it.
  REQUIRE(recognise("a;\x1b[31mb 3\n") == Format::folded);
  REQUIRE(recognise("a;b 3\na;\x1b[31mb 3\n") == Format::folded);
}

TEST_CASE("every real profile cut short or garbled is refused or read, never more") {
  for (const char* name : {"ziskemu-rust.json", "ziskemu-nop.json", "sp1-rust.json", "perf-script.txt"}) {
    const std::string text = fixture_text(name);
    const std::string packed = write(read_text(text), Format::pprof);
    for (const std::string& bytes : {text, packed}) {
      for (std::size_t size = 0; size < bytes.size(); size += 1 + bytes.size() / 50) {
        auto garbled = bytes;
        garbled[size] = static_cast<char>(garbled[size] ^ 0x15);
        for (const std::string& hostile : {bytes.substr(0, size), garbled}) {
          try {
            read_text(hostile);
          } catch (const model::Error& error) {
            REQUIRE(std::string_view(error.what()).starts_with("test: "));
          }
        }
      }
    }
    if (text[0] == '{') refused(text.substr(0, text.size() - 1), "test: line 1, column ");
    refused(packed.substr(0, packed.size() - 1), "the gzip data ends early");
  }
}

TEST_CASE("a wrong table is refused with its place") {
  const auto with = [](const char* from, const char* to) {
    std::string text = old_format;
    const auto at = text.find(from);
    REQUIRE(at != std::string::npos);
    return text.replace(at, std::string_view(from).size(), to);
  };
  refused(with("\"prefix\":[null,0,0]", "\"prefix\":[null,1,0]"),
          "/threads/0/stackTable/prefix/1: must be null or the index");
  refused(with("\"frame\":[0,1,2]", "\"frame\":[0,1,3]"), "/threads/0/stackTable/frame/2: must be an index below 3");
  refused(with("\"func\":[0,1,2]", "\"func\":[0,1,-2]"), "/threads/0/frameTable/func/2");
  refused(with("\"name\":[0,2,4]", "\"name\":[0,2,5]"), "/threads/0/funcTable/name/2: must be an index below 5");
  refused(with("\"stack\":[1,null,2,1]", "\"stack\":[1,null,3,1]"), "/threads/0/samples/stack/2");
  refused(with("\"weight\":[2,5,1,40]", "\"weight\":[2,5,1,-40]"),
          "/threads/0/samples/weight/3: must be a whole number");
  refused(with("\"weight\":[2,5,1,40]", "\"weight\":[2,5,1,4.5]"),
          "/threads/0/samples/weight/3: must be a whole number");
  refused(with("\"weight\":[2,5,1,40]", "\"weight\":[2,5,1]"),
          "/threads/0/samples/weight: has 3 elements, stack has 4");
  refused(with("\"weightType\":\"samples\"", "\"weightType\":\"miles\""), "weights of the type `miles` are not known");
  refused(with("[\"other\"]", "[7]"), "element 0 of stringArray must be a string");
  refused("{\"meta\":{},\n \"threads\": [}", "test: line 2, column 14");
}

TEST_CASE("garbled perf script is refused with its line") {
  refused("work 12 1.5: 1 cycles:\n\t zz f (x)\n\n", "test: line 2: must be `address function (module)`");
  refused("work 12 1.5: 1 cycles:\n\t 12 f (x)\n\nno header\n", "test: line 4: must be `program pid time: event:`");
  refused("work work 1.5: cycles:\n\t 12 f (x)\n", "test: line 1: must be `program pid time: event:`; there is no pid");
}

TEST_CASE("more places times kinds of weights than can be held are refused where they come up") {
  std::vector<model::ProfileColumn> columns;
  for (std::size_t number = 0; number < kMaxColumns; ++number) columns.push_back({std::to_string(number), "x"});
  const auto grow = [](ProfileBuilder& builder, std::size_t nodes) {
    for (std::size_t number = 0; number < nodes; ++number) {
      builder.at("sample", number);
      const auto node = builder.node(model::ProfileNode::kNoParent, builder.frame(std::to_string(number)));
      for (std::size_t column = 0; column < builder.columns(); ++column) builder.add(node, column, 0);
    }
  };
  ProfileBuilder wide("wide", columns);
  REQUIRE_THROWS_MATCHES(grow(wide, kMaxCells / kMaxColumns + 1), model::Error,
                         MessageMatches(ContainsSubstring("wide: sample 32768: more than 32768 places in the call "
                                                          "tree, the most with 4096 kinds of weights")));
  columns.pop_back();
  ProfileBuilder tall("tall", columns);
  grow(tall, kMaxCells / kMaxColumns + 1);
  REQUIRE_THROWS_MATCHES(tall.column({"last", "x"}), model::Error, MessageMatches(ContainsSubstring("tall: sample ")));
}

TEST_CASE("a small file cannot ask for much memory") {
  const std::string packed = write_pprof(folded("a;b 3\n"));
  std::istringstream stream(packed);
  REQUIRE_THROWS_MATCHES(ByteReader(stream, "bomb", 40).peek(1000), model::Error,
                         MessageMatches(ContainsSubstring("bomb: the gzip data unpacks to more than 40 bytes")));

  refused("{\"a\":" + std::string(600, '['), "test: byte 517: more than 512 arrays and objects in each other");
  refused("{\"a\":\"" + std::string(kMaxTokenBytes + (1u << 20), 'x') + "\"}", "test: byte 4: a value has more than");
  const auto within = [](const std::string& text, std::size_t most) {
    std::istringstream json_stream(text);
    ByteReader bytes(json_stream, "test");
    return read_json_tables(bytes, most);
  };
  const std::string start = "{\"threads\":[{";
  for (const char* what :
       {"\"stringArray\":[\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\"]", "\"samples\":{\"weight\":[1,2,3,4,5,6,7,8]}",
        "\"stackTable\":{\"prefix\":[1,2,3,4,5,6,7,8]}", "\"samples\":{\"data\":[[],[]]}"}) {
    INFO(what);
    REQUIRE_NOTHROW(within(start + what + "}]}", sizeof(JsonTables) + 400));
    REQUIRE_THROWS_MATCHES(
        within(start + what + "}]}", sizeof(JsonTables) + 60), model::Error,
        MessageMatches(ContainsSubstring("more than") && ContainsSubstring("bytes of memory for the tables")));
  }

  std::string strings;
  for (std::size_t count = 0; count <= kMaxStrings; ++count) strings.append("\x32\x00", 2);
  refused(strings, "test: byte 33554432: more than 16777216 strings");
  std::string types;
  for (std::size_t count = 0; count <= kMaxColumns; ++count) types.append("\x0a\x00", 2);
  refused(types, "test: byte 8192: more than 4096 sample types");
  std::string lines("\x22\x80\x80\x20", 4);  // a location of 2^19 bytes
  for (std::size_t count = 0; count < 1u << 18; ++count) lines.append("\x22\x00", 2);
  refused(lines, "test: byte 0: a location has more than 65535 functions");
  std::string places("\x0a\x00\x32\x00\x12\x80\x80\x20", 8);  // one sample type, one string, a sample of 2^19 bytes
  for (std::size_t count = 0; count < 1u << 18; ++count) places.append("\x08\x01", 2);
  refused(places, "a weight has no name");
  places.replace(0, 4, std::string("\x0a\x02\x08\x01\x32\x00\x32\x01x", 9));
  refused(places, "test: sample 0: a stack of more than 65535 frames");
}

TEST_CASE("samples without a stack keep their weight") {
  const auto profile = read_text(
      R"({"threads":[{"stringArray":["f"],"stackTable":{"frame":[0],"prefix":[null]},"frameTable":{"func":[0]},)"
      R"("funcTable":{"name":[0]},"samples":{"stack":[0,null,null],"weight":[3,4,0],"weightType":"samples"}}]})");
  REQUIRE(write(profile, Format::folded) == "[no stack] 4\nf 3\n");
  refused(R"({"threads":[],"processes":[{"threads":[]}]})", "/processes/0: the profiles of other processes");
}

TEST_CASE("the number before an event of perf script is a period only behind the time") {
  const auto with = read_text("work 12 1.5: 250 cycles:\n\t 12 f (x)\n");
  REQUIRE(sum(with) == 250);
  REQUIRE(with.columns.front().unit == "events");
  const auto without = read_text("work 12 cycles:\n\t 12 f (x)\n\nwork 12 cycles:\n\t 12 f (x)\n");
  REQUIRE(sum(without) == 2);
  REQUIRE(without.columns.front().unit == "samples");
}

TEST_CASE("a list that names a function twice is refused") {
  model::FunctionCost row;
  row.name = "f";
  row.steps_self = row.steps_total = 5;
  const std::vector<model::FunctionCost> rows = {row, row};
  REQUIRE(functions_of(std::span(rows).first(1), false).by_name.at("f").total == 5);
  REQUIRE_THROWS_MATCHES(functions_of(rows, false), model::Error,
                         MessageMatches(ContainsSubstring("the function `f` is listed twice")));
}

TEST_CASE("weights whose parts do not sum to them are refused, whatever the format says") {
  ProfileBuilder builder("parts", {{"cost", "cost"}, {"cost:main", "cost"}});
  builder.add(builder.node(model::ProfileNode::kNoParent, builder.frame("f")), 0, 2);
  REQUIRE_THROWS_MATCHES(builder.finish(), model::Error, MessageMatches(ContainsSubstring("must sum to `cost`")));
}

TEST_CASE("a damaged pprof message is refused with its byte or sample") {
  const auto unpacked = [](const model::Profile& profile) {
    std::istringstream stream(write_pprof(profile));
    ByteReader bytes(stream, "test");
    return std::string(bytes.peek(1u << 20));
  };
  const std::string good = unpacked(folded("a;b 3\na 4\n"));
  REQUIRE(write(read_text(good), Format::folded) == "a 4\na;b 3\n");
  refused(good.substr(0, 20), "test: ");
  refused(std::string("\x0a\x7f\x08\x00", 4), "test: byte 0: the protobuf message is damaged");
  refused(std::string("\x0a\x04\x08\x01\x10\x02", 6), "there is no string 1");
  refused(std::string("\x0a\x04\x08\x01\x10\x02\x31\x01\x02\x03\x04\x05\x06\x07\x08", 15),
          "test: byte 6: the protobuf message is damaged");  // a string with another wire type
  auto none = good;
  const auto first = none.find(std::string("\x12\x06\x0a\x01\x01", 5));
  REQUIRE(first != std::string::npos);
  none[first + 4] = 9;  // its location
  refused(none, "sample 0: there is no location 9");
}

TEST_CASE("names are demangled and functions that become the same are one") {
  const auto profile = demangled(folded("main;_ZN3foo3barEv 2\nmain;foo::bar() 3\nmain;_RNvCs1234_7mycrate3bar 1\n"));
  check(profile);
  const auto text = write(profile, Format::folded);
  REQUIRE(text.find("main;foo::bar() 5\n") != std::string::npos);
  REQUIRE(text.find("mycrate") != std::string::npos);
  REQUIRE(text.find("_RNv") == std::string::npos);
}

TEST_CASE("go tool pprof reads what is written") {
  if (std::system("command -v go >/dev/null 2>&1") != 0) SKIP("no go on this machine: go tool pprof was not asked");
  const test::TemporaryDirectory directory;
  const auto file = (directory.path() / "a.pb.gz").string();
  const auto out = (directory.path() / "top.txt").string();
  const auto profile = folded("main;fib;fib 30\nmain;fib 12\nmain;keccak;[u8: 4] 58\n");
  std::ofstream(file, std::ios::binary) << write_pprof(profile);
  const std::string command =
      "HOME='" + directory.path().string() + "' go tool pprof -top '" + file + "' >'" + out + "' 2>&1";
  REQUIRE(std::system(command.c_str()) == 0);
  std::ifstream stream(out);
  const std::string top(std::istreambuf_iterator<char>(stream), {});
  INFO(top);
  REQUIRE(top.find("Type: samples") != std::string::npos);
  REQUIRE(top.find("100% of 100samples total") != std::string::npos);
  std::map<std::string, std::string> flat;
  std::istringstream lines(top);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::vector<std::string> all{std::istream_iterator<std::string>(words), {}};
    if (all.size() >= 6 && all[1].ends_with('%')) flat[all[5]] = all[0] + ' ' + all[3];
  }
  REQUIRE(flat["fib"] == "42samples 42samples");
  REQUIRE(flat["main"] == "0 100samples");
}

}  // namespace
}  // namespace cyclegate::profile
