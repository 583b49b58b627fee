#include "publish/artifact_zip.h"

#include <array>
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <filesystem>
#include <string>
#include <utility>

#include "model/error.h"
#include "support/temporary_directory.h"

using namespace cyclegate;
using Catch::Matchers::ContainsSubstring;

namespace {

constexpr std::array<std::string_view, 3> wanted = {"base.runs.json", "head.runs.json", "report.json"};

std::filesystem::path archives() {
  return std::filesystem::path(CYCLEGATE_SOURCE_DIR) / "tests/fixtures/zip";
}

std::map<std::string, std::string> unpacked(const std::string& bytes, const publish::ZipLimits& limits = {}) {
  return publish::read_zip({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()}, wanted, "artifact.zip",
                           limits);
}

std::map<std::string, std::string> read_archive(const std::string& name, const publish::ZipLimits& limits = {}) {
  return unpacked(test::read_file(archives() / (name + ".zip")), limits);
}

std::string refusal(const std::string& name, const publish::ZipLimits& limits = {}) {
  try {
    read_archive(name, limits);
  } catch (const model::Error& error) {
    CHECK(error.kind() == model::ErrorKind::configuration);
    return error.what();
  }
  return "not refused";
}

}  // namespace

TEST_CASE("the named entries of an artifact are read, whoever wrote the sizes where") {
  for (const std::string name : {"good", "streamed", "directories"}) {
    CAPTURE(name);
    const auto contents = read_archive(name);
    CHECK(contents == std::map<std::string, std::string>{{"base.runs.json", R"({"side":"base"})"},
                                                         {"head.runs.json", R"({"side":"head"})"}});
  }
}

TEST_CASE("an archive without the named entries gives none of them") {
  CHECK(read_archive("empty").empty());
}

TEST_CASE("an entry that could harm anybody is refused by name, although nobody asks for it") {
  const std::array<std::pair<std::string, std::string>, 17> cases = {{
      {"parent", "entry '../../etc/cron.d/x': leads out of the archive"},
      {"hidden_parent", "entry 'a/../../x': leads out of the archive"},
      {"absolute", "entry '/etc/passwd': is an absolute path"},
      {"backslash", "has a backslash or a colon"},
      {"drive", "entry 'c:x': has a backslash or a colon"},
      {"control", "entry 'a ::error::x': has a control character in its name"},
      {"long_name", "has a name of 600 bytes; at most 512 are allowed"},
      {"link", "entry 'head.runs.json': is a link or a device"},
      {"device", "entry 'null': is a link or a device"},
      {"twice", "File already exists"},
      {"bomb", "entry 'head.runs.json': unpacks to more than 200 times its size"},
      {"encrypted", "entry 'base.runs.json': is encrypted"},
      {"method", "entry 'base.runs.json': is packed by method 12"},
      {"overlap", "inconsistent"},
      {"other_name", "not a zip archive that can be trusted"},
      {"truncated", "not a zip archive that can be trusted"},
      {"crc", "entry 'base.runs.json': CRC error"},
  }};
  for (const auto& [name, why] : cases) {
    CAPTURE(name);
    CHECK_THAT(refusal(name), ContainsSubstring("artifact.zip: ") && ContainsSubstring(why));
  }
}

TEST_CASE("an entry of another size than declared is refused") {
  for (const std::string name : {"larger", "smaller"}) {
    CAPTURE(name);
    CHECK_THAT(refusal(name), ContainsSubstring("base.runs.json"));
  }
}

TEST_CASE("sizes are capped before anything is unpacked") {
  CHECK_THAT(refusal("good", {.file_bytes = 100}), ContainsSubstring("at most 100 are read"));
  CHECK_THAT(refusal("good", {.entries = 2}), ContainsSubstring("has 3 entries; at most 2 are allowed"));
  CHECK_THAT(refusal("good", {.entry_bytes = 10}), ContainsSubstring("unpacks to 15 bytes; at most 10 are read"));
  CHECK_THAT(refusal("good", {.total_bytes = 20}), ContainsSubstring("unpacks to more than 20 bytes"));
}

TEST_CASE("what is no archive is refused") {
  CHECK_THROWS_AS(unpacked(""), model::Error);
  CHECK_THROWS_AS(unpacked("PK"), model::Error);
  CHECK_THROWS_AS(unpacked(std::string(1'000, 'x')), model::Error);
}

TEST_CASE("every prefix and every changed byte of an archive is read or refused, nothing else") {
  const std::string good = test::read_file(archives() / "streamed.zip");
  for (std::size_t length = 0; length < good.size(); ++length) {
    CHECK_THROWS_AS(unpacked(good.substr(0, length)), model::Error);
  }
  for (std::size_t at = 0; at < good.size(); ++at) {
    std::string changed = good;
    changed[at] = static_cast<char>(changed[at] ^ 0x5A);
    try {
      for (const auto& [name, bytes] : unpacked(changed)) CHECK(bytes.size() == 15);
    } catch (const model::Error&) {
      continue;
    }
  }
}
