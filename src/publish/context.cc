#include "publish/context.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <system_error>

#include "model/error.h"
#include "model/text.h"
#include "publish/secret.h"
#include "publish/url.h"
#include "system/files.h"

namespace cyclegate::publish {
namespace {

using nlohmann::json;

constexpr std::uint64_t largest_event = 25 << 20;  // GitHub's own cap for payloads
constexpr int deepest_event = 64;
constexpr std::size_t longest_branch = 255;
constexpr std::size_t longest_comment = 65'536;

[[noreturn]] void refuse_context(const std::string& message) {
  throw model::Error(model::ErrorKind::configuration, message);
}

bool is_repository_name(std::string_view text) {
  return !text.empty() && text.size() <= 100 && text != "." && text != ".." && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
           c == '.';
  });
}

/// What git-check-ref-format forbids in a way that could matter to us: control characters and blanks, which no branch
/// on GitHub has.
bool is_branch(std::string_view text) {
  return !text.empty() && text.size() <= longest_branch && std::ranges::none_of(text, [](char c) {
    return static_cast<unsigned char>(c) <= ' ' || c == '\x7f' ||
           std::string_view("~^:?*[\\").find(c) != std::string_view::npos;
  });
}

std::optional<std::uint64_t> parse_number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// Refuses text that is nested too deep before a tree of it is made.
json parse_capped(std::string_view text, std::string_view origin) {
  if (text.size() > largest_event) refuse_context(fmt::format("{}: larger than {} bytes", origin, largest_event));
  bool too_deep = false;
  json document = json::parse(
      text,
      [&](int depth, json::parse_event_t, json&) {
        too_deep = too_deep || depth > deepest_event;
        return !too_deep;
      },
      false);
  if (too_deep) refuse_context(fmt::format("{}: nested more than {} deep", origin, deepest_event));
  if (document.is_discarded() || !document.is_object())
    refuse_context(fmt::format("{}: must be a JSON object", origin));
  return document;
}

/// The fields of an event, each checked where it is read.
class EventReader {
 public:
  EventReader(const json& document, std::string_view origin) : document_(document), origin_(origin) {}

  const json* find(std::string_view path) const {
    const json* at = &document_;
    for (std::string_view rest = path; !rest.empty();) {
      const std::size_t dot = std::min(rest.find('.'), rest.size());
      if (!at->is_object()) refuse_context(fmt::format("{}: {}: a part of it is not an object", origin_, path));
      const auto found = at->find(rest.substr(0, dot));
      if (found == at->end() || found->is_null()) return nullptr;
      at = &*found;
      rest.remove_prefix(std::min(dot + 1, rest.size()));
    }
    return at;
  }

  template <class Check>
  std::string text(std::string_view path, const Check& check, std::string_view wanted, bool required) const {
    const json* found = find(path);
    if (found == nullptr) {
      if (required) refuse_context(fmt::format("{}: {} is missing", origin_, path));
      return {};
    }
    if (found->is_string()) {
      auto value = found->get<std::string>();
      if (check(value)) return value;
    }
    refuse_context(fmt::format("{}: {} must be {}", origin_, path, wanted));
  }

  std::string commit(std::string_view path) const {
    return text(path, is_commit, "a commit of 40 or 64 hex digits", true);
  }
  std::string branch(std::string_view path, bool required) const { return text(path, is_branch, "a branch", required); }
  std::string login(std::string_view path, bool required) const {
    return text(path, is_login, "a user's name", required);
  }
  std::string word(std::string_view path) const {
    const auto check = [](std::string_view value) {
      return value.size() <= 60 &&
             std::ranges::all_of(value, [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; });
    };
    return text(path, check, "a word in lower case", false);
  }

  std::uint64_t number(std::string_view path, bool required) const {
    const json* found = find(path);
    if (found == nullptr && !required) return 0;
    if (found == nullptr) refuse_context(fmt::format("{}: {} is missing", origin_, path));
    if (!found->is_number_unsigned() || found->get<std::uint64_t>() == 0) {
      refuse_context(fmt::format("{}: {} must be a positive number", origin_, path));
    }
    return found->get<std::uint64_t>();
  }

 private:
  const json& document_;
  std::string_view origin_;
};

void read_pull_request(const EventReader& reader, Event& event) {
  event.pull_request = reader.number("pull_request.number", true);
  event.head_sha = reader.commit("pull_request.head.sha");
  event.head_branch = reader.branch("pull_request.head.ref", true);
  event.head_owner = reader.login("pull_request.head.user.login", false);
  event.head_repository_id = reader.number("pull_request.head.repo.id", false);
  event.base_sha = reader.commit("pull_request.base.sha");
}

void read_merge_group(const EventReader& reader, Event& event) {
  event.head_sha = reader.commit("merge_group.head_sha");
  event.base_sha = reader.commit("merge_group.base_sha");
}

void read_workflow_run(const EventReader& reader, Event& event) {
  const auto is_path = [](std::string_view value) {
    return !value.empty() && value.size() <= 500 &&
           value.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos;
  };
  event.head_sha = reader.commit("workflow_run.head_sha");
  event.head_branch = reader.branch("workflow_run.head_branch", false);
  event.head_owner = reader.login("workflow_run.head_repository.owner.login", false);
  event.head_repository_id = reader.number("workflow_run.head_repository.id", false);
  event.run_id = reader.number("workflow_run.id", true);
  event.run_attempt = reader.number("workflow_run.run_attempt", true);
  event.run_event = reader.word("workflow_run.event");
  event.run_conclusion = reader.word("workflow_run.conclusion");
  event.run_path = reader.text("workflow_run.path", is_path, "a path", false);
  event.run_url = reader.text(
      "workflow_run.html_url", [](std::string_view value) { return parse_url(value).has_value(); }, "an address",
      false);
}

