#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "publish/github.h"

namespace cyclegate::publish {

/// What a report was made of, as a hidden line of the comment and the check run's external id carry it.
struct ReportStamp {
  std::string head;           ///< the commit
  std::uint64_t run = 0;      ///< of the workflow run that measured
  std::uint64_t attempt = 0;  ///< of that run

  bool operator==(const ReportStamp&) const = default;
  /// Whether this one is of a later run of the same commit, or the same run.
  bool at_least_as_new_as(const ReportStamp& other) const {
    return run != other.run ? run > other.run : attempt >= other.attempt;
  }
};

/// `<!-- cyclegate: head=SHA run=N attempt=N -->`
std::string stamp_line(const ReportStamp& stamp);
/// The stamp of a comment's body, if its first lines have one.
std::optional<ReportStamp> read_stamp(std::string_view body);

/// What came of a comment, check run or status.
struct Posted {
  enum class Result {
    created,
    updated,
    unchanged,   ///< it was there already, word for word
    superseded,  ///< a newer report stands there, or the pull request has moved on: left alone
    forbidden,   ///< the token may not: no failure
    failed,      ///< GitHub refused it
  };
  Result result = Result::created;
  std::string url;
  std::string why;  ///< of superseded, forbidden and failed

  bool operator==(const Posted&) const = default;
};

/// Keeps one comment per pull request: the oldest of ours, known by its marker and its author, is updated, else one is
/// made; further ones of ours, left by a race, are deleted. `body` begins with the marker's line; the stamp's goes
/// after it. A report whose head is not the pull request's any more is not posted, and neither is an older run's over a
/// newer one's. After writing it is read again, so that of two runs that race the newer one's words stand. Throws as
/// GitHub does.
Posted post_comment(GitHub& github, std::uint64_t pull_request, std::string_view marker, const std::string& body,
                    const ReportStamp& stamp);

}  // namespace cyclegate::publish
