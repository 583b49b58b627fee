#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace cyclegate::publish {

/// The event that started the workflow, as far as publishing needs it. Absent fields are empty or 0.
struct Event {
  std::string name;         ///< `pull_request`, `merge_group`, `workflow_run`, `issue_comment`, `push`, ...
  std::string action;       ///< `opened`, `requested`, `completed`, `created`, ...
  std::string head_sha;     ///< pull_request.head.sha, merge_group.head_sha, workflow_run.head_sha, push's after
  std::string head_branch;  ///< pull_request.head.ref, workflow_run.head_branch
  std::string head_owner;   ///< login of the head repository's owner
  std::uint64_t head_repository_id = 0;  ///< of the repository that the head comes from; a fork's differs from ours
  std::string base_sha;                  ///< pull_request.base.sha, merge_group.base_sha
  std::uint64_t pull_request = 0;        ///< its number; from workflow_run never, it must be asked of the API
  std::uint64_t repository_id = 0;       ///< of the repository in which the workflow runs

  std::uint64_t run_id = 0;       ///< workflow_run.id
  std::uint64_t run_attempt = 0;  ///< workflow_run.run_attempt
  std::string run_event;          ///< workflow_run.event: what started the measuring run
  std::string run_conclusion;     ///< workflow_run.conclusion; empty while it runs
  std::string run_path;           ///< workflow_run.path, `.github/workflows/cyclegate.yml`
  std::string run_url;            ///< workflow_run.html_url when it is one of the server's own addresses

  std::string comment_body;    ///< issue_comment: what was written; hostile
  std::string comment_author;  ///< its login
  std::uint64_t comment_id = 0;
  bool comment_on_pull_request = false;

  bool operator==(const Event&) const = default;
};

/// Where we are. Everything was checked to have the form that GitHub gives it.
struct Context {
  std::string owner;
  std::string repository;                          ///< without the owner
  std::string server_url = "https://github.com";   ///< GITHUB_SERVER_URL
  std::string api_url = "https://api.github.com";  ///< GITHUB_API_URL
  Event event;
  std::string head_sha;            ///< the commit that everything is posted to; empty: not known
  std::uint64_t pull_request = 0;  ///< 0: none, or not known yet
  /// The run that measured: workflow_run.id for that event, else our own. Orders reports of one head.
  std::uint64_t run_id = 0;
  std::uint64_t run_attempt = 0;
  std::string run_url;                 ///< its page; empty outside of GitHub Actions
  bool in_actions = false;             ///< GITHUB_ACTIONS=true: workflow commands mean something
  std::filesystem::path output_file;   ///< GITHUB_OUTPUT; empty: none
  std::filesystem::path summary_file;  ///< GITHUB_STEP_SUMMARY; empty: none

  bool from_fork() const { return event.head_repository_id != 0 && event.head_repository_id != event.repository_id; }
  bool operator==(const Context&) const = default;
};

/// The event file's text. Throws model::Error{configuration} naming origin and field for text that is no JSON object,
/// is nested more than 64 deep or larger than 25 MiB, or has a field we use in another form than GitHub gives it.
Event parse_event(std::string_view text, std::string_view name, std::string_view origin);

/// What the environment and the event file say. What the caller knows better can be put over it. Throws
/// model::Error{configuration} naming the variable that is not as GitHub makes it.
Context read_context(const std::map<std::string, std::string>& variables);

/// GitHub's form of the name of a user, an organisation or an app (`dependabot[bot]`).
bool is_login(std::string_view text);
/// `OWNER/NAME` into its two parts; nullopt when it is none.
std::optional<std::pair<std::string, std::string>> split_repository(std::string_view text);
/// 40 (SHA-1) or 64 (SHA-256) lower-case hex digits.
bool is_commit(std::string_view text);

/// The token: from `token_file` when it is given, else from GITHUB_TOKEN, else GH_TOKEN; empty when there is none.
/// Never from the command line, which others can see. Throws model::Error{usage} naming the source, never the token.
std::string read_token(const std::map<std::string, std::string>& variables,
                       const std::optional<std::filesystem::path>& token_file);

}  // namespace cyclegate::publish
