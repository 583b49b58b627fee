#pragma once

#include <optional>

#include "publish/context.h"
#include "publish/github.h"
#include "publish/github_calls.h"

namespace cyclegate::publish {

/// The pull request that a context is about: the event's own number, or for a workflow_run the open one whose branch,
/// head commit and head repository are the run's, asked of the API and of nothing else (the lowest number where there
/// are several). nullopt: none, as for a merge group, or no longer open, or its head has moved on. Throws as GitHub
/// does.
std::optional<PullRequest> find_pull_request(GitHub& github, const Context& context);

}  // namespace cyclegate::publish
