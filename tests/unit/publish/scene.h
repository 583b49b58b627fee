#pragma once

#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "publish/github.h"
#include "publish/http.h"
#include "support/fake_clock.h"
#include "support/fake_github.h"

namespace cyclegate::test {

inline const std::string token = "ghs_16C7e42F292c6912E7710c838347Ae178B4a";
inline const std::string first_head(40, 'a');
inline const std::string second_head(40, 'b');

/// A fake GitHub with pull request 7 and a client whose clock only moves by waiting.
struct Scene {
  FakeGitHub fake;
  FakeClock clock;
  std::vector<std::string> notes;
  std::unique_ptr<publish::HttpTransport> transport;
  publish::GitHub github;

  explicit Scene(std::chrono::nanoseconds deadline = std::chrono::minutes(10),
                 std::chrono::nanoseconds request_limit = std::chrono::seconds(20))
      : transport(publish::make_network_transport({.request_limit = request_limit})), github(client(deadline)) {
    fake.set_time(
        [this] { return std::chrono::duration_cast<std::chrono::seconds>(clock.now().time_since_epoch()).count(); });
    fake.configure({{"tokens",
                     {{token,
                       {{"login", "github-actions[bot]"},
                        {"permissions",
                         {{"pull-requests", "write"},
                          {"checks", "write"},
                          {"contents", "write"},
                          {"statuses", "write"},
                          {"actions", "read"}}}}}}},
                    {"pulls", {{{"number", 7}, {"head", {{"sha", first_head}}}, {"base", {{"sha", second_head}}}}}}});
  }

  /// Another client of the same GitHub: another run.
  publish::GitHub client(std::chrono::nanoseconds deadline = std::chrono::minutes(10)) {
    return {*transport,
            clock,
            {.api_url = fake.api_url(),
             .owner = "octo",
             .repository = "guests",
             .token = token,
             .deadline = deadline,
             .note = [this](std::string_view line) { notes.emplace_back(line); }}};
  }

  void allow(const nlohmann::json& permissions) {
    fake.configure({{"tokens", {{token, {{"login", "github-actions[bot]"}, {"permissions", permissions}}}}}});
  }
  void move_head(const std::string& sha) { fake.configure({{"pulls", {{{"number", 7}, {"head", {{"sha", sha}}}}}}}); }
  void script(const nlohmann::json& steps) { fake.configure({{"script", steps}}); }
  std::size_t waited_seconds() {
    return static_cast<std::size_t>(std::chrono::duration_cast<std::chrono::seconds>(clock.monotonic()).count());
  }
  std::size_t sent(const std::string& method, const std::string& part) const {
    std::size_t count = 0;
    for (const auto& entry : fake.log()) {
      if (entry.at("method") == method && entry.at("path").get<std::string>().find(part) != std::string::npos) ++count;
    }
    return count;
  }
};

}  // namespace cyclegate::test
