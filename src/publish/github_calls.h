#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "publish/github.h"

/// The questions that cyclegate asks GitHub. Answers are checked field by field: what does not have the type it should
/// have throws model::Error{measurement}. All throw as GitHub does.
namespace cyclegate::publish {

/// A pull request as the API tells it.
struct PullRequest {
  std::uint64_t number = 0;
  bool open = false;
  std::string head_sha;
  std::string head_branch;
  std::uint64_t head_repository_id = 0;  ///< 0: the fork is gone
  std::string head_repository;           ///< `OWNER/NAME`; empty: the fork is gone
  std::string base_branch;
  std::string base_sha;
  std::uint64_t base_repository_id = 0;
  std::string author;  ///< login

  bool from_fork() const { return head_repository_id != base_repository_id; }
  bool operator==(const PullRequest&) const = default;
};

/// nullopt: there is none of that number.
std::optional<PullRequest> pull_request(GitHub& github, std::uint64_t number);

/// The open pull requests from `branch` of `owner` (which may be a fork's), from the API alone.
std::vector<PullRequest> open_pull_requests(GitHub& github, std::string_view owner, std::string_view branch);

/// An artifact of a workflow run.
struct WorkflowArtifact {
  std::uint64_t id = 0;
  std::string name;
  std::uint64_t bytes = 0;
  bool expired = false;
  std::uint64_t run_id = 0;
  std::string head_sha;  ///< of its run

  bool operator==(const WorkflowArtifact&) const = default;
};

std::vector<WorkflowArtifact> artifacts_of_run(GitHub& github, std::uint64_t run_id);

/// The artifact's zip file, `cap` bytes at most. Throws model::Error{measurement} when it is larger or gone.
std::string download_artifact(GitHub& github, std::uint64_t artifact_id, std::uint64_t cap);

/// A workflow run.
struct WorkflowRun {
  std::uint64_t id = 0;
  std::uint64_t attempt = 1;
  std::string name;
  std::string path;  ///< of its workflow file, `.github/workflows/cyclegate.yml`
  std::string event;
  std::string head_sha;
  std::string head_branch;
  std::uint64_t head_repository_id = 0;
  std::string status;
  std::string conclusion;  ///< empty: not completed
  std::string html_url;

  bool operator==(const WorkflowRun&) const = default;
};

std::optional<WorkflowRun> workflow_run(GitHub& github, std::uint64_t run_id);

/// What a user may do with the repository: `admin`, `write`, `read` or `none` (maintain counts as write, triage as
/// read, as GitHub itself maps them).
std::string permission_of(GitHub& github, std::string_view login);

/// A file of a commit, 1 MiB at most; nullopt when it does not exist there.
std::optional<std::string> file_content(GitHub& github, std::string_view path, std::string_view revision);

/// Whether the repository is private (or internal), which decides how pictures are linked.
bool repository_is_private(GitHub& github);

}  // namespace cyclegate::publish
