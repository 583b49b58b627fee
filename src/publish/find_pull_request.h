#pragma once

#include <optional>
#include <string>

#include "publish/context.h"
#include "publish/github.h"
#include "publish/github_calls.h"

namespace cyclegate::publish {

/// What was found.
struct FoundPullRequest {
  std::optional<PullRequest> pull;  ///< the lowest number where there are several
  std::string ambiguous;            ///< one sentence when they have different base branches: no rules hold for all
};

/// The pull request that a context is about: the event's own number, or for a workflow_run the open one whose branch,
/// head commit and head repository are the run's, asked of the API and of nothing else. None: as for a merge group,
/// or no longer open, or its head has moved on. Throws as GitHub does.
FoundPullRequest find_pull_request(GitHub& github, const Context& context);

}  // namespace cyclegate::publish