void read_issue_comment(const EventReader& reader, Event& event) {
  event.comment_id = reader.number("comment.id", true);
  event.comment_author = reader.login("comment.user.login", false);
  event.comment_body = reader.text(
      "comment.body", [](std::string_view value) { return value.size() <= 4 * longest_comment; }, "a comment's text",
      false);
  event.comment_on_pull_request = reader.find("issue.pull_request") != nullptr;
  if (event.comment_on_pull_request) event.pull_request = reader.number("issue.number", true);
}

}  // namespace

bool is_login(std::string_view text) {
  if (text.ends_with("[bot]")) text.remove_suffix(5);
  return !text.empty() && text.size() <= 100 && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
}

bool is_commit(std::string_view text) {
  return (text.size() == 40 || text.size() == 64) &&
         std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

std::optional<std::pair<std::string, std::string>> split_repository(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const std::string_view owner = text.substr(0, slash);
  const std::string_view name = text.substr(slash + 1);
  if (!is_login(owner) || !is_repository_name(name)) return std::nullopt;
  return std::pair(std::string(owner), std::string(name));
}

Event parse_event(std::string_view text, std::string_view name, std::string_view origin) {
  const json document = parse_capped(text, origin);
  const EventReader reader(document, origin);
  Event event;
  event.name = std::string(name);
  event.action = reader.word("action");
  event.repository_id = reader.number("repository.id", false);
  if (name == "pull_request" || name == "pull_request_target") {
    read_pull_request(reader, event);
  } else if (name == "merge_group") {
    read_merge_group(reader, event);
  } else if (name == "workflow_run") {
    read_workflow_run(reader, event);
  } else if (name == "issue_comment") {
    read_issue_comment(reader, event);
  } else if (name == "push") {
    event.head_sha = reader.commit("after");
  }
  return event;
}

Context read_context(const std::map<std::string, std::string>& variables) {
  const auto get = [&](const char* name) {
    const auto found = variables.find(name);
    return found == variables.end() ? std::string() : found->second;
  };
  const auto number = [&](const char* name) -> std::uint64_t {
    const std::string value = get(name);
    if (value.empty()) return 0;
    const auto parsed = parse_number(value);
    if (!parsed) refuse_context(fmt::format("{}: must be a number", name));
    return *parsed;
  };
  const auto address = [&](const char* name, std::string& target) {
    std::string value = get(name);
    if (value.empty()) return;
    while (value.ends_with('/')) value.pop_back();
    if (!parse_url(value) || value.find('?') != std::string::npos) {
      refuse_context(fmt::format("{}: {}: must be an http or https address", name, model::to_line(value, 200)));
    }
    target = value;
  };
  Context context;
  context.in_actions = get("GITHUB_ACTIONS") == "true";
  if (const std::string value = get("GITHUB_REPOSITORY"); !value.empty()) {
    const auto parts = split_repository(value);
    if (!parts) refuse_context(fmt::format("GITHUB_REPOSITORY: {}: must be OWNER/NAME", model::to_line(value, 200)));
    context.owner = parts->first;
    context.repository = parts->second;
  }
  address("GITHUB_SERVER_URL", context.server_url);
  address("GITHUB_API_URL", context.api_url);
  context.output_file = get("GITHUB_OUTPUT");
  context.summary_file = get("GITHUB_STEP_SUMMARY");
  if (const std::string path = get("GITHUB_EVENT_PATH"); !path.empty()) {
    context.event = parse_event(system::read_text(path, largest_event), get("GITHUB_EVENT_NAME"), path);
  }
  context.head_sha = context.event.head_sha;
  if (context.head_sha.empty() && context.event.name != "issue_comment") {
    const std::string sha = get("GITHUB_SHA");
    if (!sha.empty() && !is_commit(sha)) refuse_context("GITHUB_SHA: must be a commit of 40 or 64 hex digits");
    context.head_sha = sha;
  }
  context.pull_request = context.event.pull_request;
  const bool of_other_run = context.event.run_id != 0;
  context.run_id = of_other_run ? context.event.run_id : number("GITHUB_RUN_ID");
  context.run_attempt = of_other_run ? context.event.run_attempt : number("GITHUB_RUN_ATTEMPT");
  if (context.run_id != 0 && !context.owner.empty()) {
    context.run_url =
        fmt::format("{}/{}/{}/actions/runs/{}", context.server_url, context.owner, context.repository, context.run_id);
  }
  return context;
}

std::string read_token(const std::map<std::string, std::string>& variables,
                       const std::optional<std::filesystem::path>& token_file) {
  if (token_file) return checked_token(system::read_text(*token_file, 4096), token_file->string());
  for (const char* name : {"GITHUB_TOKEN", "GH_TOKEN"}) {
    const auto found = variables.find(name);
    if (found != variables.end() && !found->second.empty()) return checked_token(found->second, name);
  }
  return {};
}

}  // namespace cyclegate::publish
