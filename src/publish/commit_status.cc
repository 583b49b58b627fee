#include "publish/commit_status.h"

#include <fmt/format.h>

#include <array>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>

#include "model/text.h"

namespace cyclegate::publish {
namespace {

using nlohmann::json;

/// GitHub counts characters; in bytes it is never more.
constexpr std::size_t longest_description = 140;

bool says(const json& status, const char* name, const std::string& value) {
  const auto found = status.find(name);
  return found != status.end() && (found->is_string() ? found->get<std::string>() == value : value.empty());
}

}  // namespace

Posted post_status(GitHub& github, const StatusReport& report, const std::string& head) {
  constexpr std::array<std::string_view, 3> states = {"pending", "success", "failure"};
  const std::string state(states.at(static_cast<std::size_t>(report.state)));
  const std::string description = model::to_line(report.description, longest_description);
  // The newest of our context; GitHub lists them newest first.
  const auto standing = [&]() -> std::optional<Answer> {
    const GitHub::List list = github.get_all(github.in_repository(fmt::format("/commits/{}/statuses", head)), "", 10);
    for (const json& status : list.elements) {
      if (!status.is_object() || !says(status, "context", std::string(check_name))) continue;
      const bool same = says(status, "state", state) && says(status, "description", description) &&
                        says(status, "target_url", report.target_url);
      return same ? std::optional(Answer{.status = 200, .body = status.dump()}) : std::nullopt;
    }
    return std::nullopt;
  };
  if (standing()) return {.result = Posted::Result::unchanged, .url = {}, .why = {}};
  json body = {{"state", state}, {"context", check_name}, {"description", description}};
  if (!report.target_url.empty()) body["target_url"] = report.target_url;
  const Answer answer = github.post(github.in_repository("/statuses/" + head), body, standing);
  if (answer.ok()) return {.result = Posted::Result::created, .url = {}, .why = {}};
  if (answer.forbidden()) {
    return {.result = Posted::Result::forbidden, .url = {}, .why = "the token may not write commit statuses"};
  }
  return {.result = Posted::Result::failed,
          .url = {},
          .why = fmt::format("GitHub answered {}: {}", answer.status, answer.message())};
}

}  // namespace cyclegate::publish
