#include "publish/find_pull_request.h"

namespace cyclegate::publish {

std::optional<PullRequest> find_pull_request(GitHub& github, const Context& context) {
  if (context.pull_request != 0) return pull_request(github, context.pull_request);
  const Event& event = context.event;
  if (event.run_id == 0 || event.head_owner.empty() || event.head_branch.empty()) return std::nullopt;
  std::optional<PullRequest> found;
  for (PullRequest& pull : open_pull_requests(github, event.head_owner, event.head_branch)) {
    const bool same = pull.open && pull.head_sha == event.head_sha && pull.head_branch == event.head_branch &&
                      pull.head_repository_id == event.head_repository_id;
    if (same && (!found || pull.number < found->number)) found = std::move(pull);
  }
  return found;
}

}  // namespace cyclegate::publish
