#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "publish/comment.h"
#include "publish/github.h"

namespace cyclegate::publish {

/// The name that a repository's rules require; it must be unique among the checks of a commit.
inline constexpr std::string_view check_name = "cyclegate";
/// Most annotations that GitHub takes in one request; more are appended by further ones.
inline constexpr std::size_t annotations_per_request = 50;
/// Most annotations of ours: beyond these nobody reads on, and each fifty cost a request.
inline constexpr std::size_t most_annotations = 500;

/// A remark on lines of a file of the head commit.
struct Annotation {
  enum class Level { notice, warning, failure };
  std::string path;  ///< relative to the repository's root
  std::uint32_t first_line = 1;
  std::uint32_t last_line = 1;
  Level level = Level::failure;
  std::string title;    ///< 255 characters at most; longer ones are cut
  std::string message;  ///< 64 KiB at most; longer ones are cut

  bool operator==(const Annotation&) const = default;
};

enum class Conclusion { success, failure, neutral };

/// `success`, `failure`, `neutral`.
std::string_view to_string(Conclusion conclusion);

/// What a check run says.
struct CheckReport {
  bool completed = true;  ///< false: in progress, and there is no conclusion yet
  Conclusion conclusion = Conclusion::neutral;
  std::string title;
  std::string summary;  ///< Markdown; both are cut to 65,535 bytes with a line that says so
  std::string text;
  std::string details_url;              ///< empty: GitHub's own page of the check
  std::vector<Annotation> annotations;  ///< in the order in which they are sent
};

/// Opens or completes the check run of this commit, the one of ours whose external id is `cyclegate:RUN:ATTEMPT`. A
/// newer run or attempt takes it over, an older one leaves it alone. GitHub opens no completed check again: the same
/// attempt leaves it completed, a newer one opens a new check, whose conclusion the older ones get as well. The
/// conclusion goes out with the first request. Annotations can only be added: what the check shows already is not sent
/// again, and a check that shows what no longer holds is followed by a new one. Annotations that GitHub refuses cost
/// only themselves. Throws as GitHub does.
Posted post_check(GitHub& github, const CheckReport& report, const ReportStamp& stamp);

/// The text, or as much of it as fits into `limit` bytes with a last line that says that it was cut; never within a
/// character.
std::string within(std::string_view text, std::size_t limit);

}  // namespace cyclegate::publish
