#include "reports/hyperfine.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numeric>

#include "model/error.h"

namespace cyclegate::reports {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t max_results = 10'000;
constexpr double longest_seconds = 1e9;

class HyperfineReader {
 public:
  explicit HyperfineReader(std::string_view origin) : origin_(origin) {}

  HyperfineResults read(std::string_view text) const {
    if (text.size() > max_hyperfine_bytes) fail(fmt::format("more than {} MiB", max_hyperfine_bytes >> 20U));
    Json file;
    try {
      file = Json::parse(text);
    } catch (const Json::exception& error) {
      fail(fmt::format("this is not JSON: {}", std::string_view(error.what()).substr(0, 200)));
    }
    const auto found = file.is_object() ? file.find("results") : file.end();
    if (!file.is_object() || found == file.end() || !found->is_array()) {
      fail(
          "there is no list `results` in it: no result of `hyperfine --export-json`, which is the only JSON that is "
          "read "
          "here; a report of ziskemu is text (-X) or CSV (--save-stats)");
    }
    if (found->empty() || found->size() > max_results) fail(fmt::format("`results` has {} entries", found->size()));
    HyperfineResults all;
    for (const Json& entry : *found) all.results.push_back(result(entry, all.results.size()));
    all.json = "{\"type\":\"hyperfine\",\"results\":";
    all.json += found->dump(-1, ' ', false, Json::error_handler_t::replace);
    all.json += "}\n";
    return all;
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw model::Error(model::ErrorKind::configuration, fmt::format("{}: {}", origin_, what));
  }

  double seconds(const Json& value, std::string_view what) const {
    if (!value.is_number()) fail(fmt::format("{} is not a number", what));
    const double number = value.get<double>();
    if (!(number >= 0 && number <= longest_seconds)) fail(fmt::format("{} is no time in seconds", what));
    return number;
  }

  double seconds(const Json& entry, const char* key, std::size_t index) const {
    const auto found = entry.find(key);
    if (found == entry.end()) fail(fmt::format("results[{}] has no {}", index, key));
    return seconds(*found, fmt::format("results[{}].{}", index, key));
  }

  HyperfineResult result(const Json& entry, std::size_t index) const {
    const auto command = entry.is_object() ? entry.find("command") : entry.end();
    if (!entry.is_object() || command == entry.end() || !command->is_string()) {
      fail(fmt::format("results[{}] has no command", index));
    }
    HyperfineResult result;
    result.command = command->get<std::string>() + parameters(entry);
    result.mean = seconds(entry, "mean", index);
    result.median = seconds(entry, "median", index);
    result.user = seconds(entry, "user", index);
    result.system = seconds(entry, "system", index);
    result.min = seconds(entry, "min", index);
    result.max = seconds(entry, "max", index);
    if (const auto found = entry.find("stddev"); found != entry.end() && !found->is_null()) {
      result.stddev = seconds(*found, fmt::format("results[{}].stddev", index));
    }
    if (const auto found = entry.find("times"); found != entry.end() && !found->is_null()) {
      if (!found->is_array()) fail(fmt::format("results[{}].times is no list", index));
      for (const Json& time : *found) {
        result.times.push_back(seconds(time, fmt::format("results[{}].times[{}]", index, result.times.size())));
      }
    }
    if (const auto found = entry.find("exit_codes"); found != entry.end() && found->is_array()) {
      result.failed = std::ranges::any_of(*found, [](const Json& code) { return code != 0; });
    }
    check(result, index);
    return result;
  }

  static std::string parameters(const Json& entry) {
    const auto found = entry.find("parameters");
    if (found == entry.end() || !found->is_object() || found->empty()) return "";
    std::string text;
    for (const auto& [name, value] : found->items()) {
      text += fmt::format("{}{}={}", text.empty() ? " (" : ", ", name,
                          value.is_string() ? value.get<std::string>() : value.dump());
    }
    return text + ")";
  }

  void check(const HyperfineResult& result, std::size_t index) const {
    if (result.times.empty()) return;
    const auto near = [](double a, double b) { return std::abs(a - b) <= 1e-6 * std::max({a, b, 1e-9}); };
    const auto [least, most] = std::ranges::minmax(result.times);
    const double mean =
        std::accumulate(result.times.begin(), result.times.end(), 0.0) / static_cast<double>(result.times.size());
    if (!near(mean, result.mean) || !near(least, result.min) || !near(most, result.max)) {
      fail(fmt::format("results[{}]: mean, min or max is not that of its times", index));
    }
  }

  std::string origin_;
};

}  // namespace

HyperfineResults read_hyperfine(std::string_view text, std::string_view origin) {
  return HyperfineReader(origin).read(text);
}

}  // namespace cyclegate::reports
