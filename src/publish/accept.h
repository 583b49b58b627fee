#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "publish/context.h"
#include "publish/github.h"

/// `/cyclegate accept SHA REASON`, a comment by which a maintainer lets one commit pass although the gate fails. The
/// verdict stays what it is. What was accepted is a commit status of that commit, which a fork cannot write, and which
/// the next commit does not have.
namespace cyclegate::publish {

/// What a comment asks for.
struct AcceptRequest {
  std::string sha;     ///< all 40 (SHA-256: 64) lower-case hex digits
  std::string reason;  ///< one line of valid UTF-8 without control characters, 3 to max_reason_bytes bytes

  bool operator==(const AcceptRequest&) const = default;
};

inline constexpr std::size_t max_reason_bytes = 200;
/// Context of the commit status.
inline constexpr std::string_view accept_status = "cyclegate/accept";
/// Name of the check that is completed as success.
inline constexpr std::string_view accepted_check = "cyclegate";

/// Whether the comment's first line begins with the command; everything else is none of our business.
bool is_accept_command(std::string_view comment);
/// The request of such a comment: its first line alone, exactly `/cyclegate accept SHA REASON`, where capital hex
/// digits count as small ones. The error says what would be right.
std::expected<AcceptRequest, std::string> parse_accept(std::string_view comment);

/// Who let a commit pass, and why.
struct Acceptance {
  std::string by;      ///< login
  std::string reason;  ///< cut to what a commit status holds
  std::string url;     ///< of the comment; empty: not one of the server's own addresses

  bool operator==(const Acceptance&) const = default;
};

/// The acceptance of that commit: the newest commit status of our context, if it is a success that `author` (our own
/// login, e.g. `github-actions[bot]`) wrote. Throws as GitHub does.
std::optional<Acceptance> find_acceptance(GitHub& github, std::string_view head_sha, std::string_view author);

/// The pull request that a measured merge group is of, from its branch `gh-readonly-queue/BRANCH/pr-NUMBER-COMMIT`; 0
/// for any other branch, and for every run that no merge group started: anybody may call a fork's branch so.
std::uint64_t queued_pull_request(const Event& event);

/// What became of a comment.
struct AcceptOutcome {
  enum class Kind { not_a_command, refused, accepted };
  Kind kind = Kind::not_a_command;
  std::string text;      ///< one line for the log: what was done, or why not
  std::string head_sha;  ///< when accepted
  Acceptance acceptance;

  bool operator==(const AcceptOutcome&) const = default;
};

/// Answers an issue_comment event: only action `created` on an open pull request, a SHA that is its
/// head now, and a commenter who may write (asked of the API, never taken from the event). Then the commit status is
/// written, failed checks of our name on that commit are completed as success and say who accepted what and why, and
/// the comment gets a reaction: +1, or -1 when it was refused. Throws as GitHub does.
AcceptOutcome accept(GitHub& github, const Context& context);

/// A text of ours with the acceptance before it, as Markdown for a check run's summary.
std::string accepted_summary(const Acceptance& acceptance, std::string_view summary);

}  // namespace cyclegate::publish
