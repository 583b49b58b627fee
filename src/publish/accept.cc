#include "publish/accept.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <system_error>
#include <vector>

#include "model/text.h"
#include "publish/context.h"
#include "publish/github_calls.h"
#include "publish/url.h"

namespace cyclegate::publish {
namespace {

using nlohmann::json;

constexpr std::string_view command = "/cyclegate accept";
constexpr std::string_view usage =
    "write `/cyclegate accept SHA REASON` with the whole SHA as the comment's first line";
/// GitHub's limits of a status description and of a check run's summary, in characters; bytes are never fewer.
constexpr std::size_t description_bytes = 140;
constexpr std::size_t summary_bytes = 60'000;
constexpr std::size_t title_bytes = 200;
constexpr std::size_t shortest_reason = 3;
/// Of the check runs that post_check makes.
constexpr std::string_view external_id_prefix = "cyclegate:";

bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

std::string_view first_line(std::string_view comment) {
  std::string_view line = comment.substr(0, comment.find('\n'));
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

/// The member as text; empty when it is none.
std::string text_of(const json& object, const char* name) {
  if (!object.is_object()) return {};
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::string description(const Acceptance& acceptance) {
  return model::to_line(fmt::format("{}: {}", acceptance.by, acceptance.reason), description_bytes);
}

std::string comment_url(const Context& context) {
  return fmt::format("{}/{}/{}/pull/{}#issuecomment-{}", context.server_url, context.owner, context.repository,
                     context.event.pull_request, context.event.comment_id);
}

void react(GitHub& github, const Context& context, std::string_view content) {
  // GitHub answers the same reaction of the same user with the one that is there. Without the right to react the
  // answer stands in the log alone.
  const Answer answer =
      github.post(github.in_repository(fmt::format("/issues/comments/{}/reactions", context.event.comment_id)),
                  {{"content", content}}, [] { return std::optional<Answer>(); });
  if (!answer.ok()) github.note(fmt::format("no reaction to the comment: {}", answer.message()));
}

void complete_checks(GitHub& github, const std::string& head_sha, const Acceptance& acceptance) {
  const GitHub::List runs = github.get_all(
      github.in_repository(fmt::format("/commits/{}/check-runs?check_name={}&filter=all", head_sha, accepted_check)),
      "check_runs");
  require_ok(runs.last, "check runs of the accepted commit");
  for (const json& run : runs.elements) {
    if (!run.is_object() || text_of(run, "name") != accepted_check || text_of(run, "conclusion") != "failure") continue;
    // A job that somebody called like our check has another app's id, or none of ours.
    if (!text_of(run, "external_id").starts_with(external_id_prefix)) continue;
    const auto id = run.find("id");
    if (id == run.end() || !id->is_number_unsigned()) continue;
    const auto found = run.find("output");
    const json output = found == run.end() ? json() : *found;
    const std::string title =
        model::to_line(fmt::format("accepted by {}; {}", acceptance.by, text_of(output, "title")), title_bytes);
    json document = {
        {"status", "completed"},
        {"conclusion", "success"},
        {"output", {{"title", title}, {"summary", accepted_summary(acceptance, text_of(output, "summary"))}}}};
    Answer answer =
        github.patch(github.in_repository(fmt::format("/check-runs/{}", id->get<std::uint64_t>())), document);
    if (answer.ok() && text_of(answer.json(), "conclusion") != "success") {
      // The check kept its conclusion: a new one of that name is what the rules look at.
      document.update({{"name", accepted_check}, {"head_sha", head_sha}, {"external_id", text_of(run, "external_id")}});
      answer = github.post(github.in_repository("/check-runs"), document, [] { return std::optional<Answer>(); });
    }
    // A check of another app's has the same name and is not ours to change.
    if (answer.forbidden()) {
      github.note(fmt::format("check run {} is not ours to complete: {}", id->get<std::uint64_t>(), answer.message()));
      continue;
    }
    require_ok(answer, "completing the check as success");
  }
}

}  // namespace

bool is_accept_command(std::string_view comment) {
  const std::string_view line = first_line(comment);
  return line.starts_with(command) && (line.size() == command.size() || is_blank(line[command.size()]));
}

std::expected<AcceptRequest, std::string> parse_accept(std::string_view comment) {
  std::string_view rest = first_line(comment);
  if (!is_accept_command(comment)) return std::unexpected(fmt::format("not the command; {}", usage));
  rest = trimmed(rest.substr(command.size()));
  const std::size_t end = std::min(rest.find_first_of(" \t"), rest.size());
  const std::string given(rest.substr(0, end));
  AcceptRequest request{.sha = given, .reason = {}};
  for (char& c : request.sha) c = c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;
  // A shorter one could name another commit by the time the comment is read: its first digits can be chosen.
  if (!is_commit(request.sha)) {
    return std::unexpected(
        fmt::format("'{}' is not all 40 hex digits of a commit; {}", model::to_line(given, 70), usage));
  }
  request.reason = model::to_line(trimmed(rest.substr(end)), max_reason_bytes);
  if (request.reason.size() < shortest_reason) return std::unexpected(fmt::format("there is no reason; {}", usage));
  return request;
}

std::optional<Acceptance> find_acceptance(GitHub& github, std::string_view head_sha, std::string_view author) {
  // The newest comes first.
  const GitHub::List statuses = github.get_all(github.in_repository(fmt::format("/commits/{}/statuses", head_sha)));
  require_ok(statuses.last, "commit statuses of the head");
  for (const json& status : statuses.elements) {
    if (text_of(status, "context") != accept_status) continue;
    const auto creator = status.find("creator");
    if (creator == status.end() || text_of(*creator, "login") != author) continue;
    if (text_of(status, "state") != "success") return std::nullopt;
    const std::string told = text_of(status, "description");
    const std::size_t colon = told.find(": ");
    if (colon == std::string::npos || !is_login(told.substr(0, colon))) return std::nullopt;
    const std::string url = text_of(status, "target_url");
    return Acceptance{.by = told.substr(0, colon),
                      .reason = model::to_line(told.substr(colon + 2), description_bytes),
                      .url = parse_url(url) ? url : std::string()};
  }
  return std::nullopt;
}

std::uint64_t queued_pull_request(const Event& event) {
  const std::string_view head_branch = event.head_branch;
  constexpr std::string_view queue = "gh-readonly-queue/";
  constexpr std::string_view prefix = "pr-";
  if (event.run_event != "merge_group" || !head_branch.starts_with(queue)) return 0;
  std::string_view name = head_branch.substr(head_branch.rfind('/') + 1);
  if (!name.starts_with(prefix)) return 0;
  name.remove_prefix(prefix.size());
  const std::size_t dash = name.find('-');
  if (dash == std::string_view::npos || !is_commit(name.substr(dash + 1))) return 0;
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(name.begin(), name.begin() + dash, number);
  return error == std::errc() && end == name.begin() + dash ? number : 0;
}

std::string accepted_summary(const Acceptance& acceptance, std::string_view summary) {
  std::string reason;
  for (const char c : acceptance.reason) {
    switch (c) {
      case '&':
        reason += "&amp;";
        break;
      case '<':
        reason += "&lt;";
        break;
      case '>':
        reason += "&gt;";
        break;
      default:
        reason.push_back(c);
    }
  }
  // Within <pre> nothing is Markdown.
  std::string text = fmt::format(
      "<pre>accepted by {}: {}</pre>\n\nThe verdict below stands; this commit passes because a maintainer "
      "accepted it.\n\n",
      acceptance.by, reason);
  text += summary.substr(0, summary_bytes);
  return text;
}

AcceptOutcome accept(GitHub& github, const Context& context) {
  using Kind = AcceptOutcome::Kind;
  const Event& event = context.event;
  const auto leave = [](std::string why) {
    return AcceptOutcome{.kind = Kind::not_a_command, .text = std::move(why), .head_sha = {}, .acceptance = {}};
  };
  const auto refuse = [&](const std::string& why) {
    react(github, context, "-1");
    return AcceptOutcome{.kind = Kind::refused, .text = "not accepted: " + why, .head_sha = {}, .acceptance = {}};
  };
  if (event.name != "issue_comment" || event.action != "created") return leave("not a new comment");
  if (!event.comment_on_pull_request || event.pull_request == 0) return leave("not a comment on a pull request");
  if (!is_accept_command(event.comment_body)) return leave("the comment is no command");

  const auto request = parse_accept(event.comment_body);
  if (!is_login(event.comment_author)) return leave("the commenter's name is none");
  // The permission comes first: whoever has none learns nothing and costs nothing more.
  const std::string permission = permission_of(github, event.comment_author);
  if (permission != "admin" && permission != "write") {
    return refuse(fmt::format("{} may not write to this repository (permission: {})", event.comment_author,
                              model::to_line(permission, 20)));
  }
  if (!request) return refuse(request.error());
  const auto pull = pull_request(github, event.pull_request);
  if (!pull || !pull->open) return refuse(fmt::format("pull request {} is not open", event.pull_request));
  if (pull->head_sha != request->sha) {
    return refuse(fmt::format("{} is not the pull request's head, which is {}", request->sha, pull->head_sha));
  }
  AcceptOutcome outcome{
      .kind = Kind::accepted,
      .text = {},
      .head_sha = pull->head_sha,
      .acceptance = {.by = event.comment_author, .reason = request->reason, .url = comment_url(context)}};
  const Answer written = github.post(github.in_repository(fmt::format("/statuses/{}", pull->head_sha)),
                                     {{"state", "success"},
                                      {"context", accept_status},
                                      {"description", description(outcome.acceptance)},
                                      {"target_url", outcome.acceptance.url}},
                                     [] { return std::optional<Answer>(); });  // the newest counts; a second is no harm
  require_ok(written, "commit status of the acceptance");
  complete_checks(github, pull->head_sha, outcome.acceptance);
  react(github, context, "+1");
  outcome.text = fmt::format("{} accepted by {}: {}", pull->head_sha, outcome.acceptance.by, outcome.acceptance.reason);
  return outcome;
}

}  // namespace cyclegate::publish
