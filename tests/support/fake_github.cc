#include "support/fake_github.h"

#include <httplib.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <ctime>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <thread>
#include <vector>

#include "support/git_objects.h"

namespace cyclegate::test {
namespace {

using nlohmann::json;

constexpr std::size_t longest_text = 65'535;

struct Reply {
  int status = 200;
  json body;
  std::string raw;  ///< instead of the body
  std::map<std::string, std::string> headers;
};

Reply error(int status, const std::string& message) {
  return {.status = status, .body = {{"message", message}, {"documentation_url", "https://docs.github.com/rest"}}};
}

Reply invalid(const std::string& message) {
  Reply reply = error(422, "Validation Failed");
  reply.body["errors"] = json::array({{{"resource", "Request"}, {"code", "custom"}, {"message", message}}});
  return reply;
}

struct Call {
  std::string method;
  std::string path;
  std::vector<std::string> parts;  ///< of the path
  std::multimap<std::string, std::string> query;
  json body;
  std::string login;
  std::string app;
  std::map<std::string, std::string> permissions;

  std::string parameter(const std::string& name, const std::string& otherwise = "") const {
    const auto found = query.find(name);
    return found == query.end() ? otherwise : found->second;
  }
  bool may(const std::string& what, const std::string& how) const {
    const auto found = permissions.find(what);
    return found != permissions.end() && (found->second == "write" || found->second == how);
  }
};

std::string iso(std::int64_t seconds) {
  const std::time_t time = seconds;
  std::tm parts{};
  gmtime_r(&time, &parts);
  std::array<char, 32> text{};
  const std::size_t size = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts);
  return {text.data(), size};
}

std::optional<std::int64_t> from_iso(const std::string& text) {
  std::tm parts{};
  const char* end = strptime(text.c_str(), "%Y-%m-%dT%H:%M:%SZ", &parts);
  if (end == nullptr || *end != '\0') return std::nullopt;
  return timegm(&parts);
}

std::uint64_t mix(std::uint64_t value) {  // splitmix64
  value += 0x9E3779B97F4A7C15ULL;
  value = (value ^ (value >> 30U)) * 0xBF58476D1CE4E5B9ULL;
  value = (value ^ (value >> 27U)) * 0x94D049BB133111EBULL;
  return value ^ (value >> 31U);
}

/// GitHub counts characters, not bytes.
std::size_t characters(const std::string& text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

constexpr std::string_view base64_alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

std::string of_base64(const std::string& text) {
  std::string bytes;
  std::uint32_t group = 0;
  int bits = 0;
  for (const char c : text) {
    const std::size_t value = base64_alphabet.find(c);
    if (value == std::string_view::npos) continue;
    group = group << 6U | static_cast<std::uint32_t>(value);
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes += static_cast<char>(group >> static_cast<unsigned>(bits) & 0xFFU);
    }
  }
  return bytes;
}

bool is_sha(const std::string& text) {
  return text.size() == 40 && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

std::string text_of(const json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

/// Merges `over` into `target`, objects member by member.
void merge(json& target, const json& over) {
  if (!target.is_object() || !over.is_object()) {
    target = over;
    return;
  }
  for (const auto& [name, value] : over.items()) merge(target[name], value);
}

json user(const std::string& login) {
  std::uint64_t id = 1;
  for (const char c : login) id = (id * 31 + static_cast<unsigned char>(c)) % 100'000'000;
  // As GitHub writes `github-actions[bot]` in addresses.
  std::string in_url = login;
  if (login.ends_with("[bot]")) in_url = login.substr(0, login.size() - 5) + "%5Bbot%5D";
  const std::string url = "https://api.github.com/users/" + in_url;
  return {{"login", login},
          {"id", id},
          {"node_id", "U_" + std::to_string(id)},
          {"avatar_url", "https://avatars.githubusercontent.com/u/" + std::to_string(id)},
          {"gravatar_id", ""},
          {"url", url},
          {"html_url", "https://github.com/" + in_url},
          {"followers_url", url + "/followers"},
          {"following_url", url + "/following{/other_user}"},
          {"gists_url", url + "/gists{/gist_id}"},
          {"starred_url", url + "/starred{/owner}{/repo}"},
          {"subscriptions_url", url + "/subscriptions"},
          {"organizations_url", url + "/orgs"},
          {"repos_url", url + "/repos"},
          {"events_url", url + "/events{/privacy}"},
          {"received_events_url", url + "/received_events"},
          {"type", login.ends_with("[bot]") ? "Bot" : "User"},
          {"site_admin", false}};
}

}  // namespace

struct FakeGitHub::Implementation {
  httplib::Server server;
  httplib::Server storage;
  int port = 0;
  int storage_port = 0;
  std::thread server_thread;
  std::thread storage_thread;

  mutable std::recursive_mutex mutex;
  std::function<void(const std::string&, const std::string&)> hook;
  std::function<std::int64_t()> now = [] {
    return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch())
        .count();
  };

  json repository = {{"owner", "octo"}, {"name", "guests"}, {"id", 1000}, {"private", false}};
  json tokens = json::object();
  json collaborators = json::object();
  json contents = json::object();
  std::map<std::uint64_t, json> pulls, comments, checks, statuses, runs, artifacts;
  std::map<std::uint64_t, json> annotations;  ///< by check run
  std::set<std::string> commits;
  std::map<std::string, std::string> refs;
  GitObjects objects;
  std::uint64_t next_id = 5001;
  json log = json::array();
  json violations = json::array();

  std::uint64_t fault_seed = 0;
  std::uint64_t fault_percent = 0;
  std::vector<std::string> fault_kinds;
  std::uint64_t fault_counter = 0;
  json script = json::array();
  std::int64_t remaining = 5000;
  std::int64_t resets_at = 0;
  int slow_ms = 1500;

  std::string full_name() const { return text_of(repository, "owner") + "/" + text_of(repository, "name"); }
  std::string api() const { return "http://127.0.0.1:" + std::to_string(port); }
  std::string api_repository() const { return api() + "/repos/" + full_name(); }
  std::string html() const { return "https://github.com/" + full_name(); }

  void configure(const json& document) {
    const std::scoped_lock lock(mutex);
    const auto list = [&](const char* name) { return document.contains(name) ? document.at(name) : json::array(); };
    if (document.contains("repository")) merge(repository, document.at("repository"));
    if (document.contains("tokens")) tokens.update(document.at("tokens"));
    if (document.contains("collaborators")) collaborators.update(document.at("collaborators"));
    if (document.contains("contents")) merge(contents, document.at("contents"));
    for (const json& pull : list("pulls")) {
      json& kept = pulls[pull.at("number").get<std::uint64_t>()];
      if (kept.is_null()) kept = default_pull(pull.at("number").get<std::uint64_t>());
      merge(kept, pull);
    }
    for (const json& commit : list("commits")) commits.insert(commit.get<std::string>());
    for (const json& run : list("runs")) {
      json& kept = runs[run.at("id").get<std::uint64_t>()];
      if (kept.is_null()) kept = default_run(run.at("id").get<std::uint64_t>());
      merge(kept, run);
    }
    for (const json& artifact : list("artifacts")) merge(artifacts[artifact.at("id").get<std::uint64_t>()], artifact);
    for (const json& comment : list("comments")) {
      add_comment(comment.at("issue").get<std::uint64_t>(), text_of(comment, "login"), text_of(comment, "body"));
    }
    if (document.contains("faults")) {
      const json& faults = document.at("faults");
      fault_seed = faults.value("seed", std::uint64_t{0});
      fault_percent = faults.value("percent", std::uint64_t{0});
      fault_kinds = faults.value("kinds", std::vector<std::string>{});
      fault_counter = 0;
    }
    if (document.contains("script")) {
      for (const json& step : document.at("script")) script.push_back(step);
    }
    if (document.contains("rate_limit")) {
      remaining = document.at("rate_limit").value("remaining", std::int64_t{0});
      resets_at = now() + document.at("rate_limit").value("reset_in", std::int64_t{60});
    }
    slow_ms = document.value("slow_ms", slow_ms);
  }

  json state() const {
    const std::scoped_lock lock(mutex);
    const auto values = [](const std::map<std::uint64_t, json>& all) {
      json list = json::array();
      for (const auto& [id, value] : all) list.push_back(value);
      return list;
    };
    json files = json::object();
    json histories = json::object();
    for (const auto& [ref, sha] : refs) {
      json& paths = files[ref] = json::object();
      const auto tree = objects.files(sha);
      if (!tree) continue;
      for (const auto& [path, entry] : *tree) paths[path] = objects.blob(entry.sha).value_or("");
      json& history = histories[ref] = json::array();
      for (auto commit = std::optional(sha); commit;) {
        history.push_back(*commit);
        const auto parents = objects.commit(*commit)->parents;
        commit = parents.empty() ? std::nullopt : std::optional(parents.front());
      }
    }
    json noted = json::object();
    for (const auto& [id, list] : annotations) noted[std::to_string(id)] = list;
    return {{"repository", repository},
            {"pulls", values(pulls)},
            {"comments", values(comments)},
            {"check_runs", values(checks)},
            {"annotations", noted},
            {"statuses", values(statuses)},
            {"refs", refs},
            {"files", files},
            {"histories", histories},
            {"runs", values(runs)},
            {"artifacts", values(artifacts)},
            {"now", now()}};
  }

  // -- objects as GitHub shows them ------------------------------------------------------------------------------

  json minimal_repository(const std::string& name, std::uint64_t id) const {
    return {{"id", id}, {"name", name.substr(name.find('/') + 1)}, {"full_name", name}, {"private", false}};
  }

  json default_pull(std::uint64_t number) const {
    const std::string text = std::to_string(number);
    const json own = minimal_repository(full_name(), repository.at("id").get<std::uint64_t>());
    return {{"number", number},
            {"id", 700000 + number},
            {"node_id", "PR_" + text},
            {"state", "open"},
            {"title", "Pull request " + text},
            {"url", api_repository() + "/pulls/" + text},
            {"html_url", html() + "/pull/" + text},
            {"user", user("contributor")},
            {"head", {{"ref", "topic"}, {"sha", std::string(40, '0')}, {"repo", own}, {"label", "octo:topic"}}},
            {"base", {{"ref", "main"}, {"sha", std::string(40, '0')}, {"repo", own}, {"label", "octo:main"}}}};
  }

  json default_run(std::uint64_t id) const {
    const std::string text = std::to_string(id);
    return {{"id", id},
            {"name", "cyclegate"},
            {"node_id", "WFR_" + text},
            {"run_number", 1},
            {"run_attempt", 1},
            {"event", "pull_request"},
            {"status", "completed"},
            {"conclusion", "success"},
            {"workflow_id", 1},
            {"path", ".github/workflows/cyclegate.yml"},
            {"head_branch", "topic"},
            {"head_sha", std::string(40, '0')},
            {"url", api_repository() + "/actions/runs/" + text},
            {"html_url", html() + "/actions/runs/" + text},
            {"head_repository", minimal_repository(full_name(), repository.at("id").get<std::uint64_t>())},
            {"pull_requests", json::array()},
            {"created_at", iso(now())},
            {"updated_at", iso(now())}};
  }

  json add_comment(std::uint64_t issue, const std::string& login, const std::string& body) {
    const std::uint64_t id = next_id++;
    const std::string text = std::to_string(id);
    comments[id] = {{"id", id},
                    {"node_id", "IC_" + text},
                    {"url", api_repository() + "/issues/comments/" + text},
                    {"html_url", html() + "/pull/" + std::to_string(issue) + "#issuecomment-" + text},
                    {"issue_url", api_repository() + "/issues/" + std::to_string(issue)},
                    {"body", body},
                    {"user", user(login)},
                    {"author_association", login.ends_with("[bot]") ? "NONE" : "CONTRIBUTOR"},
                    {"performed_via_github_app", nullptr},
                    {"created_at", iso(now())},
                    {"updated_at", iso(now())}};
    return comments[id];
  }

  static json app_of(const std::string& slug) {
    return {{"id", 15368},
            {"slug", slug},
            {"node_id", "MDM6QXBwMTUzNjg="},
            {"owner", user("github")},
            {"name", "GitHub Actions"},
            {"description", ""},
            {"external_url", "https://help.github.com/en/actions"},
            {"html_url", "https://github.com/apps/" + slug},
            {"created_at", "2018-07-30T09:30:17Z"},
            {"updated_at", "2024-04-10T20:33:16Z"},
            {"permissions", {{"checks", "write"}}},
            {"events", json::array()}};
  }

  // -- the API ----------------------------------------------------------------------------------------------------

  bool commit_exists(const std::string& sha) const {
    if (commits.contains(sha) || objects.commit(sha)) return true;
    const auto names = [&](const json& pull) {
      return text_of(pull.at("head"), "sha") == sha || text_of(pull.at("base"), "sha") == sha;
    };
    return std::ranges::any_of(pulls, [&](const auto& entry) { return names(entry.second); }) ||
           std::ranges::any_of(runs, [&](const auto& entry) { return text_of(entry.second, "head_sha") == sha; });
  }

  static Reply forbidden() { return error(403, "Resource not accessible by integration"); }

  Reply paginate(const Call& call, const json& all, const std::string& member = "") const {
    const auto number = [&](const char* name, std::size_t otherwise) {
      const std::string text = call.parameter(name);
      return text.empty() ? otherwise : static_cast<std::size_t>(std::stoul(text));
    };
    const std::size_t size = std::clamp<std::size_t>(number("per_page", 30), 1, 100);
    const std::size_t page = std::max<std::size_t>(number("page", 1), 1);
    json list = json::array();
    for (std::size_t at = (page - 1) * size; at < std::min(page * size, all.size()); ++at) list.push_back(all.at(at));
    Reply reply;
    if (page * size < all.size()) {
      reply.headers["Link"] = "<" + api() + call.path + "?per_page=" + std::to_string(size) +
                              "&page=" + std::to_string(page + 1) + ">; rel=\"next\"";
    }
    reply.body = member.empty() ? list : json{{"total_count", all.size()}, {member, list}};
    return reply;
  }

  Reply issue_comments(const Call& call) {
    // issues / comments / ID
    if (call.parts.size() == 3 && call.parts[1] == "comments") {
      const auto found = comments.find(std::stoull(call.parts[2]));
      if (found == comments.end()) return error(404, "Not Found");
      if (call.method == "GET") return {.body = found->second};
      if (!call.may("pull-requests", "write") && !call.may("issues", "write")) return forbidden();
      if (found->second.at("user").at("login") != call.login)
        return error(403, "Must have admin rights to Repository.");
      if (call.method == "DELETE") {
        comments.erase(found);
        return {.status = 204};
      }
      if (call.method == "PATCH") {
        if (const auto refusal = bad_comment(call.body)) return *refusal;
        found->second["body"] = call.body.at("body");
        found->second["updated_at"] = iso(now());
        return {.body = found->second};
      }
    }
    // issues / comments / ID / reactions
    if (call.parts.size() == 4 && call.parts[1] == "comments" && call.parts[3] == "reactions" &&
        call.method == "POST") {
      const auto found = comments.find(std::stoull(call.parts[2]));
      if (found == comments.end()) return error(404, "Not Found");
      if (!call.may("pull-requests", "write") && !call.may("issues", "write")) return forbidden();
      found->second["reactions_made"].push_back({{"login", call.login}, {"content", text_of(call.body, "content")}});
      return {.status = 201,
              .body = {{"id", next_id++},
                       {"node_id", "R_1"},
                       {"user", user(call.login)},
                       {"content", text_of(call.body, "content")},
                       {"created_at", iso(now())}}};
    }
    // issues / N / comments
    if (call.parts.size() == 3 && call.parts[2] == "comments") {
      const std::uint64_t issue = std::stoull(call.parts[1]);
      if (!pulls.contains(issue)) return error(404, "Not Found");
      if (call.method == "GET") {
        if (!call.may("pull-requests", "read") && !call.may("issues", "read")) return forbidden();
        json all = json::array();
        const std::string url = api_repository() + "/issues/" + call.parts[1];
        for (const auto& [id, comment] : comments) {
          if (comment.at("issue_url") == url) all.push_back(comment);
        }
        return paginate(call, all);
      }
      if (call.method == "POST") {
        if (!call.may("pull-requests", "write") && !call.may("issues", "write")) return forbidden();
        if (const auto refusal = bad_comment(call.body)) return *refusal;
        return {.status = 201, .body = add_comment(issue, call.login, text_of(call.body, "body"))};
      }
    }
    return error(404, "Not Found");
  }

  static std::optional<Reply> bad_comment(const json& body) {
    if (!body.is_object() || text_of(body, "body").empty()) return invalid("body can't be blank");
    if (characters(text_of(body, "body")) > 65'536) return invalid("Body is too long (maximum is 65536 characters)");
    return std::nullopt;
  }

  static std::optional<Reply> bad_output(const json& output) {
    if (!output.is_object() || text_of(output, "title").empty() || !output.contains("summary")) {
      return invalid("output needs title and summary");
    }
    for (const char* name : {"summary", "text"}) {
      if (characters(text_of(output, name)) > longest_text)
        return invalid(std::string(name) + " exceeds 65535 characters");
    }
    if (!output.contains("annotations")) return std::nullopt;
    if (output.at("annotations").size() > 50) return invalid("annotations exceeds 50 items");
    for (const json& annotation : output.at("annotations")) {
      const std::string level = text_of(annotation, "annotation_level");
      const bool complete = !text_of(annotation, "path").empty() && annotation.value("start_line", 0) > 0 &&
                            annotation.value("end_line", 0) >= annotation.value("start_line", 0) &&
                            !text_of(annotation, "message").empty();
      if (!complete) return invalid("annotation needs path, start_line, end_line and message");
      if (level != "notice" && level != "warning" && level != "failure")
        return invalid("annotation_level is not allowed");
      if (text_of(annotation, "message").size() > 64 * 1024) return invalid("message is too long");
      if (text_of(annotation, "title").size() > 255) return invalid("title is too long");
      if (text_of(annotation, "path").starts_with('/')) return invalid("path must be relative");
    }
    return std::nullopt;
  }

  /// Takes over what a POST or PATCH says.
  Reply write_check(json& check, const json& body, int status) {
    static const std::set<std::string> conclusions = {"action_required", "cancelled", "failure",  "neutral",
                                                      "success",         "skipped",   "timed_out"};
    if (body.contains("output")) {
      if (const auto refusal = bad_output(body.at("output"))) return *refusal;
    }
    const std::string conclusion = text_of(body, "conclusion");
    if (!conclusion.empty() && !conclusions.contains(conclusion)) return invalid("conclusion is not allowed");
    const std::string word = text_of(body, "status");
    if (!word.empty() && word != "queued" && word != "in_progress" && word != "completed") return invalid("status");
    if (word == "completed" && conclusion.empty() && check.at("conclusion").is_null()) {
      return invalid("conclusion is required when status is completed");
    }
    for (const char* name : {"name", "external_id", "details_url", "started_at", "head_sha"}) {
      if (body.contains(name)) check[name] = body.at(name);
    }
    if (!word.empty()) {
      // A completed check is not opened again: it keeps its conclusion.
      if (check.at("conclusion").is_null()) check["status"] = word;
    }
    if (!conclusion.empty()) {
      check["status"] = "completed";
      check["conclusion"] = conclusion;
      check["completed_at"] = iso(now());
    }
    const auto id = check.at("id").get<std::uint64_t>();
    if (body.contains("output")) {
      const json& output = body.at("output");
      for (const char* name : {"title", "summary", "text"}) {
        if (output.contains(name)) check["output"][name] = output.at(name);
      }
      json& list = annotations[id];
      if (list.is_null()) list = json::array();
      if (output.contains("annotations")) {
        for (const json& annotation : output.at("annotations")) list.push_back(annotation);
      }
      check["output"]["annotations_count"] = list.size();
    }
    checks[id] = check;
    return {.status = status, .body = check};
  }

  Reply check_runs(const Call& call) {
    if (call.parts.size() == 1 && call.method == "POST") {
      if (!call.may("checks", "write")) return forbidden();
      const std::string sha = text_of(call.body, "head_sha");
      if (text_of(call.body, "name").empty() || !is_sha(sha)) return invalid("name and head_sha are required");
      if (!commit_exists(sha)) return error(422, "No commit found for SHA: " + sha);
      const std::uint64_t id = next_id++;
      const std::string text = std::to_string(id);
      json check = {{"id", id},
                    {"node_id", "CR_" + text},
                    {"name", ""},
                    {"head_sha", sha},
                    {"external_id", ""},
                    {"status", "queued"},
                    {"conclusion", nullptr},
                    {"started_at", iso(now())},
                    {"completed_at", nullptr},
                    {"details_url", html() + "/runs/" + text},
                    {"url", api_repository() + "/check-runs/" + text},
                    {"html_url", html() + "/runs/" + text},
                    {"check_suite", {{"id", 1}}},
                    {"app", app_of(call.app)},
                    {"pull_requests", json::array()},
                    {"output",
                     {{"title", nullptr},
                      {"summary", nullptr},
                      {"text", nullptr},
                      {"annotations_count", 0},
                      {"annotations_url", api_repository() + "/check-runs/" + text + "/annotations"}}}};
      return write_check(check, call.body, 201);
    }
    if (call.parts.size() < 2) return error(404, "Not Found");
    const auto found = checks.find(std::stoull(call.parts[1]));
    if (found == checks.end()) return error(404, "Not Found");
    if (call.parts.size() == 3 && call.parts[2] == "annotations") {
      json shown = annotations.contains(found->first) ? annotations.at(found->first) : json::array();
      for (json& annotation : shown) {
        for (const char* name : {"start_column", "end_column", "title", "raw_details"}) {
          if (!annotation.contains(name)) annotation[name] = nullptr;
        }
        annotation["blob_href"] =
            html() + "/blob/" + text_of(found->second, "head_sha") + "/" + text_of(annotation, "path");
      }
      return paginate(call, shown);
    }
    if (call.method == "GET") return call.may("checks", "read") ? Reply{.body = found->second} : forbidden();
    if (call.method == "PATCH") {
      if (!call.may("checks", "write")) return forbidden();
      json check = found->second;
      return write_check(check, call.body, 200);
    }
    return error(404, "Not Found");
  }

  Reply of_commit(const Call& call) {
    const std::string& sha = call.parts[1];
    if (!commit_exists(sha)) return error(422, "No commit found for SHA: " + sha);
    if (call.parts[2] == "check-runs") {
      if (!call.may("checks", "read")) return forbidden();
      const std::string name = call.parameter("check_name");
      json all = json::array();
      for (auto entry = checks.rbegin(); entry != checks.rend(); ++entry) {
        const json& check = entry->second;
        if (check.at("head_sha") == sha && (name.empty() || check.at("name") == name)) all.push_back(check);
      }
      // `latest` (the default) keeps one per name and app, `all` keeps every one.
      if (call.parameter("filter", "latest") == "latest") {
        std::set<std::string> seen;
        json latest = json::array();
        for (const json& check : all) {
          if (seen.insert(text_of(check, "name") + text_of(check.at("app"), "slug")).second) latest.push_back(check);
        }
        all = latest;
      }
      return paginate(call, all, "check_runs");
    }
    if (call.parts[2] == "statuses" || call.parts[2] == "status") {
      if (!call.may("statuses", "read")) return forbidden();
      json all = json::array();
      for (auto entry = statuses.rbegin(); entry != statuses.rend(); ++entry) {
        if (entry->second.at("sha_") == sha) {
          json shown = entry->second;
          shown.erase("sha_");
          all.push_back(shown);
        }
      }
      return paginate(call, all);
    }
    if (call.parts[2] == "pulls") {
      if (!call.may("pull-requests", "read")) return forbidden();
      json all = json::array();
      for (const auto& [number, pull] : pulls) {
        // GitHub does not find a fork's pull requests this way.
        if (text_of(pull.at("head"), "sha") == sha && pull.at("head").at("repo") == pull.at("base").at("repo")) {
          all.push_back(pull);
        }
      }
      return paginate(call, all);
    }
    return error(404, "Not Found");
  }

  Reply post_status(const Call& call) {
    if (!call.may("statuses", "write")) return forbidden();
    const std::string& sha = call.parts[1];
    static const std::set<std::string> states = {"error", "failure", "pending", "success"};
    if (!commit_exists(sha)) return error(422, "No commit found for SHA: " + sha);
    if (!states.contains(text_of(call.body, "state"))) return invalid("State is not included in the list");
    if (characters(text_of(call.body, "description")) > 140)
      return invalid("description is too long (maximum is 140 characters)");
    const std::uint64_t id = next_id++;
    json status = {{"id", id},
                   {"node_id", "SC_" + std::to_string(id)},
                   {"url", api_repository() + "/statuses/" + sha},
                   {"avatar_url", nullptr},
                   {"state", call.body.at("state")},
                   {"description", text_of(call.body, "description")},
                   {"target_url", text_of(call.body, "target_url")},
                   {"context", call.body.value("context", "default")},
                   {"creator", user(call.login)},
                   {"created_at", iso(now())},
                   {"updated_at", iso(now())}};
    statuses[id] = status;
    statuses[id]["sha_"] = sha;
    return {.status = 201, .body = status};
  }

  Reply of_pulls(const Call& call) {
    if (!call.may("pull-requests", "read")) return forbidden();
    if (call.parts.size() == 2) {
      const auto found = pulls.find(std::stoull(call.parts[1]));
      return found == pulls.end() ? error(404, "Not Found") : Reply{.body = found->second};
    }
    if (call.parts.size() != 1) return error(404, "Not Found");
    const std::string wanted_state = call.parameter("state", "open");
    const std::string wanted_head = call.parameter("head");
    json all = json::array();
    for (const auto& [number, pull] : pulls) {
      if (wanted_state != "all" && text_of(pull, "state") != wanted_state) continue;
      const json& head = pull.at("head");
      const std::string name =
          head.contains("repo") && head.at("repo").is_object() ? text_of(head.at("repo"), "full_name") : "";
      const std::string label = name.substr(0, name.find('/')) + ":" + text_of(head, "ref");
      // GitHub ignores a head filter that is not OWNER:BRANCH.
      if (wanted_head.find(':') != std::string::npos && label != wanted_head) continue;
      all.push_back(pull);
    }
    return paginate(call, all);
  }

  Reply actions(const Call& call) {
    if (!call.may("actions", "read")) return forbidden();
    if (call.parts.size() >= 3 && call.parts[1] == "runs") {
      const auto found = runs.find(std::stoull(call.parts[2]));
      if (found == runs.end()) return error(404, "Not Found");
      if (call.parts.size() == 3) return {.body = found->second};
      if (call.parts[3] == "artifacts") {
        json all = json::array();
        for (const auto& [id, artifact] : artifacts) {
          if (artifact.at("run_id") == found->first) all.push_back(shown_artifact(artifact, found->second));
        }
        return paginate(call, all, "artifacts");
      }
    }
    if (call.parts.size() == 4 && call.parts[1] == "artifacts" && call.parts[3] == "zip") {
      const auto found = artifacts.find(std::stoull(call.parts[2]));
      if (found == artifacts.end()) return error(404, "Not Found");
      if (found->second.value("expired", false)) return error(410, "Artifact has expired");
      // As Azure's addresses look: the signature has what a careless client breaks by decoding it.
      return {.status = 302,
              .headers = {
                  {"Location", "http://127.0.0.1:" + std::to_string(storage_port) + "/artifact/" + call.parts[2] +
                                   "?sv=2024-05-04&rscd=attachment%3B+filename%3D%22a.zip%22&sig=ab%2Bcd%2Fef%3D"}}};
    }
    return error(404, "Not Found");
  }

  json shown_artifact(const json& artifact, const json& run) const {
    const std::string text = std::to_string(artifact.at("id").get<std::uint64_t>());
    const std::string url = api_repository() + "/actions/artifacts/" + text;
    return {{"id", artifact.at("id")},
            {"node_id", "A_" + text},
            {"name", text_of(artifact, "name")},
            {"size_in_bytes", artifact.contains("size_in_bytes") ? artifact.at("size_in_bytes")
                                                                 : json(of_base64(text_of(artifact, "zip")).size())},
            {"url", url},
            {"archive_download_url", url + "/zip"},
            {"expired", artifact.value("expired", false)},
            {"created_at", iso(now())},
            {"updated_at", iso(now())},
            {"expires_at", iso(now() + 86400 * 90)},
            {"workflow_run",
             {{"id", run.at("id")},
              {"repository_id", repository.at("id")},
              {"head_repository_id", run.at("head_repository").at("id")},
              {"head_branch", run.at("head_branch")},
              {"head_sha", run.at("head_sha")}}}};
  }

  Reply of_contents(const Call& call) {
    if (!call.may("contents", "read")) return forbidden();
    std::string path;
    for (std::size_t at = 1; at < call.parts.size(); ++at) path += (at == 1 ? "" : "/") + call.parts[at];
    const std::string ref = call.parameter("ref", "main");
    if (!contents.contains(ref) || !contents.at(ref).contains(path)) return error(404, "Not Found");
    const std::string encoded = contents.at(ref).at(path).get<std::string>();
    std::string wrapped;
    for (std::size_t at = 0; at < encoded.size(); at += 60) wrapped += encoded.substr(at, 60) + "\n";
    const std::string bytes = of_base64(encoded);
    const std::string url = api_repository() + "/contents/" + path + "?ref=" + ref;
    return {.body = {{"type", "file"},
                     {"encoding", "base64"},
                     {"size", bytes.size()},
                     {"name", path.substr(path.rfind('/') + 1)},
                     {"path", path},
                     {"content", wrapped},
                     {"sha", sha1_hex("blob " + std::to_string(bytes.size()) + std::string(1, '\0') + bytes)},
                     {"url", url},
                     {"git_url", nullptr},
                     {"html_url", nullptr},
                     {"download_url", nullptr},
                     {"_links", {{"git", nullptr}, {"html", nullptr}, {"self", url}}}}};
  }

  // -- git data ---------------------------------------------------------------------------------------------------

  Reply git(const Call& call) {
    if (!call.may("contents", call.method == "GET" ? "read" : "write")) return forbidden();
    const std::string kind = call.parts.size() > 1 ? call.parts[1] : "";
    if (kind == "blobs" && call.method == "POST") {
      const std::string content = text_of(call.body, "content");
      const std::string sha =
          objects.add_blob(text_of(call.body, "encoding") == "base64" ? of_base64(content) : content);
      return {.status = 201, .body = {{"sha", sha}, {"url", api_repository() + "/git/blobs/" + sha}}};
    }
    if (kind == "trees") return git_trees(call);
    if (kind == "commits") return git_commits(call);
    if (kind == "ref" || kind == "refs") return git_refs(call);
    return error(404, "Not Found");
  }

  Reply git_trees(const Call& call) {
    if (call.method == "GET" && call.parts.size() == 3) {
      const auto files = objects.files(call.parts[2]);
      if (!files) return error(404, "Not Found");
      json entries = json::array();
      std::set<std::string> directories;
      const bool recursive = !call.parameter("recursive").empty();
      for (const auto& [path, entry] : *files) {
        if (const std::size_t slash = path.find('/'); slash != std::string::npos) {
          if (directories.insert(path.substr(0, slash)).second) {
            GitObjects::Files inner;
            const std::string prefix = path.substr(0, slash + 1);
            for (const auto& [other, inside] : *files) {
              if (other.starts_with(prefix)) inner.emplace(other.substr(prefix.size()), inside);
            }
            entries.push_back({{"path", path.substr(0, slash)},
                               {"mode", "040000"},
                               {"type", "tree"},
                               {"sha", objects.add_tree(inner)}});
          }
          if (!recursive) continue;
        }
        entries.push_back({{"path", path},
                           {"mode", entry.mode},
                           {"type", "blob"},
                           {"sha", entry.sha},
                           {"size", objects.blob(entry.sha).value_or("").size()},
                           {"url", api_repository() + "/git/blobs/" + entry.sha}});
      }
      return {.body = {{"sha", call.parts[2]},
                       {"url", api_repository() + "/git/trees/" + call.parts[2]},
                       {"tree", entries},
                       {"truncated", false}}};
    }
    if (call.method != "POST" || call.parts.size() != 2) return error(404, "Not Found");
    if (!call.body.contains("tree") || !call.body.at("tree").is_array()) return invalid("tree is missing");
    GitObjects::Files files;
    if (const std::string base = text_of(call.body, "base_tree"); !base.empty()) {
      const auto found = objects.files(base);
      if (!found) return error(422, "base_tree is not a valid tree oid");
      files = *found;
    }
    for (const json& entry : call.body.at("tree")) {
      const std::string path = text_of(entry, "path");
      const bool bad = path.empty() || path.starts_with('/') || path.ends_with('/') ||
                       ("/" + path + "/").find("/../") != std::string::npos || path.find("//") != std::string::npos;
      if (bad) return error(422, "tree.path contains a malformed path component");
      if (entry.contains("sha") && entry.at("sha").is_null()) {
        if (files.erase(path) == 0) return error(422, "GitRPC::BadObjectState");
        continue;
      }
      if (text_of(entry, "mode") != "100644" || text_of(entry, "type") != "blob")
        return error(422, "Must supply a valid tree.mode");
      std::string sha = text_of(entry, "sha");
      if (entry.contains("content")) sha = objects.add_blob(text_of(entry, "content"));
      if (!objects.blob(sha)) return error(422, "tree.sha " + sha + " is not a valid blob");
      files[path] = {.mode = "100644", .sha = sha};
    }
    const std::string sha = objects.add_tree(files);
    return {.status = 201,
            .body = {{"sha", sha},
                     {"url", api_repository() + "/git/trees/" + sha},
                     {"tree", json::array()},
                     {"truncated", false}}};
  }

  json shown_commit(const std::string& sha) const {
    const GitObjects::Commit commit = *objects.commit(sha);
    json parents = json::array();
    for (const std::string& parent : commit.parents) {
      parents.push_back({{"sha", parent},
                         {"url", api_repository() + "/git/commits/" + parent},
                         {"html_url", html() + "/commit/" + parent}});
    }
    const json person = {{"name", "github-actions[bot]"},
                         {"email", "41898282+github-actions[bot]@users.noreply.github.com"},
                         {"date", iso(now())}};
    return {{"sha", sha},
            {"node_id", "C_" + sha},
            {"url", api_repository() + "/git/commits/" + sha},
            {"html_url", html() + "/commit/" + sha},
            {"author", person},
            {"committer", person},
            {"message", commit.message},
            {"tree", {{"sha", commit.tree}, {"url", api_repository() + "/git/trees/" + commit.tree}}},
            {"parents", parents},
            {"verification",
             {{"verified", false},
              {"reason", "unsigned"},
              {"signature", nullptr},
              {"payload", nullptr},
              {"verified_at", nullptr}}}};
  }

  Reply git_commits(const Call& call) {
    if (call.method == "GET" && call.parts.size() == 3) {
      return objects.commit(call.parts[2]) ? Reply{.body = shown_commit(call.parts[2])} : error(404, "Not Found");
    }
    if (call.method != "POST") return error(404, "Not Found");
    GitObjects::Commit commit{
        .tree = text_of(call.body, "tree"), .parents = {}, .message = text_of(call.body, "message")};
    if (commit.message.empty() || !objects.files(commit.tree)) return error(422, "Tree SHA does not exist");
    for (const json& parent : call.body.value("parents", json::array())) {
      if (!objects.commit(parent.get<std::string>()))
        return error(422, "Parent SHA does not exist or is not a commit object");
      commit.parents.push_back(parent.get<std::string>());
    }
    const auto person = [&](const char* name) -> std::string {
      const json given = call.body.contains(name) ? call.body.at(name) : json::object();
      const std::int64_t when = from_iso(text_of(given, "date")).value_or(now());
      return given.value("name", call.login) + " <" + given.value("email", call.login + "@users.noreply.github.com") +
             "> " + std::to_string(when) + " +0000";
    };
    const std::string author = person("author");
    return {.status = 201,
            .body = shown_commit(
                objects.add_commit(commit, author, call.body.contains("committer") ? person("committer") : author))};
  }

  json shown_ref(const std::string& ref) const {
    const std::string sha = refs.at(ref);
    return {{"ref", ref},
            {"node_id", "REF_" + ref},
            {"url", api_repository() + "/git/" + ref},
            {"object", {{"type", "commit"}, {"sha", sha}, {"url", api_repository() + "/git/commits/" + sha}}}};
  }

  Reply git_refs(const Call& call) {
    std::string name = "refs";
    for (std::size_t at = 2; at < call.parts.size(); ++at) name += "/" + call.parts[at];
    if (call.method == "GET") return refs.contains(name) ? Reply{.body = shown_ref(name)} : error(404, "Not Found");
    if (call.method == "POST") {
      const std::string ref = text_of(call.body, "ref");
      const std::string sha = text_of(call.body, "sha");
      if (!ref.starts_with("refs/") || std::ranges::count(ref, '/') < 2)
        return error(422, "Reference name must start with 'refs/'");
      if (!objects.commit(sha)) return error(422, "Object does not exist");
      if (refs.contains(ref)) return error(422, "Reference already exists");
      refs[ref] = sha;
      return {.status = 201, .body = shown_ref(ref)};
    }
    if (call.method == "PATCH") {
      const std::string sha = text_of(call.body, "sha");
      if (!refs.contains(name)) return error(422, "Reference does not exist");
      if (!objects.commit(sha)) return error(422, "Object does not exist");
      if (call.body.value("force", false)) violations.push_back("a ref was updated with force");
      if (!call.body.value("force", false) && !objects.is_ancestor(refs.at(name), sha))
        return error(422, "Update is not a fast forward");
      refs[name] = sha;
      return {.body = shown_ref(name)};
    }
    return error(404, "Not Found");
  }

  Reply route(const Call& whole) {
    // An installation's token has no user.
    if (whole.path == "/user") return whole.login.ends_with("[bot]") ? forbidden() : Reply{.body = user(whole.login)};
    if (whole.parts.size() < 3 || whole.parts[0] != "repos" || whole.parts[1] + "/" + whole.parts[2] != full_name()) {
      return error(404, "Not Found");
    }
    Call call = whole;
    call.parts.erase(call.parts.begin(), call.parts.begin() + 3);
    if (call.parts.empty()) {
      json shown = repository;
      shown["owner"] = user(text_of(repository, "owner"));
      shown["full_name"] = full_name();
      shown["default_branch"] = repository.value("default_branch", "main");
      return {.body = shown};
    }
    const std::string& first = call.parts[0];
    if (first == "issues") return issue_comments(call);
    if (first == "check-runs") return check_runs(call);
    if (first == "commits" && call.parts.size() == 3) return of_commit(call);
    if (first == "statuses" && call.parts.size() == 2 && call.method == "POST") return post_status(call);
    if (first == "pulls" && call.method == "GET") return of_pulls(call);
    if (first == "actions" && call.method == "GET") return actions(call);
    if (first == "contents" && call.method == "GET") return of_contents(call);
    if (first == "git") return git(call);
    if (first == "collaborators" && call.parts.size() == 3 && call.parts[2] == "permission") {
      const std::string permission = collaborators.value(call.parts[1], "none");
      json shown = user(call.parts[1]);
      shown["role_name"] = permission;
      return {.body = {{"permission", permission}, {"role_name", permission}, {"user", shown}}};
    }
    return error(404, "Not Found");
  }

  // -- the way in -------------------------------------------------------------------------------------------------

  std::string next_fault(const std::string& method, const std::string& path, json& details) {
    for (auto step = script.begin(); step != script.end(); ++step) {
      const std::string wanted = text_of(*step, "method");
      if (!wanted.empty() && wanted != method) continue;
      if (path.find(text_of(*step, "path")) == std::string::npos) continue;
      if (const int skip = step->value("skip", 0); skip > 0) {
        (*step)["skip"] = skip - 1;
        continue;
      }
      details = *step;
      const int times = step->value("times", 1);
      if (times <= 1) {
        script.erase(step);
      } else {
        (*step)["times"] = times - 1;
      }
      return text_of(details, "kind");
    }
    if (fault_percent == 0 || fault_kinds.empty()) return {};
    const std::uint64_t roll = mix(fault_seed * 1'000'003 + fault_counter++);
    if (roll % 100 >= fault_percent) return {};
    return fault_kinds[roll / 100 % fault_kinds.size()];
  }

  void send(const Reply& reply, const httplib::Request& request, httplib::Response& response) const {
    response.status = reply.status;
    for (const auto& [name, value] : reply.headers) response.set_header(name, value);
    response.set_header("X-RateLimit-Limit", "5000");
    response.set_header("X-RateLimit-Remaining", std::to_string(std::max<std::int64_t>(remaining, 0)));
    response.set_header("X-RateLimit-Reset", std::to_string(resets_at));
    if (reply.status == 204 || reply.status == 302) return;
    const std::string body = reply.body.dump();
    if (request.method == "GET" && reply.status == 200) {
      const std::string etag = "\"" + sha1_hex(body) + "\"";
      response.set_header("ETag", etag);
      if (request.get_header_value("If-None-Match") == etag) {
        response.status = 304;
        return;
      }
    }
    response.set_content(body, "application/json; charset=utf-8");
  }

  static void cut(httplib::Response& response) {
    response.set_content_provider(100, "application/json", [](std::size_t, std::size_t, httplib::DataSink& sink) {
      sink.write("{\"id\":1,", 8);
      return false;
    });
  }

  void serve(const httplib::Request& request, httplib::Response& response) {
    if (request.path.starts_with("/_fake/")) return control(request, response);
    std::unique_lock lock(mutex);
    const auto before = hook;
    lock.unlock();
    if (before) before(request.method, request.path);
    lock.lock();
    const std::string header = request.get_header_value("Authorization");
    const std::string token = header.starts_with("Bearer ")  ? header.substr(7)
                              : header.starts_with("token ") ? header.substr(6)
                                                             : "";
    const bool known = tokens.contains(token);
    json details;
    const std::string fault = next_fault(request.method, request.path, details);
    log.push_back({{"method", request.method},
                   {"path", request.target},
                   {"authorized", known},
                   {"fault", fault},
                   {"body", request.body},
                   {"status", 0}});
    const std::size_t entry = log.size() - 1;
    Reply reply = answer(request, token, known, fault, details);
    if (fault == "slow") {
      lock.unlock();
      std::this_thread::sleep_for(std::chrono::milliseconds(slow_ms));
      lock.lock();
    }
    if (fault == "500-after") reply = error(502, "Server Error");
    send(reply, request, response);
    log[entry]["status"] = response.status;
    if (fault == "cut-before" || fault == "cut-after") {
      response.status = 200;
      response.body.clear();
      response.headers.erase("Content-Length");
      cut(response);
      log[entry]["status"] = 0;
    }
  }

  Reply answer(const httplib::Request& request, const std::string& token, bool known, const std::string& fault,
               const json& details) {
    if (request.get_header_value("User-Agent").empty()) return error(403, "Request forbidden by administrative rules.");
    if (!known) return error(401, token.empty() ? "Requires authentication" : "Bad credentials");
    if (!request.has_header("X-GitHub-Api-Version")) violations.push_back("no X-GitHub-Api-Version: " + request.path);
    const std::int64_t seconds = details.is_object() ? details.value("seconds", std::int64_t{2}) : 2;
    if (fault == "500") return error(500, "Server Error");
    if (fault == "cut-before") return {};
    if (fault == "429") {
      Reply reply =
          error(429, "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.");
      reply.headers["Retry-After"] = std::to_string(seconds);
      return reply;
    }
    if (fault == "secondary")
      return error(403, "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.");
    if (fault == "forbidden") return forbidden();
    if (fault == "moved")
      return {.status = 307, .body = json::object(), .headers = {{"Location", api() + "/moved" + request.target}}};
    if (fault == "primary") {
      Reply reply = error(403, "API rate limit exceeded for installation ID 1.");
      remaining = 0;
      resets_at = now() + seconds;
    }
    if (remaining <= 0 && now() < resets_at) return error(403, "API rate limit exceeded for installation ID 1.");
    if (remaining <= 0) remaining = 5000;
    --remaining;
    Call call{.method = request.method, .path = request.path};
    std::string path = request.path;
    while (path.starts_with("/moved/")) path.erase(0, 6);
    for (std::size_t at = 1; at <= path.size();) {
      const std::size_t slash = std::min(path.find('/', at), path.size());
      if (slash > at) call.parts.push_back(path.substr(at, slash - at));
      at = slash + 1;
    }
    for (const auto& [name, value] : request.params) call.query.emplace(name, value);
    if (!request.body.empty()) {
      call.body = json::parse(request.body, nullptr, false);
      if (call.body.is_discarded()) return error(400, "Problems parsing JSON");
    }
    const json& owner = tokens.at(token);
    call.login = owner.value("login", "github-actions[bot]");
    call.app = owner.value("app", "github-actions");
    call.permissions = owner.value("permissions", std::map<std::string, std::string>{});
    try {
      return route(call);
    } catch (const std::invalid_argument&) {
      return error(404, "Not Found");
    } catch (const std::out_of_range&) {
      return error(404, "Not Found");
    } catch (const json::exception& mistake) {
      return error(400, mistake.what());
    }
  }

  void control(const httplib::Request& request, httplib::Response& response) {
    const std::string what = request.path.substr(7);
    json shown;
    if (what == "configure") {
      const json document = json::parse(request.body, nullptr, false);
      if (document.is_discarded()) {
        response.status = 400;
        return;
      }
      configure(document);
      shown = {{"ok", true}};
    } else if (what == "state") {
      shown = state();
    } else {
      const std::scoped_lock lock(mutex);
      if (what == "log") shown = log;
      if (what == "violations") shown = violations;
      if (shown.is_null()) response.status = 404;
    }
    response.set_content(shown.dump(-1, ' ', false, json::error_handler_t::replace), "application/json");
  }

  void serve_storage(const httplib::Request& request, httplib::Response& response) {
    const std::scoped_lock lock(mutex);
    for (const char* name : {"Authorization", "If-None-Match", "Cookie"}) {
      if (request.has_header(name)) violations.push_back(std::string(name) + " was sent to the storage host");
    }
    log.push_back(
        {{"method", request.method}, {"path", request.target}, {"storage", true}, {"fault", ""}, {"status", 0}});
    if (request.path.starts_with("/artifact/")) {
      // The signature covers the query as it was given.
      const std::string query = request.target.substr(std::min(request.target.find('?'), request.target.size()));
      const auto found = artifacts.find(std::stoull(request.path.substr(10)));
      if (query.find("sig=ab%2Bcd%2Fef%3D") == std::string::npos ||
          query.find("rscd=attachment%3B+filename%3D%22a.zip%22") == std::string::npos || found == artifacts.end()) {
        response.status = 403;
        response.set_content("<Error><Code>AuthenticationFailed</Code></Error>", "application/xml");
        return;
      }
      response.set_content(of_base64(text_of(found->second, "zip")), "application/zip");
      return;
    }
    // Raw files: /OWNER/NAME/COMMIT/PATH
    const std::string prefix = "/" + full_name() + "/";
    response.status = 404;
    if (!request.path.starts_with(prefix)) return;
    const std::string rest = request.path.substr(prefix.size());
    const std::size_t slash = std::min(rest.find('/'), rest.size());
    const auto files = objects.files(rest.substr(0, slash));
    if (!files || !files->contains(rest.substr(std::min(slash + 1, rest.size())))) return;
    response.status = 200;
    response.set_content(*objects.blob(files->at(rest.substr(slash + 1)).sha), "image/svg+xml");
  }
};

FakeGitHub::FakeGitHub() : implementation_(std::make_unique<Implementation>()) {
  Implementation& all = *implementation_;
  const auto handler = [&all](const httplib::Request& request, httplib::Response& response) {
    all.serve(request, response);
  };
  all.server.Get(".*", handler).Post(".*", handler).Patch(".*", handler).Put(".*", handler).Delete(".*", handler);
  all.storage.Get(".*", [&all](const httplib::Request& request, httplib::Response& response) {
    all.serve_storage(request, response);
  });
  all.server.set_keep_alive_max_count(1);
  all.port = all.server.bind_to_any_port("127.0.0.1");
  all.storage_port = all.storage.bind_to_any_port("127.0.0.1");
  all.server_thread = std::thread([&all] { all.server.listen_after_bind(); });
  all.storage_thread = std::thread([&all] { all.storage.listen_after_bind(); });
  while (!all.server.is_running() || !all.storage.is_running()) std::this_thread::yield();
}

FakeGitHub::~FakeGitHub() {
  implementation_->server.stop();
  implementation_->storage.stop();
  implementation_->server_thread.join();
  implementation_->storage_thread.join();
}

std::string FakeGitHub::api_url() const {
  return implementation_->api();
}

std::string FakeGitHub::storage_url() const {
  return "http://127.0.0.1:" + std::to_string(implementation_->storage_port);
}

int FakeGitHub::port() const {
  return implementation_->port;
}

void FakeGitHub::configure(const json& document) {
  implementation_->configure(document);
}

json FakeGitHub::state() const {
  return implementation_->state();
}

json FakeGitHub::log() const {
  const std::scoped_lock lock(implementation_->mutex);
  return implementation_->log;
}

json FakeGitHub::violations() const {
  const std::scoped_lock lock(implementation_->mutex);
  return implementation_->violations;
}

void FakeGitHub::before_request(std::function<void(const std::string&, const std::string&)> hook) {
  const std::scoped_lock lock(implementation_->mutex);
  implementation_->hook = std::move(hook);
}

void FakeGitHub::set_time(std::function<std::int64_t()> now) {
  implementation_->now = std::move(now);
}

}  // namespace cyclegate::test
