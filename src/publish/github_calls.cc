#include "publish/github_calls.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "model/error.h"
#include "model/text.h"
#include "publish/context.h"
#include "publish/url.h"

namespace cyclegate::publish {
namespace {

using nlohmann::json;

constexpr std::uint64_t largest_content = 1 << 20;

[[noreturn]] void fail(std::string_view what, std::string_view field, std::string_view wanted) {
  throw model::Error(model::ErrorKind::measurement,
                     fmt::format("{}: in GitHub's answer `{}` is not {}", what, field, wanted));
}

/// The member at a path such as `head.repo.id`; nullptr when something on the way is missing or null.
const json* member(const json& document, std::string_view path) {
  const json* at = &document;
  while (!path.empty()) {
    const std::size_t dot = std::min(path.find('.'), path.size());
    if (!at->is_object()) return nullptr;
    const auto found = at->find(path.substr(0, dot));
    if (found == at->end() || found->is_null()) return nullptr;
    at = &*found;
    path.remove_prefix(std::min(dot + 1, path.size()));
  }
  return at;
}

/// Reads fields of one answer and names the request in every mistake.
struct AnswerReader {
  const json& document;
  std::string_view what;

  std::string text(std::string_view path, bool required = true) const {
    const json* found = member(document, path);
    if (found == nullptr && !required) return {};
    if (found == nullptr || !found->is_string()) fail(what, path, "a text");
    return found->get<std::string>();
  }
  std::uint64_t number(std::string_view path, bool required = true) const {
    const json* found = member(document, path);
    if (found == nullptr && !required) return 0;
    if (found == nullptr || !found->is_number_unsigned()) fail(what, path, "a number");
    return found->get<std::uint64_t>();
  }
  bool flag(std::string_view path) const {
    const json* found = member(document, path);
    if (found == nullptr || !found->is_boolean()) fail(what, path, "true or false");
    return found->get<bool>();
  }
  std::string commit(std::string_view path) const {
    std::string sha = text(path);
    if (!is_commit(sha)) fail(what, path, "a commit");
    return sha;
  }
};

PullRequest read_pull_request(const json& document, std::string_view what) {
  const AnswerReader reader{.document = document, .what = what};
  return {.number = reader.number("number"),
          .open = reader.text("state") == "open",
          .head_sha = reader.commit("head.sha"),
          .head_branch = reader.text("head.ref"),
          .head_repository_id = reader.number("head.repo.id", false),
          .head_repository = reader.text("head.repo.full_name", false),
          .base_branch = reader.text("base.ref"),
          .base_sha = reader.commit("base.sha"),
          .base_repository_id = reader.number("base.repo.id"),
          .author = reader.text("user.login", false)};
}

}  // namespace

std::optional<PullRequest> pull_request(GitHub& github, std::uint64_t number) {
  const std::string what = fmt::format("pull request {}", number);
  const Answer answer = github.get(github.in_repository(fmt::format("/pulls/{}", number)));
  if (answer.status == 404) return std::nullopt;
  require_ok(answer, what);
  return read_pull_request(answer.json(), what);
}

std::vector<PullRequest> open_pull_requests(GitHub& github, std::string_view owner, std::string_view branch) {
  const std::string what = "open pull requests";
  const GitHub::List list = github.get_all(github.in_repository(
      fmt::format("/pulls?state=open&head={}", encode_component(fmt::format("{}:{}", owner, branch)))));
  require_ok(list.last, what);
  std::vector<PullRequest> found;
  found.reserve(list.elements.size());
  for (const json& element : list.elements) found.push_back(read_pull_request(element, what));
  return found;
}

std::vector<WorkflowArtifact> artifacts_of_run(GitHub& github, std::uint64_t run_id) {
  const std::string what = fmt::format("artifacts of workflow run {}", run_id);
  const GitHub::List list =
      github.get_all(github.in_repository(fmt::format("/actions/runs/{}/artifacts", run_id)), "artifacts");
  require_ok(list.last, what);
  std::vector<WorkflowArtifact> found;
  for (const json& element : list.elements) {
    const AnswerReader reader{.document = element, .what = what};
    found.push_back({.id = reader.number("id"),
                     .name = reader.text("name"),
                     .bytes = reader.number("size_in_bytes"),
                     .expired = reader.flag("expired"),
                     .run_id = reader.number("workflow_run.id", false),
                     .head_sha = reader.text("workflow_run.head_sha", false)});
  }
  return found;
}

std::string download_artifact(GitHub& github, std::uint64_t artifact_id, std::uint64_t cap) {
  Answer answer = github.download(github.in_repository(fmt::format("/actions/artifacts/{}/zip", artifact_id)), cap);
  require_ok(answer, fmt::format("download of artifact {}", artifact_id));
  return std::move(answer.body);
}

std::optional<WorkflowRun> workflow_run(GitHub& github, std::uint64_t run_id) {
  const std::string what = fmt::format("workflow run {}", run_id);
  const Answer answer = github.get(github.in_repository(fmt::format("/actions/runs/{}", run_id)));
  if (answer.status == 404) return std::nullopt;
  require_ok(answer, what);
  const json document = answer.json();
  const AnswerReader reader{.document = document, .what = what};
  return WorkflowRun{.id = reader.number("id"),
                     .attempt = reader.number("run_attempt"),
                     .name = reader.text("name", false),
                     .path = reader.text("path"),
                     .event = reader.text("event"),
                     .head_sha = reader.commit("head_sha"),
                     .head_branch = reader.text("head_branch", false),
                     .head_repository_id = reader.number("head_repository.id", false),
                     .status = reader.text("status", false),
                     .conclusion = reader.text("conclusion", false),
                     .html_url = reader.text("html_url")};
}

std::string permission_of(GitHub& github, std::string_view login) {
  const std::string what = fmt::format("permission of {}", model::to_line(login, 60));
  const Answer answer =
      github.get(github.in_repository(fmt::format("/collaborators/{}/permission", encode_component(login))));
  if (answer.status == 404) return "none";
  require_ok(answer, what);
  const json document = answer.json();
  std::string permission = AnswerReader{.document = document, .what = what}.text("permission");
  if (permission != "admin" && permission != "write" && permission != "read" && permission != "none") {
    fail(what, "permission", "admin, write, read or none");
  }
  return permission;
}

std::optional<std::string> file_content(GitHub& github, std::string_view path, std::string_view revision) {
  const std::string what = fmt::format("file {}", model::to_line(path, 200));
  std::string encoded;
  for (std::string_view rest = path; !rest.empty();) {
    const std::size_t slash = std::min(rest.find('/'), rest.size());
    encoded += "/" + encode_component(rest.substr(0, slash));
    rest.remove_prefix(std::min(slash + 1, rest.size()));
  }
  const Answer answer =
      github.get(github.in_repository(fmt::format("/contents{}?ref={}", encoded, encode_component(revision))));
  if (answer.status == 404) return std::nullopt;
  require_ok(answer, what);
  const json document = answer.json();
  const AnswerReader reader{.document = document, .what = what};
  if (!document.is_object() || reader.text("type") != "file") fail(what, "type", "that of a file");
  if (reader.number("size") > largest_content || reader.text("encoding") != "base64") {
    throw model::Error(model::ErrorKind::measurement, fmt::format("{}: larger than {} bytes", what, largest_content));
  }
  return from_base64(reader.text("content"));
}

bool repository_is_private(GitHub& github) {
  const Answer answer = github.get(github.in_repository(""));
  require_ok(answer, "the repository");
  const json document = answer.json();
  return AnswerReader{.document = document, .what = "the repository"}.flag("private");
}

}  // namespace cyclegate::publish
