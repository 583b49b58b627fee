#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "config/config.h"
#include "model/error.h"
#include "support/temporary_directory.h"

using namespace cyclegate;

namespace {

/// The ```yaml blocks of docs/configuration.md.
std::vector<std::string> examples() {
  const std::string text = test::read_file(std::string(CYCLEGATE_SOURCE_DIR) + "/docs/configuration.md");
  std::vector<std::string> found;
  const std::string fence = "```yaml\n";
  for (std::size_t at = text.find(fence); at != std::string::npos; at = text.find(fence, at)) {
    at += fence.size();
    found.push_back(text.substr(at, text.find("```", at) - at));
  }
  return found;
}

}  // namespace

TEST_CASE("the examples of the manual are right") {
  const std::vector<std::string> found = examples();
  REQUIRE(found.size() == 2);
  const config::Config smallest = config::parse_config(found[0], "smallest");
  CHECK(smallest.guests.at("block-hash").inputs[0].name == "light");
  const config::Config complete = config::parse_config(found[1], "complete");
  CHECK(complete.guests.at("block-hash").builds.size() == 2);
  CHECK(complete.guests.at("block-hash").inputs.size() == 3);
  CHECK(complete.policy.acknowledged.size() == 2);
  const model::CommandSettings& replayer = complete.executors.at("block-replayer");
  CHECK(replayer.command.front() == "replayer");
  CHECK(complete.cost_model == "zisk-1.4.0-alpha");
  CHECK(replayer.metrics.size() == 4);
  CHECK(!replayer.checks_output);
  CHECK(!replayer.all_cores);
  CHECK(replayer.metrics.back().scale == 1'000'000'000);
  CHECK(replayer.exits.at(3) == model::OutcomeKind::trap);
  // The complete example spells the defaults out, so that the manual cannot drift from the code.
  CHECK(complete.measure == smallest.measure);
  CHECK(complete.build.time == smallest.build.time);
  CHECK(complete.policy.thresholds == smallest.policy.thresholds);
  CHECK(complete.policy.tolerance == smallest.policy.tolerance);
  CHECK(complete.policy.methodology == smallest.policy.methodology);
  CHECK(complete.policy.mode == smallest.policy.mode);
}

TEST_CASE("every key that a file may have is in the manual's table") {
  const std::string text = test::read_file(std::string(CYCLEGATE_SOURCE_DIR) + "/docs/configuration.md");
  // The reader itself lists what it allows when it meets something else.
  const std::string broken =
      "x: 1\nguests: { g: { x: 1, builds: { zisk: "
      "{ x: 1 } }, inputs: [ { x: 1, generate: { x: 1 } } ] } }\n"
      "build: { x: 1 }\nmeasure: { x: 1, runs: { x: 1 }, limits: { x: 1 } }\n"
      "policy: { x: 1, thresholds: { x: 1 }, tolerance: { x: 1 } }\nacknowledged: [ { x: 1 } ]\n";
  // At most twenty mistakes are told, so that the executors have a file of their own.
  const std::string broken_executors =
      "executors: { embedded: { x: 1 }, e: { x: 1, command: [a], metrics: { m: { x: 1, kind: exact } } } }\n";
  std::string told;
  for (const std::string& text_of_file : {broken, broken_executors}) {
    try {
      config::parse_config(text_of_file, "f");
    } catch (const model::Error& error) {
      told += std::string(error.what()) + "\n";
    }
  }
  std::size_t keys = 0;
  const std::string marker = "allowed: ";
  for (std::size_t at = told.find(marker); at != std::string::npos; at = told.find(marker, at)) {
    at += marker.size();
    const std::string line = told.substr(at, told.find('\n', at) - at);
    for (std::size_t from = 0; from < line.size();) {
      const std::size_t end = std::min(line.find(", ", from), line.size());
      const std::string key = line.substr(from, end - from);
      INFO(key);
      CHECK((text.contains("." + key + "`") || text.contains("`" + key + "`") || text.contains("`" + key + ".") ||
             text.contains("." + key + ".")));
      ++keys;
      from = end + 2;
    }
  }
  CHECK(keys == 78);
}

TEST_CASE("every key that a page names by its path is one that the reader knows") {
  const std::set<std::string> roots = {"build", "executors", "measure", "publish", "policy"};
  std::vector<std::filesystem::path> pages = {std::string(CYCLEGATE_SOURCE_DIR) + "/README.md"};
  for (const auto& entry : std::filesystem::directory_iterator(std::string(CYCLEGATE_SOURCE_DIR) + "/docs")) {
    if (entry.path().extension() == ".md") pages.push_back(entry.path());
  }
  const auto told = [](const std::string& path) {
    std::string text = "version: 1\n";
    for (std::size_t from = 0; from <= path.size();) {
      const std::size_t end = std::min(path.find('.', from), path.size());
      text += (from == 0 ? "" : "{ ") + path.substr(from, end - from) + ": ";
      from = end + 1;
    }
    text += "1" + std::string(static_cast<std::size_t>(std::ranges::count(path, '.')), '}') + "\n";
    try {
      config::parse_config(text, "f");
    } catch (const model::Error& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  const std::string unknown = "unknown key";
  REQUIRE(told("measure.limits.max_time").contains(unknown));
  std::size_t seen = 0;
  for (const auto& page : pages) {
    const std::string text = test::read_file(page.string());
    for (std::size_t at = text.find('`'); at != std::string::npos; at = text.find('`', at + 1)) {
      const std::size_t end = text.find_first_not_of("abcdefghijklmnopqrstuvwxyz_.", at + 1);
      if (end == std::string::npos || (text[end] != '`' && text[end] != ':')) continue;
      const std::string path = text.substr(at + 1, end - at - 1);
      const std::size_t dot = path.find('.');
      if (dot == std::string::npos || path.ends_with('.') || !roots.contains(path.substr(0, dot))) continue;
      INFO(page.filename().string() + ": " + path);
      CHECK_FALSE(told(path).contains(unknown));
      ++seen;
    }
  }
  CHECK(seen > 40);
}

TEST_CASE("no cut and no changed byte of the complete example does more than be refused") {
  const std::string text = examples().at(1);
  const auto read = [](const std::string& variant) {
    try {
      config::parse_config(variant, "f");
      return true;
    } catch (const model::Error&) {
      return false;
    }
  };
  std::size_t refused = 0;
  for (std::size_t length = 0; length < text.size(); ++length) refused += read(text.substr(0, length)) ? 0U : 1U;
  CHECK(refused > text.size() / 3);
  for (std::size_t at = 0; at < text.size(); ++at) {
    for (const char c : {'\0', '\n', '[', '}', '&', '*', ':', '"', '\xFF'}) {
      std::string variant = text;
      variant[at] = c;
      refused += read(variant) ? 0U : 1U;
    }
  }
  CHECK(refused > text.size());
}
