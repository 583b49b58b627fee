#include "publish/find_pull_request.h"

#include <fmt/format.h>

#include <utility>

#include "model/text.h"

namespace cyclegate::publish {

FoundPullRequest find_pull_request(GitHub& github, const Context& context) {
  if (context.pull_request != 0) return {.pull = pull_request(github, context.pull_request), .ambiguous = {}};
  const Event& event = context.event;
  FoundPullRequest found;
  if (event.run_id == 0 || event.head_owner.empty() || event.head_branch.empty()) return found;
  for (PullRequest& pull : open_pull_requests(github, event.head_owner, event.head_branch)) {
    const bool same = pull.open && pull.head_sha == event.head_sha && pull.head_branch == event.head_branch &&
                      pull.head_repository_id == event.head_repository_id;
    if (!same) continue;
    if (found.pull && found.pull->base_branch != pull.base_branch && found.ambiguous.empty()) {
      // One check speaks for the commit, whichever pull request is merged.
      found.ambiguous = fmt::format(
          "This commit is the head of open pull requests into different branches, #{} into {} and #{} into {}: close "
          "all "
          "but one of them, or give each a commit of its own.",
          found.pull->number, model::to_line(found.pull->base_branch, 100), pull.number,
          model::to_line(pull.base_branch, 100));
    }
    if (!found.pull || pull.number < found.pull->number) found.pull = std::move(pull);
  }
  return found;
}

}  // namespace cyclegate::publish
